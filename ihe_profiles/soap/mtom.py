"""The writers: a SOAP message as MTOM (ITI TF-2 Appendix V.8, XOP 1.0) or with base64 in place.

Both give the HTTP headers and the body's bytes, made while they are sent. A `Binary` whose bytes
turn out not to be `size` many ends them with SizeDiffers, so that a wrong message breaks off
instead of ending properly.
"""

from __future__ import annotations

import re
import secrets
from binascii import b2a_base64
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from ihe_profiles.soap.exchange import Binary
from ihe_profiles.soap.limits import KIB
from ihe_profiles.soap.namespaces import XOP

Headers = list[tuple[str, str]]

_SOAP: Final = "application/soap+xml"
_PIECE: Final = 64 * KIB
_TOKEN: Final = re.compile(r"[\w.+-]+", re.ASCII)
_HEADER_SAFE: Final = re.compile(r"[ -~]+")


class SizeDiffers(Exception):
    """A Binary gave more or fewer octets than its size says."""

    def __init__(self, size: int, given: int) -> None:
        relation = "more" if given > size else f"only {given}"
        super().__init__(f"a document of {size} octets has {relation}")


def write(envelope: Iterable[bytes | Binary], action: str) -> tuple[Headers, Iterator[bytes]]:
    """Write multipart/related: each Binary becomes a xop:Include and a part after the root part.

    Content-Length is among the headers when `envelope` is a list or tuple. Raises ValueError for an
    action or a content type that no header can hold.
    """
    package = _Package()
    parameters = {
        "type": "application/xop+xml",
        "boundary": package.boundary,
        "start": f"<{package.content_id(0)}>",
        "start-info": _SOAP,
        "action": action,
    }
    headers = [("Content-Type", _content_type("multipart/related", parameters))]
    if isinstance(envelope, list | tuple):
        headers.append(("Content-Length", str(package.size(envelope))))
    return headers, _batched(package.pieces(envelope))


def write_plain(
    envelope: Iterable[bytes | Binary], action: str | None = None
) -> tuple[Headers, Iterator[bytes]]:
    """Write application/soap+xml, each Binary as base64 in place; the rest as `write`."""
    parameters = {"charset": "UTF-8"} | ({"action": action} if action else {})
    headers = [("Content-Type", _content_type(_SOAP, parameters))]
    if isinstance(envelope, list | tuple):
        sizes = (len(p) if isinstance(p, bytes) else (p.size + 2) // 3 * 4 for p in envelope)
        headers.append(("Content-Length", str(sum(sizes))))
    return headers, _batched(_in_place(envelope))


class _Package:
    """One multipart/related message: a boundary and Content-IDs that nobody can foresee."""

    def __init__(self) -> None:
        self._token = secrets.token_hex(16)
        self.boundary = f"MIMEBoundary_{self._token}"

    def content_id(self, part: int) -> str:
        return f"{part}.{self._token}@xop"

    def pieces(self, envelope: Iterable[bytes | Binary]) -> Iterator[bytes]:
        yield self._root_head()
        binaries: list[Binary] = []
        with closed_after(envelope):
            for piece in envelope:
                if isinstance(piece, Binary):
                    binaries.append(piece)
                    yield self._include(len(binaries))
                else:
                    yield piece
        for part, binary in enumerate(binaries, 1):
            yield self._head(part, _safe(binary.content_type))
            yield from _octets(binary)
        yield self._tail()

    def size(self, envelope: Sequence[bytes | Binary]) -> int:
        binaries = [piece for piece in envelope if isinstance(piece, Binary)]
        total = sum(len(piece) for piece in envelope if isinstance(piece, bytes))
        total += len(self._root_head()) + len(self._tail())
        for part, binary in enumerate(binaries, 1):
            head = self._head(part, _safe(binary.content_type))
            total += len(self._include(part)) + len(head) + binary.size
        return total

    def _include(self, part: int) -> bytes:
        return f'<xop:Include xmlns:xop="{XOP}" href="cid:{self.content_id(part)}"/>'.encode()

    def _root_head(self) -> bytes:
        parameters = {"charset": "UTF-8", "type": _SOAP}
        return self._head(0, _content_type("application/xop+xml", parameters)).removeprefix(b"\r\n")

    def _head(self, part: int, content_type: str) -> bytes:
        return (
            f"\r\n--{self.boundary}\r\nContent-Type: {content_type}\r\n"
            f"Content-Transfer-Encoding: binary\r\nContent-ID: <{self.content_id(part)}>\r\n\r\n"
        ).encode("ascii")

    def _tail(self) -> bytes:
        return f"\r\n--{self.boundary}--\r\n".encode("ascii")


def _content_type(media_type: str, parameters: dict[str, str]) -> str:
    return "; ".join([media_type, *(f"{name}={_value(v)}" for name, v in parameters.items())])


def _value(value: str) -> str:
    if _TOKEN.fullmatch(value):
        return value
    return '"' + re.sub(r'(["\\])', r"\\\1", _safe(value)) + '"'


def _safe(value: str) -> str:
    if not _HEADER_SAFE.fullmatch(value):
        raise ValueError(f"{value!r} cannot stand in a MIME header")
    return value


def _in_place(envelope: Iterable[bytes | Binary]) -> Iterator[bytes]:
    with closed_after(envelope):
        for piece in envelope:
            if isinstance(piece, Binary):
                yield from _base64(piece)
            else:
                yield piece


def _base64(binary: Binary) -> Iterator[bytes]:
    kept = b""
    for chunk in _octets(binary):
        data = kept + chunk
        whole = len(data) // 3 * 3
        kept = data[whole:]
        yield b2a_base64(data[:whole], newline=False)
    yield b2a_base64(kept, newline=False)


def _octets(binary: Binary) -> Iterator[bytes]:
    """Give a Binary's chunks, and never more octets than its size."""
    given = 0
    chunks = binary.chunks()
    with closed_after(chunks):
        for chunk in chunks:
            given += len(chunk)
            if given > binary.size:
                raise SizeDiffers(binary.size, given)
            yield chunk
    if given < binary.size:
        raise SizeDiffers(binary.size, given)


def _batched(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Join small pieces so that each sent is worth a system call; large ones pass uncopied."""
    waiting: list[bytes] = []
    size = 0
    with closed_after(pieces):
        for piece in pieces:
            waiting.append(piece)
            size += len(piece)
            if size >= _PIECE:
                yield b"".join(waiting)
                waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


@contextmanager
def closed_after(pieces: Iterable[object]) -> Iterator[None]:
    """Tell a generator at once when what it makes is no longer wanted."""
    try:
        yield
    finally:
        close = getattr(pieces, "close", None)
        if close:
            close()
