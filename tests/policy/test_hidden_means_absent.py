"""Whatever is asked, in every way: what a policy hides is not there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, event

from ihe_profiles import iti18
from ihe_profiles.policy.access import Access
from ihe_profiles.policy.load import load
from ihe_profiles.xds.datatypes import CXi
from ihe_profiles.xds.queries import BY_NAME
from ihe_profiles.xds.vocabulary import AssociationType, Status
from ledger.database import Database
from ledger.tables import METADATA as LEDGER
from registry.consents import Consents
from registry.limits import RegistryLimits
from registry.service import Registry
from registry.store.tables import METADATA
from tests.policy.people import AUTHORISED, LOUISE, PATIENT, SOURCE, TRE_A07
from tests.registry.consumer import QUERYING, Consumer
from tests.registry.queries.world import World as Names
from tests.registry.samples import OTHER_PATIENT, code

REFERENCE = "A1^^^&1.2.8&ISO^urn:ihe:iti:xds:2013:accession"
MASKED = (code("N", "2.16.840.1.113883.5.25"), code("MASQUE_PS", TRE_A07))
HIDDEN = {"a", "x", "m", "g", "k", "p", "e", "q", "y", "l"}
RETURNED = ("LeafClass", "ObjectRef")


class World(Names):
    """A world whose database is at hand."""

    database: Database


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def ward(request: pytest.FixtureRequest) -> Iterator[World]:
    """What a French doctor is shown but for some: `a` and `x` are masked.

    `f` holds `a` and `b`, submitted by `s`; `c` is appended to `a`. `g` holds only `x`, submitted
    by `m`. `k` files `x` in `f`: it holds nothing but that. `p` holds nothing but the folder `e`,
    in which `q` files `x`. `j`, submitted by `i`, is empty. `y` is
    masked, and appended to `b` by `l`.
    """
    database: Database = request.getfixturevalue(f"registry_on_{request.param}")
    consumer = Consumer(Registry(database, access=Access(load("france"))))
    consumer.requester = LOUISE
    world = World(consumer)
    world.database = database
    yield _filled(world, database)
    for metadata in (METADATA, LEDGER):
        for table in reversed(metadata.sorted_tables):
            database.write(lambda c, table=table: c.execute(table.delete()))


def _filled(world: World, database: Database) -> World:
    ids = {"reference_id_list": (CXi(REFERENCE),), "patient_id": PATIENT}
    a = world.document("a", **ids, confidentiality_code=MASKED)
    b = world.document("b", **ids)
    folder = world.folder("f", patient_id=PATIENT)
    world.register("s", a, b, folder, world.file("f", "a"), world.file("f", "b"), patient=PATIENT)
    c = world.document("c", patient_id=PATIENT)
    world.register("t", c, world.link(AssociationType.APND, "c", "a"), patient=PATIENT)
    x = world.document("x", **ids, confidentiality_code=MASKED)
    world.register(
        "m", x, world.folder("g", patient_id=PATIENT), world.file("g", "x"), patient=PATIENT
    )
    world.register("k", world.file("f", "x"), patient=PATIENT)
    world.register("p", world.folder("e", patient_id=PATIENT), patient=PATIENT)
    world.register("q", world.file("e", "x"), patient=PATIENT)
    world.register("i", world.folder("j", patient_id=PATIENT), patient=PATIENT)
    y = world.document("y", patient_id=PATIENT, confidentiality_code=MASKED)
    world.register("l", y, world.link(AssociationType.APND, "y", "b"), patient=PATIENT)
    foreign = world.document("z", patient_id=OTHER_PATIENT)
    world.register("u", foreign, patient=OTHER_PATIENT)
    Consents(database).say(PATIENT, AUTHORISED, "asked at the desk", SOURCE)
    return world


def asked(world: World, name: str) -> dict[str, dict[str, Any]]:
    """Each query in a form that would find a document, or what it is linked to."""
    find = {"XDSDocumentEntryPatientId": PATIENT, "XDSDocumentEntryStatus": list(Status)}
    of_all = {"XDSDocumentEntryStatus": list(Status)}
    reference = {"XDSDocumentEntryReferenceIdList": [REFERENCE]}
    document = {"XDSDocumentEntryEntryUUID": world.ids[name]}
    documents = {"XDSDocumentEntryUniqueId": [world.unique_ids[name]]}
    status = {"XDSSubmissionSetStatus": list(Status), "XDSFolderStatus": list(Status)}
    dossier, chosen = ("f", "s") if name == "a" else ("g", "m")
    types = {"AssociationTypes": list(AssociationType)}
    return {
        "FindDocuments": find,
        "FindSubmissionSets": {"XDSSubmissionSetPatientId": PATIENT, **status},
        "FindFolders": {"XDSFolderPatientId": PATIENT, **status},
        "GetAll": {"patientId": PATIENT, **of_all, **status},
        "GetDocuments": documents,
        "GetFolders": {"XDSFolderEntryUUID": [world.ids[dossier]]},
        "GetAssociations": {"uuid": [world.ids[name]]},
        "GetDocumentsAndAssociations": documents,
        "GetSubmissionSets": {"uuid": [world.ids[name]]},
        "GetSubmissionSetAndContents": {"XDSSubmissionSetEntryUUID": world.ids[chosen]},
        "GetFolderAndContents": {"XDSFolderEntryUUID": world.ids[dossier]},
        "GetFoldersForDocument": document,
        "GetRelatedDocuments": document | types,
        "FindDocumentsByReferenceId": find | reference,
        "FindDocumentsExclude": find | {"XDSDocumentEntryClassCodeExclude": ["x^^1"]},
        "FindDocumentsForMultiplePatients": of_all
        | {"XDSDocumentEntryClassCode": ["class^^1.2.3"]},
        "FindFoldersForMultiplePatients": status | {"XDSFolderCodeList": ["folder^^1.2.3"]},
        "FindDocumentsByReferenceIdForMultiplePatients": of_all | reference,
    }


def parameters(world: World, query: str, name: str) -> dict[str, Any]:
    known = BY_NAME[query].by_name
    return {key: v for key, v in asked(world, name)[query].items() if f"${key}" in known}


def everything(world: World, query: str, given: dict[str, Any]) -> list[str]:
    """The names that the same query finds where nothing is hidden, of this patient."""
    registry = Registry(world.database)
    open_world = World(Consumer(registry))
    open_world.ids = world.ids
    return [name for name in open_world.ask(query, **given) if not {"z", "u"} & _ends(name)]


def _ends(name: str) -> set[str]:
    return set(name.split(">"))


@pytest.mark.parametrize("query", BY_NAME)
def test_a_query_finds_what_it_would_find_without_the_hidden(ward: World, query: str) -> None:
    wholes, shown, expected = [], [], []
    for name in "ax":
        given = parameters(ward, query, name)
        wholes.append(everything(ward, query, given))
        shown.append(ward.ask(query, **given))
        of_hidden = query in _BY_DOCUMENT or (name == "x" and query in _BY_HOLDER)
        left = [] if of_hidden else [one for one in wholes[-1] if not HIDDEN & _ends(one)]
        expected.append(left)
    assert shown == expected
    assert wholes != shown, "the query proves nothing"


_BY_DOCUMENT = ("GetSubmissionSets", "GetFoldersForDocument", "GetRelatedDocuments")
_BY_HOLDER = ("GetSubmissionSetAndContents", "GetFolderAndContents")


@pytest.mark.parametrize("returned", RETURNED)
@pytest.mark.parametrize("query", [q for q in BY_NAME if q.startswith("Get") and q != "GetAll"])
def test_a_hidden_id_is_answered_as_one_that_never_was(
    ward: World, query: str, returned: str
) -> None:
    """In as many statements, too: their number could be told from the time that they take."""

    def answered(given: dict[str, Any]) -> tuple[bytes, int]:
        stored = BY_NAME[query]
        body = iti18.request(stored.id, {f"${k}": v for k, v in given.items()}, returned)
        executed: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            executed.append(statement)

        event.listen(Engine, "before_cursor_execute", note)
        try:
            answer = ward.registry.answer(QUERYING[stored.transaction], body, None)
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        whole = b"".join(piece for piece in answer.body if isinstance(piece, bytes))
        return whole, len(executed)

    given = parameters(ward, query, "x")
    never = {
        key: ([uuid4().urn] if isinstance(value, list) else uuid4().urn)
        if key != "AssociationTypes"
        else value
        for key, value in given.items()
    }
    assert answered(given) == answered(never)


def test_nothing_leads_to_what_is_hidden(ward: World) -> None:
    assert ward.ask("GetAssociations", uuid=[ward.ids[name] for name in sorted(HIDDEN)]) == []


def test_limits_count_what_is_shown(ward: World) -> None:
    limits = RegistryLimits(objects=2, references=2, joined=1)
    access = Access(load("france"))
    few = Consumer(Registry(ward.database, access=access, limits=limits))
    few.requester = LOUISE
    find = parameters(ward, "FindDocuments", "a")
    for returned in RETURNED:
        assert few.query("FindDocuments", returned, **find).errors == ()


def test_a_hidden_document_of_another_patient_makes_no_two_patients(ward: World) -> None:
    both = {"XDSDocumentEntryUniqueId": [ward.unique_ids["b"], ward.unique_ids["z"]]}
    assert ward.ask("GetDocuments", **both) == ["b"]


def test_without_an_assertion_nothing_is_there(ward: World) -> None:
    ward.registry.requester = None
    try:
        for query in ("GetAll", "FindDocuments", "FindFolders", "FindSubmissionSets"):
            assert ward.ask(query, **parameters(ward, query, "a")) == []
    finally:
        ward.registry.requester = LOUISE


def test_a_patient_who_authorised_nobody_has_not_even_an_empty_folder(ward: World) -> None:
    ward.register("v", ward.folder("h", patient_id=OTHER_PATIENT), patient=OTHER_PATIENT)
    found = {"XDSFolderPatientId": OTHER_PATIENT, "XDSFolderStatus": list(Status)}
    assert ward.ask("FindFolders", **found) == []
    stranger = replace(LOUISE, user="810000000002")
    ward.registry.requester = stranger
    try:
        assert ward.ask("FindFolders", **parameters(ward, "FindFolders", "a")) == []
    finally:
        ward.registry.requester = LOUISE
