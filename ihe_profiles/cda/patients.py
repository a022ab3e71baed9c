"""Which of a patient's identifiers go where in XDS metadata (ITI TF-3 4.2.3.2.16, 22 and 23)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ihe_profiles.cda import fields
from ihe_profiles.cda.model import InstanceIdentifier, Patient
from ihe_profiles.xds.datatypes import CX

NATIONAL_AUTHORITIES: Final = (
    "1.2.250.1.213.1.4.8",  # France, INS-NIR
    "1.2.250.1.213.1.4.9",  # France, INS-NIA
    "1.2.250.1.213.1.4.10",  # France, INS for tests
    "1.2.250.1.213.1.4.11",  # France, INS for tests and demonstrations
    "2.16.124.10.101.1.60.100",  # Québec, NAM
    "2.16.840.1.113883.4.59",  # Ontario, health card
)
"""Authorities whose number is preferred as patientId, in this order."""

WITHHELD: Final = frozenset({"2.16.840.1.113883.4.56"})
"""Québec's NIU of users, which the law keeps from what people read (P-9.0001 s.76): never bound."""

GENDERS: Final = {"M": "M", "F": "F", "UN": "O"}
"""HL7 v3 AdministrativeGender to HL7 table 0001; what is unknown becomes U."""


def patient_id(patient: Patient) -> CX | None:
    """Return the identifier for the affinity domain: a national one, else the first usable one."""
    usable = list(_usable(patient))
    national = sorted(
        (i for i in usable if i.root in NATIONAL_AUTHORITIES),
        key=lambda i: NATIONAL_AUTHORITIES.index(i.root),
    )
    return next((fields.cx(identifier) for identifier in national + usable), None)


def source_patient_id(patient: Patient) -> CX | None:
    """Return the author's own identifier: the first that is not national, else as `patient_id`."""
    local = (i for i in _usable(patient) if i.root not in NATIONAL_AUTHORITIES)
    return next((fields.cx(identifier) for identifier in local), None) or patient_id(patient)


def source_patient_info(patient: Patient) -> tuple[str, ...]:
    """Return the PID fields 3, 5, 7, 8 and 11, as far as they are known."""
    return tuple(f"{name}|{value}" for name, value in _pid_fields(patient) if value)


def _pid_fields(patient: Patient) -> Iterator[tuple[str, str]]:
    room = fields.VALUE_LENGTH - len("PID-11|")
    for identifier in _usable(patient):
        yield "PID-3", fields.cx(identifier) or ""
    for name in fields.xpn(patient.name, room) if patient.name else ():
        yield "PID-5", name
    yield "PID-7", _birth_date(patient.birth_time or "")
    yield "PID-8", GENDERS.get(patient.gender or "", "U")
    for address in patient.addresses[:1]:
        yield "PID-11", fields.xad(address, room)


def _birth_date(time: str) -> str:
    """Keep the digits of the day: a birth has no time zone to convert from."""
    date = time[:8]
    return date if date.isdecimal() else ""


def _usable(patient: Patient) -> Iterator[InstanceIdentifier]:
    for identifier in patient.ids:
        if identifier.root not in WITHHELD and fields.cx(identifier):
            yield identifier
