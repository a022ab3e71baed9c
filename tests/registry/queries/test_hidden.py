"""What every query hides, and whom a merge makes one (ITI TF-2 3.18.4.1.3, 3.8.4.2.4)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection

from ihe_profiles.xds.datatypes import CXi
from ihe_profiles.xds.queries import BY_NAME
from ihe_profiles.xds.vocabulary import AssociationType, Status
from ledger.database import Database
from registry.corrections import Corrections
from registry.store import patients, transactions
from registry.store.transactions import Source
from tests.registry.queries.world import World
from tests.registry.samples import OTHER_PATIENT, PATIENT, code

SOURCE = Source("operator", None, "here", "0" * 32)
REFERENCE = "A1^^^&1.2.8&ISO^urn:ihe:iti:xds:2013:accession"


@pytest.fixture
def ward(world: World) -> World:
    """Folder `f` holds `a` and `b`; `c` is appended to `a`."""
    ids = {"reference_id_list": (CXi(REFERENCE),)}
    entries = [world.document(name, **ids) for name in "ab"]
    folder = world.folder("f")
    world.register("s", *entries, folder, world.file("f", "a"), world.file("f", "b"))
    world.register("t", world.document("c"), world.link(AssociationType.APND, "c", "a"))
    return world


def asked(world: World) -> dict[str, dict[str, Any]]:
    """Each query in a form that finds `a`, or what `a` is linked to."""
    find = {"XDSDocumentEntryPatientId": PATIENT, "XDSDocumentEntryStatus": list(Status)}
    of_all = {"XDSDocumentEntryStatus": list(Status)}
    reference = {"XDSDocumentEntryReferenceIdList": [REFERENCE]}
    document = {"XDSDocumentEntryEntryUUID": world.ids["a"]}
    documents = {"XDSDocumentEntryUniqueId": [world.unique_ids["a"]]}
    status = {"XDSSubmissionSetStatus": list(Status), "XDSFolderStatus": list(Status)}
    types = {"AssociationTypes": [AssociationType.APND]}
    return {
        "FindDocuments": find,
        "FindSubmissionSets": {"XDSSubmissionSetPatientId": PATIENT, **status},
        "FindFolders": {"XDSFolderPatientId": PATIENT, **status},
        "GetAll": {"patientId": PATIENT, **of_all, **status},
        "GetDocuments": documents,
        "GetFolders": {"XDSFolderEntryUUID": [world.ids["f"]]},
        "GetAssociations": {"uuid": [world.ids["a"]]},
        "GetDocumentsAndAssociations": documents,
        "GetSubmissionSets": {"uuid": [world.ids["a"]]},
        "GetSubmissionSetAndContents": {"XDSSubmissionSetEntryUUID": world.ids["s"]},
        "GetFolderAndContents": {"XDSFolderEntryUUID": world.ids["f"]},
        "GetFoldersForDocument": document,
        "GetRelatedDocuments": document | types,
        "FindDocumentsByReferenceId": find | reference,
        "FindDocumentsExclude": find | {"XDSDocumentEntryClassCodeExclude": ["x^^1"]},
        "FindDocumentsForMultiplePatients": of_all
        | {"XDSDocumentEntryClassCode": ["class^^1.2.3"]},
        "FindFoldersForMultiplePatients": status | {"XDSFolderCodeList": ["folder^^1.2.3"]},
        "FindDocumentsByReferenceIdForMultiplePatients": of_all | reference,
    }


_THROUGH_IT = ("GetSubmissionSets", "GetFoldersForDocument", "GetRelatedDocuments")
"""Queries that find nothing but what is linked to the document."""


@pytest.mark.parametrize("query", BY_NAME)
def test_no_query_returns_what_is_withdrawn(ward: World, database: Database, query: str) -> None:
    parameters = asked(ward)[query]
    before = ward.ask(query, **_defined(query, parameters))
    assert before != []
    corrections = Corrections(database)
    corrections.withdraw(ward.ids["a"], "another patient's", SOURCE)
    after = ward.ask(query, **_defined(query, parameters))
    left = [name for name in before if "a" not in name.split(">")]
    assert after == ([] if query in _THROUGH_IT else left)
    corrections.restore(ward.ids["a"], SOURCE)
    assert ward.ask(query, **_defined(query, parameters)) == before


def _defined(query: str, parameters: dict[str, Any]) -> dict[str, Any]:
    known = BY_NAME[query].by_name
    return {name: value for name, value in parameters.items() if f"${name}" in known}


def merge(database: Database) -> None:
    """Let PATIENT subsume OTHER_PATIENT."""

    def work(connection: Connection) -> None:
        known = patients.lock(connection, [PATIENT, OTHER_PATIENT])
        transaction = transactions.begin(connection, SOURCE)
        patients.merge(connection, transaction, known[OTHER_PATIENT].key, known[PATIENT].key)

    database.write(work)


def test_queries_on_the_survivor_return_the_chain(ward: World, database: Database) -> None:
    entry = ward.document("d", patient_id=OTHER_PATIENT, class_code=code("rare"))
    folder = ward.folder("g", patient_id=OTHER_PATIENT)
    ward.register("u", entry, folder, ward.file("g", "d"), patient=OTHER_PATIENT)
    merge(database)
    of_chain = {
        "FindDocuments": ["a", "b", "c", "d"],
        "FindSubmissionSets": ["s", "t", "u"],
        "FindFolders": ["f", "g"],
    }
    for query, expected in of_chain.items():
        assert ward.ask(query, **_defined(query, asked(ward)[query])) == expected
    everything = ward.ask("GetAll", **asked(ward)["GetAll"])
    assert {"d", "g", "u", "g>d", "u>d", "u>g"} <= set(everything)
    both = {"XDSDocumentEntryUniqueId": [ward.unique_ids[name] for name in "ad"]}
    assert ward.ask("GetDocuments", **both) == ["a", "d"]  # of a single patient now
    several = {"XDSDocumentEntryStatus": [Status.APPROVED]}
    for patient, expected in ((PATIENT, ["a", "b", "c", "d"]), (OTHER_PATIENT, [])):
        several["XDSDocumentEntryPatientId"] = [patient]
        assert ward.ask("FindDocumentsForMultiplePatients", **several) == expected
