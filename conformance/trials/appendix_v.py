"""Appendix V: SOAP 1.2, WS-Addressing and faults, in messages written by hand (ITI TF-2 V.3)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Final

from lxml import etree

from conformance.raw import SOAP11, SOAP12, WSA, Answer, Envelope
from conformance.target import Offer
from conformance.trial import Session, trial
from ihe_profiles import iti18
from ihe_profiles.xds.queries import BY_NAME
from ihe_profiles.xds.vocabulary import Status

_REGISTRY: Final = (Offer.REGISTRY,)
_FAULT_CODES: Final = frozenset(
    {"VersionMismatch", "MustUnderstand", "DataEncodingUnknown", "Sender", "Receiver"}
)
_XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_STRANGE: Final = '<x:Strange xmlns:x="urn:example:strange"{more}>1</x:Strange>'
_UNKNOWN_ACTION: Final = "urn:example:NoSuchTransaction"


def _query(s: Session) -> str:
    """A query that every registry may answer: the documents of a patient without any."""
    parameters = {
        "$XDSDocumentEntryPatientId": str(s.world.bystander),
        "$XDSDocumentEntryStatus": [Status.APPROVED],
    }
    return iti18.request(BY_NAME["FindDocuments"].id, parameters).decode()


def _envelope(s: Session) -> Envelope:
    return s.envelope(_query(s), iti18.TRANSACTION.action)


def _ask(s: Session, content: bytes, **headers: str) -> Answer:
    assert s.target.registry is not None
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer.of(s.wire.post(s.target.registry, content, named))


def _answers(s: Session, assertion: str, variant: str, answer: Answer) -> None:
    """Note whether a variant of the query was answered as the query itself is."""
    found = answer.body_name or f"HTTP {answer.status}, {answer.content_type}"
    if answer.is_fault:
        found = f"fault {answer.fault_code}"
    s.check(assertion, found == "AdhocQueryResponse", "AdhocQueryResponse", found, variant)


@trial("V.01", "V.02", "V.03", "V.04", "V.05", needs=_REGISTRY)
def a_response(s: Session) -> None:
    """The envelope, media type and addressing of an ordinary response."""
    message_id = uuid.uuid4().urn
    envelope = s.envelope(_query(s), iti18.TRANSACTION.action, message_id=message_id)
    answer = _ask(s, envelope.octets())
    root = "none" if answer.root is None else str(answer.root.tag)
    s.equal("V.01", root, f"{{{SOAP12}}}Envelope", "/*")
    s.check("V.01", answer.body is not None, "one element", answer.body_name or "none", "Body/*")
    s.equal("V.02", answer.content_type, "application/soap+xml", "Content-Type")
    path = f"{{{SOAP12}}}Header/{{{WSA}}}Action"
    actions = [] if answer.root is None else answer.root.findall(path)
    texts = ", ".join((action.text or "").strip() for action in actions)
    s.equal("V.03", texts, iti18.TRANSACTION.response_action, "Header/wsa:Action")
    marks = [action.get(f"{{{SOAP12}}}mustUnderstand") for action in actions]
    s.check("V.04", marks in (["1"], ["true"]), "1 or true", marks, "wsa:Action/@mustUnderstand")
    s.equal("V.05", answer.header("RelatesTo"), message_id, "Header/wsa:RelatesTo")


@trial("V.06", needs=_REGISTRY)
def without_reply_to(s: Session) -> None:
    """A request that says nowhere where to answer."""
    envelope = s.envelope(_query(s), iti18.TRANSACTION.action, reply_to=None)
    _answers(s, "V.06", "no wsa:ReplyTo", _ask(s, envelope.octets()))


@trial("V.07", needs=_REGISTRY)
def must_understand(s: Session) -> None:
    """Each way to write a boolean."""
    for written in ("true", "1", "false", "0"):
        envelope = s.envelope(_query(s), iti18.TRANSACTION.action, must_understand=written)
        _answers(s, "V.07", f"mustUnderstand={written}", _ask(s, envelope.octets()))


_REWRITTEN: Final[dict[str, Callable[[str], str]]] = {
    "other prefixes": lambda text: _renamed(
        text, {"s": "ns0", "a": "adr", "query": "q2", "rim": "r"}
    ),
    "default namespace": lambda text: (
        text.replace("xmlns:s=", "xmlns=")
        .replace("<s:", "<")
        .replace("</s:", "</")
        .replace(" s:mustUnderstand", f' xmlns:s="{SOAP12}" s:mustUnderstand')
    ),
}


def _renamed(text: str, names: dict[str, str]) -> str:
    for old, new in names.items():
        text = text.replace(f"xmlns:{old}=", f"xmlns:{new}=").replace(f"<{old}:", f"<{new}:")
        text = text.replace(f"</{old}:", f"</{new}:").replace(f" {old}:", f" {new}:")
    return text


@trial("V.08", needs=_REGISTRY)
def prefixes(s: Session) -> None:
    """The same message with other prefixes, and with none."""
    for variant, rewrite in _REWRITTEN.items():
        content = rewrite(_envelope(s).text()).encode()
        etree.fromstring(content)  # the bench's own doing must be well-formed
        _answers(s, "V.08", variant, _ask(s, content))


@trial("V.09", "V.10", "V.17", "V.18", needs=_REGISTRY)
def unknown_action(s: Session) -> None:
    """An action that no service has."""
    envelope = s.envelope(_query(s), _UNKNOWN_ACTION)
    answer = _ask(s, envelope.octets())
    s.equal("V.09", answer.fault_code or answer.body_name, "Sender", "Fault/Code/Value")
    s.equal("V.10", answer.fault_subcode, "ActionNotSupported", "Fault/Code/Subcode/Value")
    _judge_fault(s, answer)


@trial("V.11", "V.17", "V.18", needs=_REGISTRY)
def header_not_understood(s: Session) -> None:
    """A mandatory header block from nowhere."""
    block = _STRANGE.format(more=' s:mustUnderstand="1"')
    answer = _ask(s, _with(s, block))
    s.equal("V.11", answer.fault_code or answer.body_name, "MustUnderstand", "Fault/Code/Value")
    _judge_fault(s, answer)


def _with(s: Session, block: str) -> bytes:
    return s.envelope(_query(s), iti18.TRANSACTION.action, blocks=block).octets()


def _judge_fault(s: Session, answer: Answer) -> None:
    code = answer.fault_code
    texts = (
        [] if answer.body is None else answer.body.findall(f"{{{SOAP12}}}Reason/{{{SOAP12}}}Text")
    )
    s.check("V.17", code in _FAULT_CODES, "a code of SOAP 1.2", code, "Fault/Code/Value")
    languages = [text.get(_XML_LANG) for text in texts]
    s.check("V.17", bool(languages) and all(languages), "xml:lang", languages, "Reason/Text")
    first = 4 if code == "Sender" else 5
    s.check("V.18", answer.status // 100 == first, f"{first}xx", answer.status, f"HTTP, {code}")


@trial("V.12", "V.13", needs=_REGISTRY)
def header_passed_over(s: Session) -> None:
    """Header blocks that are nobody's, or another's."""
    _answers(s, "V.12", "unknown header block", _ask(s, _with(s, _STRANGE.format(more=""))))
    for role in ("http://www.w3.org/2003/05/soap-envelope/role/none", "urn:example:another"):
        more = f' s:mustUnderstand="true" s:role="{role}"'
        answer = _ask(s, _with(s, _STRANGE.format(more=more)))
        _answers(s, "V.13", f"role {role}", answer)


@trial("V.14", needs=_REGISTRY)
def action_parameter(s: Session) -> None:
    """The media type names another action, or none."""
    content = _envelope(s).octets()
    for value in (
        "application/soap+xml; charset=utf-8",
        f'application/soap+xml; charset=utf-8; action="{iti18.TRANSACTION.action}"',
        'application/soap+xml; action="urn:example:other"; charset=utf-8',
    ):
        _answers(s, "V.14", value, _ask(s, content, Content_Type=value))


@trial("V.15", needs=_REGISTRY)
def soap_11(s: Session) -> None:
    """The envelope of another time."""
    envelope = s.envelope(_query(s), iti18.TRANSACTION.action, soap=SOAP11)
    answer = _ask(s, envelope.octets(), Content_Type="text/xml; charset=utf-8")
    root = "" if answer.root is None else etree.tostring(answer.root, encoding="unicode")
    is_refused = "VersionMismatch" in root or (answer.status >= 400 and not answer.body_name)
    found = answer.fault_code or answer.body_name or f"HTTP {answer.status}"
    s.check("V.15", is_refused, "VersionMismatch, or an HTTP error", found)


@trial("V.16", "V.17", "V.18", needs=_REGISTRY)
def without_action(s: Session) -> None:
    """Nothing says which transaction is asked for."""
    answer = _ask(s, s.envelope(_query(s), None).octets())
    s.check("V.16", answer.is_fault, "a fault", answer.body_name or answer.status, "Body/*")
    if answer.is_fault:
        _judge_fault(s, answer)


@trial("V.19", needs=_REGISTRY)
def encodings(s: Session) -> None:
    """UTF-16 both ways round, and a byte order mark."""
    text = _envelope(s).text().partition("?>")[2]
    utf_16 = f'<?xml version="1.0" encoding="UTF-16"?>{text}'.encode("utf-16")
    answer = _ask(s, utf_16, Content_Type="application/soap+xml; charset=utf-16")
    _answers(s, "V.19", "UTF-16", answer)
    _answers(s, "V.19", "UTF-8 with a mark", _ask(s, f"\ufeff{text}".encode()))
    _answers(s, "V.19", "no XML declaration", _ask(s, text.encode()))


@trial("V.20", needs=_REGISTRY)
def ways_to_write_xml(s: Session) -> None:
    """The same information, written otherwise."""
    action, query_id = iti18.TRANSACTION.action, BY_NAME["FindDocuments"].id
    variants: dict[str, tuple[tuple[str, str], ...]] = {
        "comments": (("<s:Body>", "<!-- a --><s:Body><!-- b -->"),),
        "blanks": (("<s:Body>", "\n  <s:Body>\n    "), ("</s:Body>", "\n</s:Body>\n")),
        "CDATA": ((f">{action}<", f"><![CDATA[{action}]]><"),),
        "character references": ((query_id, query_id.replace("u", "&#x75;", 1)),),
        "blanks around the action": ((f">{action}<", f">\n {action}\n<"),),
    }
    for variant, replacements in variants.items():
        text = _envelope(s).text()
        for old, new in replacements:
            text = text.replace(old, new)
        _answers(s, "V.20", variant, _ask(s, text.encode()))


@trial("V.21", needs=_REGISTRY)
def chunks(s: Session) -> None:
    """The body in chunks of seven octets."""
    assert s.target.registry is not None
    content = _envelope(s).octets()
    response = s.wire.post_chunks(
        s.target.registry, (content[i : i + 7] for i in range(0, len(content), 7))
    )
    _answers(s, "V.21", "chunked", Answer.of(response))


@trial("V.22", needs=_REGISTRY)
def another_body(s: Session) -> None:
    """The action of ITI-42 around a query."""
    envelope = s.envelope(_query(s), "urn:ihe:iti:2007:RegisterDocumentSet-b")
    answer = _ask(s, envelope.octets())
    is_refused = answer.is_fault or b"ResponseStatusType:Failure" in bytes(
        s.wire.last.response.head
    )
    s.check("V.22", is_refused, "a fault or a Failure", answer.body_name, "Body/*")
