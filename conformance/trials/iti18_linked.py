"""ITI-18: queries by ids, and what is linked (ITI TF-2 3.18.4.1.2.3.7.5 to .14)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from conformance.target import Offer
from conformance.trial import Session, trial
from conformance.trials.asking import ask, finds, of_kind, written
from conformance.trials.iti18 import NEEDS
from conformance.trials.library import library, reference
from ihe_profiles.xds.metadata import Association, Code, DocumentEntry, Folder, SubmissionSet
from ihe_profiles.xds.vocabulary import AssociationType, Status


@trial("ITI-18.37", "ITI-18.38", "ITI-18.39", "ITI-18.40", "ITI-18.63", needs=NEEDS)
def get_by_id(s: Session) -> None:
    """Documents and folders by both kinds of ids."""
    shelf = library(s)
    some = [shelf.documents[letter] for letter in "ACE"]
    by_uuid = {"$XDSDocumentEntryEntryUUID": [entry.entry_uuid for entry in some]}
    finds(s, "ITI-18.37", shelf, ask(s, "GetDocuments", by_uuid), "ACE", "entryUUID")
    by_id = {"$XDSDocumentEntryUniqueId": [entry.unique_id or "" for entry in some]}
    response = ask(s, "GetDocuments", by_id)
    finds(s, "ITI-18.38", shelf, response, "ACE", "uniqueId")
    unknown = {"$XDSDocumentEntryUniqueId": [s.world.oid()]}
    finds(s, "ITI-18.39", shelf, ask(s, "GetDocuments", unknown), "", "unknown uniqueId")
    unknown = {"$XDSDocumentEntryEntryUUID": [s.world.uuid()]}
    finds(s, "ITI-18.39", shelf, ask(s, "GetDocuments", unknown), "", "unknown entryUUID")
    folders = list(shelf.folders.values())
    for name, ids in (
        ("EntryUUID", [folder.entry_uuid for folder in folders]),
        ("UniqueId", [folder.unique_id or "" for folder in folders]),
    ):
        found = ask(s, "GetFolders", {f"$XDSFolder{name}": ids})
        finds(s, "ITI-18.40", shelf, found, "FH", name)
    for one in response.objects:
        if isinstance(one, DocumentEntry):
            sent = next(entry for entry in some if entry.unique_id == one.unique_id)
            for field, (was, now) in differences(sent, one).items():
                s.check(
                    "ITI-18.63", False, was, now, f"{field} of {shelf.letters([one.unique_id])}"
                )
            s.check("ITI-18.63", True, "as sent", "as sent", one.entry_uuid)


_GIVEN_BY_THE_REGISTRY: Final = frozenset(
    {"availability_status", "home_community_id", "logical_id", "version", "repository_unique_id",
     "extra_slots", "document_availability", "is_opaque", "identifier_ids"}
)  # fmt: skip


def differences(sent: DocumentEntry, found: DocumentEntry) -> dict[str, tuple[object, object]]:
    """Return the attributes that differ, but those that a registry or repository gives."""
    names = [name for name in sent.__slots__ if name not in _GIVEN_BY_THE_REGISTRY]
    pairs = {name: (getattr(sent, name), getattr(found, name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


@trial("ITI-18.41", "ITI-18.42", "ITI-18.43", needs=NEEDS)
def get_associations(s: Session) -> None:
    """What touches a document, and the submission that brought it."""
    shelf = library(s)
    document = shelf.documents["A"]
    touching = {
        a.entry_uuid for a in shelf.associations if document.entry_uuid in (a.source, a.target)
    }
    response = ask(s, "GetAssociations", {"$uuid": [document.entry_uuid]})
    _associations(s, "ITI-18.41", response, touching, "of A")
    ids = {"$XDSDocumentEntryUniqueId": [document.unique_id or ""]}
    response = ask(s, "GetDocumentsAndAssociations", ids)
    finds(s, "ITI-18.42", shelf, response, "A", "documents")
    _associations(s, "ITI-18.42", response, touching, "of A")
    members = [document.entry_uuid, shelf.folders["F"].entry_uuid]
    response = ask(s, "GetSubmissionSets", {"$uuid": members})
    finds(s, "ITI-18.43", shelf, response, "1", "of A and F")
    own = shelf.sets[0].entry_uuid
    wanted = {a.entry_uuid for a in shelf.associations if a.source == own and a.target in members}
    _associations(s, "ITI-18.43", response, wanted, "memberships of A and F")


def _associations(s: Session, assertion: str, response: Any, wanted: set[str], place: str) -> None:
    found = {one.entry_uuid for one in of_kind(response, Association)}
    missing, further = len(wanted - found), len(found - wanted)
    shown = f"{missing} missing, {further} further" if missing or further else len(found)
    s.equal(assertion, shown, len(wanted), f"Associations {place}")


@trial("ITI-18.44", "ITI-18.45", needs=NEEDS)
def get_submission_set_and_contents(s: Session) -> None:
    """The first submission, whole and in part."""
    shelf = library(s)
    own = shelf.sets[0]
    for name, id_ in (("EntryUUID", own.entry_uuid), ("UniqueId", own.unique_id or "")):
        response = ask(s, "GetSubmissionSetAndContents", {f"$XDSSubmissionSet{name}": id_})
        finds(s, "ITI-18.44", shelf, response, "ABFH1", name)
        _memberships(s, "ITI-18.44", response, own, 4)
    code = shelf.documents["B"].format_code
    assert code is not None
    wanted = "".join(k for k in "AB" if shelf.documents[k].format_code == code)
    by_id = {"$XDSSubmissionSetUniqueId": own.unique_id or ""}
    response = ask(
        s, "GetSubmissionSetAndContents", by_id | {"$XDSDocumentEntryFormatCode": [written(code)]}
    )
    finds(s, "ITI-18.45", shelf, response, wanted + "FH1", "formatCode of B")
    _memberships(s, "ITI-18.45", response, own, 2 + len(wanted))
    secret = shelf.codes["confidentialityCode"][-1]
    wanted = "".join(k for k in "AB" if secret in shelf.documents[k].confidentiality_code)
    coded = by_id | {"$XDSDocumentEntryConfidentialityCode": [written(secret)]}
    response = ask(s, "GetSubmissionSetAndContents", coded)
    finds(s, "ITI-18.45", shelf, response, wanted + "FH1", "confidentialityCode")


def _memberships(
    s: Session, assertion: str, response: Any, of: SubmissionSet | Folder, number: int
) -> None:
    """Note how many HasMembers lead from an object to documents and folders of the answer."""
    there = {o.entry_uuid for o in response.objects if isinstance(o, DocumentEntry | Folder)}
    found = [
        one
        for one in of_kind(response, Association)
        if isinstance(one, Association)
        and one.type == AssociationType.HAS_MEMBER
        and (one.source, one.target in there) == (of.entry_uuid, True)
    ]
    s.equal(assertion, len(found), number, f"HasMembers of {of.entry_uuid}")


@trial("ITI-18.46", "ITI-18.47", "ITI-18.48", needs=NEEDS)
def folders_and_documents(s: Session) -> None:
    """A Folder with what it holds, and the Folders of a document."""
    shelf = library(s)
    folder, document = shelf.folders["F"], shelf.documents["A"]
    for name, id_ in (("EntryUUID", folder.entry_uuid), ("UniqueId", folder.unique_id or "")):
        response = ask(s, "GetFolderAndContents", {f"$XDSFolder{name}": id_})
        finds(s, "ITI-18.46", shelf, response, "AF", name)
        _memberships(s, "ITI-18.46", response, folder, 1)
    code = replace(document.format_code or Code("", ""), code="another")
    coded = {"$XDSDocumentEntryFormatCode": [written(code)]}
    by_id: dict[str, Any] = {"$XDSFolderUniqueId": folder.unique_id or ""}
    response = ask(s, "GetFolderAndContents", by_id | coded)
    finds(s, "ITI-18.47", shelf, response, "F", "another formatCode")
    for name, id_ in (("EntryUUID", document.entry_uuid), ("UniqueId", document.unique_id or "")):
        response = ask(s, "GetFoldersForDocument", {f"$XDSDocumentEntry{name}": id_})
        finds(s, "ITI-18.48", shelf, response, "F", name)
        _associations(s, "ITI-18.48", response, set(), "with GetFoldersForDocument")


@trial("ITI-18.49", "ITI-18.50", "ITI-18.51", needs=NEEDS)
def get_related_documents(s: Session) -> None:
    """E is appended to A and transformed into G."""
    shelf = library(s)
    for letter, types, wanted, assertion in (
        ("A", [AssociationType.APND], "AE", "ITI-18.49"),
        ("E", [AssociationType.APND], "AE", "ITI-18.49"),
        ("E", [AssociationType.APND, AssociationType.XFRM], "AEG", "ITI-18.49"),
        ("C", [AssociationType.RPLC], "CD", "ITI-18.49"),
        ("A", [AssociationType.RPLC], "", "ITI-18.50"),
        ("B", [AssociationType.HAS_MEMBER], "", "ITI-18.50"),
        ("A", [AssociationType.APND, AssociationType.XFRM], "AE", "ITI-18.51"),
    ):
        document = shelf.documents[letter]
        for name, id_ in (
            ("EntryUUID", document.entry_uuid),
            ("UniqueId", document.unique_id or ""),
        ):
            parameters: dict[str, Any] = {
                f"$XDSDocumentEntry{name}": id_,
                "$AssociationTypes": [str(kind) for kind in types],
            }
            response = ask(s, "GetRelatedDocuments", parameters)
            finds(s, assertion, shelf, response, wanted, f"of {letter} by {name}")


@trial("ITI-18.52", needs=(*NEEDS, Offer.REFERENCE_ID))
def find_by_reference_id(s: Session) -> None:
    """A has the first reference, B both."""
    shelf = library(s)
    one, two = str(reference(s, 1)), str(reference(s, 2))
    for groups, wanted in (
        ([[one]], "AB"),
        ([[two]], "B"),
        ([[one, two]], "AB"),
        ([[one], [two]], "B"),
        ([[str(reference(s, 3))]], ""),
    ):
        parameters: dict[str, Any] = {
            "$XDSDocumentEntryPatientId": str(shelf.patient),
            "$XDSDocumentEntryStatus": [Status.APPROVED],
            "$XDSDocumentEntryReferenceIdList": groups,
        }
        response = ask(s, "FindDocumentsByReferenceId", parameters)
        finds(s, "ITI-18.52", shelf, response, wanted, f"{groups}")
