"""Captured bytes taken for what they are: an HTTP message, an envelope, a MIME body, HL7 v2.

Nothing is refused here: what cannot be taken apart is an envelope that is not well-formed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ihe_profiles.hl7.mllp import CR, FS, VT

LARGEST: Final = 64 * 1024 * 1024
"""Octets of a message that is judged; a larger one is not read."""

Headers = tuple[tuple[str, str], ...]


class Kind(StrEnum):
    """What was captured."""

    REQUEST = "HTTP request"
    RESPONSE = "HTTP response"
    ENVELOPE = "SOAP envelope"
    MIME = "MIME message"
    HL7 = "HL7 v2 message"


@dataclass(frozen=True, slots=True)
class Captured:
    """One message as it was captured.

    `headers` are None where none were captured, `method` is empty then; `offset` is where `body`
    begins in the capture. `whole` is False when the capture shows that octets of it are missing.
    `length` says in words how the length differs from what the headers say, empty when it does not.
    """

    kind: Kind
    body: bytes
    offset: int = 0
    method: str = ""
    headers: Headers | None = None
    length: str = ""

    def header(self, name: str) -> str | None:
        """Return a header, None when there is none of that name."""
        found = (v for n, v in self.headers or () if n.lower() == name.lower())
        return next(found, None)


_REQUEST: Final = re.compile(rb"^(?P<method>[A-Z]{3,10}) \S{1,4096} HTTP/\d\.?\d?[ \t]*\r?\n", re.M)
_RESPONSE: Final = re.compile(rb"^HTTP/\d\.?\d? (?P<method>\d{3})[^\r\n]{0,200}\r?\n", re.M)
_MIME: Final = re.compile(
    rb"\s{0,100}(?:--[!-~]|(?:content-[a-z-]{1,30}|mime-version)[ \t]*:)", re.I
)
_HL7: Final = re.compile(rb"\s{0,100}(?:\x0b|MSH[^\w\s])")
_FOREWORD: Final = 4096
"""Octets in which a start line is looked for: dumps have words of their own before it."""
_HEADERS: Final = 256 * 1024


def read(data: bytes) -> Captured:
    """Take a capture apart."""
    if _HL7.match(data):
        return Captured(Kind.HL7, data)
    start = _REQUEST.search(data[:_FOREWORD]) or _RESPONSE.search(data[:_FOREWORD])
    if start and not data.lstrip().startswith(b"<"):
        kind = Kind.REQUEST if start.re is _REQUEST else Kind.RESPONSE
        return _http(kind, start["method"].decode("ascii"), data, start.end())
    if _MIME.match(data):
        return _mime(data)
    return Captured(Kind.ENVELOPE, data)


def received(method: str, headers: Headers, body: bytes) -> Captured:
    """Take a request as a server received it, its transfer encoding undone."""
    return Captured(Kind.REQUEST, body, 0, method, headers)


def framed(data: bytes) -> tuple[bytes, bool | None]:
    """Return the HL7 message in a capture, and whether its MLLP frame is right; None: no frame."""
    if VT not in data[:128] and FS not in data[-16:]:
        return data, None
    _before, start, rest = data.partition(VT)
    message, end, after = (rest if start else data).partition(FS)
    return message, bool(start and end and after[:1] == CR)


def _http(kind: Kind, method: str, data: bytes, at: int) -> Captured:
    headers, at = _headers(data, at)
    made = Captured(kind, data[at:], at, method, headers)
    if (made.header("Transfer-Encoding") or "").strip().lower() == "chunked":
        body, problem = _unchunked(made.body)
        return Captured(kind, body, at, method, headers, problem)
    declared = (made.header("Content-Length") or "").strip()
    if not declared:
        return made
    problem = ""
    if not declared.isdecimal() or int(declared[:18]) != len(made.body):
        problem = f"Content-Length: {declared[:40]}, captured: {len(made.body)} octets"
    return Captured(kind, made.body, at, method, headers, problem)


def _mime(data: bytes) -> Captured:
    """A body that begins with its boundary, or with headers of which Content-Type is one."""
    if data.lstrip().startswith(b"--"):
        return Captured(Kind.MIME, data)
    headers, at = _headers(data, len(data) - len(data.lstrip()))
    return Captured(Kind.MIME, data[at:], at, "", headers)


def _headers(data: bytes, at: int) -> tuple[Headers, int]:
    found: list[tuple[str, str]] = []
    end = min(len(data), at + _HEADERS)
    while at < end:
        stop = data.find(b"\n", at, end)
        stop = end if stop < 0 else stop
        line, at = data[at:stop].rstrip(b"\r"), stop + 1
        if not line.strip():
            break
        name, colon, value = line.decode("latin-1").partition(":")
        if line[:1] in b" \t" and found:
            found[-1] = found[-1][0], f"{found[-1][1]} {line.decode('latin-1').strip()}"
        elif colon:
            found.append((name.strip(), value.strip()))
    return tuple(found), min(at, len(data))


def _unchunked(data: bytes) -> tuple[bytes, str]:
    """Undo the chunks of RFC 9112 7.1; a body that is not in chunks is given back as it is."""
    pieces: list[bytes] = []
    at = 0
    while True:
        stop = data.find(b"\n", at, at + 4096)
        size = data[at:stop].partition(b";")[0].strip() if stop >= 0 else b""
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", size):
            whole = b"".join(pieces) if pieces else data
            return whole, "" if not pieces and not at else f"octet {at} begins no chunk"
        length = int(size, 16)
        if not length:
            return b"".join(pieces), ""
        piece = data[stop + 1 : stop + 1 + length]
        pieces.append(piece)
        if len(piece) < length:
            return b"".join(pieces), f"the chunk at octet {at} has {len(piece)} of {length} octets"
        at = stop + 1 + length
        at += 2 if data[at : at + 2] == b"\r\n" else 1 if data[at : at + 1] == b"\n" else 0
