"""What an event concerns: ParticipantObjectIdentification by kind, each with its section."""

from __future__ import annotations

from typing import Final

from ihe_profiles.atna import codes
from ihe_profiles.atna.message import (
    Code,
    Detail,
    ObjectRole,
    ObjectType,
    Participated,
)

HOME: Final = "urn:ihe:iti:xca:2010:homeCommunityId"


def patient(patient_id: str, *details: Detail) -> Participated:
    """Name a patient by CX (each transaction's Patient)."""
    return Participated(
        patient_id, codes.PATIENT_NUMBER, ObjectType.PERSON, ObjectRole.PATIENT, details=details
    )


def query(transaction: Code, query_id: str, request: bytes, home: str = "") -> Participated:
    """Tell a stored query whole (ITI TF-2 3.18.5.1): `request` is the AdhocQueryRequest."""
    details = (Detail("QueryEncoding", "UTF-8"), *_home(HOME, home))
    return _query(query_id, transaction, request, details)


def discovery(transaction: Code, query_id: str, request: bytes, home: str) -> Participated:
    """Tell a QueryByParameter whole (ITI TF-2 3.55.5.1)."""
    return _query(query_id, transaction, request, (Detail("ihe:homeCommunityID", home),))


def subscribed(transaction: Code, query_id: str, request: bytes) -> Participated:
    """Tell a wsnt:Subscribe whole (ITI TF-2 3.52.5.1)."""
    return _query(query_id, transaction, request, ())


def subscription(transaction: Code, address: str) -> Participated:
    """Name a subscription by its address (ITI TF-2 3.52.5.1)."""
    return Participated(address, transaction, ObjectType.SYSTEM, ObjectRole.JOB)


def submission_set(unique_id: str) -> Participated:
    """Name a SubmissionSet by its uniqueId (ITI TF-2 3.41.5.1)."""
    return Participated(unique_id, codes.SUBMISSION_SET, ObjectType.SYSTEM, ObjectRole.JOB)


def retrieved(unique_id: str, repository: str, home: str = "", *details: Detail) -> Participated:
    """Name a document and the repository that has it (ITI TF-2 3.43.5.1).

    The names of the details are ITI-43's own; further `details` follow them.
    """
    own = (Detail("Repository Unique Id", repository), *_home("ihe:homeCommunityID", home))
    return Participated(
        unique_id,
        codes.REPORT_NUMBER,
        ObjectType.SYSTEM,
        ObjectRole.REPORT,
        details=(*own, *details),
    )


def removed_document(unique_id: str, repository: str) -> Participated:
    """Name a document that is removed (ITI TF-2 3.86.5.1)."""
    details = (Detail("urn:ihe:iti:xds:2007:repositoryUniqueId", repository),)
    return Participated(
        unique_id, codes.REPORT_NUMBER, ObjectType.SYSTEM, ObjectRole.REPORT, details=details
    )


def document(unique_id: str, life_cycle: int | None = None) -> Participated:
    """Name a document by its uniqueId."""
    return Participated(
        unique_id,
        codes.REPORT_NUMBER,
        ObjectType.SYSTEM,
        ObjectRole.REPORT,
        life_cycle=life_cycle,
    )


def registry_object(entry_uuid: str, kind: Code = codes.OBJECT_REF, home: str = "") -> Participated:
    """Name a registry object by its entryUUID (ITI TF-2 3.53.5.1, 3.62.5.1)."""
    return Participated(
        entry_uuid, kind, ObjectType.SYSTEM, ObjectRole.REPORT, details=_home(HOME, home)
    )


def alert_subject(subject: str, description: str) -> Participated:
    """Say what a security alert is about (DICOM PS3.15 A.5.3.11)."""
    return Participated(
        subject,
        codes.URI,
        ObjectType.SYSTEM,
        ObjectRole.SECURITY_RESOURCE,
        details=(Detail("Alert Description", description),),
    )


def _query(
    query_id: str, transaction: Code, request: bytes, details: tuple[Detail, ...]
) -> Participated:
    return Participated(
        query_id, transaction, ObjectType.SYSTEM, ObjectRole.QUERY, query=request, details=details
    )


def _home(name: str, home: str) -> tuple[Detail, ...]:
    return (Detail(name, home),) if home else ()
