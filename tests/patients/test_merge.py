"""A merge moves no object, and everything is found with the survivor (ITI TF-2 3.8.4.2.4)."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select

from ihe_profiles.xds.datatypes import CX
from ihe_profiles.xds.metadata import DocumentEntry, Submission
from ihe_profiles.xds.vocabulary import AssociationType, ResponseStatus, Status
from ledger import migrate
from ledger.database import Database
from registry.service import Registry
from registry.store import TREE, identifiers, tables
from registry.store.numbers import Scheme
from tests.hl7.messages import OTHER, adt, code, conditions
from tests.patients.conftest import DOMAIN
from tests.patients.hospital import Hospital, patient
from tests.registry.samples import association, document, folder, put, submission

A, B, C, D = (patient(name) for name in "ABCD")


def given(hospital: Hospital, owner: CX, *more: object, **changes: object) -> Submission:
    """Register one document of a patient."""
    entry = document(patient_id=owner, entry_uuid=uuid4().urn, **changes)
    sent = submission(entry, *more, patient=owner)  # type: ignore[arg-type]
    assert hospital.codes(sent) == []
    return sent


def links_of(hospital: Hospital) -> set[tuple[str, str]]:
    """(source, target) of every Association, once each is findable from itself and its ends."""
    with hospital.database.read() as connection:
        rows = connection.execute(select(tables.association)).all()
        ids = {uuid for row in rows for uuid in (row.entry_uuid, row.source, row.target)}
        places = set(identifiers.places(connection, Scheme.ENTRY_UUID, ids))
    for row in rows:
        assert {(row.patient, uuid) for uuid in (row.entry_uuid, row.source, row.target)} <= places
        assert (row.target_patient, row.target) in places
    return {(row.source, row.target) for row in rows}


@pytest.fixture
def merged(hospital: Hospital) -> Hospital:
    """A and B have a document each, and A was merged into B; C is there too."""
    hospital.add(A, B, C)
    given(hospital, A)
    given(hospital, B)
    assert code(hospital.merge(A, B)) == "AA"
    return hospital


def test_the_survivor_has_everything_under_its_own_id(merged: Hospital) -> None:
    found = merged.find(B)
    assert [entry.patient_id for entry in found] == [B, B]
    assert {entry.source_patient_id for entry in found} == {"local^^^&1.2.9&ISO"}


def test_the_subsumed_has_nothing_and_gets_nothing(merged: Hospital) -> None:
    assert merged.find(A) == []
    errors = merged.register(submission(document(patient_id=A), patient=A)).errors
    assert [e.code for e in errors] == ["XDSUnknownPatientId"]
    assert "merged into another" in errors[0].context
    assert B not in errors[0].context


def test_every_kind_of_object_shows_the_survivor(hospital: Hospital) -> None:
    hospital.add(A, B)
    sent = given(hospital, A, folder(patient_id=A))
    unique_id = str(sent.submission_sets[0].unique_id)
    before = hospital.contents(unique_id)
    hospital.merge(A, B)
    after = hospital.contents(unique_id)
    assert [o.patient_id for o in before] == [A] * 3
    assert [o.patient_id for o in after] == [B] * 3
    answer = hospital.query("GetDocuments", XDSDocumentEntryEntryUUID=sent.documents[0].entry_uuid)
    (entry,) = answer.objects
    assert isinstance(entry, DocumentEntry)
    assert entry.patient_id == B


def test_documents_of_one_chain_are_those_of_a_single_patient(merged: Hospital) -> None:
    ids = [entry.entry_uuid for entry in merged.find(B)]
    answer = merged.query("GetDocuments", XDSDocumentEntryEntryUUID=ids)
    assert answer.status is ResponseStatus.SUCCESS
    assert len(answer.objects) == 2
    other = given(merged, C).documents[0].entry_uuid
    answer = merged.query("GetDocuments", XDSDocumentEntryEntryUUID=[*ids, other])
    assert [e.code for e in answer.errors] == ["XDSResultNotSinglePatient"]


def test_merges_chain(merged: Hospital) -> None:
    given(merged, C)
    assert code(merged.merge(B, C)) == "AA"
    assert [entry.patient_id for entry in merged.find(C)] == [C, C, C]
    assert merged.find(A) == merged.find(B) == []
    for subsumed in (A, B):
        refused = merged.codes(submission(document(patient_id=subsumed), patient=subsumed))
        assert refused == ["XDSUnknownPatientId"]


def test_chains_meet(hospital: Hospital) -> None:
    hospital.add(A, B, C, D)
    for owner in (A, B, C, D):
        given(hospital, owner)
    for subsumed, survivor in ((A, B), (C, D), (B, D)):
        assert code(hospital.merge(subsumed, survivor)) == "AA"
    assert len(hospital.find(D)) == 4


@pytest.mark.parametrize(
    ("subsumed", "survivor", "condition"),
    [
        (B, B, "205"),  # both are equal
        (A, C, "204"),  # the subsumed one was subsumed before
        (A, B, "204"),  # and that by the same
        (C, A, "204"),  # the survivor was subsumed before
        (D, C, "204"),  # the subsumed one is not known
        (C, D, "204"),  # the survivor is not known
        (patient("C", OTHER), B, "204"),  # the authority of the one is not the domain's
        (C, patient("B", OTHER), "204"),  # or that of the other
        (patient("E", "1.2.250.1.213.1.4.77"), B, "204"),  # or they differ
    ],
)
def test_what_cannot_be_merged_changes_nothing(
    merged: Hospital, subsumed: CX, survivor: CX, condition: str
) -> None:
    given(merged, C)
    answer = merged.merge(subsumed, survivor)
    assert (code(answer), conditions(answer)) == ("AE", [condition])
    assert len(merged.find(B)) == 2
    assert len(merged.find(C)) == 1
    assert merged.codes(submission(document(patient_id=B), patient=B)) == []


def test_several_survivors_are_ambiguous(merged: Hospital) -> None:
    answer = merged.feed(adt("A40", f"{B}~{D}", C))
    assert (code(answer), conditions(answer)) == ("AE", ["204"])


def test_relations_across_a_merge(merged: Hospital) -> None:
    """The survivor's document replaces, and is filed beside, what came under the subsumed id."""
    first = next(entry for entry in merged.find(B))
    newer = document(patient_id=B, entry_uuid=uuid4().urn)
    replaces = association(AssociationType.RPLC, newer.entry_uuid, first.entry_uuid)
    assert merged.codes(submission(newer, replaces, patient=B)) == []
    status = {entry.entry_uuid: entry.availability_status for entry in merged.find(B)}
    assert status[first.entry_uuid] == Status.DEPRECATED
    assert status[newer.entry_uuid] == Status.APPROVED


def test_another_patients_documents_stay_out_of_reach(merged: Hospital) -> None:
    theirs = given(merged, C).documents[0].entry_uuid
    newer = document(patient_id=B)
    replaces = association(AssociationType.RPLC, newer.entry_uuid, theirs)
    assert merged.codes(submission(newer, replaces, patient=B)) == ["XDSPatientIdDoesNotMatch"]


def test_a_replacement_enters_the_folder_of_the_subsumed_patient(hospital: Hospital) -> None:
    hospital.add(A, B)
    dossier = folder(patient_id=A, entry_uuid=uuid4().urn)
    old = document(patient_id=A, entry_uuid=uuid4().urn)
    appendix = document(patient_id=A, entry_uuid=uuid4().urn)
    links = (
        put(dossier.entry_uuid, old.entry_uuid),
        association(AssociationType.APND, appendix.entry_uuid, old.entry_uuid),
    )
    assert hospital.codes(submission(old, appendix, dossier, *links, patient=A)) == []
    hospital.merge(A, B)
    new = document(patient_id=B, entry_uuid=uuid4().urn)
    replaces = association(AssociationType.RPLC, new.entry_uuid, old.entry_uuid)
    sent = submission(new, replaces, patient=B)
    assert hospital.codes(sent) == []
    status = {entry.entry_uuid: entry.availability_status for entry in hospital.find(B)}
    assert status == {
        old.entry_uuid: Status.DEPRECATED,
        appendix.entry_uuid: Status.DEPRECATED,
        new.entry_uuid: Status.APPROVED,
    }
    third = document(patient_id=B, entry_uuid=uuid4().urn)
    replaces = association(AssociationType.RPLC, third.entry_uuid, new.entry_uuid)
    assert hospital.codes(submission(third, replaces, patient=B)) == []
    filed = {(dossier.entry_uuid, entry.entry_uuid) for entry in (old, new, third)}
    assert filed <= links_of(hospital)
    later = submission(put(dossier.entry_uuid, appendix.entry_uuid), patient=B)
    assert hospital.codes(later) == ["XDSRegistryDeprecatedDocumentError"]


def test_merges_survive_a_restart(database_url: str) -> None:
    database = Database(database_url)
    migrate.upgrade(database, *migrate.TREES, TREE)
    first = Hospital(Registry(database, domain=DOMAIN), database)
    first.add(A, B, C)
    given(first, A)
    first.merge(A, B)
    first.merge(B, C)
    database.close()
    database = Database(database_url)
    second = Hospital(Registry(database, domain=DOMAIN), database)
    assert [entry.patient_id for entry in second.find(C)] == [C]
    assert second.codes(submission(document(patient_id=A), patient=A)) == ["XDSUnknownPatientId"]
    database.close()
