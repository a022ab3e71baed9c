"""New documents, sets, folders and associations are registered, all or nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from ihe_profiles import iti42
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.xds.datatypes import CX, is_uuid
from ihe_profiles.xds.encoding import write_submission
from ihe_profiles.xds.metadata import Slot
from ihe_profiles.xds.response import RegistryResponse
from ihe_profiles.xds.vocabulary import AssociationType, ResponseStatus, Status
from ledger.database import Database
from registry.service import Registry
from registry.store.tables import METADATA
from tests.registry.consumer import Consumer
from tests.registry.samples import (
    OTHER_PATIENT,
    PATIENT,
    association,
    document,
    folder,
    put,
    submission,
)

SUCCESS, FAILURE = ResponseStatus.SUCCESS, ResponseStatus.FAILURE


def rows(database: Database) -> dict[str, int]:
    with database.read() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in METADATA.sorted_tables
        }


def codes(response: RegistryResponse) -> list[str]:
    assert (response.status == FAILURE) == bool(response.errors)
    return [error.code for error in response.errors]


def test_a_submission_comes_back_as_it_was_sent(registry: Consumer) -> None:
    entry = document(
        extra_slots=(Slot("urn:example:ward", ("7", "8")),),
        home_community_id="urn:oid:1.2.3",
        comments=(),
    )
    dossier = folder()
    sent = submission(entry, dossier, put(dossier.entry_uuid, entry.entry_uuid))
    assert registry.register(sent).errors == ()

    found = registry.query(
        "GetSubmissionSetAndContents",
        XDSSubmissionSetUniqueId=sent.submission_sets[0].unique_id,
    )
    chosen, document_found, folder_found, *links = found.objects
    for there, back in (
        (sent.submission_sets[0], chosen),
        (entry, document_found),
        (dossier, folder_found),
    ):
        assert back.availability_status == Status.APPROVED
        registered = {
            "entry_uuid": back.entry_uuid,
            "logical_id": back.entry_uuid,
            "version": "1",
            "availability_status": Status.APPROVED,
        }
        if there is dossier:
            registered["last_update_time"] = back.last_update_time
            assert len(back.last_update_time) == 14
        assert back == replace(there, **registered)
    assert {a.type for a in links} == {AssociationType.HAS_MEMBER}
    assert len(links) == 4


def test_symbolic_ids_become_uuids_wherever_they_stand(registry: Consumer) -> None:
    entry = document()
    sent = submission(entry)
    registry.register(sent)
    found = registry.query(
        "GetSubmissionSetAndContents",
        XDSSubmissionSetUniqueId=sent.submission_sets[0].unique_id,
    )
    chosen, back, link = found.objects
    assert all(is_uuid(obj.entry_uuid) for obj in found.objects)
    assert (link.source, link.target) == (chosen.entry_uuid, back.entry_uuid)


def test_uuids_are_kept(registry: Consumer) -> None:
    uuid = "urn:uuid:10b545ea-725c-446d-9b95-8aeb444eddf3"
    registry.register(submission(document(entry_uuid=uuid)))
    (back,) = registry.query("GetDocuments", XDSDocumentEntryEntryUUID=[uuid]).objects
    assert back.entry_uuid == uuid


def test_a_unique_id_may_equal_the_entry_uuid(registry: Consumer) -> None:
    uuid = "urn:uuid:10b545ea-725c-446d-9b95-8aeb444eddf4"
    assert codes(registry.register(submission(document(entry_uuid=uuid, unique_id=uuid)))) == []


def test_each_row_says_which_transaction_made_it(registry: Consumer, database: Database) -> None:
    registry.register(submission(document()), "urn:uuid:message")
    transaction = METADATA.tables["registry_transaction"]
    entry = METADATA.tables["document_entry"]
    with database.read() as connection:
        made = connection.execute(
            select(transaction).join(entry, entry.c.made_by == transaction.c.key)
        ).one()
    assert (made.message_id, made.peer, made.trace_id) == (
        "urn:uuid:message",
        "192.0.2.1",
        "0" * 32,
    )
    assert made.action == iti42.TRANSACTION.action


def test_a_refused_submission_changes_nothing_and_every_reason_is_told(
    registry: Consumer, database: Database
) -> None:
    first = document("bytes")
    registered = submission(first)
    registry.register(registered)
    before = rows(database)
    refused = submission(
        document(unique_id=first.unique_id, patient_id=OTHER_PATIENT),
        document(patient_id=OTHER_PATIENT),
        association(AssociationType.APND, "Document9999", "urn:uuid:" + "0" * 8),
        patient=OTHER_PATIENT,
    )
    assert len(registry.register(refused).errors) > 1  # by the rules
    refused = submission(
        document("other bytes!", unique_id=first.unique_id, patient_id=OTHER_PATIENT),
        patient=OTHER_PATIENT,
        unique_id=registered.submission_sets[0].unique_id,
    )
    assert sorted(codes(registry.register(refused))) == [
        "XDSDuplicateUniqueIdInRegistry",
        "XDSNonIdenticalHash",
        "XDSNonIdenticalSize",
    ]
    assert rows(database) == before


@pytest.mark.parametrize("body", [b"<x/>", b"<lcm:SubmitObjectsRequest xmlns:lcm='urn:x'/>"])
def test_what_is_no_submission_is_refused(registry: Consumer, body: bytes) -> None:
    assert codes(registry.register_xml(body)) == ["XDSRegistryMetadataError"]


def test_a_submission_that_breaks_a_rule_is_refused(registry: Consumer) -> None:
    response = registry.register(submission(document(size="many")))
    assert codes(response) == ["XDSRegistryMetadataError"]
    assert "size" in response.errors[0].context


def test_a_repeated_message_is_answered_and_not_registered_again(
    registry: Consumer, database: Database
) -> None:
    body = iti42.request(write_submission(submission(document())))
    assert codes(registry.register_xml(body, "urn:uuid:1")) == []
    before = rows(database)
    assert codes(registry.register_xml(body, "urn:uuid:1")) == []
    assert rows(database) == before
    assert codes(registry.register_xml(body, "urn:uuid:2")) == ["XDSDuplicateUniqueIdInRegistry"]


def test_a_refused_message_may_be_repeated(registry: Consumer) -> None:
    taken = submission(document())
    registry.register(taken)
    refused = submission(document(), unique_id=taken.submission_sets[0].unique_id)
    for _ in range(2):
        assert codes(registry.register(refused, "urn:uuid:1")) == ["XDSDuplicateUniqueIdInRegistry"]


def test_a_message_id_used_for_another_message_is_a_fault(
    registry: Consumer, database: Database
) -> None:
    sent = submission(document())
    registry.register(sent, "urn:uuid:1")
    with pytest.raises(SoapFault) as raised:
        registry.register(submission(document()), "urn:uuid:1")
    assert raised.value.key == "message-id-reused"
    with pytest.raises(SoapFault):
        Consumer(Registry(database), peer="192.0.2.2").register(sent, "urn:uuid:1")


def test_the_type_code_of_a_patient_id_is_not_part_of_the_identity(
    registry: Consumer, database: Database
) -> None:
    typed = CX(f"{PATIENT}^NH")
    registry.register(submission(document()))
    registry.register(submission(document(patient_id=typed), patient=typed))
    assert rows(database)["patient"] == 1
    found = registry.query(
        "FindDocuments", XDSDocumentEntryPatientId=PATIENT, XDSDocumentEntryStatus=[Status.APPROVED]
    )
    assert [entry.patient_id for entry in found.objects] == [PATIENT, typed]


@pytest.mark.parametrize(
    "url", ["sqlite:////nowhere/at/all.sqlite", "postgresql+psycopg://x@127.0.0.1:1/x"]
)
def test_a_database_that_is_gone_is_said_to_be_busy(url: str) -> None:
    database = Database(url)
    registry = Consumer(Registry(database))
    assert codes(registry.register(submission(document()))) == ["XDSRegistryBusy"]
    found = registry.query("GetDocuments", XDSDocumentEntryUniqueId=["1.2.3"])
    assert [error.code for error in found.errors] == ["XDSRegistryBusy"]
    database.close()
