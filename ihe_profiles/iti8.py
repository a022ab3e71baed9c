"""ITI-8 Patient Identity Feed: HL7 v2 ADT messages and their acknowledgements (ITI TF-2 3.8)."""

from __future__ import annotations

from typing import Final

from ihe_profiles.hl7 import v2
from ihe_profiles.hl7.identity import Event, IdentityChange, PatientId
from ihe_profiles.hl7.v2 import Cells, Header, Segment
from ihe_profiles.xds.errors import Refusal, RegistryError, error, refuse

NUMBER: Final = "ITI-8"

EVENTS: Final = {
    "A01": Event.ADD,
    "A04": Event.ADD,
    "A05": Event.ADD,
    "A08": Event.IGNORE,  # 3.8.4.1.3: a Document Registry ignores it
    "A40": Event.MERGE,
}
VERSIONS: Final = ("2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.7.1", "2.8", "2.8.1")
"""2.3.1 is the standard's; in all of these PID-3 and MRG-1 are the same."""

NAMES: Final = ("PID-3", "MRG-1")

_PROCESSING_IDS: Final = ("P", "T", "D", "")


def read(data: bytes, header: Header) -> IdentityChange:
    """Read what a message asks for. Raises Refusal with everything that is wrong.

    Of a message to be ignored the patient is read if that is possible, and nothing is refused.
    """
    errors = _header_errors(header)
    if errors:
        raise Refusal(*errors)
    event = EVENTS[header.event]
    if event is Event.IGNORE:
        return IdentityChange(event, NAMES, _mentioned(data, header))
    found = v2.segments(data, header, ("PID", "MRG"))
    patient = _identifiers(_one(found["PID"], "PID"), 3, header)
    if event is Event.ADD:
        return IdentityChange(event, NAMES, patient)
    subsumed = _identifiers(_one(found["MRG"], "MRG"), 1, header)
    return IdentityChange(event, NAMES, patient, subsumed)


def _mentioned(data: bytes, header: Header) -> tuple[PatientId, ...]:
    try:
        found = v2.segments(data, header, ("PID",))
        return _identifiers(_one(found["PID"], "PID"), 3, header)
    except Refusal:
        return ()


def version(header: Header | None) -> str:
    """Return the version of the acknowledgement: the message's where it is understood."""
    return header.version if header and header.version in VERSIONS else "2.3.1"


def _header_errors(header: Header) -> list[RegistryError]:
    errors = []
    if not header.control_id:
        errors.append(error("feed-field-missing", field="MSH-10, the message's control id,"))
    if header.version not in VERSIONS:
        errors.append(error("feed-version", value=header.version, known=", ".join(VERSIONS)))
    if header.processing_id not in _PROCESSING_IDS:
        errors.append(error("feed-processing-id", value=header.processing_id))
    if header.type != "ADT":
        errors.append(error("feed-message-type", value=header.type))
    elif header.event not in EVENTS:
        errors.append(error("feed-event", value=header.event, known=", ".join(EVENTS)))
    return errors


def _one(segments: list[Segment], name: str) -> Segment:
    if len(segments) != 1:
        raise refuse("feed-segment-number", segment=name, number=len(segments))
    return segments[0]


def _identifiers(segment: Segment, number: int, header: Header) -> tuple[PatientId, ...]:
    """Read a field of CX; an HL7 null (two quotes) is no identifier."""
    return tuple(
        _identifier(cells, header)
        for cells in segment.field(number)
        if cells[0][0] not in ("", '""')
    )


def _identifier(cells: Cells, header: Header) -> PatientId:
    authority = cells[3] if len(cells) > 3 else []
    values = [cells[0][0], *authority[:3]]
    return PatientId(*(v2.standard(value, header.delimiters).strip() for value in values))
