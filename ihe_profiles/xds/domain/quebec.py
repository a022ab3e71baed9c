"""The domain of Québec: the NAM as patient identifier, the NIU that nobody may see.

No official value set could be confirmed, so most code sets are open until a site gives its files.
The OIDs are settings: `patient_assigning_authorities`, `hidden_authorities`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Final

from ihe_profiles.xds import masking
from ihe_profiles.xds.attributes import KINDS, label
from ihe_profiles.xds.datatypes import CX
from ihe_profiles.xds.domain import nam
from ihe_profiles.xds.domain.affinity import AffinityDomain, Value, ValueSet
from ihe_profiles.xds.errors import RegistryError, error
from ihe_profiles.xds.metadata import DocumentEntry, Folder, SubmissionSet
from ihe_profiles.xds.phrases import phrase
from ihe_profiles.xds.rules import Rule

_HL7: Final = "2.16.840.1.113883.5.25"
LOINC: Final = "2.16.840.1.113883.6.1"
PCLOCD: Final = "2.16.840.1.113883.2.20.5.1"
"""The pan-Canadian codes for what LOINC lacks."""

_OTHER_LIST: Final = "is not a code of LOINC ({loinc}) or pCLOCD ({pclocd})"

DOMAIN: Final = AffinityDomain(
    name="quebec",
    value_sets=MappingProxyType(
        {
            "patientId": ValueSet.of([Value(nam.OID, "", "NAM, RAMQ")]),
            "languageCode": ValueSet.of([Value("fr-ca", "", "fr-CA"), Value("en-ca", "", "en-CA")]),
            "confidentialityCode": ValueSet.of(
                (
                    Value("N", _HL7, "Normal"),
                    Value("R", _HL7, "Restreint"),
                    Value("V", _HL7, "Très restreint"),
                )
            ),
        }
    ),
    strictness="quebec",
)


def nam_form(obj: DocumentEntry | SubmissionSet | Folder) -> Iterator[RegistryError]:
    """Judge the form of each NAM."""
    yield from _nams(obj, nam.form_problem)


def nam_digits(obj: DocumentEntry | SubmissionSet | Folder) -> Iterator[RegistryError]:
    """Judge the last two digits of each NAM, by rules that nobody has published."""
    yield from _nams(obj, lambda text: nam.form_problem(text) or nam.digits_problem(text))


def niu_out_of_sight(obj: DocumentEntry | SubmissionSet) -> Iterator[RegistryError]:
    """Judge that no NIU stands where a screen would show it (P-9.0001, s. 76)."""
    for attribute, texts in _displayed(obj):
        if any(masking.shows_hidden(text) for text in texts):
            yield _malformed(obj, attribute, "***", "holds a NIU, which may not be shown")


def type_codes(entry: DocumentEntry) -> Iterator[RegistryError]:
    """Judge that the type is of LOINC, or of the pan-Canadian list beside it."""
    code = entry.type_code
    if code and code.scheme not in (LOINC, PCLOCD):
        problem = phrase(_OTHER_LIST, loinc=LOINC, pclocd=PCLOCD)
        yield _malformed(entry, "typeCode", f"{code.code}^^{code.scheme}", problem)


_WITH_PATIENT: Final = (SubmissionSet, DocumentEntry, Folder)

RULES: Final = (
    Rule("quebec-nam", "RAMQ", _WITH_PATIENT, nam_form),
    Rule("quebec-nam-digits", "RAMQ", _WITH_PATIENT, nam_digits),
    Rule("quebec-niu", "P-9.0001, s. 76", (SubmissionSet, DocumentEntry), niu_out_of_sight),
    Rule("quebec-type-codes", "Québec", (DocumentEntry,), type_codes),
)
"""All are off unless a profile names them."""


def _nams(
    obj: DocumentEntry | SubmissionSet | Folder, judge: Callable[[str], str | None]
) -> Iterator[RegistryError]:
    for attribute, value in _ids(obj):
        problem = judge(value.id) if value.authority == nam.OID else None
        if problem:
            yield _malformed(obj, attribute, str(value), problem)


def _ids(obj: DocumentEntry | SubmissionSet | Folder) -> Iterator[tuple[str, CX]]:
    if obj.patient_id is not None:
        yield "patientId", obj.patient_id
    if isinstance(obj, DocumentEntry) and obj.source_patient_id is not None:
        yield "sourcePatientId", obj.source_patient_id


def _displayed(obj: DocumentEntry | SubmissionSet) -> Iterator[tuple[str, list[str]]]:
    yield "title", [string.value for string in obj.title]
    yield "comments", [string.value for string in obj.comments]
    persons = [author.person for author in obj.author if author.person]
    yield "author", [str(person) for person in persons]
    if isinstance(obj, DocumentEntry):
        yield "sourcePatientInfo", list(obj.source_patient_info)
        yield "legalAuthenticator", [obj.legal_authenticator or ""]


def _malformed(
    obj: DocumentEntry | SubmissionSet | Folder, attribute: str, value: str, problem: str
) -> RegistryError:
    return error(
        "value-malformed",
        object=label(obj),
        attribute=attribute,
        value=f'"{value}"',
        problem=problem,
        section=KINDS[type(obj)].by_name[attribute].section,
    )
