"""What either version of HL7 says of a patient's identity."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class PatientId:
    """One identifier of a patient, as a feed sends it; what is not said is empty.

    The authority has a local name (`namespace`), a universal id and its type (ISO for an OID).
    """

    id: str
    namespace: str = ""
    universal_id: str = ""
    universal_id_type: str = ""

    def __str__(self) -> str:
        """Write it as an HL7 CX."""
        authority = "&".join((self.namespace, self.universal_id, self.universal_id_type))
        return f"{self.id}^^^{authority.rstrip('&')}"


class Event(StrEnum):
    """What a feed message asks a Document Registry to do."""

    ADD = "add"
    MERGE = "merge"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class IdentityChange:
    """A feed message read: the patient's identifiers and, for a merge, those that they subsume.

    `names` are those of the places where the message has them.
    """

    event: Event
    names: tuple[str, str]
    patient: tuple[PatientId, ...] = ()
    subsumed: tuple[PatientId, ...] = ()
