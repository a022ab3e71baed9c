"""The answer to a call, read as it comes: plain or MTOM, whichever it is (ITI TF-2 V.8)."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Final

from lxml.etree import _Element

from ihe_profiles.soap import envelope, remote_fault, xml
from ihe_profiles.soap.addressing import Addressing
from ihe_profiles.soap.call_failures import HttpFailure, NotOurAnswer, Unreadable, WrongAction
from ihe_profiles.soap.exchange import PartHead, Sink, Transaction
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.soap.mime import Event, MultipartReader, PartData, PartStart
from ihe_profiles.soap.mime_header import parse_content_type
from ihe_profiles.soap.namespaces import SOAP12, WSA
from ihe_profiles.soap.root_first import RootFirst

Receive = Callable[[_Element, PartHead], Sink | None]
"""Says where an attachment of the answer, whose body element was read, goes; None lets it fall."""

_RELATES_TO: Final = f"{{{SOAP12}}}Header/{{{WSA}}}RelatesTo"
_UNSPECIFIED: Final = f"{WSA}/unspecified"
"""RelatesTo of an answer to a message whose MessageID could not be read (WSA SOAP Binding 6)."""


@dataclass(frozen=True, slots=True)
class Response:
    """The answer's body element and its addressing; its attachments went to the sinks."""

    body: _Element
    addressing: Addressing


@dataclass(frozen=True, slots=True)
class Asked:
    """What an answer must fit."""

    transaction: Transaction
    message_id: str
    limits: SoapLimits


@dataclass(frozen=True, slots=True)
class Arriving:
    """An answer whose HTTP head has come, and whose body is coming."""

    status: int
    content_type: str
    chunks: Iterable[bytes]


def discard(body: _Element, head: PartHead) -> Sink | None:
    """Let every attachment fall."""
    return None


def read(arriving: Arriving, asked: Asked, receive: Receive) -> Response:
    """Read an answer to its end; raises RemoteFault and the subclasses of Unanswered.

    What a sink or `receive` raises goes through. A sink whose attachment did not come whole is not
    closed.
    """
    media_type, _ = parse_content_type(arriving.content_type)
    if media_type == "multipart/related":
        return _read_multipart(arriving, asked, receive)
    if media_type in ("application/soap+xml", "text/xml"):
        return _read_plain(arriving, asked)
    if arriving.status != 200:
        raise HttpFailure(arriving.status)
    raise Unreadable(f"the answer is of the media type {media_type or 'unknown'}, not SOAP")


def _read_plain(arriving: Arriving, asked: Asked) -> Response:
    data = bytearray()
    for chunk in arriving.chunks:
        data += chunk
        if len(data) > asked.limits.root_part:
            limit = asked.limits.root_part
            raise Unreadable(f"the answer's envelope is larger than {limit} octets")
    return _open(bytes(data), arriving.status, asked)


def _read_multipart(arriving: Arriving, asked: Asked, receive: Receive) -> Response:
    response: Response | None = None
    root = bytearray()
    sink: Sink | None = None
    with closing(_events(arriving, asked.limits)) as events:
        for event in events:
            if isinstance(event, PartStart):
                sink = receive(response.body, event.head) if response else None
            elif isinstance(event, PartData):
                if response is None:
                    root += event.data
                elif sink:
                    sink.write(event.data)
            elif response is None:
                response = _open(bytes(root), arriving.status, asked)
            elif sink:
                sink.close()
    assert response, "a message without a root part is a fault"
    return response


def _events(arriving: Arriving, limits: SoapLimits) -> Generator[Event, None, None]:
    with _unreadable(), RootFirst(MultipartReader(arriving.content_type, limits)) as parts:
        for chunk in arriving.chunks:
            yield from parts.feed(chunk)
        parts.close()


def _open(data: bytes, status: int, asked: Asked) -> Response:
    """Read the envelope and see that it answers what was asked, before any attachment is taken."""
    with _unreadable():
        root = xml.parse(data, asked.limits)
    relates_to = (root.findtext(_RELATES_TO) or "").strip()
    if relates_to not in ("", _UNSPECIFIED, asked.message_id):
        raise NotOurAnswer(asked.message_id, relates_to)
    fault = remote_fault.find(root, status)
    if fault is not None:
        raise fault
    if status != 200:
        raise HttpFailure(status)
    with _unreadable():
        message = envelope.read(root)
    if message.addressing.action != asked.transaction.response_action:
        raise WrongAction(asked.transaction.response_action, message.addressing.action)
    return Response(message.body, message.addressing)


@contextmanager
def _unreadable() -> Iterator[None]:
    try:
        yield
    except SoapFault as fault:
        raise Unreadable(f"the answer cannot be read: {fault}") from fault
