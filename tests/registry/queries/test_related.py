"""Queries by id that return what is linked, and GetAll (ITI TF-2 3.18.4.1.2.3.7.4 to .13)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from ihe_profiles.xds.vocabulary import ON_DEMAND, STABLE, AssociationType, Status
from ledger.database import Database
from registry.store import tables
from registry.store.numbers import ASSOCIATION_TYPE, DEPRECATED, OBJECT_TYPE
from tests.registry.queries.world import APPROVED, World
from tests.registry.samples import OTHER_PATIENT, PATIENT, code

RPLC, APND = AssociationType.RPLC, AssociationType.APND
XFRM, SIGNS = AssociationType.XFRM, AssociationType.SIGNS


@pytest.fixture
def ward(world: World) -> World:
    """Two submissions: a folder `f` with `a` and `b`; then `c` replaces `a`, and `d` extends `c`.

    The registry files `c` in the folder by itself, as the replacement of `a`.
    """
    a, b = world.document("a"), world.document("b", confidentiality_code=(code("R"),))
    f = world.folder("f")
    world.register("s", a, b, f, world.file("f", "a"), world.file("f", "b"))
    world.register("t", world.document("c"), world.link(RPLC, "c", "a"))
    world.register("u", world.document("d"), world.link(APND, "d", "c"))
    return world


def uuids(world: World, *names: str) -> list[str]:
    return [world.ids[name] for name in names]


BY_DOCUMENT = ["EntryUUID", "UniqueId"]


def by(world: World, kind: str, parameter: str, *names: str) -> dict[str, list[str]]:
    ids = world.ids if parameter == "EntryUUID" else world.unique_ids
    return {f"XDS{kind}{parameter}": [ids[name] for name in names]}


def one(given: dict[str, list[str]]) -> dict[str, str]:
    return {name: value for name, (value,) in given.items()}


@pytest.mark.parametrize("parameter", BY_DOCUMENT)
def test_folders_by_their_ids(ward: World, parameter: str) -> None:
    ward.register("v", ward.folder("g"))
    assert ward.ask("GetFolders", **by(ward, "Folder", parameter, "f", "g")) == ["f", "g"]
    assert ward.ask("GetFolders", **by(ward, "Folder", parameter, "g")) == ["g"]
    assert ward.ask("GetFolders", **{f"XDSFolder{parameter}": [ward.ids["a"], "1.2"]}) == []


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a"], ["c>a", "f>a", "s>a"]),
        (["d"], ["d>c", "u>d"]),
        (["f"], ["f>a", "f>b", "f>c", "s>f"]),
        (["t"], ["t>(filing)", "t>c"]),
        (["a", "d"], ["c>a", "d>c", "f>a", "s>a", "u>d"]),
        (["a", "c"], ["c>a", "d>c", "f>a", "f>c", "s>a", "t>c"]),
    ],
)
def test_associations_have_a_named_object_at_either_end(
    ward: World, names: list[str], expected: list[str]
) -> None:
    assert ward.ask("GetAssociations", uuid=uuids(ward, *names)) == expected


def test_the_status_of_associations(ward: World, database: Database) -> None:
    own = tables.association
    change = update(own).where(own.c.type == ASSOCIATION_TYPE[RPLC]).values(status=DEPRECATED)
    database.write(lambda c: c.execute(change))
    uuid = uuids(ward, "a")
    assert len(ward.ask("GetAssociations", uuid=uuid)) == 3
    status = {"XDSAssociationStatus": APPROVED}
    assert ward.ask("GetAssociations", uuid=uuid, **status) == ["f>a", "s>a"]
    status = {"XDSAssociationStatus": [Status.DEPRECATED]}
    assert ward.ask("GetAssociations", uuid=uuid, **status) == ["c>a"]
    named = by(ward, "DocumentEntry", "EntryUUID", "a")
    assert ward.ask("GetDocumentsAndAssociations", **named, **status) == ["a", "c>a"]
    folder = one(by(ward, "Folder", "EntryUUID", "f"))
    assert ward.ask("GetFolderAndContents", **folder, **status) == ["f"]
    related = one(named) | {"AssociationTypes": [RPLC]}
    assert ward.ask("GetRelatedDocuments", **related, **status) == ["a", "c", "c>a"]
    status = {"XDSAssociationStatus": APPROVED}
    assert ward.ask("GetRelatedDocuments", **related, **status) == []
    assert ward.ask("GetFoldersForDocument", **one(named), **status) == ["f"]
    status = {"XDSAssociationStatus": [Status.DEPRECATED]}
    assert ward.ask("GetFoldersForDocument", **one(named), **status) == []


@pytest.mark.parametrize("parameter", BY_DOCUMENT)
def test_documents_with_their_associations(ward: World, parameter: str) -> None:
    named = by(ward, "DocumentEntry", parameter, "a", "c")
    expected = ["a", "c", "c>a", "d>c", "f>a", "f>c", "s>a", "t>c"]
    assert ward.ask("GetDocumentsAndAssociations", **named) == expected


def test_many_ids_find_each_association_once(ward: World) -> None:
    ids = [*uuids(ward, "a", "b", "c", "d"), *(uuid4().urn for _ in range(2100))]
    found = ward.ask("GetDocumentsAndAssociations", XDSDocumentEntryEntryUUID=ids)
    assert found == sorted(
        "a b c d c>a d>c f>a f>b f>c s>a s>b t>c u>d".split()  # noqa: SIM905 (names)
    )
    found = ward.ask("GetAssociations", uuid=[*ids, *uuids(ward, "f")])
    assert len(found) == 10


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a"], ["s", "s>a"]),
        (["a", "b", "f"], ["s", "s>a", "s>b", "s>f"]),
        (["a", "c"], ["s", "s>a", "t", "t>c"]),
        (["s"], []),
    ],
)
def test_submission_sets_of_objects(ward: World, names: list[str], expected: list[str]) -> None:
    assert ward.ask("GetSubmissionSets", uuid=uuids(ward, *names)) == expected


def test_a_document_submitted_again_by_reference_is_in_both_submission_sets(ward: World) -> None:
    ward.register("w", ward.document("e"), refer="b")
    found = ward.ask("GetSubmissionSets", uuid=uuids(ward, "b"))
    assert found == ["s", "s>b", "w", "w>b"]


@pytest.mark.parametrize("parameter", BY_DOCUMENT)
@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["a", "b", "c", "f", "f>a", "f>b", "f>c"]),
        ({"ConfidentialityCode": ["R^^1.2.3"]}, ["b", "f", "f>b"]),
        ({"ConfidentialityCode": [["R^^1.2.3"], ["N^^1.2.3"]]}, ["f"]),
        ({"FormatCode": ["format^^1.2.3"]}, ["a", "b", "c", "f", "f>a", "f>b", "f>c"]),
        ({"FormatCode": ["other^^1.2.3"]}, ["f"]),
        ({"Type": [ON_DEMAND]}, ["f"]),
    ],
)
def test_a_folder_with_its_contents(
    ward: World, parameter: str, filters: dict[str, Any], expected: list[str]
) -> None:
    asked = {f"XDSDocumentEntry{name}": value for name, value in filters.items()}
    folder = one(by(ward, "Folder", parameter, "f"))
    assert ward.ask("GetFolderAndContents", **folder, **asked) == expected


def test_on_demand_entries_among_contents(ward: World, database: Database) -> None:
    make_on_demand(ward, database, "b")
    folder = one(by(ward, "Folder", "EntryUUID", "f"))
    chosen = one(by(ward, "SubmissionSet", "EntryUUID", "s"))
    for query, named in (("GetFolderAndContents", folder), ("GetSubmissionSetAndContents", chosen)):
        assert "b" not in ward.ask(query, **named)
        assert "b" in ward.ask(query, **named, XDSDocumentEntryType=[STABLE, ON_DEMAND])


def make_on_demand(world: World, database: Database, name: str) -> None:
    own = tables.document_entry
    change = update(own).where(own.c.entry_uuid == world.ids[name])
    database.write(lambda c: c.execute(change.values(object_type=OBJECT_TYPE[ON_DEMAND])))


@pytest.mark.parametrize("parameter", BY_DOCUMENT)
def test_folders_of_a_document(ward: World, parameter: str) -> None:
    ward.register("v", ward.folder("g"), ward.file("g", "b"))
    for name, expected in {"a": ["f"], "b": ["f", "g"], "c": ["f"], "d": []}.items():
        named = one(by(ward, "DocumentEntry", parameter, name))
        assert ward.ask("GetFoldersForDocument", **named) == expected


@pytest.mark.parametrize("parameter", BY_DOCUMENT)
@pytest.mark.parametrize(
    ("name", "types", "expected"),
    [
        ("a", [RPLC], ["a", "c", "c>a"]),
        ("c", [RPLC], ["a", "c", "c>a"]),
        ("c", [RPLC, APND], ["a", "c", "c>a", "d", "d>c"]),
        ("d", [RPLC, APND], ["c", "d", "d>c"]),  # one step: not `a`
        ("d", [RPLC], []),
        ("b", [RPLC, APND, XFRM, SIGNS], []),
        ("a", [AssociationType.HAS_MEMBER], []),
        ("a", ["RPLC"], []),
        ("a", ["urn:unknown", RPLC], ["a", "c", "c>a"]),
    ],
)
def test_related_documents(
    ward: World, parameter: str, name: str, types: list[str], expected: list[str]
) -> None:
    named = one(by(ward, "DocumentEntry", parameter, name))
    assert ward.ask("GetRelatedDocuments", **named, AssociationTypes=types) == expected


def test_related_documents_of_every_copy_with_the_unique_id(ward: World) -> None:
    twin = ward.document("twin", content="same bytes", unique_id="1.2.3.999")
    other = ward.document("other", content="same bytes", unique_id="1.2.3.999")
    ward.register("v", twin)
    ward.register("w", other)
    ward.register("x", ward.document("x1"), ward.link(APND, "x1", "twin"))
    ward.register("y", ward.document("y1"), ward.link(APND, "y1", "other"))
    found = ward.ask(
        "GetRelatedDocuments", XDSDocumentEntryUniqueId="1.2.3.999", AssociationTypes=[APND]
    )
    assert found == ["other", "twin", "x1", "x1>twin", "y1", "y1>other"]


def test_an_on_demand_end_comes_only_when_asked_for(ward: World, database: Database) -> None:
    make_on_demand(ward, database, "c")
    named = one(by(ward, "DocumentEntry", "EntryUUID", "a")) | {"AssociationTypes": [RPLC]}
    assert ward.ask("GetRelatedDocuments", **named) == ["a", "c>a"]
    both = {"XDSDocumentEntryType": [STABLE, ON_DEMAND]}
    assert ward.ask("GetRelatedDocuments", **named, **both) == ["a", "c", "c>a"]


ALL = {
    "patientId": PATIENT,
    "XDSDocumentEntryStatus": list(Status),
    "XDSSubmissionSetStatus": APPROVED,
    "XDSFolderStatus": APPROVED,
}
HELD = "s>a s>b s>f s>f>a s>f>b t>(filing) t>c u>d"
FILED = "f>a f>b f>c"


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, f"a b c d f s t u c>a d>c {FILED} {HELD}"),
        # dangling on purpose: `c>a` leads to `a`, which is deprecated and does not come
        ({"XDSDocumentEntryStatus": APPROVED}, f"b c d f s t u c>a d>c {FILED} {HELD}"),
        (
            {"XDSDocumentEntryStatus": [Status.DEPRECATED], "XDSFolderStatus": [Status.DEPRECATED]},
            f"a s t u c>a f>a {HELD}",
        ),
        (
            {
                "XDSSubmissionSetStatus": [Status.DEPRECATED],
                "XDSFolderStatus": [Status.DEPRECATED],
                "XDSDocumentEntryConfidentialityCode": ["R^^1.2.3"],
            },
            "b f>b s>b",
        ),
        ({"XDSDocumentEntryFormatCode": ["none^^1"]}, f"f s t u {FILED} {HELD}"),
        ({"XDSDocumentEntryType": [ON_DEMAND]}, f"f s t u {FILED} {HELD}"),
        ({"XDSAssociationStatus": [Status.DEPRECATED]}, "a b c d f s t u"),
        ({"MetadataLevel": "1"}, f"a b c d f s t u c>a d>c {FILED} {HELD}"),
        ({"patientId": OTHER_PATIENT}, "e v v>e"),
        ({"patientId": "nobody^^^&1.2.3&ISO"}, ""),
    ],
)
def test_everything_of_a_patient(ward: World, parameters: dict[str, Any], expected: str) -> None:
    ward.register("v", ward.document("e", patient_id=OTHER_PATIENT), patient=OTHER_PATIENT)
    assert ward.ask("GetAll", **ALL | parameters) == sorted(expected.split())


def test_everything_holds_associations_from_other_patients(ward: World) -> None:
    ward.register(
        "theirs",
        ward.document("e", patient_id=OTHER_PATIENT),
        patient=OTHER_PATIENT,
        refer="b",
    )
    assert "theirs>b" in ward.ask("GetAll", **ALL)
    assert "theirs>b" in ward.ask("GetAll", **ALL | {"patientId": OTHER_PATIENT})
    named = by(ward, "DocumentEntry", "UniqueId", "b")
    assert "theirs>b" in ward.ask("GetDocumentsAndAssociations", **named)
    assert "theirs>b" in ward.ask("GetAssociations", uuid=uuids(ward, "b"))
