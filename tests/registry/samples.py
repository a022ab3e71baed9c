"""Invented objects for the registry's tests, every attribute that a registry requires given."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import count
from typing import Any, Final
from uuid import uuid4

from ihe_profiles.xds.datatypes import CX, DTM, XCN, CXi
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
from ihe_profiles.xds.submission import new_oid
from ihe_profiles.xds.vocabulary import AssociationType, SubmissionSetStatus

PATIENT: Final = CX("1234^^^&1.2.250.1.213.1.4.99&ISO")
OTHER_PATIENT: Final = CX("5678^^^&1.2.250.1.213.1.4.99&ISO")
_symbols = count(1)


def text(value: str) -> tuple[LocalizedString, ...]:
    return (LocalizedString(value),)


def code(value: str, scheme: str = "1.2.3") -> Code:
    return Code(value, scheme, text(f"Display of {value}"))


def author(person: str = "^Dupont^Louise") -> Author:
    return Author(person=XCN(person))


def document(content: str = "", **changes: Any) -> DocumentEntry:
    """A document whose bytes are `content`, a new one each time when there is none."""
    data = (content or uuid4().hex).encode()
    entry = DocumentEntry(
        entry_uuid=f"Document{next(_symbols)}",
        mime_type="text/xml",
        unique_id=new_oid(),
        patient_id=PATIENT,
        author=(author(),),
        class_code=code("class"),
        type_code=code("type"),
        format_code=code("format"),
        practice_setting_code=code("practice"),
        healthcare_facility_type_code=code("facility"),
        confidentiality_code=(code("N"),),
        event_code_list=(code("event"),),
        creation_time=DTM("20250301"),
        service_start_time=DTM("202502"),
        service_stop_time=DTM("2025022810"),
        language_code="fr-FR",
        hash=hashlib.sha1(data).hexdigest(),
        size=str(len(data)),
        repository_unique_id="1.2.3.4.5",
        source_patient_id=CX("local^^^&1.2.9&ISO"),
        reference_id_list=(CXi("A1^^^&1.2.8&ISO^urn:ihe:iti:xds:2013:accession"),),
        title=text("Compte rendu d'essai"),
    )
    return replace(entry, **changes)


def folder(**changes: Any) -> Folder:
    made = Folder(
        entry_uuid=f"Folder{next(_symbols)}",
        unique_id=new_oid(),
        patient_id=PATIENT,
        code_list=(code("folder"),),
        title=text("Dossier d'essai"),
    )
    return replace(made, **changes)


def association(kind: AssociationType, source: str, target: str, **changes: Any) -> Association:
    made = Association(
        entry_uuid=f"Association{next(_symbols)}", type=kind, source=source, target=target
    )
    return replace(made, **changes)


def submission(
    *objects: DocumentEntry | Folder | Association, patient: CX = PATIENT, **changes: Any
) -> Submission:
    """A submission of the objects, each that must be a member of its set linked to it."""
    chosen = SubmissionSet(
        entry_uuid=f"SubmissionSet{next(_symbols)}",
        unique_id=new_oid(),
        source_id="1.2.3.77",
        patient_id=patient,
        author=(author(),),
        content_type_code=code("content"),
        submission_time=DTM("20250302120000"),
    )
    chosen = replace(chosen, **changes)
    documents = [o for o in objects if isinstance(o, DocumentEntry)]
    given = [o for o in objects if isinstance(o, Association)]
    own = {document.entry_uuid for document in documents}
    members = []
    for obj in objects:
        is_filing = isinstance(obj, Association) and obj.type == AssociationType.HAS_MEMBER
        if isinstance(obj, DocumentEntry | Folder) or is_filing:
            status = SubmissionSetStatus.ORIGINAL if obj.entry_uuid in own else None
            members.append(
                association(
                    AssociationType.HAS_MEMBER,
                    chosen.entry_uuid,
                    obj.entry_uuid,
                    submission_set_status=status,
                )
            )
    return Submission(
        submission_sets=(chosen,),
        documents=tuple(documents),
        folders=tuple(o for o in objects if isinstance(o, Folder)),
        associations=(*given, *members),
    )


def put(folder: str, document: str) -> Association:
    """The membership of a document in a folder."""
    return association(AssociationType.HAS_MEMBER, folder, document)
