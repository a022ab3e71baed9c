"""A submission made up of a domain's own values, to try the domain's rules on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ihe_profiles.xds.attributes import KINDS, Place
from ihe_profiles.xds.datatypes import CX, DTM, XCN, XON, CXi
from ihe_profiles.xds.domain import ins, nam
from ihe_profiles.xds.domain.affinity import AffinityDomain, Value
from ihe_profiles.xds.domain.valued import VALUED
from ihe_profiles.xds.metadata import (
    Association,
    Author,
    Code,
    DocumentEntry,
    Folder,
    LocalizedString,
    Submission,
    SubmissionSet,
)
from ihe_profiles.xds.submission import Filing, build
from ihe_profiles.xds.vocabulary import AssociationType

Choice = Mapping[str, tuple[Value, ...]]
"""Values by attribute name."""

_EXAMPLE: Final = "2.999"  # the arc for examples (ITU-T X.660)
_TIME: Final = DTM("20250301120000")
_PERSON: Final = XCN("899900000099^SPECIMEN^Ada^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS")
_INSTITUTION: Final = XON("Specimen^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1990000099")
_REGISTERED: Final = "urn:uuid:5b0e8f5e-0c3a-4b57-9a4e-2d8f1f0c7a11"
_TITLE: Final = (LocalizedString("Specimen"),)

_PLAIN: Final = {
    "mimeType": "text/xml",
    "languageCode": "fr-FR",
    "patientId": f"{_EXAMPLE}.1",
    "referenceIdList": "urn:ihe:iti:xds:2013:accession",
}
_OPTIONAL: Final = ("authorRole", "authorSpecialty")

_MATRICULE: Final = "2550199999001"
_IDS: Final[Mapping[str, Callable[[], str]]] = {
    **dict.fromkeys(ins.AUTHORITIES, lambda: f"{_MATRICULE}{ins.key_of(_MATRICULE)}"),
    nam.OID: lambda: "TEST55031497",
}


def choice(domain: AffinityDomain, now: int) -> Choice:
    """Choose the first value that is valid for each attribute, any where the domain is open."""
    chosen = {}
    for name, row in VALUED.items():
        value_set = domain.value_sets.get(name)
        values = value_set.values.values() if value_set else ()
        found = next((value for value in values if value.is_valid(now)), None)
        if found is None and name not in _OPTIONAL:
            found = Value(_PLAIN[name]) if row.is_plain else Value("specimen", f"{_EXAMPLE}.2")
        chosen[name] = (found,) if found else ()
    return chosen


def specimen(chosen: Choice) -> Submission:
    """Make a submission with one document, a folder that holds it, and a replacement."""
    patient_id = _patient_id(chosen)
    author = _author(chosen)
    entry = DocumentEntry(
        entry_uuid="specimen",
        mime_type=chosen["mimeType"][0].code,
        unique_id=f"{_EXAMPLE}.3",
        patient_id=patient_id,
        author=(author,),
        legal_authenticator=_PERSON,
        creation_time=_TIME,
        service_start_time=_TIME,
        language_code=chosen["languageCode"][0].code,
        hash="0" * 40,
        size="1",
        repository_unique_id=f"{_EXAMPLE}.4",
        source_patient_id=CX(f"IPP-1^^^&{_EXAMPLE}.5&ISO^PI"),
        reference_id_list=tuple(
            CXi(f"{_EXAMPLE}.6^^^^{value.code}") for value in chosen["referenceIdList"]
        ),
        title=_TITLE,
        **_codes(DocumentEntry, chosen),
    )
    folder = Folder(
        entry_uuid="folder",
        unique_id=f"{_EXAMPLE}.7",
        patient_id=patient_id,
        title=_TITLE,
        **_codes(Folder, chosen),
    )
    made = build(
        [entry],
        source_id=f"{_EXAMPLE}.8",
        patient_id=patient_id,
        submission_time=_TIME,
        author=author,
        folders=[Filing(folder, ("specimen",))],
        **_codes(SubmissionSet, chosen),
    )
    replacement = Association(
        entry_uuid="replacement",
        type=AssociationType.RPLC,
        source="specimen",
        target=_REGISTERED,
        **_codes(Association, chosen),
    )
    return Submission(
        made.submission_sets, made.documents, made.folders, (*made.associations, replacement)
    )


def _codes(kind: type, chosen: Choice) -> dict[str, Any]:
    """Return the coded attributes of one kind of objects as keyword arguments."""
    found = {}
    for row in KINDS[kind].attributes:
        if row.place is Place.CODE:
            codes = tuple(map(_code, chosen[row.name]))
            found[row.field] = codes if row.multiple else codes[0]
    return found


def _code(value: Value) -> Code:
    return Code(value.code, value.scheme, (LocalizedString(value.display or value.code),))


def _patient_id(chosen: Choice) -> CX:
    (authority,) = chosen["patientId"]
    number = _IDS.get(authority.code, lambda: "1")()
    kind = "^NH" if authority.code in ins.AUTHORITIES else ""
    return CX(f"{number}^^^&{authority.code}&ISO{kind}")


def _author(chosen: Choice) -> Author:
    return Author(
        person=_PERSON,
        institutions=(_INSTITUTION,),
        roles=tuple(value.display or value.code for value in chosen["authorRole"]),
        specialties=tuple(
            f"{value.code}^{value.display or value.code}^{value.scheme}"
            for value in chosen["authorSpecialty"]
        ),
    )
