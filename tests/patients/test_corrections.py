"""A withdrawn document is in no answer, whatever is asked, until it is restored."""

from __future__ import annotations

from uuid import uuid4

import pytest

from ihe_profiles.xds.errors import Refusal
from ihe_profiles.xds.metadata import Association, Submission
from ihe_profiles.xds.vocabulary import AssociationType
from registry.corrections import Corrections
from registry.store.transactions import Source
from tests.patients.hospital import Hospital, patient
from tests.registry.samples import PATIENT, association, document, folder, put, submission

BY = Source("test", None, "operator", "0" * 32)
OTHER = patient("other")


@pytest.fixture
def sent(hospital: Hospital) -> Submission:
    """A folder with two documents, the second an appendix to the first."""
    hospital.add(PATIENT, OTHER)
    one, two = (document(entry_uuid=uuid4().urn) for _ in range(2))
    dossier = folder(entry_uuid=uuid4().urn)
    links = (
        put(dossier.entry_uuid, one.entry_uuid),
        put(dossier.entry_uuid, two.entry_uuid),
        association(AssociationType.APND, two.entry_uuid, one.entry_uuid),
    )
    sent = submission(one, two, dossier, *links)
    assert hospital.codes(sent) == []
    return sent


def everything(hospital: Hospital, sent: Submission) -> tuple[set[str], set[tuple[str, str]]]:
    """The ids of objects, and the ends of Associations, that any query returns."""
    (chosen,) = sent.submission_sets
    uuids = [entry.entry_uuid for entry in sent.documents]
    answers = [
        hospital.query("GetSubmissionSetAndContents", XDSSubmissionSetUniqueId=chosen.unique_id),
        hospital.query("GetDocuments", XDSDocumentEntryEntryUUID=uuids),
        hospital.query(
            "GetDocuments", XDSDocumentEntryUniqueId=[entry.unique_id for entry in sent.documents]
        ),
        hospital.query("GetAssociations", uuid=uuids),
    ]
    found = {entry.entry_uuid for entry in hospital.find(PATIENT)}
    links = set()
    for answer in answers:
        found |= {o.entry_uuid for o in answer.objects if not isinstance(o, Association)}
        links |= {(o.source, o.target) for o in answer.objects if isinstance(o, Association)}
    return found, links


def test_what_is_withdrawn_is_hidden_and_comes_back(hospital: Hospital, sent: Submission) -> None:
    corrections = Corrections(hospital.database)
    one, two = (entry.entry_uuid for entry in sent.documents)
    before = everything(hospital, sent)
    assert one in before[0]
    corrections.withdraw(one, "wrong patient", BY)
    found, links = everything(hospital, sent)
    assert found == before[0] - {one}
    assert not [ends for ends in links if one in ends]
    corrections.restore(one.upper().replace("URN:UUID", "urn:uuid"), BY)
    assert everything(hospital, sent) == before
    assert two in found


def test_what_leads_to_two_withdrawn_documents_waits_for_both(
    hospital: Hospital, sent: Submission
) -> None:
    corrections = Corrections(hospital.database)
    one, two = (entry.entry_uuid for entry in sent.documents)
    before = everything(hospital, sent)
    for first, last in ((one, two), (two, one)):
        corrections.withdraw(one, "wrong", BY)
        corrections.withdraw(two, "wrong too", BY)
        assert everything(hospital, sent)[0] == before[0] - {one, two}
        corrections.restore(first, BY)
        found, links = everything(hospital, sent)
        assert found == before[0] - {last}
        assert not [ends for ends in links if last in ends]
        corrections.restore(last, BY)
        assert everything(hospital, sent) == before


def test_a_deprecated_document_can_be_withdrawn(hospital: Hospital, sent: Submission) -> None:
    old = sent.documents[0].entry_uuid
    new = document(entry_uuid=uuid4().urn)
    replaces = association(AssociationType.RPLC, new.entry_uuid, old)
    assert hospital.codes(submission(new, replaces)) == []
    Corrections(hospital.database).withdraw(old, "wrong patient", BY)
    assert old not in {entry.entry_uuid for entry in hospital.find(PATIENT)}


def test_nothing_new_refers_to_a_withdrawn_document(hospital: Hospital, sent: Submission) -> None:
    one = sent.documents[0].entry_uuid
    Corrections(hospital.database).withdraw(one, "wrong patient", BY)
    replaces = association(AssociationType.RPLC, "new", one)
    assert hospital.codes(submission(document(entry_uuid="new"), replaces)) == [
        "UnresolvedReferenceException"
    ]


def test_the_document_may_come_again_for_the_right_patient(hospital: Hospital) -> None:
    hospital.add(PATIENT, OTHER)
    wrong = document("the bytes", entry_uuid=uuid4().urn)
    assert hospital.codes(submission(wrong)) == []
    Corrections(hospital.database).withdraw(wrong.entry_uuid, "wrong patient", BY)
    right = document("the bytes", unique_id=wrong.unique_id, patient_id=OTHER)
    assert hospital.codes(submission(right, patient=OTHER)) == []
    answer = hospital.query("GetDocuments", XDSDocumentEntryUniqueId=wrong.unique_id)
    assert [entry.patient_id for entry in answer.objects if hasattr(entry, "patient_id")] == [OTHER]


def test_each_correction_is_on_record(hospital: Hospital, sent: Submission) -> None:
    corrections = Corrections(hospital.database)
    one, two = (entry.entry_uuid for entry in sent.documents)
    corrections.withdraw(one, "wrong patient", BY)
    corrections.restore(one, Source("test", None, "another", "0" * 32))
    corrections.withdraw(two, "wrong document", BY)
    first, second = corrections.listed()
    assert (first.entry_uuid, first.reason, first.by, first.restored_by) == (
        one,
        "wrong patient",
        "operator",
        "another",
    )
    assert first.restored_time is not None
    assert first.time <= first.restored_time
    assert (second.reason, second.restored_time, second.restored_by) == (
        "wrong document",
        None,
        None,
    )


def test_what_cannot_be_corrected_is_said(hospital: Hospital, sent: Submission) -> None:
    corrections = Corrections(hospital.database)
    one = sent.documents[0].entry_uuid
    for wrong in (uuid4().urn, sent.folders[0].entry_uuid, "nonsense"):
        with pytest.raises(Refusal, match="no DocumentEntry"):
            corrections.withdraw(wrong, "", BY)
    with pytest.raises(Refusal, match="is not withdrawn"):
        corrections.restore(one, BY)
    corrections.withdraw(one, "", BY)
    with pytest.raises(Refusal, match="is withdrawn already"):
        corrections.withdraw(one, "", BY)
