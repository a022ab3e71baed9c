"""Among 100 000 documents no stored query reads a table from end to end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from ihe_profiles.policy.access import Access
from ihe_profiles.policy.consent import Consent, ConsentKind
from ihe_profiles.policy.load import load
from ihe_profiles.xds.datatypes import CXi
from ihe_profiles.xds.errors import Severity
from ihe_profiles.xds.metadata import Submission
from ihe_profiles.xds.queries import STORED_QUERIES
from ihe_profiles.xds.vocabulary import AssociationType, Status
from ihe_profiles.xua.requester import Requester
from ledger import migrate
from ledger.database import Database
from registry.consents import Consents
from registry.service import Registry
from registry.store import TREE
from registry.store.tables import document_entry
from tests.databases import new_database
from tests.policy.people import AUTHORISED, LOUISE, REMI, SOURCE
from tests.registry.consumer import Consumer
from tests.registry.queries.bulk import analyze, multiply, refer, store
from tests.registry.queries.plans import explained, read_whole
from tests.registry.samples import PATIENT, association, code, document, folder, put

PATIENTS: Final = 25_000
ENTRIES: Final = 4

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@dataclass
class Large:
    """A registry, one patient's submission in it, and the explained statements of queries."""

    database: Database
    sent: Submission


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def large(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Large]:
    if request.param == "sqlite":
        yield from _filled(f"sqlite:///{tmp_path_factory.mktemp('large') / 'registry.sqlite'}")
    else:
        with new_database(request.getfixturevalue("postgresql_server")) as url:
            yield from _filled(url)


def _filled(url: str) -> Iterator[Large]:
    database = Database(url)
    migrate.upgrade(database, *migrate.TREES, TREE)
    registry = Consumer(Registry(database))
    store(registry, *_objects(ENTRIES))
    for consent in (AUTHORISED, Consent(ConsentKind.REFUSED, before=19000101000000)):
        Consents(database).say(PATIENT, consent, "asked", SOURCE)
    multiply(database, PATIENTS - 1, patients=True)
    refer(database)
    rare = {"class_code": code("rare"), "event_code_list": (code("rare"),)}
    rare |= {"healthcare_facility_type_code": code("rare")}
    rare |= {"reference_id_list": (CXi(_REFERENCE),)}
    sent = store(registry, *_objects(3, **rare), entry_uuid=uuid4().urn)
    analyze(database)
    yield Large(database, sent)
    database.close()


def _objects(entries: int, **changes: Any) -> list[Any]:
    """Documents of which one is in a folder and one is appended to another."""
    documents = [document(entry_uuid=uuid4().urn, **changes) for _ in range(entries)]
    ids = [entry.entry_uuid for entry in documents]
    dossier = folder(entry_uuid=uuid4().urn, code_list=(code("rare" if changes else "folder"),))
    appended = association(AssociationType.APND, ids[0], ids[1])
    return [*documents, dossier, put(dossier.entry_uuid, ids[0]), appended]


_DOCUMENTS: Final = {"XDSDocumentEntryPatientId": PATIENT}
_STATUS: Final = {"XDSDocumentEntryStatus": list(Status)}
_CODES: Final = {
    "XDSDocumentEntryClassCode": ["rare^^1.2.3", "class^^1.2.3"],
    "XDSDocumentEntryTypeCode": ["type^^1.2.3"],
    "XDSDocumentEntryHealthcareFacilityTypeCode": ["rare^^1.2.3"],
    "XDSDocumentEntryEventCodeList": [["rare^^1.2.3"], ["rare^^1.2.3"]],
    "XDSDocumentEntryConfidentialityCode": ["N^^1.2.3"],
    "XDSDocumentEntryAuthorPerson": ["%Dupont%", "^Roy%"],
    "XDSDocumentEntryCreationTimeFrom": "2005",
    "XDSDocumentEntryServiceStopTimeTo": "2050",
}
_REFERENCE: Final = "Rare^^^&1.2.8&ISO^urn:ihe:iti:xds:2013:accession"


def asked(sent: Submission) -> dict[str, list[dict[str, Any]]]:
    """The parameters of each query: of every one of its forms."""
    entries, dossier, chosen = sent.documents, sent.folders[0], sent.submission_sets[0]
    uuids = [entry.entry_uuid for entry in entries]
    uids = [entry.unique_id for entry in entries]
    by_documents = [{"XDSDocumentEntryEntryUUID": uuids}, {"XDSDocumentEntryUniqueId": uids}]
    by_document = [{"XDSDocumentEntryEntryUUID": uuids[0]}, {"XDSDocumentEntryUniqueId": uids[0]}]
    by_folder = [
        {"XDSFolderEntryUUID": dossier.entry_uuid},
        {"XDSFolderUniqueId": dossier.unique_id},
    ]
    of_folders = {"XDSFolderStatus": [Status.APPROVED]}
    reference = {"XDSDocumentEntryReferenceIdList": [_REFERENCE]}
    excluded = {f"{name}Exclude": value for name, value in _CODES.items() if "Time" not in name}
    every_code = _CODES | {"XDSDocumentEntryReferenceIdList": [["Ra%"], ["%"]]}
    return {
        "FindDocuments": [_DOCUMENTS | _STATUS, _DOCUMENTS | _STATUS | _CODES],
        "FindSubmissionSets": [
            {
                "XDSSubmissionSetPatientId": PATIENT,
                "XDSSubmissionSetStatus": [Status.APPROVED],
                "XDSSubmissionSetAuthorPerson": "%Dupont%",
                "XDSSubmissionSetContentType": ["content^^1.2.3"],
                "XDSSubmissionSetSourceId": ["1.2.3.77"],
                "XDSSubmissionSetSubmissionTimeFrom": "2005",
            }
        ],
        "FindFolders": [
            {"XDSFolderPatientId": PATIENT, **of_folders},
            {
                "XDSFolderPatientId": PATIENT,
                **of_folders,
                "XDSFolderCodeList": ["rare^^1.2.3", "folder^^1.2.3"],
                "XDSFolderLastUpdateTimeTo": "2050",
            },
        ],
        "GetAll": [
            {
                "patientId": PATIENT,
                **_STATUS,
                **of_folders,
                "XDSSubmissionSetStatus": [Status.APPROVED],
                "XDSDocumentEntryConfidentialityCode": ["N^^1.2.3"],
            }
        ],
        "GetDocuments": by_documents,
        "GetFolders": [{name: [value] for name, value in one.items()} for one in by_folder],
        "GetAssociations": [{"uuid": [*uuids, dossier.entry_uuid, chosen.entry_uuid]}],
        "GetDocumentsAndAssociations": by_documents,
        "GetSubmissionSets": [{"uuid": [*uuids, dossier.entry_uuid]}],
        "GetSubmissionSetAndContents": [
            {"XDSSubmissionSetEntryUUID": chosen.entry_uuid},
            {
                "XDSSubmissionSetUniqueId": chosen.unique_id,
                "XDSDocumentEntryConfidentialityCode": ["N^^1.2.3"],
            },
        ],
        "GetFolderAndContents": by_folder,
        "GetFoldersForDocument": by_document,
        "GetRelatedDocuments": [
            one | {"AssociationTypes": [AssociationType.APND]} for one in by_document
        ],
        "FindDocumentsByReferenceId": [
            _DOCUMENTS | _STATUS | reference,
            _DOCUMENTS | _STATUS | every_code,
        ],
        "FindDocumentsExclude": [_DOCUMENTS | _STATUS | excluded],
        "FindDocumentsForMultiplePatients": [
            {"XDSDocumentEntryPatientId": [PATIENT, "p7^^^&1.2.9.9&ISO"], **_STATUS, **_CODES},
            {"XDSDocumentEntryClassCode": ["rare^^1.2.3"], **_STATUS},
            {"XDSDocumentEntryHealthcareFacilityTypeCode": ["rare^^1.2.3"], **_STATUS},
            {"XDSDocumentEntryEventCodeList": ["rare^^1.2.3"], **_STATUS},
            {**_CODES, **_STATUS},
        ],
        "FindFoldersForMultiplePatients": [
            {"XDSFolderPatientId": [PATIENT, "nobody^^^&1.2.9.9&ISO"], **of_folders},
            {"XDSFolderCodeList": ["rare^^1.2.3"], **of_folders},
        ],
        "FindDocumentsByReferenceIdForMultiplePatients": [
            reference | _STATUS,
            {"XDSDocumentEntryReferenceIdList": [["%"], ["Rare^^^&_.2.8%accession"]], **_STATUS},
        ],
    }


FOUND: Final = {
    "FindSubmissionSets": 2,
    "FindFolders": 2,
    "GetFolders": 1,
    "GetFoldersForDocument": 1,
    "GetRelatedDocuments": 3,
    "FindFoldersForMultiplePatients": 1,
}
"""What some queries find at least, of the patient's two submissions."""


@pytest.mark.parametrize("name", [query.name for query in STORED_QUERIES])
def test_no_table_is_read_from_end_to_end(large: Large, name: str) -> None:
    registry = Consumer(Registry(large.database))
    for parameters in asked(large.sent)[name]:
        for return_type in ("LeafClass", "ObjectRef"):
            with explained(large.database) as plans:
                answer = registry.query(name, return_type, **parameters)
            assert answer.errors == ()
            assert len(plans) == _round_trips(parameters)
            assert read_whole(plans) == set(), "\n".join(plans)
            if return_type == "LeafClass" and "Exclude" not in name:
                assert len(answer.objects) >= FOUND.get(name, 3)


@pytest.mark.parametrize(
    ("policy", "requester", "form"), [("france", LOUISE, 0), ("quebec", REMI, -1)]
)
@pytest.mark.parametrize("name", [query.name for query in STORED_QUERIES])
def test_nor_is_one_under_a_policy(
    large: Large, name: str, policy: str, requester: Requester, form: int
) -> None:
    """One form of each query under one policy, and its last under the other one."""
    registry = Consumer(Registry(large.database, access=Access(load(policy))))
    registry.requester = requester
    with explained(large.database) as plans:
        answer = registry.query(name, **asked(large.sent)[name][form])
    assert {error.severity for error in answer.errors} <= {Severity.WARNING}
    assert read_whole(plans) == set(), "\n".join(plans)
    if "Exclude" not in name:
        assert len(answer.objects) >= FOUND.get(name, 3)


def _round_trips(parameters: dict[str, Any]) -> int:
    """One when a patient is given, or a text without one; two for ids, and for codes alone."""
    if any("atientId" in name for name in parameters):
        return 1
    return 1 if "XDSDocumentEntryReferenceIdList" in parameters else 2


def test_the_registry_is_large(large: Large) -> None:
    with large.database.read() as connection:
        number = connection.scalar(select(func.count()).select_from(document_entry))
    assert number == PATIENTS * ENTRIES + 3
