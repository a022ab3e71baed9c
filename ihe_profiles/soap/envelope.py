"""The SOAP 1.2 envelope, read and written (SOAP 1.2 part 1, section 5; ITI TF-2 Appendix V.3)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from lxml.etree import QName, _Element

from ihe_profiles.soap import addressing, language
from ihe_profiles.soap.addressing import Addressing
from ihe_profiles.soap.exchange import Binary
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.soap.namespaces import ENTENTE, ON_BEHALF, SOAP11, SOAP12, WSA, WSSE

_ENVELOPE: Final = f"{{{SOAP12}}}Envelope"
_HEADER: Final = f"{{{SOAP12}}}Header"
_BODY: Final = f"{{{SOAP12}}}Body"
_MUST_UNDERSTAND: Final = f"{{{SOAP12}}}mustUnderstand"
_ROLE: Final = f"{{{SOAP12}}}role"
_MESSAGE_ID: Final = f"{{{WSA}}}MessageID"

_UNDERSTOOD: Final = addressing.HEADERS | {f"{{{WSSE}}}Security", ON_BEHALF}
_NOT_MANDATORY: Final = frozenset({"0", "false"})
"""Any other value of mustUnderstand, wrong ones too, is taken as true (SOAP 1.2 part 1, 5.2.3)."""
_OUR_ROLES: Final = frozenset({"", f"{SOAP12}/role/next", f"{SOAP12}/role/ultimateReceiver"})


@dataclass(frozen=True, slots=True)
class Message:
    """One envelope: its Header (None when absent), the one child of its Body, its addressing."""

    header: _Element | None
    body: _Element
    addressing: Addressing


def read(root: _Element) -> Message:
    """Read a SOAP 1.2 envelope whose headers are all understood.

    Raises SoapFault: `soap-1.1`, `not-an-envelope`, `envelope-structure`, `empty-body`,
    `several-body-elements`, `not-understood`, and those of `addressing.read`.
    """
    header, body = open_envelope(root)
    blocks = [block for block in _blocks(header) if is_ours(block)]
    strangers = [block for block in blocks if _is_mandatory(block) and block.tag not in _UNDERSTOOD]
    if strangers:
        names = tuple(str(block.tag) for block in strangers)
        raise SoapFault("not-understood", names=", ".join(names), qnames=names)
    return Message(header, body, addressing.read(blocks))


def open_envelope(root: _Element) -> tuple[_Element | None, _Element]:
    """Return the Header (or None) and the one child of the Body, whatever the headers say."""
    if root.tag != _ENVELOPE:
        is_soap11 = root.tag == f"{{{SOAP11}}}Envelope"
        raise SoapFault("soap-1.1" if is_soap11 else "not-an-envelope", found=root.tag)
    children = list(root)
    tags = [str(child.tag) for child in children]
    if tags not in ([_BODY], [_HEADER, _BODY]):
        found = ", ".join(QName(tag).localname for tag in tags[:5]) or "nothing"
        raise SoapFault("envelope-structure", found=found)
    content = list(children[-1])
    if not content:
        raise SoapFault("empty-body")
    if len(content) > 1:
        raise SoapFault("several-body-elements", count=len(content))
    return (children[0] if len(children) > 1 else None), content[0]


def message_id(root: _Element) -> str | None:
    """Return the MessageID of an envelope that may be refused for other reasons, for RelatesTo."""
    header = root.find(_HEADER)
    return None if header is None else own_message_id(header)


def own_message_id(header: _Element) -> str | None:
    """Return the MessageID that a Header has for this service."""
    own = (block for block in header.iterfind(_MESSAGE_ID) if is_ours(block))
    return next((block.text.strip() for block in own if block.text), "") or None


def write(
    action: str,
    body: Iterable[bytes | Binary],
    *,
    relates_to: str | None = None,
    message_id: str | None = None,
    to: str | None = None,
    reply_to: str | None = None,
    header: bytes = b"",
    speaks: str = "",
) -> Iterator[bytes | Binary]:
    """Put a body into an envelope, piece by piece (UTF-8, no XML declaration).

    `message_id` defaults to a fresh urn:uuid; `header` is further header blocks as finished XML;
    `speaks` becomes xml:lang unless it is empty. wsa:Action is mustUnderstand (IHE-WSA101).
    """
    blocks = [f'<wsa:Action s:mustUnderstand="true">{escape(action)}</wsa:Action>']
    values = (
        ("MessageID", message_id or uuid.uuid4().urn),
        ("RelatesTo", relates_to),
        ("To", to),
    )
    blocks += [f"<wsa:{name}>{escape(value)}</wsa:{name}>" for name, value in values if value]
    if reply_to:
        blocks.append(f"<wsa:ReplyTo><wsa:Address>{escape(reply_to)}</wsa:Address></wsa:ReplyTo>")
    namespaces = f'xmlns:s="{SOAP12}" xmlns:wsa="{WSA}"{language.attribute(speaks)}'
    head = f"<s:Envelope {namespaces}><s:Header>{''.join(blocks)}"
    yield head.encode() + header + b"</s:Header><s:Body>"
    yield from body
    yield b"</s:Body></s:Envelope>"


def fault(soap_fault: SoapFault, trace_id: str, relates_to: str | None = None) -> bytes:
    """Write a fault as a whole envelope; the table says whether it is shaped as SOAP 1.1."""
    if soap_fault.key == "soap-1.1":
        return _soap11_fault(soap_fault, trace_id)
    entry = soap_fault.entry
    body = (
        f"<s:Fault><s:Code><s:Value>s:{entry.code}</s:Value>{_subcode(soap_fault)}</s:Code>"
        f'<s:Reason><s:Text xml:lang="en">{escape(str(soap_fault))}</s:Text></s:Reason>'
        f'<s:Detail><e:TraceId xmlns:e="{ENTENTE}">{trace_id}</e:TraceId>{_problem(soap_fault)}'
        "</s:Detail></s:Fault>"
    )
    return b"".join(
        piece
        for piece in write(
            fault_action(soap_fault),
            [body.encode()],
            relates_to=relates_to,
            header=_fault_header(soap_fault).encode(),
        )
        if isinstance(piece, bytes)
    )


def fault_action(soap_fault: SoapFault) -> str:
    """Return the wsa:Action of a fault (WS-Addressing SOAP Binding 6)."""
    is_addressing = (soap_fault.entry.subcode or "").startswith(f"{{{WSA}}}")
    return addressing.FAULT_ACTION if is_addressing else addressing.SOAP_FAULT_ACTION


def is_ours(block: _Element) -> bool:
    """Tell whether a header block is for this service (SOAP 1.2 part 1, 2.2 and 5.2.2)."""
    return role(block) in _OUR_ROLES


def role(block: _Element) -> str:
    """Return whom a header block is for: an IRI, or nothing for whoever receives it last."""
    return block.get(_ROLE, "").strip()


def _blocks(header: _Element | None) -> Iterable[_Element]:
    return () if header is None else header


def _is_mandatory(block: _Element) -> bool:
    return block.get(_MUST_UNDERSTAND, "0").strip() not in _NOT_MANDATORY


def _subcode(soap_fault: SoapFault) -> str:
    entry = soap_fault.entry
    nested = "" if entry.subsubcode is None else _subcode_element(entry.subsubcode, "")
    return "" if entry.subcode is None else _subcode_element(entry.subcode, nested)


def _subcode_element(name: str, nested: str) -> str:
    qname = QName(name)
    return (
        f'<s:Subcode><s:Value xmlns:c="{qname.namespace}">c:{qname.localname}</s:Value>'
        f"{nested}</s:Subcode>"
    )


def _problem(soap_fault: SoapFault) -> str:
    """What WS-Addressing SOAP Binding 6.3 wants in the Detail."""
    entry, fields = soap_fault.entry, soap_fault.fields
    if entry.problem_header is not None:
        name = entry.problem_header.format_map(fields)
        return f"<wsa:ProblemHeaderQName>wsa:{name}</wsa:ProblemHeaderQName>"
    if entry.problem_action is not None:
        action = escape(entry.problem_action.format_map(fields))
        return f"<wsa:ProblemAction><wsa:Action>{action}</wsa:Action></wsa:ProblemAction>"
    return ""


def _fault_header(soap_fault: SoapFault) -> str:
    if soap_fault.entry.code == "VersionMismatch":
        return _UPGRADE
    qnames = soap_fault.fields.get("qnames", ()) if soap_fault.key == "not-understood" else ()
    assert isinstance(qnames, tuple)
    return "".join(_not_understood(name) for name in qnames)


def _not_understood(name: str) -> str:
    qname = QName(name)
    if qname.namespace is None:
        return f'<s:NotUnderstood qname="{qname.localname}"/>'
    namespace = escape(qname.namespace, {'"': "&quot;"})
    return f'<s:NotUnderstood xmlns:n="{namespace}" qname="n:{qname.localname}"/>'


_UPGRADE: Final = (
    f'<u:Upgrade xmlns:u="{SOAP12}"><u:SupportedEnvelope qname="u:Envelope"/></u:Upgrade>'
)


def _soap11_fault(soap_fault: SoapFault, trace_id: str) -> bytes:
    """SOAP 1.2 part 1, appendix A: the only message of ours in SOAP 1.1."""
    return (
        f'<s:Envelope xmlns:s="{SOAP11}"><s:Header>{_UPGRADE}</s:Header><s:Body><s:Fault>'
        "<faultcode>s:VersionMismatch</faultcode>"
        f"<faultstring>{escape(str(soap_fault))} (trace id {trace_id})</faultstring>"
        "</s:Fault></s:Body></s:Envelope>"
    ).encode()
