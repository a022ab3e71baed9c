"""Every stored query, after a merge and beside a withdrawn document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import uuid4

import pytest

from ihe_profiles.iti18 import Response
from ihe_profiles.xds.datatypes import CX
from ihe_profiles.xds.metadata import Association, DocumentEntry, Submission
from ihe_profiles.xds.vocabulary import AssociationType, ResponseStatus, Status
from registry.corrections import Corrections
from registry.queries.offered import OFFERED
from tests.patients.hospital import Hospital, patient
from tests.patients.test_corrections import BY
from tests.registry.samples import association, code, document, folder, put, submission

OLD, NEW = patient("old"), patient("new")
BOTH: Final = [Status.APPROVED, Status.DEPRECATED]
RELATED: Final = [AssociationType.RPLC, AssociationType.APND, AssociationType.HAS_MEMBER]
REFERENCE: Final = "A1^^^&1.2.8&ISO^urn:ihe:iti:xds:2013:accession"

Ask = Callable[[CX, Submission], Mapping[str, Any]]
ASKED: Final[dict[str, Ask]] = {
    "FindDocuments": lambda who, sent: {
        "XDSDocumentEntryPatientId": who,
        "XDSDocumentEntryStatus": BOTH,
    },
    "FindDocumentsExclude": lambda who, sent: {
        "XDSDocumentEntryPatientId": who,
        "XDSDocumentEntryStatus": BOTH,
    },
    "FindDocumentsByReferenceId": lambda who, sent: {
        "XDSDocumentEntryPatientId": who,
        "XDSDocumentEntryStatus": BOTH,
        "XDSDocumentEntryReferenceIdList": [REFERENCE],
    },
    "FindSubmissionSets": lambda who, sent: {
        "XDSSubmissionSetPatientId": who,
        "XDSSubmissionSetStatus": BOTH,
    },
    "FindFolders": lambda who, sent: {"XDSFolderPatientId": who, "XDSFolderStatus": BOTH},
    "GetAll": lambda who, sent: {
        "patientId": who,
        "XDSDocumentEntryStatus": BOTH,
        "XDSSubmissionSetStatus": BOTH,
        "XDSFolderStatus": BOTH,
    },
    "GetDocuments": lambda who, sent: {
        "XDSDocumentEntryEntryUUID": [d.entry_uuid for d in sent.documents]
    },
    "GetFolders": lambda who, sent: {"XDSFolderEntryUUID": [f.entry_uuid for f in sent.folders]},
    "GetAssociations": lambda who, sent: {"uuid": [d.entry_uuid for d in sent.documents]},
    "GetDocumentsAndAssociations": lambda who, sent: {
        "XDSDocumentEntryUniqueId": [d.unique_id for d in sent.documents]
    },
    "GetSubmissionSets": lambda who, sent: {"uuid": [d.entry_uuid for d in sent.documents]},
    "GetSubmissionSetAndContents": lambda who, sent: {
        "XDSSubmissionSetUniqueId": sent.submission_sets[0].unique_id
    },
    "GetFolderAndContents": lambda who, sent: {"XDSFolderUniqueId": sent.folders[0].unique_id},
    "GetFoldersForDocument": lambda who, sent: {
        "XDSDocumentEntryUniqueId": sent.documents[0].unique_id
    },
    "GetRelatedDocuments": lambda who, sent: {
        "XDSDocumentEntryUniqueId": sent.documents[0].unique_id,
        "AssociationTypes": RELATED,
    },
    "FindDocumentsForMultiplePatients": lambda who, sent: {
        "XDSDocumentEntryPatientId": [who],
        "XDSDocumentEntryStatus": BOTH,
        "XDSDocumentEntryClassCode": ["class^^1.2.3"],
    },
    "FindFoldersForMultiplePatients": lambda who, sent: {
        "XDSFolderPatientId": [who],
        "XDSFolderStatus": BOTH,
        "XDSFolderCodeList": ["folder^^1.2.3"],
    },
    "FindDocumentsByReferenceIdForMultiplePatients": lambda who, sent: {
        "XDSDocumentEntryPatientId": [who],
        "XDSDocumentEntryStatus": BOTH,
        "XDSDocumentEntryReferenceIdList": [REFERENCE],
    },
}


def asked(hospital: Hospital, name: str, who: CX, sent: Submission) -> Response:
    answer = hospital.query(name, **ASKED[name](who, sent))
    assert answer.status is ResponseStatus.SUCCESS, answer.errors
    return answer


def ids(answer: Response) -> set[str]:
    return {found.entry_uuid for found in answer.objects}


def mentioned(answer: Response) -> set[str]:
    """The ids of the objects, and of what their Associations lead to."""
    links = [found for found in answer.objects if isinstance(found, Association)]
    return ids(answer) | {link.source for link in links} | {link.target for link in links}


def entry(owner: CX) -> DocumentEntry:
    return document(entry_uuid=uuid4().urn, patient_id=owner)


@pytest.fixture
def sent(hospital: Hospital) -> Submission:
    """The old patient's folder with a document and its appendix."""
    hospital.add(OLD, NEW)
    one, two = entry(OLD), entry(OLD)
    dossier = folder(patient_id=OLD, entry_uuid=uuid4().urn, code_list=(code("folder"),))
    links = (
        put(dossier.entry_uuid, one.entry_uuid),
        put(dossier.entry_uuid, two.entry_uuid),
        association(AssociationType.APND, two.entry_uuid, one.entry_uuid),
    )
    sent = submission(one, two, dossier, *links, patient=OLD)
    assert hospital.codes(sent) == []
    return sent


def test_every_query_is_tried() -> None:
    assert set(ASKED) == set(OFFERED)


@pytest.mark.parametrize("name", ASKED)
def test_after_a_merge_the_same_is_found_with_the_survivor(
    hospital: Hospital, sent: Submission, name: str
) -> None:
    before = ids(asked(hospital, name, OLD, sent))
    assert before
    hospital.merge(OLD, NEW)
    after = asked(hospital, name, NEW, sent)
    assert ids(after) == before
    shown = {getattr(found, "patient_id", None) for found in after.objects} - {None}
    assert shown <= {NEW}


@pytest.mark.parametrize("name", ASKED)
def test_what_the_survivor_adds_to_it_is_found_from_either_end(
    hospital: Hospital, sent: Submission, name: str
) -> None:
    """A document filed in the old patient's folder, and one that replaces its first document."""
    hospital.merge(OLD, NEW)
    new, filed = entry(NEW), entry(NEW)
    (dossier,), old = sent.folders, sent.documents[0]
    links = (
        put(dossier.entry_uuid, filed.entry_uuid),
        association(AssociationType.RPLC, new.entry_uuid, old.entry_uuid),
    )
    later = submission(new, filed, *links, patient=NEW)
    assert hospital.codes(later) == []
    expected = {
        "GetFolderAndContents": {dossier.entry_uuid, new.entry_uuid, filed.entry_uuid},
        "GetRelatedDocuments": {new.entry_uuid, old.entry_uuid},
        "GetAssociations": {new.entry_uuid, dossier.entry_uuid},
        "GetDocumentsAndAssociations": {new.entry_uuid, dossier.entry_uuid},
    }
    by_patient = {
        name: {new.entry_uuid, filed.entry_uuid, old.entry_uuid}
        for name in ASKED
        if name.startswith("FindDocuments") or name == "GetAll"
    }
    found = mentioned(asked(hospital, name, NEW, sent))
    assert found >= (expected | by_patient).get(name, set())
    holding = hospital.query("GetFoldersForDocument", XDSDocumentEntryUniqueId=filed.unique_id)
    assert ids(holding) == {dossier.entry_uuid}


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("return_type", ["LeafClass", "ObjectRef"])
def test_no_query_mentions_a_withdrawn_document(
    hospital: Hospital, sent: Submission, name: str, return_type: str
) -> None:
    one, two = (found.entry_uuid for found in sent.documents)
    parameters = ASKED[name](OLD, sent)
    before = asked(hospital, name, OLD, sent)
    Corrections(hospital.database).withdraw(one, "wrong patient", BY)
    after = hospital.query(name, return_type, **parameters)
    assert after.status is ResponseStatus.SUCCESS
    if return_type == "ObjectRef":
        touching = {
            found.entry_uuid
            for found in before.objects
            if isinstance(found, Association) and one in (found.source, found.target)
        }
        assert not {one, *touching} & set(after.refs)
        return
    assert one not in mentioned(after)
    if two in ids(before) and name != "GetRelatedDocuments":
        assert two in ids(after)
