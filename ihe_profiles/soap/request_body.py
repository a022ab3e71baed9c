"""The body of a request in its two shapes, plain and MTOM; each hands the envelope to the call."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from ihe_profiles.soap import xml
from ihe_profiles.soap.exchange import Sink
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.soap.mime import MultipartReader, PartData, PartStart
from ihe_profiles.soap.mime_header import parse_content_type
from ihe_profiles.soap.root_first import RootFirst

if TYPE_CHECKING:
    from ihe_profiles.soap.spyne_port import Call


class Body:
    """A body that nobody reads, because the message is refused already."""

    @property
    def uploading(self) -> bool:
        """Whether attachments are being taken in."""
        return False

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""

    def finish(self) -> None:
        """Every byte has come."""

    def close(self) -> None:
        """Let go of what was kept."""


class PlainBody(Body):
    """The envelope is the whole body (ITI TF-2 V.3)."""

    def __init__(self, call: Call, content_type: str, limits: SoapLimits) -> None:
        self._call = call
        self._limits = limits
        self._data = bytearray()

    def feed(self, data: bytes) -> None:
        """Keep the next bytes; raises SoapFault `envelope-too-large`."""
        if len(self._data) + len(data) > self._limits.root_part:
            raise SoapFault("envelope-too-large", limit=self._limits.root_part)
        self._data += data

    def finish(self) -> None:
        """Read the envelope and carry out the operation."""
        self._call.read(xml.parse(bytes(self._data), self._limits))
        self._call.invoke()

    def close(self) -> None:
        """Let go of the envelope's bytes."""
        self._data.clear()


class MultipartBody(Body):
    """The envelope is the root part, with attachments beside it (ITI TF-2 V.8).

    An operation that may take attachments is carried out when the root part is complete, so that
    it judges the message before any attachment is stored; any other when the message is.
    """

    def __init__(self, call: Call, content_type: str, limits: SoapLimits) -> None:
        self._call = call
        self._limits = limits
        self._files = ExitStack()
        reader = MultipartReader(content_type, limits)
        self._parts = self._files.enter_context(RootFirst(reader, limits.early_parts))
        self._root = bytearray()
        self._in_root = False
        self._sink: Sink | None = None
        self._has_attachments = False

    @property
    def uploading(self) -> bool:
        """Whether attachments are being taken in, be it to wait for the envelope."""
        return self._has_attachments or self._parts.keeps

    def feed(self, data: bytes) -> None:
        """Read on; raises SoapFault for what is wrong with the message as MIME or XML."""
        for event in self._parts.feed(data):
            if isinstance(event, PartStart):
                self._begin(event)
            elif isinstance(event, PartData):
                self._take(event.data)
            elif self._end_makes_a_refusal():
                return

    def finish(self) -> None:
        """Every part has come; raises SoapFault if not."""
        self._parts.close()
        transaction = self._call.transaction
        if transaction is not None and not transaction.mtom:
            self._call.invoke()

    def close(self) -> None:
        """Let go of the envelope's bytes and of the attachments that came before it."""
        self._root.clear()
        self._files.close()

    def _begin(self, event: PartStart) -> None:
        self._in_root = event.is_root
        if self._in_root:
            return
        self._has_attachments = True
        upload = self._call.upload
        self._sink = None if upload is None else upload.part(event.head)

    def _take(self, data: bytes) -> None:
        if self._in_root:
            self._root += data
        elif self._sink is not None:
            self._sink.write(data)

    def _end_makes_a_refusal(self) -> bool:
        if self._in_root:
            self._in_root = False
            self._open()
        elif self._sink is not None:
            self._sink.close()
            self._sink = None
        return self._call.fault is not None

    def _open(self) -> None:
        self._call.read(xml.parse(bytes(self._root), self._limits))
        transaction = self._call.transaction
        if transaction is not None and transaction.mtom:
            self._call.invoke()


_SHAPES: Final = {
    "application/soap+xml": PlainBody,
    # What SOAP 1.1 clients send: they are told of the version, not of the media type.
    "text/xml": PlainBody,
    "multipart/related": MultipartBody,
}


def body_of(call: Call, content_type: str, limits: SoapLimits) -> Body:
    """Choose the shape by Content-Type; raises SoapFault `media-type` and those of MIME."""
    media_type, _ = parse_content_type(content_type)
    if media_type not in _SHAPES:
        raise SoapFault("media-type", found=media_type or "missing")
    return _SHAPES[media_type](call, content_type, limits)
