"""ITI-42 Register Document Set-b: what a registry does with submissions (ITI TF-2 3.42)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

from lxml import etree

import schemas
from conformance.target import Offer
from conformance.trial import Session, trial
from conformance.trials import changes
from conformance.trials.asking import ask, of_kind
from conformance.trials.tf3 import changed, outcome, sample, send
from ihe_profiles import iti42
from ihe_profiles.xds import encoding, response
from ihe_profiles.xds.metadata import (
    ON_DEMAND,
    Association,
    Code,
    DocumentEntry,
    Folder,
    RegistryObject,
    Submission,
)
from ihe_profiles.xds.response import RegistryResponse
from ihe_profiles.xds.vocabulary import AssociationType, ResponseStatus, Status, SubmissionSetStatus

NEEDS: Final = (Offer.REGISTRY,)
_UNRESOLVED: Final = ("UnresolvedReferenceException",)
_METADATA: Final = ("XDSRegistryMetadataError",)


def _register(s: Session, made: Submission) -> RegistryResponse:
    return send(s, encoding.write_submission(made))


def _new(s: Session) -> DocumentEntry:
    """Describe a document of the patient that these trials share."""
    return s.world.entry(s.world.once("patient of iti42", s.world.patient))


def _registered(s: Session) -> DocumentEntry:
    """Register a document and return its entry. Raises SetupFailed."""
    return s.world.submit(s.world.submission([_new(s)])).documents[0]


def _related(
    s: Session, entry: DocumentEntry, kind: AssociationType, to: str, source: str | None = None
) -> Submission:
    """Submit an entry that is related to another one."""
    relation = Association(
        entry_uuid=s.world.uuid(), type=kind, source=source or entry.entry_uuid, target=to
    )
    made = s.world.submission([entry])
    return replace(made, associations=(*made.associations, relation))


def _folder(s: Session, entry: DocumentEntry) -> Folder:
    return replace(sample(s).folders[0], entry_uuid=s.world.uuid(), patient_id=entry.patient_id)


def _filed(s: Session, made: Submission, folder: str, member: str) -> Submission:
    """Put a document into a folder, with the membership of that membership in the set."""
    (own,) = made.submission_sets
    kind = AssociationType.HAS_MEMBER
    membership = Association(entry_uuid=s.world.uuid(), type=kind, source=folder, target=member)
    of_set = Association(
        entry_uuid=s.world.uuid(), type=kind, source=own.entry_uuid, target=membership.entry_uuid
    )
    return replace(made, associations=(*made.associations, membership, of_set))


def _status(s: Session, entry: DocumentEntry) -> str:
    """Return the availabilityStatus of an entry as the registry has it, by its last word."""
    found = ask(s, "GetDocuments", {"$XDSDocumentEntryEntryUUID": [entry.entry_uuid]}).objects
    return found[0].availability_status.rpartition(":")[2] if found else "not found"  # type: ignore[union-attr]


def _contents(s: Session, made: Submission) -> tuple[RegistryObject, ...]:
    unique_id = made.submission_sets[0].unique_id or ""
    return ask(s, "GetSubmissionSetAndContents", {"$XDSSubmissionSetUniqueId": unique_id}).objects


@trial("ITI-42.01", "ITI-42.02", "ITI-42.04", needs=NEEDS)
def a_submission(s: Session) -> None:
    """A document in a folder, through zeep."""
    made = sample(s)
    body = iti42.request(encoding.write_submission(made))
    answer = s.wire.registry.call(iti42.TRANSACTION, [body])
    broken = schemas.violations(answer.body)
    s.check("ITI-42.01", not broken, "no violation", broken[0] if broken else "none")
    s.equal("ITI-42.01", response.read(answer.body).status, ResponseStatus.SUCCESS, "@status")
    found = {one.entry_uuid: one for one in _contents(s, made)}
    submitted: tuple[RegistryObject, ...] = (*made.submission_sets, *made.documents, *made.folders)
    for one in submitted:
        there = found.get(one.entry_uuid)
        s.check("ITI-42.04", there is not None, one.entry_uuid, "not found", type(one).__name__)
        status = there and there.availability_status
        s.equal("ITI-42.02", status, Status.APPROVED, f"{type(one).__name__}/@status")


@trial("ITI-42.03", needs=NEEDS)
def symbolic_ids(s: Session) -> None:
    """The same with ids that are no UUIDs."""
    made = sample(s)
    text = encoding.write_submission(made).decode()
    for name, id_ in (
        ("Document01", made.documents[0].entry_uuid),
        ("Folder01", made.folders[0].entry_uuid),
        ("Set01", made.submission_sets[0].entry_uuid),
    ):
        text = text.replace(id_, name)
    outcome(s, "ITI-42.03", send(s, text.encode()), (), "ITI-42")
    found = _contents(s, made)
    own = {type(one).__name__: one.entry_uuid for one in found}
    for name, id_ in own.items():
        s.check("ITI-42.03", id_.startswith("urn:uuid:"), "urn:uuid:...", id_, f"{name}/@id")
    ends = {(a.source, a.target) for a in found if isinstance(a, Association)}
    pairs = (("SubmissionSet", "DocumentEntry"), ("Folder", "DocumentEntry"))
    for source, target in pairs:
        pair = (own.get(source), own.get(target))
        s.check("ITI-42.03", pair in ends, pair, ends, f"Association {source} to {target}")


@trial("ITI-42.05", "ITI-42.06", needs=NEEDS)
def all_or_nothing(s: Session) -> None:
    """Two good documents and a bad one."""
    made = s.world.submission([_new(s), _new(s), replace(_new(s), hash="no hash")])
    answer = _register(s, made)
    outcome(s, "ITI-42.05", answer, _METADATA, "ITI-42")
    whole = all(error.code and error.context for error in answer.errors)
    severe = any(str(error.severity).endswith(":Error") for error in answer.errors)
    found = [(error.code, str(error.severity)) for error in answer.errors]
    s.check("ITI-42.06", whole and severe, "code, context and severity", found, "RegistryError")
    s.equal("ITI-42.06", answer.status, ResponseStatus.FAILURE, "@status")
    ids = [entry.unique_id or "" for entry in made.documents]
    left = ask(s, "GetDocuments", {"$XDSDocumentEntryUniqueId": ids}).objects
    s.equal("ITI-42.05", len(left), 0, "documents afterwards")
    s.equal("ITI-42.05", len(_contents(s, made)), 0, "SubmissionSet afterwards")


@trial("ITI-42.07", needs=(Offer.REGISTRY, Offer.FEED))
def unknown_patient(s: Session) -> None:
    """A patient of whom nobody told."""
    made = s.world.submission([s.world.entry(s.world.new_patient_id())])
    outcome(s, "ITI-42.07", _register(s, made), ("XDSUnknownPatientId",), "ITI-42")


@trial("ITI-42.08", "ITI-42.22", "ITI-42.25", needs=NEEDS)
def two_patients(s: Session) -> None:
    """What must be of one patient, and what need not."""
    other = s.world.submit(s.world.submission([s.world.entry(s.world.patient())])).documents[0]
    entry = _new(s)
    codes = ("XDSPatientIdDoesNotMatch",)
    mixed = s.world.submission([entry, s.world.entry(other.patient_id)])  # type: ignore[arg-type]
    outcome(s, "ITI-42.08", _register(s, mixed), codes, "documents of two patients")
    made = sample(s)
    moved = replace(made, folders=(replace(made.folders[0], patient_id=other.patient_id),))
    outcome(s, "ITI-42.08", _register(s, moved), codes, "a folder of another patient")
    for kind in (AssociationType.APND, AssociationType.RPLC):
        answer = _register(s, _related(s, _new(s), kind, other.entry_uuid))
        outcome(s, "ITI-42.22", answer, codes, kind.rpartition(":")[2])
    referring = s.world.submission([_new(s)])
    by_reference = Association(
        entry_uuid=s.world.uuid(),
        type=AssociationType.HAS_MEMBER,
        source=referring.submission_sets[0].entry_uuid,
        target=other.entry_uuid,
        submission_set_status=SubmissionSetStatus.REFERENCE,
    )
    referring = replace(referring, associations=(*referring.associations, by_reference))
    outcome(s, "ITI-42.25", _register(s, referring), (), "Reference")


@trial("ITI-42.09", "ITI-42.10", "ITI-42.11", needs=NEEDS)
def ids_used_before(s: Session) -> None:
    """UniqueIds of a SubmissionSet, of a Folder, and twice in one message."""
    made = sample(s)
    outcome(s, "ITI-42.09", _register(s, made), (), "the first")
    duplicate = ("XDSDuplicateUniqueIdInRegistry",)
    again = sample(s)
    own = replace(again.submission_sets[0], unique_id=made.submission_sets[0].unique_id)
    answer = _register(s, replace(again, submission_sets=(own,)))
    outcome(s, "ITI-42.09", answer, duplicate, "SubmissionSet.uniqueId")
    again = sample(s)
    folder = replace(again.folders[0], unique_id=made.folders[0].unique_id)
    answer = _register(s, replace(again, folders=(folder,)))
    outcome(s, "ITI-42.10", answer, duplicate, "Folder.uniqueId")
    first, second = _new(s), _new(s)
    twins = s.world.submission([first, replace(second, unique_id=first.unique_id)])
    codes = ("XDSRegistryDuplicateUniqueIdInMessage",)
    outcome(s, "ITI-42.11", _register(s, twins), codes, "two documents")
    folder = replace(sample(s).folders[0], unique_id=made.documents[0].unique_id)
    again = sample(s)
    again = replace(again, folders=(replace(folder, unique_id=again.documents[0].unique_id),))
    outcome(s, "ITI-42.11", _register(s, again), codes, "a document and a folder")


@trial("ITI-42.12", "ITI-42.13", "ITI-42.14", needs=NEEDS)
def one_document_again(s: Session) -> None:
    """A uniqueId with other bytes, and with the same."""
    entry = _registered(s)
    for assertion, changes_, codes in (
        ("ITI-42.12", {"hash": "0" * 40}, ("XDSNonIdenticalHash",)),
        ("ITI-42.13", {"size": "99999"}, ("XDSNonIdenticalSize",)),
        ("ITI-42.14", {}, ()),
    ):
        again = replace(entry, entry_uuid=s.world.uuid(), **changes_)  # type: ignore[arg-type]
        answer = _register(s, s.world.submission([again]))
        outcome(s, assertion, answer, codes, str(changes_) or "the same")
    ids = {"$XDSDocumentEntryUniqueId": [entry.unique_id or ""]}
    s.equal("ITI-42.14", len(ask(s, "GetDocuments", ids).objects), 2, "entries of the uniqueId")


@trial("ITI-42.15", "ITI-42.16", "ITI-42.17", "ITI-42.18", needs=NEEDS)
def relationships(s: Session) -> None:
    """What becomes of the target, of its family and of its folders."""
    for kind, status in (
        (AssociationType.RPLC, "Deprecated"),
        (AssociationType.XFRM_RPLC, "Deprecated"),
        (AssociationType.XFRM, "Approved"),
        (AssociationType.APND, "Approved"),
    ):
        assertion = "ITI-42.15" if kind is AssociationType.RPLC else "ITI-42.16"
        old, new = _registered(s), _new(s)
        outcome(s, assertion, _register(s, _related(s, new, kind, old.entry_uuid)), (), str(kind))
        s.equal(assertion, _status(s, old), status, f"target of {kind}")
        s.equal(assertion, _status(s, new), "Approved", f"source of {kind}")
    old, new, appendix = _registered(s), _new(s), _new(s)
    _register(s, _related(s, appendix, AssociationType.APND, old.entry_uuid))
    filed = _filed_by_now(s, old)
    _register(s, s.world.submission([new], replaces={new.entry_uuid: old.entry_uuid}))
    s.equal("ITI-42.17", _status(s, appendix), "Deprecated", "what was appended")
    held = ask(s, "GetFolderAndContents", {"$XDSFolderEntryUUID": filed.entry_uuid})
    ids = {one.entry_uuid for one in of_kind(held, DocumentEntry)}
    s.check("ITI-42.18", new.entry_uuid in ids, new.entry_uuid, sorted(ids), "Folder")


def _filed_by_now(s: Session, entry: DocumentEntry) -> Folder:
    """Register a folder that holds a registered document."""
    folder = _folder(s, entry)
    made = replace(s.world.submission([], patient_id=entry.patient_id), folders=(folder,))
    (own,) = made.submission_sets
    holds = Association(
        entry_uuid=s.world.uuid(),
        type=AssociationType.HAS_MEMBER,
        source=own.entry_uuid,
        target=folder.entry_uuid,
    )
    made = replace(made, associations=(*made.associations, holds))
    _register(s, _filed(s, made, folder.entry_uuid, entry.entry_uuid))
    return folder


@trial("ITI-42.19", "ITI-42.20", "ITI-42.21", "ITI-42.26", needs=NEEDS)
def bad_relationships(s: Session) -> None:
    """Targets and sources that will not do."""
    old, new = _registered(s), _new(s)
    _register(s, s.world.submission([new], replaces={new.entry_uuid: old.entry_uuid}))
    codes = ("XDSRegistryDeprecatedDocumentError",)
    for kind in (AssociationType.RPLC, AssociationType.APND):
        answer = _register(s, _related(s, _new(s), kind, old.entry_uuid))
        outcome(s, "ITI-42.19", answer, codes, f"{kind} to a deprecated entry")
    for kind in (AssociationType.RPLC, AssociationType.XFRM):
        answer = _register(s, _related(s, _new(s), kind, s.world.uuid()))
        outcome(s, "ITI-42.20", answer, _UNRESOLVED, f"{kind} to nothing")
    other = _registered(s)
    answer = _register(
        s, _related(s, _new(s), AssociationType.APND, new.entry_uuid, source=other.entry_uuid)
    )
    outcome(s, "ITI-42.21", answer, _UNRESOLVED, "a source registered before")
    bad = replace(_new(s), hash="no hash")
    _register(s, s.world.submission([bad], replaces={bad.entry_uuid: new.entry_uuid}))
    s.equal("ITI-42.26", _status(s, new), "Approved", "target of a refused replacement")


@trial("ITI-42.23", "ITI-42.24", needs=NEEDS)
def folders(s: Session) -> None:
    """An old document in a new folder, and a new document in an old one."""
    old = _registered(s)
    folder = _filed_by_now(s, old)
    by_id = {"$XDSFolderEntryUUID": folder.entry_uuid}
    held = [one.entry_uuid for one in ask(s, "GetFolderAndContents", by_id).objects]
    s.check("ITI-42.23", old.entry_uuid in held, old.entry_uuid, held, "Folder")
    before = _updated(s, folder)
    new = _new(s)
    made = _filed(s, s.world.submission([new]), folder.entry_uuid, new.entry_uuid)
    outcome(s, "ITI-42.24", _register(s, made), (), "ITI-42")
    held = [one.entry_uuid for one in ask(s, "GetFolderAndContents", by_id).objects]
    s.check("ITI-42.24", new.entry_uuid in held, new.entry_uuid, held, "Folder")
    after = _updated(s, folder)
    s.check("ITI-42.24", after >= before > 0, f"{before} or later", after, "lastUpdateTime")


def _updated(s: Session, folder: Folder) -> int:
    (found,) = ask(s, "GetFolders", {"$XDSFolderEntryUUID": [folder.entry_uuid]}).objects
    assert isinstance(found, Folder)
    return 0 if found.last_update_time is None else found.last_update_time.lowest


@trial("ITI-42.27", needs=(Offer.REGISTRY, Offer.CODES))
def foreign_codes(s: Session) -> None:
    """A class code, and a media type, that the domain does not have."""
    code = Code("conformance-unheard", "2.25.617499", sample(s).folders[0].title)
    made = s.world.submission([replace(_new(s), class_code=code)])
    outcome(s, "ITI-42.27", _register(s, made), _METADATA, "classCode")


@trial("ITI-42.28", "ITI-42.29", needs=NEEDS)
def other_messages(s: Session) -> None:
    """A broken schema, and an on-demand entry."""
    text = changed(sample(s), lambda _: None).decode().replace("ExtrinsicObject", "Extrinsic")
    body = iti42.request(text.encode()).decode()
    assert s.target.registry is not None
    envelope = s.envelope(body, iti42.TRANSACTION.action).octets()
    answer = s.wire.post(s.target.registry, envelope)
    refused = b"Failure" in answer.content or b"Fault" in answer.content
    s.check("ITI-42.28", refused, "Failure or a fault", answer.status_code, "unknown element")

    def on_demand(listed: etree._Element) -> None:
        changes.the("DocumentEntry", listed).set("objectType", ON_DEMAND)
        for name in ("creationTime", "hash", "size"):
            changes.without("DocumentEntry", name)(listed)

    answer_ = send(s, changed(sample(s), on_demand))
    outcome(s, "ITI-42.29", answer_, (*_METADATA, "XDSRegistryError"), "on-demand")


@trial("ITI-42.30", "ITI-42.31", needs=NEEDS)
def at_once(s: Session) -> None:
    """Two submissions of one id, and two replacements of one document, at the same time."""
    made, again = sample(s), sample(s)
    own = replace(again.submission_sets[0], unique_id=made.submission_sets[0].unique_id)
    answers = _both(s, made, replace(again, submission_sets=(own,)))
    _one_of_two(s, "ITI-42.30", answers, "XDSDuplicateUniqueIdInRegistry")
    old = _registered(s)
    replacements = [
        s.world.submission([new], replaces={new.entry_uuid: old.entry_uuid})
        for new in (_new(s), _new(s))
    ]
    answers = _both(s, *replacements)
    _one_of_two(s, "ITI-42.31", answers, "XDSRegistryDeprecatedDocumentError")


def _both(s: Session, *made: Submission) -> list[RegistryResponse]:
    caller = s.wire.registry_direct
    bodies = [iti42.request(encoding.write_submission(one)) for one in made]
    with ThreadPoolExecutor(len(made)) as pool:
        answers = pool.map(lambda body: caller.call(iti42.TRANSACTION, [body]), bodies)
        return [response.read(answer.body) for answer in answers]


def _one_of_two(s: Session, assertion: str, answers: list[RegistryResponse], code: str) -> None:
    statuses = sorted(answer.status.rpartition(":")[2] for answer in answers)
    s.equal(assertion, statuses, ["Failure", "Success"], "@status of both")
    codes = [error.code for answer in answers for error in answer.errors]
    s.check(assertion, code in codes, code, codes, "the refused one")
