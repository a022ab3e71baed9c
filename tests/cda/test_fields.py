"""HL7 v2 fields out of HL7 v3 values: as the standard writes them, and always well formed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ihe_profiles.cda import fields
from ihe_profiles.cda.model import (
    AssignedEntity,
    CodedValue,
    Device,
    InstanceIdentifier,
    Organization,
    Part,
    Parts,
    Telecom,
)
from ihe_profiles.xds.datatypes import CX, XCN, XON, XTN, CXi, pid_field_problem

OID = "1.2.250.1.71.4.2.1"
UUID = "90E1C8EC-F951-4B26-A305-A34848818DD6"
ORDER = "urn:ihe:iti:xds:2013:order"


def parts(**texts: str) -> Parts:
    """Parts by kind; `family_BR` is a family part with the qualifier BR."""
    split = ((*kind.split("_"), text) for kind, text in texts.items())
    return Parts(tuple(Part(kind, text, tuple(rest)) for kind, *rest, text in split))


def person(*ids: InstanceIdentifier, **names: str) -> AssignedEntity:
    return AssignedEntity(ids=ids, name=parts(**names) if names else None)


def test_cx() -> None:
    assert fields.cx(InstanceIdentifier(OID, "12 3")) == f"12 3^^^&{OID}&ISO"
    assert fields.cx(InstanceIdentifier(OID)) is None
    assert fields.cx(InstanceIdentifier("HOSPITAL", "1")) is None


def test_a_uuid_as_authority_is_its_oid() -> None:
    assert fields.oid(UUID) == "2.25.192581173443125350942149211714964524502"
    assert fields.cx(InstanceIdentifier(UUID, "1")) == f"1^^^&{fields.oid(UUID)}&ISO"


def test_cxi() -> None:
    assert fields.cxi(InstanceIdentifier(OID, "A1"), ORDER) == f"A1^^^&{OID}&ISO^{ORDER}"
    assert fields.cxi(InstanceIdentifier(OID), ORDER) == f"{OID}^^^^{ORDER}"
    assert fields.cxi(InstanceIdentifier(UUID), ORDER) == f"urn:uuid:{UUID.lower()}^^^^{ORDER}"


@pytest.mark.parametrize(
    ("entity", "expected"),
    [
        (
            person(
                InstanceIdentifier(OID, "8"), prefix="M", given="Jean", family="DUPONT", suffix="DR"
            ),
            f"8^DUPONT^Jean^^DR^M^^^&{OID}&ISO",
        ),
        (person(family="DUPONT", given="Jean", text="x"), "^DUPONT^Jean"),
        (person(family_BR="NÉE", family_CL="USAGE", given="Zoé"), "^USAGE^Zoé"),
        (person(text="Dr Signe"), "^Dr Signe"),
        (person(InstanceIdentifier("1.2.3")), "1.2.3"),
        (person(InstanceIdentifier("1.2.3"), InstanceIdentifier(OID, "8")), f"8^^^^^^^^&{OID}&ISO"),
        (person(InstanceIdentifier("LOCAL", "8"), family="A"), "8^A"),
        (
            AssignedEntity(ids=(InstanceIdentifier(OID, "3/9"),), device=Device("M-1", "Automate")),
            f"3/9^Automate^M-1^^^^^^&{OID}&ISO",
        ),
        (person(given="Jean"), None),
        (AssignedEntity(), None),
    ],
)
def test_xcn(entity: AssignedEntity, expected: str | None) -> None:
    assert fields.xcn(entity) == expected


@pytest.mark.parametrize(
    ("organization", "expected"),
    [
        (Organization((InstanceIdentifier(OID, "1"),), "A & B"), f"A \\T\\ B^^^^^&{OID}&ISO^^^^1"),
        (Organization((InstanceIdentifier("1.2.3"),), "A"), "A^^^^^^^^^1.2.3"),
        (Organization((), "A|B^C~D\\E"), "A\\F\\B\\S\\C\\R\\D\\E\\E"),
        (Organization((InstanceIdentifier(OID, "1"),)), None),
    ],
)
def test_xon(organization: Organization, expected: str | None) -> None:
    assert fields.xon(organization) == expected


@pytest.mark.parametrize(
    ("telecom", "expected"),
    [
        (Telecom("tel:+33-1 02.03;ext=4", ("WP",)), "^WPN^PH^^^^+3310203"),
        (Telecom("tel:0600000000", ("MC",)), "^^CP^^^^0600000000"),
        (Telecom("tel:01", ("BAD", "HP")), "^PRN^PH^^^^01"),
        (Telecom("fax:01"), "^^FX^^^^01"),
        (Telecom("mailto:a@b.example"), "^NET^Internet^a@b.example"),
        (Telecom("mailto:nobody"), None),
        (Telecom("tel:"), None),
        (Telecom("http://a.example/1"), None),
        (Telecom("0102030405"), None),
    ],
)
def test_xtn(telecom: Telecom, expected: str | None) -> None:
    assert fields.xtn(telecom) == expected


def test_coded_string() -> None:
    assert fields.coded_string(CodedValue("SM54", "1.2.3", "X")) == "SM54^^^&1.2.3&ISO"
    assert fields.coded_string(CodedValue("SM54", None, "Généraliste")) == "Généraliste"
    assert fields.coded_string(CodedValue("SM54", "LOCAL")) == "SM54"


def test_a_name_tells_birth_and_use_apart() -> None:
    french = Parts(
        (
            Part("family", "ESSAI", ("BR",)),
            Part("given", "ZOÉ MARIE"),
            Part("given", "ZOÉ", ("BR",)),
            Part("family", "DUTEST", ("CL",)),
            Part("given", "MARIE", ("CL",)),
        )
    )
    assert fields.xpn(french, 256) == ("ESSAI^ZOÉ^ZOÉ MARIE^^^^L", "DUTEST^MARIE^^^^^D")
    plain = parts(prefix="M.", given="Jean", given_="Paul", family="TEST")
    assert fields.xpn(plain, 256) == ("TEST^Jean^^^M.^^L",)
    assert fields.xpn(parts(text="Jean Test"), 256) == ("Jean Test^^^^^^L",)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (
            parts(
                houseNumber="3",
                streetName="rue A",
                unitID="B",
                postalCode="75",
                city="P",
                country="F",
            ),
            "3 rue A^B^P^^75^F",
        ),
        (
            parts(streetAddressLine="1 A St", city="X", state="QC", postalCode="H0H 0H0"),
            "1 A St^^X^QC^H0H 0H0",
        ),
        (parts(text="1 A St, X"), "1 A St, X"),
    ],
)
def test_xad(address: Parts, expected: str) -> None:
    assert fields.xad(address, 256) == expected


def test_the_longest_text_gives_way_and_identifiers_never() -> None:
    entity = person(InstanceIdentifier(OID, "8"), family="F" * 300, given="Jean")
    text = fields.xcn(entity)
    assert text is not None
    assert len(text) == 256
    assert text.startswith("8^FFF")
    assert text.endswith(f"^Jean^^^^^^&{OID}&ISO")
    number = "9" * 300
    assert fields.cx(InstanceIdentifier(OID, number)) == f"{number}^^^&{OID}&ISO"


WORDS = (
    st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=400)
    .map(str.strip)
    .filter(bool)
)
ROOTS = st.from_regex(r"[0-2](\.[1-9][0-9]{0,5}){1,6}", fullmatch=True) | st.just(UUID) | WORDS
IDS = st.builds(InstanceIdentifier, ROOTS, st.none() | WORDS.map(lambda text: text[:40].strip()))


@given(st.lists(IDS, max_size=2), WORDS, WORDS)
def test_whatever_comes_in_what_comes_out_is_well_formed(
    ids: list[InstanceIdentifier], one: str, two: str
) -> None:
    name = Parts((Part("family", one), Part("given", two), Part("city", one)))
    made = [
        (XCN, fields.xcn(AssignedEntity(ids=tuple(ids), name=name))),
        (XON, fields.xon(Organization(tuple(ids), one))),
        (XTN, fields.xtn(Telecom(f"mailto:{one}"))),
        (XTN, fields.xtn(Telecom(f"tel:{one}"))),
        *((CX, fields.cx(identifier)) for identifier in ids),
        *((CXi, fields.cxi(identifier, ORDER)) for identifier in ids),
    ]
    for kind, text in made:
        if text is not None:
            assert kind.problem(text) is None, (kind, text)
    for name_field in fields.xpn(name, 249):
        assert len(name_field) <= 249
        assert pid_field_problem(f"PID-5|{name_field}") is None
