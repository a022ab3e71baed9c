"""Attachments before the root part wait in a temporary file until it is complete (RFC 2387)."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR

from ihe_profiles.soap.exchange import PartHead
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.soap.limits import KIB
from ihe_profiles.soap.mime import Event, MultipartReader, PartData, PartEnd, PartStart

_PIECE = 256 * KIB


class RootFirst:
    """A MultipartReader whose events come with the root part first, wherever it is in the message.

    Use it as a context manager: the temporary file, which has no name on the disk and is encrypted
    under a key of its own, ends with it.
    Above `limit` octets in that file: SoapFault `early-parts-too-large`; where the disk takes no
    more: `early-parts-unkept`.
    """

    def __init__(self, reader: MultipartReader, limit: int | None = None) -> None:
        self.keeps = False
        """Whether attachments have come before the root part."""
        self._reader = reader
        self._limit = limit
        self._in_root = False
        self._past_root = False
        self._early: list[tuple[PartHead, int]] = []
        self._file: _Veiled | None = None

    def feed(self, data: bytes) -> Iterator[Event]:
        """As MultipartReader.feed."""
        for event in self._reader.feed(data):
            if isinstance(event, PartStart) and event.is_root:
                self._in_root = True
            if self._in_root or self._past_root:
                yield event
            else:
                self._keep(event)
            if self._in_root and isinstance(event, PartEnd):
                self._in_root, self._past_root = False, True
                yield from self._kept()

    def close(self) -> None:
        """As MultipartReader.close."""
        self._reader.close()

    def __enter__(self) -> RootFirst:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._file:
            self._file.close()

    def _keep(self, event: Event) -> None:
        if self._file is None:
            with _taken():
                self._file = _Veiled()
            self.keeps = True
        if isinstance(event, PartStart):
            self._early.append((event.head, 0))
        elif isinstance(event, PartData):
            head, size = self._early[-1]
            with _taken():
                self._early[-1] = head, size + self._file.write(event.data)
            if self._limit is not None and self._file.size > self._limit:
                raise SoapFault("early-parts-too-large", limit=self._limit)

    def _kept(self) -> Iterator[Event]:
        if self._file is None:
            return
        with _taken():
            self._file.rewind()
        for head, size in self._early:
            yield PartStart(head, is_root=False)
            while size:
                data = self._file.read(min(size, _PIECE))
                size -= len(data)
                yield PartData(data)
            yield PartEnd()
        self._file.close()


@contextmanager
def _taken() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SoapFault("early-parts-unkept") from error


class _Veiled:
    """A temporary file under a key that nobody else has: what stays of it on the disk is noise."""

    def __init__(self) -> None:
        self.size = 0
        self._file = tempfile.TemporaryFile()  # noqa: SIM115
        self._cipher = Cipher(AES256(secrets.token_bytes(32)), CTR(bytes(16)))
        self._stream = self._cipher.encryptor()

    def write(self, data: bytes) -> int:
        written = self._file.write(self._stream.update(data))
        self.size += written
        return written

    def rewind(self) -> None:
        self._file.seek(0)
        self._stream = self._cipher.decryptor()

    def read(self, size: int) -> bytes:
        return self._stream.update(self._file.read(size))

    def close(self) -> None:
        with suppress(OSError):  # what did not fit is not wanted any more
            self._file.close()
