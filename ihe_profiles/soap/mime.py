"""The incremental reader of multipart/related messages (RFC 2046 section 5.1, RFC 2387, XOP 1.0).

Bytes are pushed in as they come and events are taken out, so a message of any size passes in
constant memory, however the network cuts it. Part data is handed on without a copy wherever nothing
is decoded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from ihe_profiles.soap.boundary import BoundaryLine, Found
from ihe_profiles.soap.exchange import PartHead
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.soap.mime_header import fields, parse_content_type
from ihe_profiles.soap.transfer_encoding import DECODERS

__all__ = [
    "Event",
    "MultipartReader",
    "PartData",
    "PartEnd",
    "PartStart",
    "content_id_of",
    "parse_content_type",
]

ROOT_MEDIA_TYPES: Final = frozenset({"application/xop+xml", "application/soap+xml", "text/xml"})
"""What a root part may be. text/xml is let through so that SOAP 1.1 is refused by its version."""

_BOUNDARY: Final = re.compile(r"[ -~]{0,69}[!-~]")
_BLANK_LINE: Final = re.compile(rb"\n\r?\n")


@dataclass(frozen=True, slots=True)
class PartStart:
    """A part begins."""

    head: PartHead
    is_root: bool


@dataclass(frozen=True, slots=True)
class PartData:
    """The next decoded bytes of the part that began last; never empty."""

    data: bytes


@dataclass(frozen=True, slots=True)
class PartEnd:
    """The part that began last is complete."""


Event = PartStart | PartData | PartEnd
_Events = Generator[Event, None, int]


def content_id_of(href: str) -> str | None:
    """Return the Content-ID that the `href` of a xop:Include names; None when it is no `cid:` URL.

    Source: RFC 2392 (the id is URL-encoded), XOP 1.0 section 2.1.
    """
    scheme, colon, rest = href.strip().partition(":")
    return unquote(rest) if colon and scheme.lower() == "cid" else None


class MultipartReader:
    """Reads one multipart/related message: `feed` its bytes, then `close`.

    `start_info` and `action` are the parameters of that name, None where absent. Raises SoapFault.
    The line end of the first boundary line (CRLF, or LF alone) is the one that must precede every
    later one, so that a part keeps each of its bytes.
    """

    def __init__(self, content_type: str, limits: SoapLimits) -> None:
        media_type, parameters = parse_content_type(content_type)
        if media_type != "multipart/related":
            raise SoapFault("mime-not-related", media_type=media_type)
        if parameters.get("type", "application/xop+xml").lower() not in ROOT_MEDIA_TYPES:
            raise SoapFault("mime-type-parameter", type=parameters["type"])
        self.start_info = parameters.get("start-info")
        self.action = parameters.get("action")
        self._start = _bare(parameters.get("start", ""))
        self._boundary = _boundary(parameters)
        self._limits = limits
        # Until the first boundary line tells; that line needs no line before it.
        self._line_end, self._kept = b"\n", b"\n"
        self._line = self._boundary_line()
        self._read: Callable[[bytes, int], _Events] = self._preamble
        self._received = 0
        self._parts = 0
        self._part: _Part | None = None
        self._skip = 0
        self._ids: set[str] = set()
        self._has_root = False

    def feed(self, data: bytes) -> Iterator[Event]:
        """Take the next bytes and give the events that they complete; to be iterated to its end."""
        self._received += len(data)
        buffer, at = self._kept + data, 0
        while True:
            state = self._read
            at = yield from state(buffer, at)
            if self._read == state:
                self._kept = buffer[at:]
                return

    def close(self) -> None:
        """Say that no more bytes come. Raises SoapFault if the message is not complete."""
        if self._read == self._preamble:
            raise self._no_boundary("anywhere in the body")
        if self._read == self._headers:
            raise self._truncated(f"inside the headers of part {self._parts + 1}")
        if self._part:
            raise self._truncated(f"inside {self._part.name}")
        if not self._has_root:
            wanted = f"with the Content-ID <{self._start}>, named by start, " if self._start else ""
            raise SoapFault("mime-root-missing", wanted=wanted, parts=self._parts)

    # Each state takes the buffer from `at` on and gives events. It returns where the next state
    # goes on or, when the state stays, where the bytes begin that it cannot decide on yet.

    def _preamble(self, buffer: bytes, at: int) -> _Events:
        yield from ()
        found = self._line.search(buffer, at)
        end = found.start if found else self._line.decided(buffer, at)
        limit = self._limits.part_headers
        if self._received - len(buffer) + end > limit:
            raise self._no_boundary(f"in the body's first {limit} octets (limits.part_headers)")
        if not found:
            return end
        self._line_end = found.line_end or b"\n"
        self._line = self._boundary_line()
        return self._after(found)

    def _headers(self, buffer: bytes, at: int) -> _Events:
        blank = _BLANK_LINE.search(buffer, at)
        limit = self._limits.part_headers
        if (blank.start() if blank else len(buffer) - 2) - at > limit:
            raise SoapFault("mime-part-headers", part=self._parts + 1, limit=limit)
        if not blank:
            return at
        self._part = self._begin(buffer[at + 1 : blank.start()])
        yield PartStart(self._part.head, self._part.is_root)
        self._read = self._content
        # The boundary line after an empty part may use the line end of the blank line as its own.
        self._skip = len(self._line_end)
        return blank.end() - self._skip

    def _content(self, buffer: bytes, at: int) -> _Events:
        assert self._part
        found = self._line.search(buffer, at)
        end = found.start if found else self._line.decided(buffer, at)
        if end > at:
            yield from self._part.data(buffer[at + self._skip : end])
            self._skip = 0
        if not found:
            return end
        yield from self._part.rest()
        yield PartEnd()
        self._part = None
        return self._after(found)

    def _closing_line(self, buffer: bytes, at: int) -> _Events:
        yield from ()
        line_end = buffer.find(b"\n", at)
        if buffer[at : line_end if line_end >= 0 else None].strip(b" \t\r"):
            raise SoapFault("mime-text-after-end", boundary=self._boundary)
        if line_end >= 0:
            self._read = self._epilogue
        return len(buffer)

    def _epilogue(self, buffer: bytes, at: int) -> _Events:
        yield from ()
        return len(buffer)

    def _after(self, boundary_line: Found) -> int:
        if boundary_line.last:
            self._read = self._closing_line
            return boundary_line.end
        self._read = self._headers
        return boundary_line.end - 1  # with its LF, so that an empty header block is a blank line

    def _begin(self, block: bytes) -> _Part:
        self._parts += 1
        part = _Part(self._parts, fields(block, self._parts), self._limits)
        content_id = part.head.content_id
        if content_id in self._ids:
            raise SoapFault("mime-content-id-twice", content_id=content_id)
        self._ids.update({content_id} if content_id else ())
        part.is_root = content_id == self._start if self._start else self._parts == 1
        if part.is_root:
            part.check_root()
            self._has_root = True
        elif self._parts - int(self._has_root) > self._limits.parts:
            raise SoapFault("mime-parts", limit=self._limits.parts)
        return part

    def _boundary_line(self) -> BoundaryLine:
        return BoundaryLine(self._line_end + b"--" + self._boundary.encode("ascii"))

    def _no_boundary(self, where: str) -> SoapFault:
        return SoapFault("mime-boundary-absent", boundary=self._boundary, where=where)

    def _truncated(self, where: str) -> SoapFault:
        return SoapFault("mime-truncated", where=where, octets=self._received)


class _Part:
    """The part being read."""

    def __init__(self, number: int, headers: dict[str, str], limits: SoapLimits) -> None:
        content_id = _bare(headers.get("content-id", ""))
        media_type, _ = parse_content_type(headers.get("content-type", "text/plain"))
        self.head = PartHead(content_id, media_type)
        self.name = f"part {number}" + (f" (Content-ID <{content_id}>)" if content_id else "")
        self.is_root = False
        self._size = 0
        self._root_limit = limits.root_part
        self._encoding = headers.get("content-transfer-encoding", "7bit").lower()
        if self._encoding not in DECODERS:
            raise SoapFault("mime-transfer-encoding", part=self.name, encoding=self._encoding)
        self._decoder = DECODERS[self._encoding]()

    def check_root(self) -> None:
        if self.head.content_type not in ROOT_MEDIA_TYPES:
            media_type = self.head.content_type
            raise SoapFault("mime-root-media-type", part=self.name, media_type=media_type)

    def data(self, data: bytes) -> Iterator[PartData]:
        try:
            decoded = self._decoder.decode(data)
        except ValueError as problem:
            raise self._undecodable(problem) from None
        return self._events(decoded)

    def rest(self) -> Iterator[PartData]:
        try:
            decoded = self._decoder.finish()
        except ValueError as problem:
            raise self._undecodable(problem) from None
        return self._events(decoded)

    def _events(self, decoded: bytes) -> Iterator[PartData]:
        self._size += len(decoded)
        if self.is_root and self._size > self._root_limit:
            raise SoapFault("mime-root-size", limit=self._root_limit)
        if decoded:
            yield PartData(decoded)

    def _undecodable(self, problem: ValueError) -> SoapFault:
        encoding = self._encoding
        return SoapFault(
            "mime-undecodable", part=self.name, encoding=encoding, problem=str(problem)
        )


def _boundary(parameters: dict[str, str]) -> str:
    boundary = parameters.get("boundary", "").rstrip(" ")
    if not boundary:
        raise SoapFault("mime-boundary-missing")
    if not _BOUNDARY.fullmatch(boundary):
        raise SoapFault("mime-boundary-invalid", boundary=boundary)
    return boundary


def _bare(content_id: str) -> str:
    """Return a Content-ID, or the value of `start`, without its angle brackets."""
    content_id = content_id.strip()
    if content_id.startswith("<") and content_id.endswith(">"):
        return content_id[1:-1].strip()
    return content_id
