"""The French rules about attributes, patients and codes (CI-SIS, sharing of documents)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ihe_profiles.xds.attributes import KINDS, label
from ihe_profiles.xds.datatypes import CX
from ihe_profiles.xds.domain import ins
from ihe_profiles.xds.domain.affinity import Value
from ihe_profiles.xds.errors import RegistryError, error
from ihe_profiles.xds.metadata import DocumentEntry, Folder, SubmissionSet
from ihe_profiles.xds.phrases import phrase
from ihe_profiles.xds.rules_of_objects import codes_of, is_absent

_HL7: Final = "2.16.840.1.113883.5.25"
_FRENCH: Final = "1.2.250.1.213.1.1.4.13"

BASE: Final = (
    Value("N", _HL7, "Normal"),
    Value("R", _HL7, "Restreint"),
    Value("V", _HL7, "Très restreint"),
)
RESTRICTIONS: Final = (
    Value("MASQUE_PS", _FRENCH, "Masqué aux professionnels de santé"),
    Value("INVISIBLE_PATIENT", _FRENCH, "Non visible par le patient"),
    Value("INVISIBLE_REPRESENTANTS_LEGAUX", _FRENCH, "Non visible par les représentants légaux"),
)
"""Beside one of the base codes any of these may stand."""

_BASE_KEYS: Final = frozenset(value.key for value in BASE)

_ENTRY: Final = KINDS[DocumentEntry].by_name
_REQUIRED: Final = tuple(
    _ENTRY[name] for name in ("serviceStartTime", "title", "legalAuthenticator", "author")
)

_TYPE_NEEDED: Final = "needs {type} in component 5, the type of identifier"
_ONE_BASE: Final = "has {number} of the codes N, R and V of {scheme}, and needs exactly one"
_OTHER_CLASS: Final = "is not {expected}, the class of the type {type}"

_LOINC: Final = "2.16.840.1.113883.6.1"
_CLASSES: Final = "1.2.250.1.213.1.1.4.1"
CLASS_OF_TYPE: Final = {
    "11502-2": "10",
    "18748-4": "31",
    "34133-9": "11",
    "60591-5": "11",
    "57833-6": "42",
    "60593-1": "43",
    "18776-5": "44",
    "80565-5": "45",
    "11369-6": "52",
    "87273-9": "52",
    "74465-6": "90",
}
"""The class of the LOINC types whose class is known."""


def required_attributes(entry: DocumentEntry) -> Iterator[RegistryError]:
    """Judge that what IHE leaves to the source is there."""
    for row in _REQUIRED:
        if is_absent(entry, row):
            section = f"{row.section}; CI-SIS"
            yield error(
                "domain-attribute-missing",
                object=label(entry),
                attribute=row.name,
                section=section,
            )


def ins_form(obj: DocumentEntry | SubmissionSet | Folder) -> Iterator[RegistryError]:
    """Judge the form of each INS."""
    for name, patient_id in _ids(obj):
        if patient_id.authority in ins.AUTHORITIES:
            yield from _problem(obj, name, patient_id, ins.form_problem(patient_id.id))


def ins_key(obj: DocumentEntry | SubmissionSet | Folder) -> Iterator[RegistryError]:
    """Judge the key of each INS, which real ones in circulation fail."""
    for name, patient_id in _ids(obj):
        number = patient_id.id
        if patient_id.authority in ins.AUTHORITIES and ins.form_problem(number) is None:
            yield from _problem(obj, name, patient_id, ins.key_problem(number))


def id_types(obj: DocumentEntry | SubmissionSet | Folder) -> Iterator[RegistryError]:
    """Judge the type code of each patient identifier: NH of an INS, PI of a local one."""
    for name, patient_id in _ids(obj):
        is_ins = patient_id.authority in ins.AUTHORITIES
        expected = "NH" if is_ins else "PI"
        if patient_id.component(5) != expected and (is_ins or name == "sourcePatientId"):
            problem = phrase(_TYPE_NEEDED, type=expected)
            yield from _problem(obj, name, patient_id, problem)


def confidentiality(entry: DocumentEntry) -> Iterator[RegistryError]:
    """Judge that exactly one code is N, R or V, and none comes twice."""
    codes = [(code.scheme, code.code) for code in entry.confidentiality_code]
    base = sum(code in _BASE_KEYS for code in codes)
    said = ", ".join(code for _, code in codes)
    if codes and base != 1:
        problem = phrase(_ONE_BASE, number=base, scheme=_HL7)
        yield from _problem(entry, "confidentialityCode", said, problem)
    if len(set(codes)) < len(codes):
        yield from _problem(entry, "confidentialityCode", said, "has a code twice")


def times(entry: DocumentEntry) -> Iterator[RegistryError]:
    """Judge that the creationTime is exact to the second."""
    time = entry.creation_time
    if time and len(time) < 14:
        yield from _problem(entry, "creationTime", time, "needs 14 digits, in UTC")


def coding_schemes(obj: DocumentEntry | SubmissionSet | Folder) -> Iterator[RegistryError]:
    """Judge that an OID stands as codingScheme without urn:oid:."""
    for row, code in codes_of(obj):
        if code.scheme.lower().startswith("urn:oid:"):
            yield from _problem(obj, row.name, code.scheme, "needs a codingScheme without urn:oid:")


def type_and_class(entry: DocumentEntry) -> Iterator[RegistryError]:
    """Judge that the class is that of the type, where both are of the French lists."""
    kind, group = entry.type_code, entry.class_code
    if kind and group and kind.scheme == _LOINC and group.scheme == _CLASSES:
        expected = CLASS_OF_TYPE.get(kind.code, group.code)
        if group.code != expected:
            problem = phrase(_OTHER_CLASS, expected=expected, type=kind.code)
            yield from _problem(entry, "classCode", group.code, problem)


def _ids(obj: DocumentEntry | SubmissionSet | Folder) -> Iterator[tuple[str, CX]]:
    if obj.patient_id is not None:
        yield "patientId", obj.patient_id
    if isinstance(obj, DocumentEntry) and obj.source_patient_id is not None:
        yield "sourcePatientId", obj.source_patient_id


def _problem(
    obj: DocumentEntry | SubmissionSet | Folder, name: str, value: str, problem: str | None
) -> Iterator[RegistryError]:
    if problem:
        section = f"{KINDS[type(obj)].by_name[name].section}; CI-SIS"
        yield error(
            "value-malformed",
            object=label(obj),
            attribute=name,
            value=f'"{value}"',
            problem=problem,
            section=section,
        )
