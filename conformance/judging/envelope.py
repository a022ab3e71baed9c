"""The SOAP envelope of a request: its structure, its addressing, its encoding (Appendix V.3)."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Final

from lxml import etree
from lxml.etree import _Element

from conformance.judging.case import Case
from conformance.judging.multipart import LIMITS
from conformance.judging.places import xpath
from conformance.judging.table import ADDRESSING, FAULTS
from ihe_profiles import iti18, iti41, iti42, iti43, iti44, iti51
from ihe_profiles.soap import addressing, envelope, xml
from ihe_profiles.soap.exchange import Transaction
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.soap.mime_header import parse_content_type
from ihe_profiles.soap.namespaces import SOAP12, WSA

TRANSACTIONS: Final = (
    *(iti18.TRANSACTION, iti41.TRANSACTION, iti42.TRANSACTION),
    *(iti43.TRANSACTION, iti51.TRANSACTION, *iti44.TRANSACTIONS),
)

_MUST: Final = f"{{{SOAP12}}}mustUnderstand"
_TRUE: Final = ("1", "true")
_BOOLEAN: Final = (*_TRUE, "0", "false")
_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_ENCODINGS: Final = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")


@dataclass(frozen=True, slots=True)
class Opened:
    """An envelope taken apart: its addressing blocks, its action, the one child of its Body."""

    root: _Element
    blocks: tuple[_Element, ...]
    action: str
    body: _Element


def read(case: Case, data: bytes) -> Opened | None:
    """Judge an envelope as XML and as SOAP; None when there is nothing more to judge in it."""
    case.see("REQ.01", "REQ.02", "REQ.19")
    try:
        root = xml.parse(data, LIMITS)
        case.see("REQ.03")
        header, body = envelope.open_envelope(root)
    except SoapFault as fault:
        case.refused(fault, FAULTS, "/")
        return None
    case.see("REQ.04")
    blocks = tuple(b for b in header if envelope.is_ours(b)) if header is not None else ()
    return Opened(root, blocks, _action(blocks), body)


def judge_addressing(case: Case, opened: Opened) -> None:
    """Judge the WS-Addressing headers of a request."""
    by_name = {name: _named(opened.blocks, name) for name in ADDRESSING}
    for name, blocks in by_name.items():
        if blocks or name in ("Action", "MessageID"):
            _judge_header(case, opened, name, blocks)
    for block in by_name["Action"]:
        value = block.get(_MUST)
        found = f"mustUnderstand={value or 'absent'}"
        case.check("REQ.07", (value or "").strip() in _TRUE, found, block)
    for block in opened.blocks:
        value = block.get(_MUST)
        if value is not None:
            found = f"mustUnderstand={value}"
            case.check("REQ.08", value.strip() in _BOOLEAN, found, block)
    case.check("REQ.10", by_name["ReplyTo"], "absent", "/soap:Envelope/soap:Header")
    for block in by_name["ReplyTo"]:
        value = block.get(_MUST, "0").strip()
        case.check("REQ.12", value not in _TRUE, f"mustUnderstand={value}", block)


def transaction_of(case: Case, opened: Opened) -> Transaction | None:
    """Judge action and Body together; return the transaction that the Body is of, if any."""
    body = str(opened.body.tag)
    acting = [one for one in TRANSACTIONS if one.action == opened.action]
    meant = [one for one in acting if one.request == body]
    if opened.action:
        found = f"{opened.action} with {body}"
        case.check("REQ.06", meant, found, opened.body)
    return next(iter(meant or [one for one in TRANSACTIONS if one.request == body]), None)


def judge_charset(case: Case, data: bytes, content_type: str, place: str) -> None:
    """Judge the parameter charset of the envelope's media type."""
    charset = parse_content_type(content_type)[1].get("charset")
    if charset is None:
        return
    actual = _encoding(data)
    same = _codec(charset) == _codec(actual)
    plain = _codec(charset) == "ascii" and _codec(actual) == "utf-8" and data.isascii()
    case.check("REQ.16", same or plain, f"charset={charset}, encoding {actual}", place)


def judge_action(case: Case, opened: Opened, content_type: str, place: str) -> None:
    """Judge the parameter action of a media type."""
    action = parse_content_type(content_type)[1].get("action")
    if action is not None and opened.action:
        case.check("REQ.17", action.strip() == opened.action, f"action={action}", place)


def _judge_header(case: Case, opened: Opened, name: str, blocks: list[_Element]) -> None:
    assertion = ADDRESSING[name]
    case.see(assertion)
    place = xpath(blocks[-1]) if blocks else "/soap:Envelope/soap:Header"
    if not blocks:
        case.fault(assertion, "absent", place)
        return
    try:
        addressing.read([*([] if name == "Action" else [_ANY_ACTION]), *blocks])
    except SoapFault as fault:
        case.refused(fault, {fault.key: assertion}, place)
        return
    if name == "MessageID":
        text = (blocks[0].text or "").strip()
        case.check(assertion, _IRI.fullmatch(text), f"MessageID: {text}", place)


_ANY_ACTION: Final = etree.fromstring(f'<a:Action xmlns:a="{WSA}">urn:any</a:Action>')


def _named(blocks: tuple[_Element, ...], name: str) -> list[_Element]:
    return [block for block in blocks if block.tag == f"{{{WSA}}}{name}"]


def _action(blocks: tuple[_Element, ...]) -> str:
    return next(((b.text or "").strip() for b in _named(blocks, "Action")), "")


def _encoding(data: bytes) -> str:
    """Return the encoding that XML takes a document to be in (XML 1.0 appendix F)."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(mark):
            return name
    if b"\0" in data[:4]:
        return "utf-16"
    declared = _ENCODINGS.match(data.lstrip())
    return declared[1].decode("ascii") if declared else "utf-8"


def _codec(name: str) -> str:
    try:
        found = codecs.lookup(name.strip().strip("\"'")).name
    except (LookupError, ValueError):
        return f"unknown: {name}"
    return "utf-16" if found.startswith("utf-16") else found
