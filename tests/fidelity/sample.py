"""A submission in which every attribute of every object has a value, and what else each may be."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, Final
from uuid import uuid4

from ihe_profiles.xds.datatypes import CX, DTM, XCN, XON, XTN, CXi
from ihe_profiles.xds.metadata import (
    Association,
    Author,
    Code,
    DocumentEntry,
    Folder,
    LocalizedString,
    RegistryObject,
    Slot,
    Submission,
    SubmissionSet,
)
from ihe_profiles.xds.submission import new_oid
from ihe_profiles.xds.vocabulary import AssociationType, DocumentAvailability, Status

HAS_MEMBER: Final = AssociationType.HAS_MEMBER
TROUBLE: Final = (
    *("a & b", "&amp;", "<b>", "]]>", 'say "x"', "it's", "a|b^c~d", "%_", " first", "last ", "'"),
    *("tab\there", "two\nlines", "\r.", "\r\n.", "\x85\u2028.", "\xa0.", "é€", "𝄞", "x" * 120),
)
"""Text that XML, HL7 or SQL could spoil."""

TEXTS: Final = (
    (),
    (LocalizedString("Titre"), LocalizedString("Title", "en-GB", "ISO-8859-1")),
    *((LocalizedString(value, "fr-CA"),) for value in TROUBLE),
)
SLOTS: Final = (
    (),
    (Slot("urn:example:one", ("1", " 2 ", "")), Slot("urn:example:two", (), "urn:example:type")),
    *((Slot("urn:x-y:z", (value,)),) for value in TROUBLE),
)
CODES: Final = (
    *(Code(value, "1.2.3", (LocalizedString("x"),)) for value in TROUBLE),
    *(Code("x", value, (LocalizedString("x"),)) for value in TROUBLE),
    *(Code("x", "1.2.3", text) for text in TEXTS[1:]),
    *(Code("x", "1.2.3", (LocalizedString("x"),), slots) for slots in SLOTS[1:3]),
)
TIMES: Final = tuple(DTM("20250228235959"[:length]) for length in (4, 6, 8, 10, 12, 14))
PERSONS: Final = tuple(
    map(XCN, ("^O'Neil^Zoé^^^Dr", "1^A^B^^^^^^&1.2.3&ISO^D^^^IDNPS", "1.2.3", "^A\\T\\B", "^a&b"))
)
ORGANISATIONS: Final = tuple(
    map(XON, ("Clinique", "C^^^^^^^^^1.2.3", "C^^^^^&1.2.3&ISO^IDNST^^^é", "a & b"))
)
TELECOMS: Final = tuple(map(XTN, ("^^Internet^a@b.org", "^NET^Internet^a@b", "^PRN^PH^^33^1^23^4")))
AUTHORS: Final = (
    *(Author(person=person) for person in PERSONS),
    Author(institutions=ORGANISATIONS),
    Author(telecommunications=TELECOMS),
    *(Author(PERSONS[0], roles=(value, "b"), specialties=("c", value)) for value in TROUBLE),
    *(Author(PERSONS[0], extra_slots=slots) for slots in SLOTS[1:3]),
)
REFERENCES: Final = tuple(
    map(
        CXi,
        (
            "1^^^&1.2.3&ISO^urn:ihe:iti:xds:2013:accession",
            "1^^^ns^urn:ihe:iti:xds:2013:order",
            "é_%^^^^local",
            "1.2^^^^urn:ihe:iti:xds:2016:studyInstanceUID",
        ),
    )
)
HOMES: Final = ("urn:oid:1.2.3", None)
CXS: Final = (CX("1 a^^^&1.2.3&ISO"), CX("1^^^&1.2.3&ISO^NH"), CX("é'%^^^&2.25.1&ISO"))
COMMENTS: Final = (*TEXTS, (LocalizedString("c" * 1024),))
CODED: Final = {
    DocumentEntry: (
        *("class_code", "type_code", "format_code", "practice_setting_code"),
        "healthcare_facility_type_code",
    ),
    SubmissionSet: ("content_type_code",),
}

_SHARED: Final[dict[str, tuple[Any, ...]]] = {
    "title": TEXTS,
    "comments": COMMENTS,
    "extra_slots": SLOTS,
    "home_community_id": HOMES,
    "availability_status": (None, Status.APPROVED, Status.DEPRECATED),
    "version": (None, "1", "42"),
}
VARIATIONS: Final[dict[type, dict[str, tuple[Any, ...]]]] = {
    DocumentEntry: {
        **_SHARED,
        **dict.fromkeys(CODED[DocumentEntry], CODES),
        "author": ((), *((author,) for author in AUTHORS), AUTHORS[:7]),
        "confidentiality_code": (*((code,) for code in CODES), CODES[:5]),
        "event_code_list": ((), *((code,) for code in CODES), CODES[:5], (CODES[0], CODES[0])),
        "creation_time": TIMES,
        "service_start_time": (None, *(DTM(time.replace("2025", "2024")) for time in TIMES)),
        "service_stop_time": (None, *(DTM(time.replace("2025", "2026")) for time in TIMES)),
        "language_code": ("fr", "fr-CA", "zh-Hant-TW", "art"),
        "legal_authenticator": (None, *PERSONS),
        "hash": ("ab" * 20, "AB" * 20),
        "size": ("0", "1", "9" * 18, "007"),
        "repository_unique_id": ("0.9", "1." + "2" * 62),
        "source_patient_id": CXS,
        "source_patient_info": (
            (),
            ("PID-3|D1^^^&1.2.3&ISO~D2^^^&1.2.4&ISO", "PID-5|A^B", "PID-7|1980", "PID-8|F"),
            *((f"PID-5|{value}",) for value in TROUBLE),
        ),
        "reference_id_list": ((), REFERENCES, *((one,) for one in REFERENCES)),
        "uri": (None, "DOC.XML", "../a/b.pdf", "https://x.y/?a=b&c=d%20#e", "u" * 256),
        "document_availability": (None, *DocumentAvailability),
        "mime_type": ("text/xml", "application/fhir+json", "text/plain; charset=utf-8"),
        "is_opaque": (True, False),
        "unique_id": ("1.2.3^ext-%", "urn:uuid:10b545ea-725c-446d-9b95-8aeb444eddf3", "é'&<"),
        "logical_id": (None,),
    },
    SubmissionSet: {
        **_SHARED,
        **dict.fromkeys(CODED[SubmissionSet], CODES),
        "author": ((), *((author,) for author in AUTHORS), AUTHORS[:7]),
        "intended_recipient": (
            (),
            ("Clinique", "|1^A^B", "||^^Internet^a@b.org", "C^^^^^^^^^1.2.3|^A|^^Internet^a@b.org"),
        ),
        "submission_time": TIMES,
        "source_id": ("0.9", "1." + "2" * 62),
        "unique_id": ("2.25.77", "1.2.3.4"),
        "logical_id": (None,),
    },
    Folder: {
        **_SHARED,
        "title": TEXTS[1:],
        "code_list": (*((code,) for code in CODES), CODES[:5]),
        "last_update_time": (None, DTM("20200101000000"), DTM("2020")),
        "unique_id": ("2.25.78", "1.2.3.5"),
        "logical_id": (None,),
    },
    Association: {
        **_SHARED,
        "documentation": (None, *CODES),
        "previous_version": (None, "1"),
        "association_propagation": (None, "yes", "no"),
        "original_status": (None, Status.APPROVED),
        "new_status": (None, Status.DEPRECATED),
        "logical_id": (None,),
    },
}
"""What each field may be beside what it is in `whole`, one variation after the other."""

FIXED: Final[dict[type, set[str]]] = {
    DocumentEntry: {"entry_uuid", "object_type", "patient_id", "limited_metadata"},
    SubmissionSet: {"entry_uuid", "patient_id", "limited_metadata"},
    Folder: {"entry_uuid", "patient_id", "limited_metadata"},
    Association: {"entry_uuid", "type", "source", "target", "submission_set_status"},
}
"""Fields that follow from the rest of a submission, or that ITI-42 forbids; others test them."""


def unvaried() -> set[str]:
    """The fields of the objects that nothing above speaks of."""
    return {
        f"{kind.__name__}.{field.name}"
        for kind, variations in VARIATIONS.items()
        for field in fields(kind)
        if field.name not in {*variations, *FIXED[kind], "identifier_ids"}
    }


def whole(patient: CX) -> Submission:
    """A document in a folder, with another that is made of it; every attribute has a value."""
    one, other = _document(patient), replace(_document(patient), service_stop_time=None)
    chosen, dossier = _set(patient), _folder(patient)
    filing = _link(HAS_MEMBER, dossier, one)
    return Submission(
        (chosen,),
        (one, other),
        (dossier,),
        (
            filing,
            _link(AssociationType.XFRM, other, one),
            *(
                replace(_link(HAS_MEMBER, chosen, entry), submission_set_status="Original")
                for entry in (one, other)
            ),
            _link(HAS_MEMBER, chosen, dossier),
            _link(HAS_MEMBER, chosen, filing),
        ),
    )


def _code(value: str) -> Code:
    return Code(value, "1.2.3", (LocalizedString(f"Display of {value}"),), SLOTS[1])


def _texts(name: str) -> dict[str, Any]:
    return {
        "title": (LocalizedString(f"Titre {name}", "fr"), LocalizedString("Title")),
        "comments": (LocalizedString(f"Remarques {name}"),),
        "extra_slots": SLOTS[1],
        "home_community_id": "urn:oid:1.2.9",
    }


def _document(patient: CX) -> DocumentEntry:
    return DocumentEntry(
        entry_uuid=uuid4().urn,
        mime_type="application/pdf",
        unique_id=new_oid(),
        patient_id=patient,
        author=(Author(PERSONS[1], ORGANISATIONS, ("r",), ("s",), TELECOMS, SLOTS[1]), AUTHORS[0]),
        confidentiality_code=(_code("N"), _code("R")),
        event_code_list=(_code("e2"), _code("e1")),
        creation_time=DTM("20250301"),
        service_start_time=DTM("202502"),
        service_stop_time=DTM("2025022810"),
        language_code="fr-FR",
        legal_authenticator=PERSONS[0],
        hash=uuid4().hex + "0" * 8,
        size="123",
        repository_unique_id="1.2.3.4.5",
        source_patient_id=CXS[0],
        source_patient_info=("PID-5|Martin^Léa", "PID-3|1^^^&1.2.3&ISO"),
        reference_id_list=REFERENCES,
        uri="DOC.XML",
        document_availability=DocumentAvailability.ONLINE,
        is_opaque=True,
        **{name: _code(name) for name in CODED[DocumentEntry]},
        **_texts("d'un document"),
    )


def _set(patient: CX) -> SubmissionSet:
    return SubmissionSet(
        entry_uuid=uuid4().urn,
        unique_id=new_oid(),
        source_id="1.2.3.77",
        patient_id=patient,
        author=(Author(PERSONS[1], ORGANISATIONS, ("r",), ("s",), TELECOMS, SLOTS[1]),),
        content_type_code=_code("content"),
        submission_time=DTM("20250302120000"),
        intended_recipient=("Clinique|^A|^^Internet^a@b.org", "|^B"),
        **_texts("d'une soumission"),
    )


def _folder(patient: CX) -> Folder:
    return Folder(
        entry_uuid=uuid4().urn,
        unique_id=new_oid(),
        patient_id=patient,
        code_list=(_code("f2"), _code("f1")),
        **_texts("d'un dossier"),
    )


def _link(kind: AssociationType, source: RegistryObject, target: RegistryObject) -> Association:
    return Association(
        entry_uuid=uuid4().urn,
        type=kind,
        source=source.entry_uuid,
        target=target.entry_uuid,
        documentation=_code("why"),
        **_texts("d'un lien"),
    )
