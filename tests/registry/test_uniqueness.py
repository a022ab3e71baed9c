"""Who may use an identifier that is known already (ITI TF-2 3.42.4.1.3.3.1)."""

from __future__ import annotations

from dataclasses import replace

from ihe_profiles.xds.metadata import Submission
from tests.registry.consumer import Consumer
from tests.registry.samples import OTHER_PATIENT, document, folder, submission


def codes(registry: Consumer, sent: Submission) -> list[str]:
    return [error.code for error in registry.register(sent).errors]


def test_the_same_document_may_be_registered_again(registry: Consumer) -> None:
    first = document("bytes")
    assert codes(registry, submission(first)) == []
    again = document("bytes", unique_id=first.unique_id, hash=first.hash.upper())
    assert codes(registry, submission(again)) == []
    found = registry.query("GetDocuments", XDSDocumentEntryUniqueId=[first.unique_id])
    assert [entry.hash for entry in found.objects] == [first.hash, first.hash.upper()]


def test_the_same_document_of_two_patients_is_found_with_both(registry: Consumer) -> None:
    first = document("bytes")
    registry.register(submission(first))
    theirs = document("bytes", unique_id=first.unique_id, patient_id=OTHER_PATIENT)
    assert codes(registry, submission(theirs, patient=OTHER_PATIENT)) == []
    uid = first.unique_id
    refs = registry.query("GetDocuments", "ObjectRef", XDSDocumentEntryUniqueId=[uid])
    assert len(refs.refs) == 2
    whole = registry.query("GetDocuments", XDSDocumentEntryUniqueId=[uid])
    assert [error.code for error in whole.errors] == ["XDSResultNotSinglePatient"]
    assert whole.objects == ()


def test_other_bytes_under_the_same_unique_id_are_refused(registry: Consumer) -> None:
    first = document("bytes")
    registry.register(submission(first))
    same_size = document("BYTES", unique_id=first.unique_id)
    assert codes(registry, submission(same_size)) == ["XDSNonIdenticalHash"]
    same_hash = replace(document("bytes", unique_id=first.unique_id), size="6")
    assert codes(registry, submission(same_hash)) == ["XDSNonIdenticalSize"]


def test_a_submission_set_needs_a_new_unique_id(registry: Consumer) -> None:
    entry, dossier = document(), folder()
    first = submission(entry, dossier)
    registry.register(first)
    for taken in (first.submission_sets[0].unique_id, entry.unique_id, dossier.unique_id):
        reused = submission(document(), unique_id=taken)
        expected = ["XDSDuplicateUniqueIdInRegistry"]
        assert codes(registry, reused) == expected


def test_a_folder_needs_a_new_unique_id(registry: Consumer) -> None:
    dossier = folder()
    registry.register(submission(dossier))
    again = folder(unique_id=dossier.unique_id)
    assert codes(registry, submission(again)) == ["XDSDuplicateUniqueIdInRegistry"]


def test_a_document_may_not_take_the_unique_id_of_something_else(registry: Consumer) -> None:
    dossier = folder()
    registry.register(submission(dossier))
    response = registry.register(submission(document(unique_id=dossier.unique_id)))
    assert [error.code for error in response.errors] == ["XDSRegistryMetadataError"]
    assert "is that of a SubmissionSet or Folder" in response.errors[0].context


def test_an_entry_uuid_is_used_once(registry: Consumer) -> None:
    uuid = "urn:uuid:10b545ea-725c-446d-9b95-8aeb444eddf3"
    registry.register(submission(document(entry_uuid=uuid)))
    response = registry.register(submission(folder(entry_uuid=uuid)))
    assert [error.code for error in response.errors] == ["XDSRegistryMetadataError"]
    assert uuid in response.errors[0].context
