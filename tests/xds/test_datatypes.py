"""The data types: what is well formed, what is not and why, and what a value says."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ihe_profiles.xds import datatypes
from ihe_profiles.xds.datatypes import CX, DTM, XCN, XON, XTN, CXi
from tests.xds import strategies

LONG_OID = "1." + "1" * 62
UUID = "urn:uuid:8b6d2f3e-6c1c-4b51-9d6a-0f6d2a9a7b10"

WELL_FORMED = [
    (CX, ["1^^^&1.2.3&ISO", "AAAA01010112^^^&2.16.124.10.101.1.60.100&ISO^JHN", "1^^^&1.2&ISO^^"]),
    (CXi, ["1^^^^local", "1^^^ns^local", "1^^^&1.2&ISO^urn:ihe:iti:xds:2013:accession"]),
    (CXi, ["1.2.3^^^^urn:ihe:iti:xds:2016:studyInstanceUID", "1^^^&x.org&DNS^local"]),
    (XCN, ["^Welby", "1.2.3", "11375^Welby^Marcus^J^Jr. MD^Dr^^^&1.2&ISO", "^Max^M^^^Dr.Med^^^"]),
    (
        XON,
        ["Some Hospital", "H^^^^^^^^^1.2.3", "H^^^^^&1.2.3&ISO^^^^45", "H^^^^^&1.2&ISO^IDNST^^^1"],
    ),
    (XCN, ["\\F\\Z^Welby\\F\\H\\F\\"]),
    (XTN, ["^^Internet^a@b", "^NET^Internet^a@b", "^PRN^PH^^33^1^23456789^4", "^^PH^^^^1"]),
    (DTM, ["2005", "200501", "20050102", "2005010203", "200501020304", "20240229235959"]),
]
MALFORMED = [
    (CX, "", "component 1"),
    (CX, "^^^&1.2&ISO", "component 1"),
    (CX, "1", "&OID&ISO"),
    (CX, "1^^^NS&1.2&ISO", "&OID&ISO"),
    (CX, "1^^^&1.2&DNS", "&OID&ISO"),
    (CX, "1^^^&x&ISO", "&OID&ISO"),
    (CX, "1^2^^&1.2&ISO", "component 2"),
    (CX, "1^^^&1.2&ISO^PI^x", "component 6"),
    (CX, "1^^^&1.2&ISO~2^^^&1.2&ISO", "exactly one identifier"),
    (CX, r"1\H\^^^&1.2&ISO", "escape"),
    (CX, r"\F\1\Zx\^^^&1.2&ISO", "escape"),
    (CXi, "^^^^local", "component 1"),
    (CXi, "1^^^&1.2&ISO", "component 5"),
    (CXi, "1^2^^^local", "component 2"),
    (CXi, "1^^^^local^x", "component 6"),
    (CXi, "1^^^&1.2^local", "component 4"),
    (CXi, "1^^^&&^local", "component 4"),
    (CXi, "1^^^&1.2&ISO^urn:ihe:iti:xdw:2013:workflowInstanceId", "component 4"),
    (XCN, "", "component 1 or"),
    (XCN, "^^Marcus", "component 1 or"),
    (XCN, "1^Welby^^^^^^^1.2", "component 9"),
    (XON, "^^^^^^^^^1.2", "component 1"),
    (XON, "H^^^^^^^^^45", "component 6"),
    (XON, "H^^^^^&x&ISO^^^^45", "component 6"),
    (XON, "H^L^^^^^^^^", "component 2"),
    (XTN, "a@b", "Internet"),
    (XTN, "^^Internet^ab", "component 4"),
    (XTN, "^PRN^Internet^a@b", "component 2"),
    (XTN, "^PRN^PH", "local number"),
    (DTM, "", "YYYY"),
    (DTM, "20051", "YYYY"),
    (DTM, "20050230", "calendar"),
    (DTM, "2005010224", "calendar"),
    (DTM, "20050101000060", "calendar"),
    (DTM, "20050101000000Z", "YYYY"),
    (DTM, "20050101000000.1", "YYYY"),
    (DTM, "٢٠٠٥", "YYYY"),
]
FUNCTIONS = [
    (datatypes.oid_problem, ["0.9", "1.2.250", "2.25.1", LONG_OID], ["1", "1.", "3.1", "1.02"]),
    (datatypes.oid_problem, [], ["", "a.b", "1.2 ", LONG_OID + "1", "1..2", "urn:oid:1.2"]),
    (datatypes.oid_urn_problem, ["urn:oid:1.2"], ["1.2", "urn:oid:", "urn:oid:x", "URN:OID:1.2"]),
    (datatypes.uuid_problem, [UUID], [UUID.upper(), UUID[:-1], UUID[9:], ""]),
    (
        datatypes.entry_uuid_problem,
        [UUID, "Document01", "a b"],
        ["", " ", "urn:uuid:x", UUID + "0"],
    ),
    (datatypes.uri_problem, ["a", "../a/b", "urn:x:y", "http://é.org"], ["", "a b", "<a>", "1|a"]),
    (datatypes.urn_problem, ["urn:a1:b", "URN:x-y:z"], ["", "a", "urn:x", "urn::y", "urn:a b:c"]),
    (datatypes.hash_problem, ["aB0" * 13 + "f"], ["", "g" * 40, "a" * 39, "a" * 41]),
    (datatypes.size_problem, ["0", "007", "9" * 18], ["", "-1", "1.0", "9" * 19, "٣", " 1"]),
    (
        datatypes.language_problem,
        ["fr-FR", "en", "art", "zh-Hant-TW"],
        ["", "fr_FR", "x" * 9, "f-"],
    ),
    (datatypes.mime_type_problem, ["text/xml", "a/b+c; d=e"], ["", "text", "text/", "a b/c"]),
    (datatypes.text_problem, ["x", r"a\T\b", r"c:\x"], ["", "  ", r"\N\ x", r"\Z12\ x"]),
    (datatypes.pid_field_problem, ["PID-5|a^b", "PID-18|x", "PID-8|"], ["", "PID5|a", "PID-0|x"]),
    (
        datatypes.recipient_problem,
        ["H", "|^W", "||^^Internet^a@b", "H|^W"],
        ["", "||", "|", "a|b|c|d"],
    ),
    (datatypes.recipient_problem, [], ["^x", "H|^^Marcus", "H||a@b"]),
    (
        datatypes.availability_problem,
        ["urn:ihe:iti:2010:DocumentAvailability:Online"],
        ["", "Online"],
    ),
]


@pytest.mark.parametrize(("kind", "text"), [(k, t) for k, texts in WELL_FORMED for t in texts])
def test_well_formed(kind: type[CX], text: str) -> None:
    assert kind.problem(text) is None
    assert kind(text) == text


@pytest.mark.parametrize(("kind", "text", "words"), MALFORMED)
def test_malformed_and_why(kind: type[CX], text: str, words: str) -> None:
    problem = kind.problem(text)
    assert problem is not None
    assert words in problem


@pytest.mark.parametrize(("judge", "good", "bad"), FUNCTIONS)
def test_judges(judge, good, bad) -> None:
    assert {text: judge(text) for text in good if judge(text)} == {}
    assert [text for text in bad if not judge(text)] == []


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (strategies.cx, CX),
        (strategies.cxi, CXi),
        (strategies.xcn, XCN),
        (strategies.xon, XON),
        (strategies.xtn, XTN),
        (strategies.dtm, DTM),
    ],
)
@given(data=st.data())
def test_the_strategies_make_well_formed_values(made, kind, data: st.DataObject) -> None:
    assert kind.problem(data.draw(made)) is None


def test_a_patient_identifier_is_its_id_and_authority() -> None:
    plain, french = CX("1^^^&1.2.3&ISO"), CX("1^^^&1.2.3&ISO^NH")
    assert (plain.id, plain.authority) == ("1", "1.2.3")
    assert plain.identity == french.identity
    assert plain != french


def test_parts_of_persons_organisations_and_addresses() -> None:
    person = XCN("801^DURANT^Romuald^^^^^^&1.2.250&ISO^D^^^IDNPS")
    assert (person.id, person.last_name, person.first_name) == ("801", "DURANT", "Romuald")
    assert person.authority == "1.2.250"
    place = XON("Clinique^^^^^&1.2.250&ISO^IDNST^^^17")
    assert (place.name, place.id, place.authority) == ("Clinique", "17", "1.2.250")
    assert XTN("^^Internet^a@b").email == "a@b"
    assert XTN("^^PH^^^^1").email == ""
    reference = CXi("7^^^&1.2&ISO^local")
    assert (reference.id, reference.authority, reference.id_type) == ("7", "1.2", "local")


@pytest.mark.parametrize(
    ("text", "lowest"),
    [
        ("2005", 20050101000000),
        ("200512", 20051201000000),
        ("20051231", 20051231000000),
        ("2005123123", 20051231230000),
        ("200512312359", 20051231235900),
        ("20051231235958", 20051231235958),
    ],
)
def test_a_time_is_padded_with_the_lowest_value(text: str, lowest: int) -> None:
    assert DTM(text).lowest == lowest


@given(strategies.dtm, strategies.dtm)
def test_lowest_keeps_the_order_of_times(one: DTM, other: DTM) -> None:
    def first_second(value: DTM) -> datetime:
        return datetime.strptime(f"{value.lowest:014}", "%Y%m%d%H%M%S")

    assert (one.lowest < other.lowest) == (first_second(one) < first_second(other))


@given(st.text())
def test_any_text_is_judged_without_failing(text: str) -> None:
    for kind in (CX, CXi, XCN, XON, XTN, DTM):
        assert kind.problem(text) is None or isinstance(kind.problem(text), str)
    for judge, _, _ in FUNCTIONS:
        assert judge(text) is None or isinstance(judge(text), str)


@given(st.uuids())
def test_uuids_are_made_lower_case_and_nothing_else(value) -> None:
    assert datatypes.normal_uuid(value.urn.upper()) == value.urn
    assert datatypes.normal_uuid("Document01") == "Document01"


@given(st.text())
def test_what_is_no_uuid_stays(text: str) -> None:
    assume(datatypes.uuid_problem(text.lower()))
    assert datatypes.normal_uuid(text) == text
