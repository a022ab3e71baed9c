"""MTOM as it was sent: the strict reader judges it, a tolerant one gets at its parts all the same.

ITI TF-2 Appendix V.8, XOP 1.0, RFC 2387, RFC 2046.
"""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from conformance.judging.case import Case
from conformance.judging.table import FAULTS
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.soap.mime import MultipartReader
from ihe_profiles.soap.mime_header import parse_content_type

LIMITS: Final = SoapLimits()

_XOP: Final = "application/xop+xml"
_SOAP: Final = "application/soap+xml"
_GUESS: Final = re.compile(rb"(?:\A|\n)--([ -~]{0,69}[!-~])[ \t]*\r?\n")
_BLANK: Final = re.compile(rb"\r?\n\r?\n|\A\r?\n")
_FOLD: Final = re.compile(r"\r?\n[ \t]+")


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its header fields by lower-case name, its octets decoded, where it begins.

    It is not `whole` when no boundary line ends it.
    """

    fields: dict[str, str]
    content: bytes
    offset: int
    whole: bool = True

    @property
    def content_id(self) -> str:
        """The Content-ID without angle brackets."""
        return _bare(self.fields.get("content-id", ""))


@dataclass(frozen=True, slots=True)
class Package:
    """The root part and the others by their Content-ID."""

    root: Part
    attachments: dict[str, Part]


def read(case: Case, content_type: str | None, body: bytes, offset: int) -> Package | None:
    """Judge a multipart message and return what is in it; None when it has no part.

    `content_type` is None for a body that was captured without it; `offset` is where the body
    begins in the capture.
    """
    found = _GUESS.search(body)
    parameters = _parameters(case, content_type, body, found, offset)
    boundary = parameters.get("boundary", "")
    start = parameters.get("start", "")
    parts = list(_parts(body, boundary.encode("latin-1", "replace"), offset)) if boundary else []
    _judge_strictly(case, boundary, body)
    if not parts:
        return None
    root = _root(parts, _bare(start))
    if start:
        case.check("REQ.26", root.content_id == _bare(start), f"start={start}", "Content-Type")
    _judge_root(case, root)
    case.see("REQ.29")
    for number, part in enumerate(parts, 1):
        value = part.fields.get("content-id")
        ok = value is None or (value.startswith("<") and value.endswith(">"))
        case.check("REQ.29", ok, f"Content-ID: {value}", f"part {number}, octet {part.offset}")
    return Package(root, {p.content_id: p for p in parts if p is not root and p.content_id})


def _parameters(
    case: Case, content_type: str | None, body: bytes, found: re.Match[bytes] | None, offset: int
) -> dict[str, str]:
    """Judge the Content-Type; return its parameters, the boundary being the one in the body."""
    used = found[1].decode("latin-1") if found else ""
    if content_type is None:
        return {"boundary": used}
    _media, parameters = parse_content_type(content_type)
    place = "Content-Type"
    kind, info = parameters.get("type"), parameters.get("start-info")
    case.check("REQ.21", (kind or "").lower() == _XOP, f"type={kind or 'absent'}", place)
    case.check("REQ.22", _media_type(info) == _SOAP, f"start-info={info or 'absent'}", place)
    case.see("REQ.23", "REQ.24")
    boundary = parameters.get("boundary", "")
    try:
        MultipartReader(f'multipart/related; boundary="{_quoted(boundary)}"', LIMITS)
    except SoapFault as fault:
        case.refused(fault, FAULTS, place)
        return parameters | {"boundary": used}
    declared = b"--" + boundary.rstrip(" ").encode("latin-1", "replace")
    if body.startswith(declared) or b"\n" + declared in body:
        return parameters | {"boundary": boundary.rstrip(" ")}
    at = found.start(1) - 2 + offset if found else offset
    text = f"boundary={boundary}; the body has --{used}" if found else f"boundary={boundary}"
    case.fault("REQ.24", text, f"octet {at}")
    return parameters | {"boundary": used}


def _judge_strictly(case: Case, boundary: str, body: bytes) -> None:
    case.see("REQ.25", "REQ.28", "REQ.29", "REQ.30")
    if not boundary:
        return
    reader = MultipartReader(f'multipart/related; boundary="{_quoted(boundary)}"', LIMITS)
    try:
        for _event in reader.feed(body):
            pass
        reader.close()
    except SoapFault as fault:
        if fault.key != "mime-root-media-type":  # judged with its parameters, of the true root
            case.refused(fault, FAULTS, "MIME")


def _judge_root(case: Case, root: Part) -> None:
    value = root.fields.get("content-type", "")
    media_type, parameters = parse_content_type(value)
    kind = _media_type(parameters.get("type"))
    ok = media_type == _XOP and kind == _SOAP
    case.check("REQ.27", ok, f"Content-Type: {value or 'absent'}", f"octet {root.offset}")


def _root(parts: list[Part], start: str) -> Part:
    named = [part for part in parts if start and part.content_id == start]
    return (named or parts)[0]


def _parts(body: bytes, boundary: bytes, offset: int) -> Iterator[Part]:
    """Cut a body at its boundary lines, also where it is not what it should be."""
    line = re.compile(rb"(?:\A|\r?\n)--" + re.escape(boundary) + rb"(?:(--)|[ \t]*(?=\r?\n))")
    found = list(line.finditer(body))[: LIMITS.parts]
    for number, one in enumerate(found):
        if one[1]:
            return
        end = found[number + 1].start() if number + 1 < len(found) else len(body)
        start = one.end() + (2 if body[one.end() : one.end() + 2] == b"\r\n" else 1)
        yield _part(body[start:end], start + offset, whole=number + 1 < len(found))


def _part(block: bytes, offset: int, *, whole: bool) -> Part:
    blank = _BLANK.search(block, 0, LIMITS.part_headers)
    head, content = (block[: blank.start()], block[blank.end() :]) if blank else (block, b"")
    fields: dict[str, str] = {}
    for line in _FOLD.sub(" ", head[: LIMITS.part_headers].decode("latin-1")).splitlines():
        name, colon, value = line.partition(":")
        if colon:
            fields.setdefault(name.strip().lower(), value.strip())
    return Part(fields, _decoded(fields, content), offset, whole)


def _decoded(fields: dict[str, str], content: bytes) -> bytes:
    encoding = fields.get("content-transfer-encoding", "").lower()
    try:
        if encoding == "base64":
            return binascii.a2b_base64(content)
        return quopri.decodestring(content) if encoding == "quoted-printable" else content
    except ValueError:
        return content


def _media_type(value: str | None) -> str:
    return (value or "").partition(";")[0].strip().lower()


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _bare(content_id: str) -> str:
    content_id = content_id.strip()
    if content_id.startswith("<") and content_id.endswith(">"):
        return content_id[1:-1].strip()
    return content_id
