"""Captured answers, as far as they can be judged alone: addressing, schema, status and errors."""

from __future__ import annotations

from typing import Final

from lxml.etree import _Element

import schemas
from conformance.judging import multipart
from conformance.judging.capture import Captured
from conformance.judging.case import Case
from conformance.judging.envelope import TRANSACTIONS, Opened
from conformance.judging.places import xpath
from conformance.judging.table import FAULTS
from ihe_profiles.ebrim.namespaces import QUERY, RS, XDS
from ihe_profiles.soap import envelope, xml
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.soap.mime_header import parse_content_type
from ihe_profiles.soap.namespaces import SOAP12, WSA
from ihe_profiles.xds.vocabulary import ResponseStatus

_ACTIONS: Final = {one.response_action: one for one in TRANSACTIONS}
_BODIES: Final = {
    f"{{{RS}}}RegistryResponse": "ITI-42.01",
    f"{{{QUERY}}}AdhocQueryResponse": "ITI-18.01",
    f"{{{XDS}}}RetrieveDocumentSetResponse": "ITI-43.01",
}
_SCHEMAS: Final = {
    "ITI-41": "ITI-41.01",
    "ITI-42": "ITI-42.01",
    "ITI-18": "ITI-18.01",
    "ITI-51": "ITI-51.07",
    "ITI-43": "ITI-43.01",
}
_REFUSALS: Final = {"ITI-18": "ITI-18.60", "ITI-41": "ITI-42.06", "ITI-42": "ITI-42.06"}
_RESPONSE: Final = f"{{{RS}}}RegistryResponse"
_ERROR: Final = f"{{{RS}}}RegistryError"
_MUST: Final = f"{{{SOAP12}}}mustUnderstand"


def judge(case: Case, captured: Captured) -> None:
    """Judge an HTTP response."""
    content_type = captured.header("Content-Type") or ""
    data = captured.body
    if parse_content_type(content_type)[0] == "multipart/related":
        scratch = Case()  # what the sender's rules say of a package, its readers' rules say too
        package = multipart.read(scratch, content_type, data, captured.offset)
        case.check("V.23", not scratch.broken, _told(scratch), "Content-Type")
        if package is None:
            return
        data = package.root.content
    try:
        root = xml.parse(data, multipart.LIMITS)
        header, body = envelope.open_envelope(root)
    except SoapFault as fault:
        case.refused(fault, dict.fromkeys(FAULTS, "V.01"), "/")
        return
    judge_envelope(case, Opened(root, tuple(header if header is not None else ()), "", body))


def is_answer(opened: Opened) -> bool:
    """Say whether an envelope is an answer: by its action, or by what its Body holds."""
    return (
        opened.action in _ACTIONS
        or str(opened.body.tag) in _BODIES
        or opened.body.tag == f"{{{SOAP12}}}Fault"
    )


def judge_envelope(case: Case, opened: Opened) -> None:
    """Judge the envelope of an answer."""
    case.kind = f"{case.kind} (answer)"
    case.see("V.01")
    actions = [b for b in opened.blocks if b.tag == f"{{{WSA}}}Action"]
    related = [b for b in opened.blocks if b.tag == f"{{{WSA}}}RelatesTo"]
    place = "/soap:Envelope/soap:Header"
    case.check("V.03", len(actions) == 1, f"{len(actions)} wsa:Action", place)
    for action in actions:
        value = action.get(_MUST)
        ok = (value or "").strip() in ("1", "true")
        case.check("V.04", ok, f"mustUnderstand={value or 'absent'}", action)
    case.check("V.05", related, "absent", place)
    if opened.body.tag == f"{{{SOAP12}}}Fault":
        return
    name = (actions[0].text or "").strip() if actions else ""
    transaction = _ACTIONS.get(name)
    case.check("V.03", transaction, name, place)
    case.transaction = transaction.number if transaction else ""
    if transaction is None or transaction.number in _SCHEMAS:
        _judge_body(case, opened.body)


def _judge_body(case: Case, body: _Element) -> None:
    assertion = _SCHEMAS.get(case.transaction) or _BODIES.get(str(body.tag), "V.01")
    case.see(assertion)
    for one in schemas.violations(body):
        case.fault(assertion, one.message, f"{xpath(body)} {one.path}")
    outcome = next(iter(body.iter(_RESPONSE)), body)
    status = outcome.get("status", "")
    case.check(assertion, status in set(ResponseStatus), f"status={status}", outcome)
    refusal = _REFUSALS.get(case.transaction)
    if refusal is not None and status == ResponseStatus.FAILURE:
        errors = [e for e in body.iter(_ERROR) if e.get("severity", "").endswith(":Error")]
        case.check(refusal, errors, "no RegistryError", outcome)


def _told(case: Case) -> str:
    return "; ".join(str(finding.found) for finding in case.findings)
