"""GetDocuments and GetSubmissionSetAndContents (ITI TF-2 3.18.4.1.2.3.7.5 and .10)."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from ihe_profiles.xds.metadata import Association, DocumentEntry, Folder, SubmissionSet
from ihe_profiles.xds.vocabulary import AssociationType, Status
from tests.registry.consumer import Consumer
from tests.registry.samples import (
    OTHER_PATIENT,
    association,
    code,
    document,
    folder,
    put,
    submission,
)

CONTENTS = "GetSubmissionSetAndContents"


def new(**changes: object) -> DocumentEntry:
    return document(entry_uuid=uuid4().urn, **changes)


def test_documents_are_got_by_entry_uuid_in_the_order_of_their_registration(
    registry: Consumer,
) -> None:
    first, second, third = new(), new(), new()
    registry.register(submission(first, second))
    registry.register(submission(third))
    ids = [third.entry_uuid, first.entry_uuid, uuid4().urn]
    found = registry.query("GetDocuments", XDSDocumentEntryEntryUUID=ids)
    assert [e.entry_uuid for e in found.objects] == [first.entry_uuid, third.entry_uuid]
    refs = registry.query("GetDocuments", "ObjectRef", XDSDocumentEntryEntryUUID=ids).refs
    assert refs == (first.entry_uuid, third.entry_uuid)


def test_an_entry_uuid_in_upper_case_is_the_same(registry: Consumer) -> None:
    entry = new()
    registry.register(submission(entry))
    shouted = "urn:uuid:" + entry.entry_uuid.removeprefix("urn:uuid:").upper()
    assert len(registry.query("GetDocuments", XDSDocumentEntryEntryUUID=[shouted]).objects) == 1


def test_deprecated_documents_are_got_too(registry: Consumer) -> None:
    old, entry = new(), new()
    registry.register(submission(old))
    replacing = association(AssociationType.RPLC, entry.entry_uuid, old.entry_uuid)
    registry.register(submission(entry, replacing))
    found = registry.query("GetDocuments", XDSDocumentEntryUniqueId=[old.unique_id])
    assert [e.availability_status for e in found.objects] == [Status.DEPRECATED]


def test_unknown_ids_and_ids_of_other_kinds_find_nothing(registry: Consumer) -> None:
    sent = submission(document(), entry_uuid=uuid4().urn)
    registry.register(sent)
    chosen = sent.submission_sets[0]
    for parameters in (
        {"XDSDocumentEntryUniqueId": ["1.2.3.4"]},
        {"XDSDocumentEntryUniqueId": [chosen.unique_id]},
        {"XDSDocumentEntryEntryUUID": [chosen.entry_uuid]},
    ):
        found = registry.query("GetDocuments", **parameters)
        assert (found.errors, found.objects) == ((), ())
    for unknown in (uuid4().urn, sent.documents[0].entry_uuid):
        found = registry.query(CONTENTS, XDSSubmissionSetEntryUUID=unknown)
        assert (found.errors, found.objects) == ((), ())


def test_many_ids_are_got_at_once(registry: Consumer) -> None:
    entries = [new() for _ in range(3)]
    registry.register(submission(*entries))
    ids = [uuid4().urn for _ in range(2500)] + [e.entry_uuid for e in entries]
    found = registry.query("GetDocuments", XDSDocumentEntryEntryUUID=ids)
    assert [e.entry_uuid for e in found.objects] == [e.entry_uuid for e in entries]


def test_whole_documents_of_two_patients_are_not_mixed(registry: Consumer) -> None:
    mine, theirs = new(), new(patient_id=OTHER_PATIENT)
    registry.register(submission(mine))
    registry.register(submission(theirs, patient=OTHER_PATIENT))
    ids = [mine.entry_uuid, theirs.entry_uuid]
    found = registry.query("GetDocuments", XDSDocumentEntryEntryUUID=ids)
    assert [error.code for error in found.errors] == ["XDSResultNotSinglePatient"]
    refs = registry.query("GetDocuments", "ObjectRef", XDSDocumentEntryEntryUUID=ids).refs
    assert len(refs) == 2


@pytest.mark.parametrize("by", ["EntryUUID", "UniqueId"])
def test_a_submission_set_is_got_with_what_it_holds(registry: Consumer, by: str) -> None:
    first, second, dossier = new(), new(), folder(entry_uuid=uuid4().urn)
    filing = put(dossier.entry_uuid, first.entry_uuid)
    sent = submission(first, second, dossier, filing, entry_uuid=uuid4().urn)
    registry.register(sent)
    registry.register(submission(document()))
    chosen = sent.submission_sets[0]
    value = chosen.entry_uuid if by == "EntryUUID" else chosen.unique_id
    found = registry.query(CONTENTS, **{f"XDSSubmissionSet{by}": value})
    assert [type(obj) for obj in found.objects] == [
        SubmissionSet,
        DocumentEntry,
        DocumentEntry,
        Folder,
        *[Association] * 5,
    ]
    ids = {obj.entry_uuid for obj in found.objects}
    ends = [(a.source, a.target) for a in found.objects if isinstance(a, Association)]
    assert all(source in ids and target in ids for source, target in ends)
    refs = registry.query(CONTENTS, "ObjectRef", **{f"XDSSubmissionSet{by}": value}).refs
    assert refs == tuple(obj.entry_uuid for obj in found.objects)


def test_filters_leave_out_documents_and_the_links_to_them(registry: Consumer) -> None:
    kept = new(format_code=code("kept"))
    dropped = new(confidentiality_code=(code("R"),))
    dossier = folder(entry_uuid=uuid4().urn)
    filings = [put(dossier.entry_uuid, entry.entry_uuid) for entry in (kept, dropped)]
    sent = submission(kept, dropped, dossier, *filings)
    registry.register(sent)
    uid = sent.submission_sets[0].unique_id
    for parameters in (
        {"XDSDocumentEntryFormatCode": ["kept^^1.2.3"]},
        {"XDSDocumentEntryConfidentialityCode": [["N^^1.2.3", "X^^1.2.3"], ["N^^1.2.3"]]},
    ):
        found = registry.query(CONTENTS, XDSSubmissionSetUniqueId=uid, **parameters)
        kinds = [type(obj) for obj in found.objects]
        assert kinds == [SubmissionSet, DocumentEntry, Folder, *[Association] * 4]
        assert found.objects[1].entry_uuid == kept.entry_uuid


def test_filings_into_older_folders_and_relationships_are_not_contents(
    registry: Consumer,
) -> None:
    old, dossier = new(), folder(entry_uuid=uuid4().urn)
    registry.register(submission(old, dossier))
    entry = new()
    sent = submission(
        entry,
        put(dossier.entry_uuid, entry.entry_uuid),
        association(AssociationType.APND, entry.entry_uuid, old.entry_uuid),
    )
    assert registry.register(sent).errors == ()
    uid = sent.submission_sets[0].unique_id
    found = registry.query(CONTENTS, XDSSubmissionSetUniqueId=uid)
    assert [type(obj) for obj in found.objects] == [SubmissionSet, DocumentEntry, Association]
    assert found.objects[2].target == entry.entry_uuid


def test_a_document_submitted_by_reference_is_got_with_the_set(registry: Consumer) -> None:
    old = new()
    registry.register(submission(old))
    chosen = uuid4().urn
    sent = submission(document(), entry_uuid=chosen)
    reference = association(
        AssociationType.HAS_MEMBER, chosen, old.entry_uuid, submission_set_status="Reference"
    )
    registry.register(replace(sent, associations=(*sent.associations, reference)))
    found = registry.query(CONTENTS, XDSSubmissionSetEntryUUID=chosen)
    assert old.entry_uuid in [obj.entry_uuid for obj in found.objects]
    assert len(found.objects) == 5
