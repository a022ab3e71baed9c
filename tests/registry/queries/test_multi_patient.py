"""ITI-51, and where objects of several patients may come together (ITI TF-2 3.51, 3.18.4.1.3)."""

from __future__ import annotations

from typing import Any

import pytest

from ihe_profiles import iti18, iti51
from ihe_profiles.xds.datatypes import CX, CXi
from ihe_profiles.xds.queries import BY_NAME
from ihe_profiles.xds.vocabulary import AssociationType, Status
from tests.registry.queries.world import APPROVED, World
from tests.registry.samples import OTHER_PATIENT, PATIENT, code

THIRD = CX("9999^^^&1.2.250.1.213.1.4.99&ISO")
REFERENCES = [f"{n}^^^&1.2.8&ISO^urn:ihe:iti:xds:2013:accession" for n in ("A1", "B1")]
PEOPLE = {"a": PATIENT, "b": OTHER_PATIENT, "c": THIRD}
CODES = {"a": ("A", "X"), "b": ("A", "Y"), "c": ("C", "X")}


@pytest.fixture
def people(world: World) -> World:
    """One document and one folder of each of three patients."""
    for name, patient in PEOPLE.items():
        one, other = (code(value) for value in CODES[name])
        entry = world.document(
            name,
            patient_id=patient,
            class_code=one,
            healthcare_facility_type_code=other,
            event_code_list=(one, other),
            reference_id_list=(CXi(REFERENCES[name == "c"]),),
        )
        folder = world.folder(f"f{name}", patient_id=patient, code_list=(one, other))
        world.register(f"s{name}", entry, folder, world.file(f"f{name}", name), patient=patient)
    return world


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"PatientId": [PATIENT]}, "a"),
        ({"PatientId": [PATIENT, THIRD]}, "ac"),
        ({"PatientId": [PATIENT, "nobody^^^&1.2.3&ISO", OTHER_PATIENT]}, "ab"),
        ({"PatientId": ["1234^^^&1.2.3&ISO"]}, ""),
        ({"PatientId": ["1234^^^&1.2.3&ISO", OTHER_PATIENT]}, "b"),  # not 1234 of another authority
        ({"ClassCode": ["A^^1.2.3"]}, "ab"),
        ({"ClassCode": ["A^^1.2.3", "C^^1.2.3"]}, "abc"),
        ({"ClassCode": ["A^^9.9"]}, ""),
        ({"HealthcareFacilityTypeCode": ["X^^1.2.3"]}, "ac"),
        ({"EventCodeList": ["X^^1.2.3", "Y^^1.2.3"]}, "abc"),
        ({"EventCodeList": [["A^^1.2.3"], ["X^^1.2.3", "C^^1.2.3"]]}, "a"),
        ({"EventCodeList": ["A^^1.2.3"], "HealthcareFacilityTypeCode": ["Y^^1.2.3"]}, "b"),
        ({"PatientId": [THIRD, PATIENT], "ClassCode": ["A^^1.2.3"]}, "a"),
        ({"ClassCode": ["A^^1.2.3"], "AuthorPerson": ["%Roy%"]}, ""),
        ({"ClassCode": ["A^^1.2.3"], "Status": [Status.DEPRECATED]}, ""),
    ],
)
def test_documents_of_several_patients(
    people: World, parameters: dict[str, Any], expected: str
) -> None:
    asked = {f"XDSDocumentEntry{n}": v for n, v in ({"Status": APPROVED} | parameters).items()}
    assert people.ask("FindDocumentsForMultiplePatients", **asked) == list(expected)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"PatientId": [PATIENT, THIRD]}, ["fa", "fc"]),
        ({"CodeList": ["A^^1.2.3"]}, ["fa", "fb"]),
        ({"CodeList": [["A^^1.2.3"], ["Y^^1.2.3"]]}, ["fb"]),
        ({"CodeList": ["X^^1.2.3"], "PatientId": [THIRD]}, ["fc"]),
        ({"CodeList": ["A^^1.2.3"], "LastUpdateTimeTo": "2005"}, []),
    ],
)
def test_folders_of_several_patients(
    people: World, parameters: dict[str, Any], expected: list[str]
) -> None:
    asked = {f"XDSFolder{n}": v for n, v in ({"Status": APPROVED} | parameters).items()}
    assert people.ask("FindFoldersForMultiplePatients", **asked) == expected


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"ReferenceIdList": REFERENCES[:1]}, "ab"),
        ({"ReferenceIdList": REFERENCES}, "abc"),
        ({"ReferenceIdList": ["B1%accession"]}, "c"),
        ({"ReferenceIdList": [["%"], ["A_^^^%"]]}, "ab"),
        ({"ReferenceIdList": ["%"], "PatientId": [THIRD]}, "c"),
        ({"ReferenceIdList": REFERENCES, "PatientId": [PATIENT, THIRD]}, "ac"),
    ],
)
def test_documents_of_several_patients_by_reference_id(
    people: World, parameters: dict[str, Any], expected: str
) -> None:
    asked = {f"XDSDocumentEntry{n}": v for n, v in ({"Status": APPROVED} | parameters).items()}
    name = "FindDocumentsByReferenceIdForMultiplePatients"
    assert people.ask(name, **asked) == list(expected)


def codes(world: World, query: str, **parameters: Any) -> list[str]:
    return [error.code for error in world.registry.query(query, **parameters).errors]


def test_a_pattern_that_no_index_helps_with_needs_a_patient(people: World) -> None:
    found = people.registry.query(
        "FindDocumentsByReferenceIdForMultiplePatients",
        XDSDocumentEntryStatus=APPROVED,
        XDSDocumentEntryReferenceIdList=["%accession", "A1%"],
    )
    assert [error.code for error in found.errors] == ["XDSRegistryError"]
    assert "%accession" in found.errors[0].context


def test_nothing_to_start_from_is_refused(people: World) -> None:
    names = {
        "FindDocumentsForMultiplePatients": "XDSDocumentEntryStatus",
        "FindFoldersForMultiplePatients": "XDSFolderStatus",
    }
    for query, status in names.items():
        assert codes(people, query, **{status: APPROVED}) == ["XDSStoredQueryMissingParam"]


def test_one_wrong_patient_among_several_is_named(people: World) -> None:
    found = people.registry.query(
        "FindDocumentsForMultiplePatients",
        XDSDocumentEntryStatus=APPROVED,
        XDSDocumentEntryPatientId=[PATIENT, "1234"],
    )
    assert [error.code for error in found.errors] == ["XDSRegistryError"]
    assert "value 1234 " in found.errors[0].context


def test_each_action_has_its_own_queries(people: World) -> None:
    for query in BY_NAME.values():
        other = iti51.TRANSACTION if query.transaction == "ITI-18" else iti18.TRANSACTION
        found = people.registry.query_xml(iti18.request(query.id, {}), other)
        assert [error.code for error in found.errors] == ["XDSUnknownStoredQuery"]
        assert query.transaction in found.errors[0].context


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("GetDocuments", {"XDSDocumentEntryEntryUUID": ["a", "b"]}),
        ("GetFolders", {"XDSFolderEntryUUID": ["fa", "fb"]}),
        ("GetDocumentsAndAssociations", {"XDSDocumentEntryEntryUUID": ["a", "b"]}),
        ("GetSubmissionSets", {"uuid": ["a", "fb"]}),
        ("GetSubmissionSetAndContents", {"XDSSubmissionSetEntryUUID": "mixed"}),
    ],
)
def test_whole_objects_of_two_patients_are_refused(
    people: World, query: str, parameters: dict[str, Any]
) -> None:
    people.register("mixed", people.document("d"), refer="b")
    asked = {
        name: people.ids[value] if isinstance(value, str) else [people.ids[v] for v in value]
        for name, value in parameters.items()
    }
    found = people.registry.query(query, **asked)
    assert [error.code for error in found.errors] == ["XDSResultNotSinglePatient"]
    assert found.objects == ()
    refs = people.registry.query(query, "ObjectRef", **asked)
    assert refs.errors == ()
    assert len(refs.refs) >= 2
    alone = {n: v if isinstance(v, str) else v[:1] for n, v in asked.items()}
    if alone != asked:
        assert people.registry.query(query, **alone).errors == ()


def test_other_queries_return_objects_of_two_patients(people: World) -> None:
    people.register("mixed", people.document("d"), refer="b")
    uuid = [people.ids["a"], people.ids["b"]]
    found = people.ask("GetAssociations", uuid=uuid)
    assert found == ["fa>a", "fb>b", "mixed>b", "sa>a", "sb>b"]
    twins = {"content": "same bytes", "unique_id": "1.2.3.999"}
    for name, patient in (("x", PATIENT), ("y", OTHER_PATIENT)):
        entry = people.document(name, patient_id=patient, **twins)
        folder = people.folder(f"f{name}", patient_id=patient)
        people.register(f"s{name}", entry, folder, people.file(f"f{name}", name), patient=patient)
        more = people.document(f"{name}2", patient_id=patient)
        people.register(
            f"s{name}2", more, people.link(AssociationType.APND, f"{name}2", name), patient=patient
        )
    unique = {"XDSDocumentEntryUniqueId": "1.2.3.999"}
    assert people.ask("GetFoldersForDocument", **unique) == ["fx", "fy"]
    found = people.ask("GetRelatedDocuments", **unique, AssociationTypes=[AssociationType.APND])
    assert found == ["x", "x2", "x2>x", "y", "y2", "y2>y"]
