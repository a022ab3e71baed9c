"""What a feed message asks for, and how each is acknowledged."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ihe_profiles import iti8
from ihe_profiles.hl7 import acknowledgement, v2
from ihe_profiles.hl7.identity import Event, IdentityChange, PatientId
from ihe_profiles.xds.errors import Refusal, error
from tests.hl7.messages import DOMAIN, adt, code, conditions, fields, own


def read(data: bytes) -> IdentityChange:
    return iti8.read(data, v2.header(data))


def refusal(data: bytes) -> list[str]:
    with pytest.raises(Refusal) as caught:
        read(data)
    return [e.code for e in caught.value.errors]


@pytest.mark.parametrize("event", ["A01", "A04", "A05"])
def test_a_patient_is_added(event: str) -> None:
    change = read(adt(event, own("123") + "~L1^^^LOCAL~X^^^&h.example.org&DNS"))
    assert change.event is Event.ADD
    assert change.patient == (
        PatientId("123", "", DOMAIN, "ISO"),
        PatientId("L1", "LOCAL"),
        PatientId("X", "", "h.example.org", "DNS"),
    )


def test_a_pair_is_merged() -> None:
    change = read(adt("A40", own("new"), own("old")))
    assert (change.event, change.patient[0].id, change.subsumed[0].id) == (
        Event.MERGE,
        "new",
        "old",
    )


def test_an_update_is_ignored_whatever_it_says() -> None:
    assert read(adt("A08", "")) == IdentityChange(Event.IGNORE, iti8.NAMES)


@pytest.mark.parametrize(
    ("data", "codes", "acknowledged"),
    [
        (adt("A03", own("1")), ["201"], "AR"),
        (adt("A01", own("1"), kind="ORU"), ["200"], "AR"),
        (adt("A01", own("1"), version="3.0"), ["203"], "AR"),
        (adt("A01", own("1"), version=""), ["203"], "AR"),
        (adt("A01", own("1"), processing="X"), ["202"], "AR"),
        (adt("A01", own("1"), control=""), ["101"], "AE"),
        (adt("A99", own("1"), version="1", processing="X", control=""), list("...."), "AR"),
        (adt("A01", own("1"), charset="ISO IR87"), ["103"], "AE"),
        (adt("A40", own("1")), ["100"], "AE"),
        (adt("A40", own("1"), own("2")) + b"PID|||3\rMRG|4\r", ["100"], "AE"),
        (adt("A01", own("1")).replace(b"PID|", b"ZID|"), ["100"], "AE"),
        (adt("A01", own("1")) + adt("A01", own("2")), ["100"], "AE"),
        (adt("A01", own("1"), charset="ASCII"), ["102"], "AE"),
        (adt("A01", "1" * 70_000), ["102"], "AE"),
    ],
)
def test_what_is_wrong_is_said(data: bytes, codes: list[str], acknowledged: str) -> None:
    header = v2.header(data)
    with pytest.raises(Refusal) as caught:
        iti8.read(data, header)
    if codes != list("...."):
        assert [e.code for e in caught.value.errors] == codes
    else:
        assert len(caught.value.errors) == 4
    answer = acknowledgement.acknowledge(header, caught.value.errors, iti8.version(header))
    assert code(answer) == acknowledged
    assert conditions(answer) == [e.code for e in caught.value.errors]
    assert len(fields(answer, "MSA")[3]) > 40


@pytest.mark.parametrize(
    "data",
    [b"", b"EVN|A01", b"MSH", b"MSH|^^^^|", b"MSH|^|A", b"\x00\xff", b"<xml/>", b"MSHA^~\\&A"],
)
def test_what_is_no_message_is_rejected(data: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        v2.header(data)
    answer = acknowledgement.acknowledge(None, caught.value.errors)
    assert code(answer) == "AR"
    assert fields(answer, "MSH")[11] == "2.3.1"


@given(st.binary(max_size=300))
def test_no_octets_break_the_reader(data: bytes) -> None:
    for message in (data, b"MSH|^~\\&|" + data, adt("A40", own("1"), own("2")) + data):
        with suppress(Refusal):
            read(message)


@pytest.mark.parametrize("charset", ["", "UNICODE UTF-8", "8859/1"])
def test_character_sets(charset: str) -> None:
    assert read(adt("A01", own("É1"), charset=charset)).patient[0].id == "É1"
    data = adt("A01", own("É1"), charset=charset)
    answer = acknowledgement.acknowledge(v2.header(data), [error("merge-of-one", value="É")])
    encoding = "iso-8859-1" if charset == "8859/1" else "utf-8"
    assert "É would be merged" in answer.decode(encoding)
    assert answer.decode(encoding).split("\r")[0].split("|")[17:] == ([charset] if charset else [])


def test_octets_that_are_not_of_the_character_set() -> None:
    assert refusal(adt("A01", own("É"), charset="8859/1").replace(b"8859/1", b"UNICODE UTF-8")) == [
        "102"
    ]


def test_other_delimiters_and_line_ends_are_understood() -> None:
    data = adt("A01", own("1").replace("1^", "1$^", 1)).decode()
    data = data.replace("\\", "!").replace("$", "!T!").translate(str.maketrans("|^~&", "#:;,"))
    change = read(data.replace("\r", "\r\n").encode())
    assert change.patient == (PatientId("1,", "", DOMAIN, "ISO"),)


def test_an_acknowledgement_answers_its_message() -> None:
    data = adt("A04", own("1"), control="Q^17", version="2.5")
    answer = acknowledgement.acknowledge(v2.header(data), (), "2.5")
    msh = fields(answer, "MSH")
    assert msh[2:6] == ["XDS", "REGION", "ADMIT", "CHU"]
    assert msh[8] == "ACK^A04"
    assert msh[9]
    assert msh[10:12] == ["P", "2.5"]
    assert fields(answer, "MSA") == ["MSA", "AA", "Q^17"]
    assert answer.endswith(b"\r")


def test_what_is_quoted_cannot_break_an_acknowledgement() -> None:
    data = adt("A01", own("1"))
    answer = acknowledgement.acknowledge(
        v2.header(data), [error("merge-of-one", value="a|b^c\rMSA|AA|")]
    )
    assert code(answer) == "AE"
    assert "a\\F\\b\\S\\c MSA\\F\\AA\\F\\" in fields(answer, "MSA")[3]


def test_null_and_empty_identifiers_are_none() -> None:
    assert read(adt("A01", '""~^^^&1.2&ISO')).patient == ()
