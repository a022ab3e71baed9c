"""Small XML to begin from, and the keys of the errors that come out."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml import etree

from ihe_profiles.ebrim.namespaces import RIM
from ihe_profiles.xds.datatypes import CX, DTM, XCN
from ihe_profiles.xds.errors import CATALOGUE, RegistryError
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
from ihe_profiles.xds.vocabulary import AssociationType

PATIENT = CX("279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH")
CODE = Code("11502-2", "2.16.840.1.113883.6.1", (LocalizedString("Compte rendu", "fr-FR"),))
AUTHOR = Author(person=XCN("801234567890^DURANT^Romuald^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS"))
ELSEWHERE = "urn:uuid:5e4c6a4e-0a3b-4c5b-9d8f-2f0f2a8d7c11"


def object_list(inner: str) -> etree._Element:
    """An rim:RegistryObjectList of what stands in `inner`, the prefix rim bound."""
    return etree.fromstring(
        f'<rim:RegistryObjectList xmlns:rim="{RIM}">{inner}</rim:RegistryObjectList>'
    )


def key_of(error: RegistryError) -> str:
    """The key of the catalogue entry that an error was made from."""
    for key, entry in CATALOGUE.items():
        template = f"{entry.text} {entry.advice} [{entry.section}]"
        pattern = re.sub(r"\\\{\w+\\\}", ".*", re.escape(template))
        if error.code == entry.code and re.fullmatch(pattern, error.context, re.DOTALL):
            return key
    raise AssertionError(f"no entry of the catalogue says: {error}")


def keys(errors: Iterable[RegistryError]) -> list[str]:
    return [key_of(error) for error in errors]


def document(**fields: object) -> DocumentEntry:
    """A DocumentEntry that a registry takes."""
    return DocumentEntry(
        **{
            "entry_uuid": "Document01",
            "mime_type": "text/xml",
            "unique_id": "1.2.3.1",
            "patient_id": PATIENT,
            "author": (AUTHOR,),
            "class_code": CODE,
            "type_code": CODE,
            "format_code": CODE,
            "practice_setting_code": CODE,
            "healthcare_facility_type_code": CODE,
            "confidentiality_code": (CODE,),
            "creation_time": DTM("20240229101500"),
            "language_code": "fr-FR",
            "hash": "a" * 40,
            "size": "17",
            "repository_unique_id": "1.2.3.100",
            "source_patient_id": CX("D1^^^&1.2.3&ISO"),
            "title": (LocalizedString("Biologie", "fr-FR"),),
            **fields,
        }
    )


def submission_set(**fields: object) -> SubmissionSet:
    """A SubmissionSet that a registry takes."""
    return SubmissionSet(
        **{
            "entry_uuid": "SubmissionSet01",
            "unique_id": "1.2.3.2",
            "source_id": "1.2.3.200",
            "patient_id": PATIENT,
            "content_type_code": CODE,
            "submission_time": DTM("20240229101600"),
            **fields,
        }
    )


def folder(**fields: object) -> Folder:
    """A Folder that a registry takes."""
    return Folder(
        **{
            "entry_uuid": "Folder01",
            "unique_id": "1.2.3.3",
            "patient_id": PATIENT,
            "code_list": (CODE,),
            "title": (LocalizedString("Suivi"),),
            **fields,
        }
    )


def link(
    source: str,
    target: str,
    status: str | None = None,
    kind: str = AssociationType.HAS_MEMBER,
    entry_uuid: str | None = None,
) -> Association:
    """An Association, its id made of its ends."""
    return Association(
        entry_uuid=entry_uuid or f"from {source} to {target}",
        type=kind,
        source=source,
        target=target,
        submission_set_status=status,
    )


MEMBER = link("SubmissionSet01", "Document01", "Original")


def submission(
    *links: Association,
    documents: tuple[DocumentEntry, ...] | None = None,
    folders: tuple[Folder, ...] = (),
    sets: tuple[SubmissionSet, ...] | None = None,
) -> Submission:
    """One document in one set, and `links` further Associations."""
    return Submission(
        (submission_set(),) if sets is None else sets,
        (document(),) if documents is None else documents,
        folders,
        (MEMBER, *links),
    )
