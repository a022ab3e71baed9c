"""What relationships require of registered documents, and do to them (ITI TF-2 3.42.4.1.3)."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from ihe_profiles.xds.metadata import ON_DEMAND, DocumentEntry, Folder, Submission
from ihe_profiles.xds.vocabulary import AssociationType, Status, SubmissionSetStatus
from ledger.database import Database
from registry.store import tables
from registry.store.numbers import DEPRECATED, OBJECT_TYPE
from tests.registry.consumer import Consumer
from tests.registry.samples import OTHER_PATIENT, association, document, folder, put, submission

RPLC, XFRM, APND = AssociationType.RPLC, AssociationType.XFRM, AssociationType.APND
XFRM_RPLC, SIGNS = AssociationType.XFRM_RPLC, AssociationType.SIGNS
SNAPSHOT = AssociationType.IS_SNAPSHOT_OF
ALL = [RPLC, XFRM, APND, XFRM_RPLC, SIGNS]


def codes(registry: Consumer, sent: Submission) -> list[str]:
    return [error.code for error in registry.register(sent).errors]


def new(**changes: object) -> DocumentEntry:
    return document(entry_uuid=uuid4().urn, **changes)


def register(registry: Consumer, *objects: object, **changes: object) -> Submission:
    sent = submission(*objects, **changes)
    assert codes(registry, sent) == []
    return sent


def relate(
    kind: AssociationType, target: str, **changes: object
) -> tuple[DocumentEntry, Submission]:
    entry = new()
    link = association(kind, entry.entry_uuid, target)
    return entry, submission(entry, link, **changes)


def status(registry: Consumer, *entries: DocumentEntry) -> list[str]:
    ids = [entry.entry_uuid for entry in entries]
    found = registry.query("GetDocuments", XDSDocumentEntryEntryUUID=ids).objects
    by_id = {entry.entry_uuid: entry.availability_status for entry in found}
    return [Status(by_id[uuid]).name for uuid in ids]


def links(database: Database, source: str, target: str) -> list[str]:
    """The entryUUIDs of the HasMembers from one object to another."""
    row = tables.association.c
    with database.read() as connection:
        return list(
            connection.execute(
                select(row.entry_uuid).where(row.source == source, row.target == target)
            ).scalars()
        )


def updated(database: Database, dossier: Folder) -> int:
    row = tables.folder.c
    with database.read() as connection:
        found = select(row.last_update_time).where(row.entry_uuid == dossier.entry_uuid)
        return connection.execute(found).scalar_one()


def set_folder(database: Database, dossier: Folder, **values: int) -> None:
    row = tables.folder.c
    change = update(tables.folder).where(row.entry_uuid == dossier.entry_uuid).values(**values)
    database.write(lambda c: c.execute(change))


@pytest.mark.parametrize("kind", [RPLC, XFRM_RPLC])
def test_a_replaced_document_is_deprecated_with_what_was_made_of_it(
    registry: Consumer, kind: AssociationType
) -> None:
    old = new()
    register(registry, old)
    transformed, sent = relate(XFRM, old.entry_uuid)
    assert codes(registry, sent) == []
    appended, sent = relate(APND, old.entry_uuid)
    assert codes(registry, sent) == []
    signed, sent = relate(SIGNS, old.entry_uuid)
    assert codes(registry, sent) == []
    deeper, sent = relate(APND, appended.entry_uuid)
    assert codes(registry, sent) == []

    replacement, sent = relate(kind, old.entry_uuid)
    assert codes(registry, sent) == []
    assert status(registry, old, transformed, appended, deeper) == ["DEPRECATED"] * 4
    assert status(registry, replacement, signed) == ["APPROVED"] * 2


@pytest.mark.parametrize("kind", [XFRM, APND, SIGNS])
def test_other_relationships_leave_the_target_as_it_is(
    registry: Consumer, kind: AssociationType
) -> None:
    old = new()
    register(registry, old)
    _entry, sent = relate(kind, old.entry_uuid)
    assert codes(registry, sent) == []
    assert status(registry, old) == ["APPROVED"]


def test_a_replacement_enters_the_folders_of_the_replaced_document(
    registry: Consumer, database: Database
) -> None:
    old, other = new(), new()
    approved, deprecated, elsewhere = (folder(entry_uuid=uuid4().urn) for _ in range(3))
    register(
        registry,
        *(old, other, approved, deprecated, elsewhere),
        *(put(f.entry_uuid, old.entry_uuid) for f in (approved, deprecated)),
        put(elsewhere.entry_uuid, other.entry_uuid),
    )
    set_folder(database, deprecated, status=DEPRECATED)
    for dossier in (approved, elsewhere):
        set_folder(database, dossier, last_update_time=20200101000000)

    replacement, sent = relate(RPLC, old.entry_uuid, entry_uuid=uuid4().urn)
    assert codes(registry, sent) == []
    (filing,) = links(database, approved.entry_uuid, replacement.entry_uuid)
    assert len(links(database, sent.submission_sets[0].entry_uuid, filing)) == 1
    assert len(links(database, approved.entry_uuid, old.entry_uuid)) == 1  # it stays
    assert links(database, deprecated.entry_uuid, replacement.entry_uuid) == []
    assert updated(database, approved) > 20200101000000
    assert updated(database, elsewhere) == 20200101000000


def test_a_replacement_that_is_filed_by_its_sender_is_filed_once(
    registry: Consumer, database: Database
) -> None:
    old, dossier = new(), folder(entry_uuid=uuid4().urn)
    register(registry, old, dossier, put(dossier.entry_uuid, old.entry_uuid))
    replacement = new()
    register(
        registry,
        replacement,
        association(RPLC, replacement.entry_uuid, old.entry_uuid),
        put(dossier.entry_uuid, replacement.entry_uuid),
    )
    assert len(links(database, dossier.entry_uuid, replacement.entry_uuid)) == 1


def test_a_folder_that_gains_a_document_was_updated_and_never_earlier_than_before(
    registry: Consumer, database: Database
) -> None:
    dossier, entry = folder(entry_uuid=uuid4().urn), new()
    register(registry, dossier, entry)
    set_folder(database, dossier, last_update_time=20200101000000)
    register(registry, put(dossier.entry_uuid, entry.entry_uuid))
    assert updated(database, dossier) > 20200101000000
    set_folder(database, dossier, last_update_time=99991231000000)
    added = document()
    register(registry, added, put(dossier.entry_uuid, added.entry_uuid))
    assert updated(database, dossier) == 99991231000000


@pytest.mark.parametrize("kind", ALL)
def test_a_target_must_be_registered(registry: Consumer, kind: AssociationType) -> None:
    _entry, sent = relate(kind, uuid4().urn)
    assert codes(registry, sent) == ["UnresolvedReferenceException"]


@pytest.mark.parametrize("kind", ALL)
def test_a_target_must_be_approved(registry: Consumer, kind: AssociationType) -> None:
    old = new()
    register(registry, old)
    _entry, replacing = relate(RPLC, old.entry_uuid)
    assert codes(registry, replacing) == []
    _entry, sent = relate(kind, old.entry_uuid)
    assert codes(registry, sent) == ["XDSRegistryDeprecatedDocumentError"]


@pytest.mark.parametrize("kind", ALL)
def test_a_target_must_be_of_the_same_patient(registry: Consumer, kind: AssociationType) -> None:
    theirs = new(patient_id=OTHER_PATIENT)
    register(registry, theirs, patient=OTHER_PATIENT)
    _entry, sent = relate(kind, theirs.entry_uuid)
    response = registry.register(sent)
    assert [error.code for error in response.errors] == ["XDSPatientIdDoesNotMatch"]
    assert OTHER_PATIENT not in response.errors[0].context
    assert status(registry, theirs) == ["APPROVED"]


@pytest.mark.parametrize("kind", [*ALL, SNAPSHOT])
def test_a_target_must_be_a_document(registry: Consumer, kind: AssociationType) -> None:
    dossier = folder(entry_uuid=uuid4().urn)
    register(registry, dossier)
    _entry, sent = relate(kind, dossier.entry_uuid)
    assert codes(registry, sent) == ["XDSRegistryMetadataError"]


def test_a_snapshot_is_of_an_on_demand_entry(registry: Consumer, database: Database) -> None:
    old = new()
    register(registry, old)
    _entry, sent = relate(SNAPSHOT, old.entry_uuid)
    assert codes(registry, sent) == ["XDSRegistryMetadataError"]
    change = update(tables.document_entry).values(object_type=OBJECT_TYPE[ON_DEMAND])
    database.write(lambda c: c.execute(change))
    _entry, sent = relate(SNAPSHOT, old.entry_uuid)
    assert codes(registry, sent) == []


def test_folders_and_documents_that_are_filed_must_be_approved(
    registry: Consumer, database: Database
) -> None:
    dossier, old, other = folder(entry_uuid=uuid4().urn), new(), new()
    register(registry, dossier, old, other)
    _entry, sent = relate(RPLC, old.entry_uuid)
    assert codes(registry, sent) == []
    filing_old = submission(put(dossier.entry_uuid, old.entry_uuid))
    assert codes(registry, filing_old) == ["XDSRegistryDeprecatedDocumentError"]
    set_folder(database, dossier, status=DEPRECATED)
    into_old = submission(put(dossier.entry_uuid, other.entry_uuid))
    assert codes(registry, into_old) == ["XDSRegistryMetadataError"]


def test_folders_hold_documents_of_their_patient_only(registry: Consumer) -> None:
    dossier, mine = folder(entry_uuid=uuid4().urn), document()
    register(registry, replace(dossier, patient_id=OTHER_PATIENT), patient=OTHER_PATIENT)
    sent = submission(mine, put(dossier.entry_uuid, mine.entry_uuid))
    assert codes(registry, sent) == ["XDSPatientIdDoesNotMatch"]


def test_a_registered_submission_set_gets_no_further_members(registry: Consumer) -> None:
    first = submission(document(), entry_uuid=uuid4().urn)
    assert codes(registry, first) == []
    entry = document()
    sent = submission(entry, put(first.submission_sets[0].entry_uuid, entry.entry_uuid))
    assert codes(registry, sent) == ["XDSRegistryMetadataError"]


def test_another_patients_document_is_submitted_by_reference(registry: Consumer) -> None:
    theirs = new(patient_id=OTHER_PATIENT)
    register(registry, theirs, patient=OTHER_PATIENT)
    chosen = uuid4().urn
    reference = association(
        AssociationType.HAS_MEMBER,
        chosen,
        theirs.entry_uuid,
        submission_set_status=SubmissionSetStatus.REFERENCE,
    )
    sent = submission(document(), entry_uuid=chosen)
    sent = replace(sent, associations=(*sent.associations, reference))
    assert codes(registry, sent) == []
    uid = sent.submission_sets[0].unique_id
    refs = registry.query(
        "GetSubmissionSetAndContents", "ObjectRef", XDSSubmissionSetUniqueId=uid
    ).refs
    assert theirs.entry_uuid in refs
    assert len(refs) == 5
    whole = registry.query("GetSubmissionSetAndContents", XDSSubmissionSetUniqueId=uid)
    assert [error.code for error in whole.errors] == ["XDSResultNotSinglePatient"]


def test_a_refused_replacement_leaves_the_target_as_it_is(registry: Consumer) -> None:
    old = new()
    taken = register(registry, old)
    entry = new()
    sent = submission(
        entry,
        association(RPLC, entry.entry_uuid, old.entry_uuid),
        unique_id=taken.submission_sets[0].unique_id,
    )
    assert codes(registry, sent) == ["XDSDuplicateUniqueIdInRegistry"]
    assert status(registry, old) == ["APPROVED"]
