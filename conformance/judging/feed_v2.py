"""What a Patient Identity Source sends as HL7 v2: ITI-8 (ITI TF-2 3.8.4)."""

from __future__ import annotations

import re
from typing import Final

from conformance.judging import capture
from conformance.judging.case import Case
from conformance.judging.table import FEED
from ihe_profiles import iti8
from ihe_profiles.hl7 import v2
from ihe_profiles.hl7.identity import Event, PatientId
from ihe_profiles.xds.datatypes import oid_problem
from ihe_profiles.xds.errors import Refusal

_VERSION: Final = "2.3.1"
_PARTIES: Final = ("MSH-3", "MSH-4", "MSH-5", "MSH-6")


def judge(case: Case, data: bytes) -> None:
    """Judge one message, in its MLLP frame or without one."""
    message, right = capture.framed(data)
    if right is not None:
        case.check("PIS-8.02", right, "VT or FS CR is missing", f"octet {len(data)}")
    case.see("PIS-8.01")
    try:
        header = v2.header(message)
    except Refusal as refusal:
        _refused(case, refusal)
        return
    feed_at = message.strip(b"\r\n").find(b"\n")
    case.check("PIS-8.03", feed_at < 0, "0x0A", f"octet {feed_at}")
    _judge_header(case, header)
    _judge_characters(case, header, message)
    _judge_patients(case, header, message)


def _judge_header(case: Case, header: v2.Header) -> None:
    case.see("PIS-8.04", "PIS-8.05", "PIS-8.06")
    version = header.version
    case.check("PIS-8.07", version == _VERSION, f"MSH-12: {version or 'absent'}", "MSH-12")
    for name, value in zip(_PARTIES, (*header.sender, *header.receiver), strict=True):
        case.check("PIS-8.08", value, "absent", name)


def _judge_characters(case: Case, header: v2.Header, message: bytes) -> None:
    case.see("PIS-8.15")
    if not header.character_set and not message.isascii():
        at = next(i for i, octet in enumerate(message) if octet > 127)
        case.fault("PIS-8.15", f"MSH-18: absent, octet {message[at]:#x}", f"octet {at}")


def _judge_patients(case: Case, header: v2.Header, message: bytes) -> None:
    event = iti8.EVENTS.get(header.event)
    case.see("PIS-8.09")
    try:
        change = iti8.read(message, header)
        found = v2.segments(message, header, ("EVN", "PID", "PV1"))
    except Refusal as refusal:
        _refused(case, refusal)
        return
    _judge_segments(case, found, merges=event is Event.MERGE)
    if event is Event.IGNORE and len(found["PID"]) != 1:
        case.fault("PIS-8.09", f"{len(found['PID'])} segments PID", "PID")
        return
    case.check("PIS-8.10", change.patient, "absent", "PID-3")
    _judge_ids(case, change.patient, "PID-3")
    if event is Event.MERGE:
        case.check("PIS-8.13", change.subsumed, "absent", "MRG-1")
        _judge_ids(case, change.subsumed, "MRG-1")
        pairs = [(a, b) for a in change.patient for b in change.subsumed if _authority(a, b)]
        differ = pairs and not any(a.id == b.id for a, b in pairs)
        found_ids = ", ".join(str(one) for one in (*change.patient, *change.subsumed))
        if change.patient and change.subsumed:
            case.check("PIS-8.14", differ, found_ids, "MRG-1")


def _judge_segments(case: Case, found: dict[str, list[v2.Segment]], *, merges: bool) -> None:
    wanted = ("EVN",) if merges else ("EVN", "PV1")
    for name in wanted:
        case.check("PIS-8.16", found[name], "absent", name)


def _judge_ids(case: Case, ids: tuple[PatientId, ...], place: str) -> None:
    for one in ids:
        known = one.namespace or (one.universal_id and one.universal_id_type)
        case.check("PIS-8.11", known, str(one), f"{place}.4")
        if one.universal_id or one.universal_id_type:
            ok = oid_problem(one.universal_id) is None and one.universal_id_type == "ISO"
            case.check("PIS-8.12", ok, str(one), f"{place}.4")


def _authority(a: PatientId, b: PatientId) -> bool:
    if a.universal_id and b.universal_id:
        return a.universal_id == b.universal_id
    return a.namespace == b.namespace


def _refused(case: Case, refusal: Refusal) -> None:
    for error in refusal.errors:
        assertion = FEED[error.key]
        if not case.has(assertion):
            place = re.search(r"\b(MSH|PID|MRG|EVN)(-\d+)?", error.context)
            case.error(assertion, error, place[0] if place else "")
