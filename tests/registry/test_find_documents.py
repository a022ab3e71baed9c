"""FindDocuments by each of its parameters (ITI TF-2 3.18.4.1.2.3.7.1)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from ihe_profiles import iti18
from ihe_profiles.xds.datatypes import DTM
from ihe_profiles.xds.metadata import ON_DEMAND, STABLE
from ihe_profiles.xds.queries import STORED_QUERIES, StoredQuery
from ihe_profiles.xds.vocabulary import AssociationType, Status
from ledger.database import Database
from registry.queries.filter_table import FILTERS
from registry.queries.offered import OFFERED
from registry.service import Registry, RegistryLimits
from registry.store import tables
from registry.store.numbers import OBJECT_TYPE
from tests.registry.consumer import Consumer
from tests.registry.samples import (
    OTHER_PATIENT,
    PATIENT,
    association,
    author,
    code,
    document,
    submission,
)

APPROVED = [Status.APPROVED]


def find(registry: Consumer, **parameters: Any) -> list[str]:
    """The titles of the documents that a query finds."""
    required = {"XDSDocumentEntryPatientId": PATIENT, "XDSDocumentEntryStatus": APPROVED}
    found = registry.query("FindDocuments", **(required | parameters))
    assert found.errors == ()
    return [entry.mime_type for entry in found.objects]


def store(registry: Consumer, **documents: dict[str, Any]) -> None:
    """Register documents of which `find` returns the names."""
    entries = [document(mime_type=f"x/{name}", **changes) for name, changes in documents.items()]
    assert registry.register(submission(*entries)).errors == ()


@pytest.mark.parametrize(
    ("parameter", "field"),
    [
        ("ClassCode", "class_code"),
        ("TypeCode", "type_code"),
        ("PracticeSettingCode", "practice_setting_code"),
        ("HealthcareFacilityTypeCode", "healthcare_facility_type_code"),
        ("FormatCode", "format_code"),
    ],
)
def test_codes_are_compared_with_their_scheme(
    registry: Consumer, parameter: str, field: str
) -> None:
    store(
        registry,
        a={field: code("A")},
        b={field: code("B")},
        other_scheme={field: code("A", "9.9")},
        lower={field: code("a")},
    )
    name = f"XDSDocumentEntry{parameter}"
    assert find(registry, **{name: ["A^^1.2.3"]}) == ["x/a"]
    assert find(registry, **{name: ["A^^1.2.3", "B^^1.2.3"]}) == ["x/a", "x/b"]
    assert find(registry, **{name: ["C^^1.2.3"]}) == []


@pytest.mark.parametrize(
    ("parameter", "field"),
    [("EventCodeList", "event_code_list"), ("ConfidentialityCode", "confidentiality_code")],
)
def test_slots_of_code_lists_must_all_match(registry: Consumer, parameter: str, field: str) -> None:
    store(
        registry,
        a={field: (code("A"),)},
        ab={field: (code("A"), code("B"))},
        twice={field: (code("A"), code("A"), code("C"))},
    )
    name = f"XDSDocumentEntry{parameter}"
    assert find(registry, **{name: ["A^^1.2.3"]}) == ["x/a", "x/ab", "x/twice"]
    assert find(registry, **{name: ["B^^1.2.3", "C^^1.2.3"]}) == ["x/ab", "x/twice"]
    assert find(registry, **{name: [["A^^1.2.3"], ["B^^1.2.3"]]}) == ["x/ab"]
    assert find(registry, **{name: [["B^^1.2.3", "A^^1.2.3"], ["C^^1.2.3"]]}) == ["x/twice"]


def test_an_event_code_is_not_a_confidentiality_code(registry: Consumer) -> None:
    store(registry, a={"event_code_list": (code("R"),), "confidentiality_code": (code("N"),)})
    assert find(registry, XDSDocumentEntryConfidentialityCode=["R^^1.2.3"]) == []


@pytest.mark.parametrize(
    ("parameter", "field"),
    [
        ("CreationTime", "creation_time"),
        ("ServiceStartTime", "service_start_time"),
        ("ServiceStopTime", "service_stop_time"),
    ],
)
def test_a_time_is_not_before_from_and_before_to(
    registry: Consumer, parameter: str, field: str
) -> None:
    wide = {"service_start_time": DTM("1900"), "service_stop_time": DTM("2100")}
    store(
        registry,
        year=wide | {field: DTM("2005")},
        january=wide | {field: DTM("200501")},
        second=wide | {field: DTM("20050101000001")},
        later=wide | {field: DTM("2006")},
    )
    begin, end = f"XDSDocumentEntry{parameter}From", f"XDSDocumentEntry{parameter}To"
    assert find(registry, **{begin: "20050101"}) == ["x/year", "x/january", "x/second", "x/later"]
    assert find(registry, **{begin: "20050101000001"}) == ["x/second", "x/later"]
    assert find(registry, **{end: "2006"}) == ["x/year", "x/january", "x/second"]
    assert find(registry, **{begin: "2005", end: "20050101000001"}) == ["x/year", "x/january"]
    assert find(registry, **{begin: "2007"}) == []


@pytest.mark.parametrize("name", ["ServiceStartTime", "ServiceStopTime"])
def test_a_bound_is_not_applied_to_a_document_without_the_time(
    registry: Consumer, name: str
) -> None:
    store(registry, without={"service_start_time": None, "service_stop_time": None})
    bounds = {f"XDSDocumentEntry{name}From": "2030", f"XDSDocumentEntry{name}To": "2031"}
    assert find(registry, **bounds) == ["x/without"]


def test_authors_are_matched_as_a_whole_and_any_of_them(registry: Consumer) -> None:
    store(
        registry,
        louise={"author": (author("^Dupont^Louise"), author("^Roy^Jean"))},
        dupond={"author": (author("^Dupond^Luc"),)},
        nobody={"author": ()},
    )
    name = "XDSDocumentEntryAuthorPerson"
    assert find(registry, **{name: ["^Dupont^Louise"]}) == ["x/louise"]
    assert find(registry, **{name: ["Dupont"]}) == []
    assert find(registry, **{name: ["%Dupon_^L%"]}) == ["x/louise", "x/dupond"]
    assert find(registry, **{name: ["%DUPONT%"]}) == []
    assert find(registry, **{name: ["%Luc", "%Jean"]}) == ["x/louise", "x/dupond"]


def test_the_status_decides(registry: Consumer) -> None:
    old = "urn:uuid:10b545ea-725c-446d-9b95-8aeb444eddf3"
    store(registry, old={"entry_uuid": old})
    entry = document(mime_type="x/new")
    replacing = association(AssociationType.RPLC, entry.entry_uuid, old)
    assert registry.register(submission(entry, replacing)).errors == ()
    assert find(registry) == ["x/new"]
    assert find(registry, XDSDocumentEntryStatus=[Status.DEPRECATED]) == ["x/old"]
    assert find(registry, XDSDocumentEntryStatus=list(Status)) == ["x/old", "x/new"]


def test_on_demand_entries_are_found_when_asked_for(registry: Consumer, database: Database) -> None:
    store(registry, stable={}, on_demand={"creation_time": DTM("2005")})
    row = tables.document_entry
    change = (
        update(row)
        .where(row.c.mime_type == "x/on_demand")
        .values(object_type=OBJECT_TYPE[ON_DEMAND], creation_time=None)
    )
    database.write(lambda c: c.execute(change))
    assert find(registry) == ["x/stable"]
    assert find(registry, XDSDocumentEntryType=[ON_DEMAND]) == ["x/on_demand"]
    both = {"XDSDocumentEntryType": [STABLE, ON_DEMAND]}
    assert find(registry, **both) == ["x/stable", "x/on_demand"]
    assert find(registry, **both, XDSDocumentEntryCreationTimeFrom="2030") == ["x/on_demand"]


def test_all_filters_together(registry: Consumer) -> None:
    store(registry, wanted={}, other={"type_code": code("other")})
    assert find(
        registry,
        XDSDocumentEntryTypeCode=["type^^1.2.3"],
        XDSDocumentEntryClassCode=["class^^1.2.3"],
        XDSDocumentEntryEventCodeList=["event^^1.2.3"],
        XDSDocumentEntryAuthorPerson=["%Dupont%"],
        XDSDocumentEntryCreationTimeFrom="2025",
        XDSDocumentEntryServiceStopTimeTo="2026",
    ) == ["x/wanted"]


def test_only_the_patients_own_documents_are_found(registry: Consumer) -> None:
    registry.register(submission(document(patient_id=OTHER_PATIENT), patient=OTHER_PATIENT))
    store(registry, mine={})
    assert find(registry) == ["x/mine"]
    assert find(registry, XDSDocumentEntryPatientId="nobody^^^&1.2.3&ISO") == []


def test_object_refs_name_what_whole_objects_are(registry: Consumer) -> None:
    store(registry, a={}, b={"home_community_id": "urn:oid:1.2.3"})
    parameters = {"XDSDocumentEntryPatientId": PATIENT, "XDSDocumentEntryStatus": APPROVED}
    refs = registry.query("FindDocuments", "ObjectRef", **parameters).refs
    whole = registry.query("FindDocuments", **parameters).objects
    assert refs == tuple(entry.entry_uuid for entry in whole)


def test_the_home_community_is_said_of_what_has_none(database: Database) -> None:
    registry = Consumer(Registry(database, home_community_id="urn:oid:1.2.99"))
    store(registry, a={}, b={"home_community_id": "urn:oid:1.2.3"})
    found = registry.query(
        "FindDocuments", XDSDocumentEntryPatientId=PATIENT, XDSDocumentEntryStatus=APPROVED
    )
    homes = [entry.home_community_id for entry in found.objects]
    assert homes == ["urn:oid:1.2.99", "urn:oid:1.2.3"]


def test_too_many_results_are_refused_and_just_enough_are_not(database: Database) -> None:
    limits = RegistryLimits(objects=3, references=4, joined=2)
    registry = Consumer(Registry(database, limits=limits))
    store(registry, a={}, b={}, c={})
    assert find(registry) == ["x/a", "x/b", "x/c"]  # sent while it is read: more than `joined`
    store(registry, d={})
    parameters = {"XDSDocumentEntryPatientId": PATIENT, "XDSDocumentEntryStatus": APPROVED}
    found = registry.query("FindDocuments", **parameters)
    assert [error.code for error in found.errors] == ["XDSTooManyResults"]
    assert found.objects == ()
    assert len(registry.query("FindDocuments", "ObjectRef", **parameters).refs) == 4


def test_a_patient_id_that_is_none_is_refused(registry: Consumer) -> None:
    found = registry.query(
        "FindDocuments", XDSDocumentEntryPatientId="1234", XDSDocumentEntryStatus=APPROVED
    )
    assert [error.code for error in found.errors] == ["XDSRegistryError"]
    assert "$XDSDocumentEntryPatientId" in found.errors[0].context


@pytest.mark.parametrize(
    "values",
    [
        {"XDSDocumentEntryTypeCode": [f"{n}^^1.2.3" for n in range(1001)]},
        {"XDSDocumentEntryEventCodeList": [[f"{n}^^1.2.3"] for n in range(21)]},
        {"XDSDocumentEntryAuthorPerson": [f"%{n}%" for n in range(101)]},
    ],
)
def test_more_values_than_a_statement_should_hold_are_refused(
    registry: Consumer, values: dict[str, Any]
) -> None:
    found = registry.query(
        "FindDocuments",
        XDSDocumentEntryPatientId=PATIENT,
        XDSDocumentEntryStatus=APPROVED,
        **values,
    )
    assert [error.code for error in found.errors] == ["XDSStoredQueryParamNumber"]


@pytest.mark.parametrize(
    "values",
    [
        {"XDSDocumentEntryTypeCode": [f"{n}^^1.2.3" for n in range(1000)]},
        {"XDSDocumentEntryEventCodeList": [[f"{n}^^1.2.3"] for n in range(20)]},
        {"XDSDocumentEntryAuthorPerson": [f"%{n}%" for n in range(100)]},
    ],
)
def test_as_many_values_as_a_statement_may_hold_are_compared(
    registry: Consumer, values: dict[str, Any]
) -> None:
    assert find(registry, **values) == []


def test_a_query_that_nobody_knows_is_refused(registry: Consumer) -> None:
    found = registry.query_xml(iti18.request("urn:uuid:0", {}))
    assert [error.code for error in found.errors] == ["XDSUnknownStoredQuery"]


@pytest.mark.parametrize("query", STORED_QUERIES, ids=lambda query: query.name)
def test_every_query_is_offered_and_each_of_its_parameters_does_something(
    query: StoredQuery,
) -> None:
    assert query.name in OFFERED
    for row in query.parameters:
        says_where = row.name.lower().endswith(("patientid", "entryuuid", "uniqueid", "$uuid"))
        is_level = row.name == "$MetadataLevel"  # nothing is stored that level 1 hides
        assert says_where or is_level or row.update or (row.attribute, row.kind) in FILTERS, (
            row.name
        )
