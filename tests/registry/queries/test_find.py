"""FindSubmissionSets, FindFolders, FindDocumentsByReferenceId and FindDocumentsExclude.

ITI TF-2 3.18.4.1.2.3.7.2, .3, .14 and CP-ITI-1323; FindDocuments has a file of its own.
"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from ihe_profiles.xds.datatypes import DTM, CXi
from ihe_profiles.xds.vocabulary import ON_DEMAND, STABLE, Status
from ledger.database import Database
from registry.store import tables
from registry.store.numbers import DEPRECATED, OBJECT_TYPE
from tests.registry.queries.world import APPROVED, World
from tests.registry.samples import OTHER_PATIENT, PATIENT, author, code

SETS = {
    "a": {
        "source_id": "1.2.3.1",
        "submission_time": DTM("20050101"),
        "author": (author("^Dupont^Louise"), author("^Roy^Jean")),
        "content_type_code": code("A"),
    },
    "b": {
        "source_id": "1.2.3.2",
        "submission_time": DTM("20050101000001"),
        "author": (author("^Dupond^Luc"),),
        "content_type_code": code("B"),
    },
    "c": {"source_id": "1.2.3.3", "submission_time": DTM("2006"), "author": ()},
}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, "abc"),
        ({"SourceId": ["1.2.3.1"]}, "a"),
        ({"SourceId": ["1.2.3.1", "1.2.3.3", "9"]}, "ac"),
        ({"SourceId": ["1.2.3"]}, ""),
        ({"SubmissionTimeFrom": "2005"}, "abc"),
        ({"SubmissionTimeFrom": "20050101000001"}, "bc"),
        ({"SubmissionTimeTo": "20050101000001"}, "a"),
        ({"SubmissionTimeTo": "2006"}, "ab"),
        ({"SubmissionTimeFrom": "20050101", "SubmissionTimeTo": "200501010001"}, "ab"),
        ({"AuthorPerson": "^Roy^Jean"}, "a"),
        ({"AuthorPerson": "%Dupon_^L%"}, "ab"),
        ({"AuthorPerson": "Roy"}, ""),
        ({"AuthorPerson": "%ROY%"}, ""),
        ({"ContentType": ["A^^1.2.3"]}, "a"),
        ({"ContentType": ["A^^1.2.3", "B^^1.2.3"]}, "ab"),
        ({"ContentType": ["A^^9.9"]}, ""),
        ({"Status": [Status.DEPRECATED]}, ""),
        ({"Status": ["nonsense", *APPROVED]}, "abc"),
        ({"PatientId": OTHER_PATIENT}, ""),
        ({"PatientId": "nobody^^^&1.2.3&ISO"}, ""),
        ({"SourceId": ["1.2.3.1"], "ContentType": ["B^^1.2.3"]}, ""),
    ],
)
def test_submission_sets(world: World, parameters: dict[str, Any], expected: str) -> None:
    for name, changes in SETS.items():
        world.register(name, world.document(f"of {name}"), **changes)
    required = {"PatientId": PATIENT, "Status": APPROVED}
    asked = {f"XDSSubmissionSet{key}": value for key, value in (required | parameters).items()}
    assert world.ask("FindSubmissionSets", **asked) == list(expected)


def test_an_author_of_submission_sets_is_given_alone(world: World) -> None:
    found = world.registry.query(
        "FindSubmissionSets",
        XDSSubmissionSetPatientId=PATIENT,
        XDSSubmissionSetStatus=APPROVED,
        XDSSubmissionSetAuthorPerson=["a", "b"],
    )
    assert [error.code for error in found.errors] == ["XDSStoredQueryParamNumber"]


FOLDERS = {
    "a": ((code("A"),), 20050101000000),
    "b": ((code("A"), code("B")), 20050101000001),
    "c": ((code("C"),), 20060101000000),
}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, "abc"),
        ({"CodeList": ["A^^1.2.3"]}, "ab"),
        ({"CodeList": ["B^^1.2.3", "C^^1.2.3"]}, "bc"),
        ({"CodeList": [["A^^1.2.3"], ["B^^1.2.3", "C^^1.2.3"]]}, "b"),
        ({"CodeList": ["A^^9.9"]}, ""),
        ({"LastUpdateTimeFrom": "20050101000001"}, "bc"),
        ({"LastUpdateTimeTo": "20050101000001"}, "a"),
        ({"LastUpdateTimeFrom": "2005", "LastUpdateTimeTo": "2006"}, "ab"),
        ({"Status": [Status.DEPRECATED]}, ""),
        ({"PatientId": OTHER_PATIENT}, ""),
    ],
)
def test_folders(
    world: World, database: Database, parameters: dict[str, Any], expected: str
) -> None:
    own = tables.folder
    for name, (codes, time) in FOLDERS.items():
        world.register(f"set {name}", world.folder(name, code_list=codes))
        change = update(own).where(own.c.entry_uuid == world.ids[name])
        database.write(
            lambda c, change=change, time=time: c.execute(change.values(last_update_time=time))
        )
    required = {"PatientId": PATIENT, "Status": APPROVED}
    asked = {f"XDSFolder{key}": value for key, value in (required | parameters).items()}
    assert world.ask("FindFolders", **asked) == list(expected)
    assert world.ask("FindFolders", **asked, MetadataLevel="2") == list(expected)


def test_deprecated_folders_are_found_when_asked_for(world: World, database: Database) -> None:
    world.register("set", world.folder("old"), world.folder("new"))
    own = tables.folder
    change = update(own).where(own.c.entry_uuid == world.ids["old"]).values(status=DEPRECATED)
    database.write(lambda c: c.execute(change))
    patient = {"XDSFolderPatientId": PATIENT}
    assert world.ask("FindFolders", **patient, XDSFolderStatus=APPROVED) == ["new"]
    assert world.ask("FindFolders", **patient, XDSFolderStatus=list(Status)) == ["new", "old"]


A, B, C = (f"{name}^^^&1.2.8&ISO^urn:ihe:iti:xds:2013:accession" for name in ("A1", "B1", "a1"))
REFERENCES = {"a": (A,), "ab": (A, B), "lower": (C,), "none": ()}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([A], ["a", "ab"]),
        ([[A], [B]], ["ab"]),
        ([[A], [B, C]], ["ab"]),
        ([B, C], ["ab", "lower"]),
        (["A1%"], ["a", "ab"]),
        (["_1^^^&1.2.8&ISO^%accession"], ["a", "ab", "lower"]),
        (["A1"], []),
        (["%"], ["a", "ab", "lower"]),
        ([["%1.2.8%"], ["B%"]], ["ab"]),
    ],
)
def test_reference_ids(world: World, values: Any, expected: list[str]) -> None:
    entries = [
        world.document(name, reference_id_list=tuple(map(CXi, ids)))
        for name, ids in REFERENCES.items()
    ]
    world.register("set", *entries)
    found = world.ask(
        "FindDocumentsByReferenceId",
        XDSDocumentEntryPatientId=PATIENT,
        XDSDocumentEntryStatus=APPROVED,
        XDSDocumentEntryReferenceIdList=values,
    )
    assert found == expected


def test_reference_ids_and_the_filters_of_find_documents(world: World) -> None:
    ids = (CXi(A),)
    world.register(
        "set",
        world.document("a", reference_id_list=ids, class_code=code("A")),
        world.document("b", reference_id_list=ids, class_code=code("B")),
    )
    found = world.ask(
        "FindDocumentsByReferenceId",
        XDSDocumentEntryPatientId=PATIENT,
        XDSDocumentEntryStatus=APPROVED,
        XDSDocumentEntryReferenceIdList=[A],
        XDSDocumentEntryClassCode=["B^^1.2.3"],
    )
    assert found == ["b"]


EXCLUDABLE: dict[str, tuple[str, Any, Any]] = {
    "ClassCode": ("class_code", code("X"), ["X^^1.2.3"]),
    "TypeCode": ("type_code", code("X"), ["X^^1.2.3"]),
    "PracticeSettingCode": ("practice_setting_code", code("X"), ["X^^1.2.3"]),
    "HealthcareFacilityTypeCode": ("healthcare_facility_type_code", code("X"), ["X^^1.2.3"]),
    "FormatCode": ("format_code", code("X"), ["X^^1.2.3"]),
    "EventCodeList": ("event_code_list", (code("X"), code("Y")), ["X^^1.2.3"]),
    "ConfidentialityCode": ("confidentiality_code", (code("X"),), ["X^^1.2.3", "Z^^1.2.3"]),
    "AuthorPerson": ("author", (author("^Roy^Jean"),), ["%Roy%"]),
    "ReferenceIdList": ("reference_id_list", (CXi(B),), [B]),
}


@pytest.mark.parametrize("parameter", EXCLUDABLE)
def test_what_is_excluded_does_not_come(world: World, parameter: str) -> None:
    field, value, asked = EXCLUDABLE[parameter]
    world.register("set", world.document("with", **{field: value}), world.document("without"))
    required = {"XDSDocumentEntryPatientId": PATIENT, "XDSDocumentEntryStatus": APPROVED}
    name = f"XDSDocumentEntry{parameter}"
    assert world.ask("FindDocumentsExclude", **required, **{f"{name}Exclude": asked}) == ["without"]
    assert world.ask("FindDocumentsExclude", **required, **{name: asked}) == ["with"]
    assert world.ask("FindDocumentsExclude", **required) == ["with", "without"]
    nobody = ["nobody^^9.9"]
    assert len(world.ask("FindDocumentsExclude", **required, **{f"{name}Exclude": nobody})) == 2


def test_a_document_without_the_attribute_is_not_excluded(world: World, database: Database) -> None:
    world.register("set", world.document("bare", event_code_list=(), author=()))
    database.write(lambda c: c.execute(update(tables.document_entry).values(class_code=None)))
    found = world.ask(
        "FindDocumentsExclude",
        XDSDocumentEntryPatientId=PATIENT,
        XDSDocumentEntryStatus=APPROVED,
        XDSDocumentEntryEventCodeListExclude=["X^^1.2.3"],
        XDSDocumentEntryAuthorPersonExclude=["%"],
        XDSDocumentEntryClassCodeExclude=["class^^1.2.3"],
    )
    assert found == ["bare"]


def test_several_slots_exclude_what_all_of_them_match(world: World) -> None:
    world.register(
        "set",
        world.document("x", event_code_list=(code("X"),)),
        world.document("xy", event_code_list=(code("X"), code("Y"))),
    )
    found = world.ask(
        "FindDocumentsExclude",
        XDSDocumentEntryPatientId=PATIENT,
        XDSDocumentEntryStatus=APPROVED,
        XDSDocumentEntryEventCodeListExclude=[["X^^1.2.3"], ["Y^^1.2.3", "Z^^1.2.3"]],
    )
    assert found == ["x"]


def test_an_excluded_kind_of_entry_takes_the_place_of_the_default(
    world: World, database: Database
) -> None:
    world.register("set", world.document("stable"), world.document("on demand"))
    own = tables.document_entry
    change = update(own).where(own.c.entry_uuid == world.ids["on demand"])
    database.write(lambda c: c.execute(change.values(object_type=OBJECT_TYPE[ON_DEMAND])))
    required = {"XDSDocumentEntryPatientId": PATIENT, "XDSDocumentEntryStatus": APPROVED}
    for excluded, expected in (([STABLE], ["on demand"]), ([ON_DEMAND], ["stable"])):
        asked = {"XDSDocumentEntryTypeExclude": excluded}
        assert world.ask("FindDocumentsExclude", **required, **asked) == expected
    assert world.ask("FindDocumentsExclude", **required) == ["stable"]
