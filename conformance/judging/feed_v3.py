"""What a Patient Identity Source sends as HL7 v3: ITI-44 (ITI TF-2 3.44.4)."""

from __future__ import annotations

from typing import Final

from lxml import etree
from lxml.etree import _Element

from conformance.judging.case import Case
from ihe_profiles.iti44 import HL7
from ihe_profiles.xds.datatypes import oid_problem

_WRAPPER: Final = (
    *("id", "creationTime", "interactionId", "processingCode", "processingModeCode"),
    *("acceptAckCode", "receiver", "sender", "controlActProcess"),
)
_INTERACTIONS: Final = "2.16.840.1.113883.1.6"
_CODES: Final = {"processingModeCode": "T", "acceptAckCode": "AL"}
_EVENT: Final = "controlActProcess/subject/registrationEvent"
_PATIENT: Final = f"{_EVENT}/subject1/patient"
_PRIOR: Final = f"{_EVENT}/replacementOf/priorRegistration/subject1/priorRegisteredRole/id"
_MERGE: Final = "PRPA_IN201304UV02"


def judge(case: Case, body: _Element) -> None:
    """Judge a PRPA_IN2013... message."""
    name, place = etree.QName(body).localname, body
    missing = [one for one in _WRAPPER if body.find(f"{{{HL7}}}{one}") is None]
    case.check("PIS-44.01", not missing, f"absent: {', '.join(missing)}", place)
    for one in _find(body, "interactionId"):
        root, extension = one.get("root"), one.get("extension")
        ok = root == _INTERACTIONS and extension == name
        case.check("PIS-44.02", ok, f"root={root} extension={extension}", one)
    for element, code in _CODES.items():
        for one in _find(body, element):
            found = one.get("code")
            case.check("PIS-44.03", found == code, f"{element} code={found}", one)
    _judge_patient(case, body, place, merges=name == _MERGE)


def _judge_patient(case: Case, body: _Element, place: _Element, *, merges: bool) -> None:
    patients = _find(body, f"{_PATIENT}/id")
    case.check("PIS-44.04", patients, "absent", place)
    _judge_ids(case, patients)
    if merges:
        priors = _find(body, _PRIOR)
        case.check("PIS-44.06", len(priors) == 1, f"{len(priors)} of them", place)
        _judge_ids(case, priors)
        if patients and len(priors) == 1:
            prior = priors[0]
            rivals = [one for one in patients if one.get("root") == prior.get("root")]
            differ = rivals and all(o.get("extension") != prior.get("extension") for o in rivals)
            case.check("PIS-44.07", differ, _said(prior), prior)
    version = body.get("ITSVersion")
    case.check("PIS-44.08", version == "XML_1.0", f"ITSVersion={version or 'absent'}", place)
    for one in _find(body, f"{_PATIENT}/statusCode"):
        case.check("PIS-44.08", one.get("code") == "active", one.get("code"), one)


def _judge_ids(case: Case, ids: list[_Element]) -> None:
    for one in ids:
        root, extension = one.get("root", ""), one.get("extension", "")
        ok = oid_problem(root) is None and extension.strip()
        case.check("PIS-44.05", ok, _said(one), one)


def _said(one: _Element) -> str:
    return f"root={one.get('root', 'absent')} extension={one.get('extension', 'absent')}"


def _find(body: _Element, path: str) -> list[_Element]:
    return body.findall("/".join(f"{{{HL7}}}{step}" for step in path.split("/")))
