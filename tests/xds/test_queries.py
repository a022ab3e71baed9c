"""Stored queries understood: the table, the syntax of values, and what is refused."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ihe_profiles import iti18
from ihe_profiles.ebrim.namespaces import RIM
from ihe_profiles.xds.errors import Refusal
from ihe_profiles.xds.queries import (
    BY_NAME,
    STORED_QUERIES,
    CodeValue,
    Kind,
    Request,
    ReturnType,
    StoredQueryCall,
    is_pattern,
    parse,
)
from ihe_profiles.xds.query_syntax import (
    WILDCARDS,
    Literal,
    Malformed,
    read_literals,
    write_values,
)
from ihe_profiles.xds.vocabulary import STABLE, Status
from tests.xds.messages import keys

UUID = "urn:uuid:8b6d2f3e-6c1c-4b51-9d6a-0f6d2a9a7b10"
PATIENT = ("$XDSDocumentEntryPatientId", ("'1^^^&1.2&ISO'",))
APPROVED = ("$XDSDocumentEntryStatus", (f"('{Status.APPROVED}')",))
FIND = BY_NAME["FindDocuments"].id


def find(*slots: tuple[str, tuple[str, ...]], **more) -> StoredQueryCall:
    return parse(Request(FIND, slots=(PATIENT, APPROVED, *slots)), **more)


def refused(name: str, *slots: tuple[str, tuple[str, ...]], **more) -> list[str]:
    with pytest.raises(Refusal) as refusal:
        parse(Request(BY_NAME[name].id, slots=slots), **more)
    return keys(refusal.value.errors)


# The table against the standard's, written once more by hand: query -> required, either-or.
REQUIRED = {
    "FindDocuments": ["$XDSDocumentEntryPatientId", "$XDSDocumentEntryStatus"],
    "FindSubmissionSets": ["$XDSSubmissionSetPatientId", "$XDSSubmissionSetStatus"],
    "FindFolders": ["$XDSFolderPatientId", "$XDSFolderStatus"],
    "GetAll": [
        "$patientId",
        "$XDSDocumentEntryStatus",
        "$XDSSubmissionSetStatus",
        "$XDSFolderStatus",
    ],
    "GetDocuments": [],
    "GetFolders": [],
    "GetAssociations": ["$uuid"],
    "GetDocumentsAndAssociations": [],
    "GetSubmissionSets": ["$uuid"],
    "GetSubmissionSetAndContents": [],
    "GetFolderAndContents": [],
    "GetFoldersForDocument": [],
    "GetRelatedDocuments": ["$AssociationTypes"],
    "FindDocumentsByReferenceId": [
        "$XDSDocumentEntryPatientId",
        "$XDSDocumentEntryStatus",
        "$XDSDocumentEntryReferenceIdList",
    ],
    "FindDocumentsExclude": ["$XDSDocumentEntryPatientId", "$XDSDocumentEntryStatus"],
    "FindDocumentsForMultiplePatients": ["$XDSDocumentEntryStatus"],
    "FindFoldersForMultiplePatients": ["$XDSFolderStatus"],
    "FindDocumentsByReferenceIdForMultiplePatients": [
        "$XDSDocumentEntryStatus",
        "$XDSDocumentEntryReferenceIdList",
    ],
}
SINGLE_PATIENT = {
    "GetDocuments",
    "GetFolders",
    "GetDocumentsAndAssociations",
    "GetSubmissionSets",
    "GetSubmissionSetAndContents",
    "GetFolderAndContents",
}


def test_every_query_is_in_the_table() -> None:
    assert {query.name for query in STORED_QUERIES} == set(REQUIRED)
    assert len({query.id for query in STORED_QUERIES}) == len(STORED_QUERIES)
    sections = [query.section for query in STORED_QUERIES if query.transaction == "ITI-18"]
    assert sections == [f"TF-2 3.18.4.1.2.3.7.{number}" for number in range(1, 16)]
    of_patients = {query.name for query in STORED_QUERIES if query.transaction == "ITI-51"}
    assert of_patients == {name for name in REQUIRED if name.endswith("ForMultiplePatients")}


@pytest.mark.parametrize("name", REQUIRED)
def test_required_parameters(name: str) -> None:
    query = BY_NAME[name]
    assert [row.name for row in query.parameters if row.required] == REQUIRED[name]
    assert bool(query.one_of) == (not REQUIRED[name] or name == "GetRelatedDocuments")
    assert query.single_patient == (name in SINGLE_PATIENT)


def test_the_parameters_with_and_semantics_and_with_wildcards() -> None:
    rows = {row.name: row for query in STORED_QUERIES for row in query.parameters}
    assert {name for name, row in rows.items() if row.conjunctive} == {
        "$XDSDocumentEntryEventCodeList",
        "$XDSDocumentEntryConfidentialityCode",
        "$XDSFolderCodeList",
        "$XDSDocumentEntryReferenceIdList",
        "$XDSDocumentEntryEventCodeListExclude",
        "$XDSDocumentEntryConfidentialityCodeExclude",
        "$XDSDocumentEntryReferenceIdListExclude",
    }
    assert {name for name, row in rows.items() if row.kind is Kind.LIKE} == {
        "$XDSDocumentEntryAuthorPerson",
        "$XDSSubmissionSetAuthorPerson",
        "$XDSDocumentEntryReferenceIdList",
        "$XDSDocumentEntryAuthorPersonExclude",
        "$XDSDocumentEntryReferenceIdListExclude",
    }
    assert all(row.multiple for row in rows.values() if row.kind is Kind.CODE)


def test_a_find_documents() -> None:
    call = find(
        ("$XDSDocumentEntryEventCodeList", ("('a^^1','b^^2')", "('c^^3')")),
        ("$XDSDocumentEntryEventCodeList", ("('d^^4')",)),
        ("$XDSDocumentEntryCreationTimeFrom", ("2005",)),
        ("$XDSDocumentEntryCreationTimeTo", ("'20060102'",)),
        ("$XDSDocumentEntryAuthorPerson", ("('%Welby%','O''Neil')",)),
    )
    assert call.query.name == "FindDocuments"
    assert call.return_type is ReturnType.LEAF_CLASS
    assert call.one("$XDSDocumentEntryPatientId") == "1^^^&1.2&ISO"
    assert call.any_of("$XDSDocumentEntryStatus") == (Status.APPROVED,)
    assert call.all_of("$XDSDocumentEntryEventCodeList") == (
        (CodeValue("a", "1"), CodeValue("b", "2"), CodeValue("c", "3")),
        (CodeValue("d", "4"),),
    )
    assert call.one("$XDSDocumentEntryCreationTimeFrom") == 20050101000000
    assert call.one("$XDSDocumentEntryCreationTimeTo") == 20060102000000
    assert call.any_of("$XDSDocumentEntryAuthorPerson") == ("%Welby%", "O'Neil")


def test_what_was_not_given() -> None:
    call = find()
    assert call.one("$XDSDocumentEntryCreationTimeFrom") is None
    assert call.any_of("$XDSDocumentEntryClassCode") == ()
    assert call.all_of("$XDSDocumentEntryEventCodeList") == ()


def test_stable_entries_are_the_default() -> None:
    assert find().any_of("$XDSDocumentEntryType") == (STABLE,)
    given_type = ("$XDSDocumentEntryType", (f"('{UUID.upper()}')",))
    assert find(given_type).any_of("$XDSDocumentEntryType") == (UUID,)


def test_unknown_parameters_are_passed_over_and_reported() -> None:
    call = find(("$XDSDocumentEntryNonsense", ("no syntax (",)), ("other", ("x",)))
    assert call.ignored == ("$XDSDocumentEntryNonsense", "other")


def test_parameters_of_metadata_update_are_understood() -> None:
    assert find().one("$MetadataLevel") == 1
    assert find(("$MetadataLevel", ("2",))).one("$MetadataLevel") == 2
    availability = ("$XDSDocumentEntryDocumentAvailability", ("('a','b')",))
    assert find(availability).any_of(availability[0]) == ("a", "b")
    assert find(availability).ignored == ()
    with pytest.raises(Refusal) as refusal:
        find(("$MetadataLevel", ("'x'",)))
    assert keys(refusal.value.errors) == ["stored-query-syntax"]


def test_a_logical_id_counts_only_where_metadata_update_is_offered() -> None:
    assert refused("GetDocuments", LOGICAL_ID) == ["stored-query-missing-param"]
    query = Request(BY_NAME["GetDocuments"].id, slots=(LOGICAL_ID, UNIQUE_ID))
    assert parse(query).ignored == (LOGICAL_ID[0],)


def test_query_ids_in_upper_case_and_the_home_are_read() -> None:
    call = parse(Request(FIND.upper(), "ObjectRef", "urn:oid:1.2", (PATIENT, APPROVED)))
    assert (call.query.name, call.home) == ("FindDocuments", "urn:oid:1.2")
    assert call.return_type is ReturnType.OBJECT_REF


def test_a_status_that_nobody_knows_is_passed_over() -> None:
    slots = (PATIENT, ("$XDSDocumentEntryStatus", (f"('Foo','{Status.DEPRECATED}')",)))
    assert parse(Request(FIND, slots=slots)).any_of(slots[1][0]) == (Status.DEPRECATED,)
    unknown = (PATIENT, ("$XDSDocumentEntryStatus", ("('Foo')",)))
    assert refused("FindDocuments", *unknown) == ["stored-query-missing-param"]


def test_an_unknown_query_is_refused() -> None:
    with pytest.raises(Refusal) as refusal:
        parse(Request("urn:uuid:00000000-0000-4000-8000-000000000000"))
    assert keys(refusal.value.errors) == ["unknown-stored-query"]


@pytest.mark.parametrize("kind", ["RegistryObject", "LeafClassWithRepositoryItem", ""])
def test_other_return_types_are_refused(kind: str) -> None:
    with pytest.raises(Refusal) as refusal:
        parse(Request(FIND, kind, slots=(PATIENT, APPROVED)))
    assert keys(refusal.value.errors) == ["query-return-type"]


@pytest.mark.parametrize(
    ("slot", "key"),
    [
        (("$XDSDocumentEntryPatientId", ("'2^^^&1.2&ISO'",)), "stored-query-param-number"),
        (("$XDSDocumentEntryClassCode", ("('a')",)), "stored-query-syntax"),
        (("$XDSDocumentEntryClassCode", ("('a^b^c')",)), "stored-query-syntax"),
        (("$XDSDocumentEntryClassCode", ("('a^^')",)), "stored-query-syntax"),
        (("$XDSDocumentEntryClassCode", ("'a^^b",)), "stored-query-syntax"),
        (("$XDSDocumentEntryCreationTimeFrom", ("20051",)), "stored-query-syntax"),
        (("$XDSDocumentEntryCreationTimeFrom", ("('2005','2006')",)), "stored-query-param-number"),
        (("$XDSDocumentEntryCreationTimeFrom", ("2005", "2006")), "stored-query-param-number"),
        (("$XDSDocumentEntryAuthorPerson", ("Welby",)), "stored-query-syntax"),
        (("$XDSDocumentEntryAuthorPerson", ("12",)), "stored-query-syntax"),
        (("$XDSDocumentEntryAuthorPerson", (f"('{'%_' * 10}%')",)), "stored-query-syntax"),
    ],
)
def test_refused_by_name(slot: tuple[str, tuple[str, ...]], key: str) -> None:
    with pytest.raises(Refusal) as refusal:
        find(slot)
    assert keys(refusal.value.errors) == [key]
    assert slot[0] in refusal.value.errors[0].context
    assert "FindDocuments" in refusal.value.errors[0].context


def test_only_and_parameters_may_be_repeated() -> None:
    twice = ("$XDSDocumentEntryClassCode", ("('a^^1')",))
    with pytest.raises(Refusal) as refusal:
        find(twice, twice)
    assert keys(refusal.value.errors) == ["stored-query-param-number"]


def test_everything_wrong_is_told_at_once_and_once() -> None:
    slots = (
        ("$XDSDocumentEntryPatientId", ("nonsense",)),
        ("$XDSDocumentEntryCreationTimeTo", ("x",)),
    )
    assert refused("FindDocuments", *slots) == [
        "stored-query-syntax",
        "stored-query-syntax",
        "stored-query-missing-param",
    ]


def test_a_pattern_may_have_as_many_wildcards_as_are_allowed() -> None:
    pattern = "%_" * (WILDCARDS // 2)
    slot = ("$XDSDocumentEntryAuthorPerson", (f"('{pattern}')",))
    assert find(slot).any_of(slot[0]) == (pattern,)


def test_a_query_of_another_transaction_is_refused() -> None:
    of_patients = BY_NAME["FindDocumentsForMultiplePatients"].id
    for query, transaction in ((of_patients, "ITI-18"), (FIND, "ITI-51")):
        with pytest.raises(Refusal) as refusal:
            parse(Request(query, slots=(PATIENT, APPROVED)), transaction)
        assert keys(refusal.value.errors) == ["query-of-another-transaction"]
        assert refusal.value.errors[0].code == "XDSUnknownStoredQuery"
    assert parse(Request(of_patients, slots=(PATIENT, APPROVED)), "ITI-51").query.id == of_patients


@pytest.mark.parametrize("name", [query.name for query in STORED_QUERIES if query.some_of])
def test_queries_of_many_patients_need_something_to_start_from(name: str) -> None:
    query = BY_NAME[name]
    required = [(row.name, (f"('{Status.APPROVED}')",)) for row in query.parameters[1:2]]
    with pytest.raises(Refusal) as refusal:
        parse(Request(query.id, slots=tuple(required)), "ITI-51")
    assert set(keys(refusal.value.errors)) == {"stored-query-missing-param"}
    assert len(query.some_of) == {"DocumentEntry": 4, "Folder": 2}[query.returns[0]]
    assert all(start in refusal.value.errors[-1].context for start in query.some_of)
    assert all(query.by_name[start].multiple for start in query.some_of)
    assert "$MetadataLevel" not in query.by_name


def test_patients_of_queries_of_many_are_several_and_optional() -> None:
    for query in STORED_QUERIES:
        for row in query.parameters:
            if row.name.lower().endswith("patientid"):
                assert row.multiple == (query.transaction == "ITI-51") == (not row.required)


def test_what_is_excluded_cannot_be_wanted_too() -> None:
    query = BY_NAME["FindDocumentsExclude"]
    excluding = [row for row in query.parameters if row.instead_of]
    assert len(excluding) == 10
    values = {Kind.CODE: "('a^^1')"}
    for row in excluding:
        slots = tuple((n, (values.get(row.kind, "('x')"),)) for n in (row.name, row.instead_of))
        assert refused(query.name, PATIENT, APPROVED, *slots) == ["stored-query-param-number"]
        alone = parse(Request(query.id, slots=(PATIENT, APPROVED, slots[0])))
        assert row.instead_of not in alone.values
        assert row.conjunctive == query.by_name[row.instead_of].conjunctive


def test_a_status_of_associations_that_nobody_knows_is_refused() -> None:
    slots = (("$uuid", (f"('{UUID}')",)), ("$XDSAssociationStatus", ("('Foo')",)))
    assert refused("GetAssociations", *slots) == ["stored-query-missing-param"]


ENTRY_UUID = ("$XDSDocumentEntryEntryUUID", (f"('{UUID}')",))
UNIQUE_ID = ("$XDSDocumentEntryUniqueId", ("('1.2.3')",))
LOGICAL_ID = ("$XDSDocumentEntryLogicalID", (f"('{UUID}')",))


def test_ids_are_either_or() -> None:
    assert refused("GetDocuments") == ["stored-query-missing-param"]
    assert refused("GetDocuments", ENTRY_UUID, UNIQUE_ID) == ["stored-query-param-number"]
    assert refused("GetDocuments", LOGICAL_ID) == ["stored-query-missing-param"]
    assert refused("GetDocuments", LOGICAL_ID, UNIQUE_ID, update=True) == [
        "stored-query-param-number"
    ]
    assert refused("GetDocuments", ("$XDSDocumentEntryEntryUUID", ())) == [
        "stored-query-missing-param"
    ]
    assert refused("GetDocuments", ("$XDSDocumentEntryEntryUUID", ("x",))) == [
        "stored-query-syntax"
    ]
    for slot in (ENTRY_UUID, UNIQUE_ID):
        assert parse(Request(BY_NAME["GetDocuments"].id, slots=(slot,))).any_of(slot[0])


def test_entry_uuids_in_upper_case_are_found() -> None:
    slot = ("$uuid", (f"('{UUID.upper()}')",))
    call = parse(Request(BY_NAME["GetAssociations"].id, slots=(slot,)))
    assert call.any_of("$uuid") == (UUID,)


@pytest.mark.parametrize(
    ("text", "literals"),
    [
        ("'a'", [("a", True)]),
        (" ( 'a' , 'b' ) ", [("a", True), ("b", True)]),
        ("('a''b','')", [("a'b", True), ("", True)]),
        ("'(a,b)'", [("(a,b)", True)]),
        ("20050101", [("20050101", False)]),
        ("(1,-2)", [("1", False), ("-2", False)]),
        ("''''", [("'", True)]),
    ],
)
def test_literals(text: str, literals: list[tuple[str, bool]]) -> None:
    assert read_literals(text) == [Literal(*one) for one in literals]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "()",
        "(",
        "('a'",
        "'a",
        "a'",
        "'a''",
        "('a' 'b')",
        "('a',)",
        "(,'a')",
        "'a','b'",
        "x",
        "1.5",
    ],
)
def test_malformed_literals(text: str) -> None:
    with pytest.raises(Malformed):
        read_literals(text)


@given(st.lists(st.text(max_size=60), min_size=1, max_size=12))
def test_written_lists_are_read_back_and_fit_the_schema(values: list[str]) -> None:
    written = write_values(FIND, "$XDSDocumentEntryAuthorPerson", values)
    assert all(len(text) <= 256 for text in written)
    assert [one.text for text in written for one in read_literals(text)] == values


@pytest.mark.parametrize("length", range(1, 200))
def test_long_lists_fill_each_value_and_overfill_none(length: int) -> None:
    literal = length + len("'',")
    written = write_values(FIND, "$XDSDocumentEntryAuthorPerson", ["x" * length] * 300)
    assert max(map(len, written)) <= 256
    assert all(len(text) + literal > 256 for text in written[:-1])


@given(st.text(max_size=100))
def test_a_written_value_is_read_back(value: str) -> None:
    for name in ("$XDSDocumentEntryPatientId", "$XDSDocumentEntryClassCode", "$unknown"):
        (text,) = write_values(FIND, name, value)
        assert read_literals(text) == [Literal(value, True)]


@given(st.text())
def test_any_text_is_read_or_malformed(text: str) -> None:
    with contextlib.suppress(Malformed):
        assert read_literals(text)


def test_times_and_numbers_are_written_bare() -> None:
    assert write_values(FIND, "$XDSDocumentEntryCreationTimeFrom", "2005") == ["2005"]
    assert write_values(FIND, "$MetadataLevel", "1") == ["1"]


@pytest.mark.parametrize(("text", "pattern"), [("Welby", False), ("W%", True), ("W_lby", True)])
def test_wildcards(text: str, pattern: bool) -> None:
    assert is_pattern(text) is pattern


@given(
    st.dictionaries(
        st.sampled_from(
            [row.name for row in BY_NAME["FindDocuments"].parameters if not row.required]
        ),
        st.just(None),
        max_size=5,
    ),
    st.data(),
)
def test_a_written_request_is_understood_again(names, data: st.DataObject) -> None:
    rows = BY_NAME["FindDocuments"].by_name
    sample = {
        Kind.CODE: st.sampled_from(["a^^1", "b'c^^2.3", "&<>^^x"]),
        Kind.TIME_FROM: st.sampled_from(["2005", "20060102030405"]),
        Kind.TIME_TO: st.sampled_from(["2005", "20060102030405"]),
        Kind.INTEGER: st.just("1"),
    }
    parameters = {"$XDSDocumentEntryPatientId": "1^^^&1.2&ISO", APPROVED[0]: [Status.APPROVED]}
    for name in names:
        row = rows[name]
        one = sample.get(row.kind, st.sampled_from(["x", "O'Neil", "%a_"]))
        many = st.lists(one, min_size=1, max_size=3)
        choice = st.lists(many, min_size=1, max_size=2) if row.conjunctive else many
        parameters[name] = data.draw(choice if row.multiple else one)
    body = etree.fromstring(iti18.request(FIND, parameters))
    call = parse(iti18.parse(body), update=True)
    for name in names:
        groups = call.values[name]
        wanted = parameters[name]
        expected = [[wanted]] if isinstance(wanted, str) else wanted
        nested = expected if isinstance(expected[0], list) else [expected]
        assert [len(group) for group in groups] == [len(group) for group in nested]
    assert body.find(f"{{{RIM}}}AdhocQuery").get("id") == FIND
