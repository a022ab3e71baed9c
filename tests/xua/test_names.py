from __future__ import annotations

import pytest
from cryptography.x509 import Name, NameAttribute, RelativeDistinguishedName
from cryptography.x509.oid import NameOID

from ihe_profiles.xua import names


def name(*parts: tuple[object, str]) -> Name:
    return Name([NameAttribute(oid, value) for oid, value in parts])  # type: ignore[arg-type]


CARD = Name(
    [
        RelativeDistinguishedName([NameAttribute(NameOID.COUNTRY_NAME, "FR")]),
        RelativeDistinguishedName([NameAttribute(NameOID.TITLE, "Médecin")]),
        RelativeDistinguishedName(
            [
                NameAttribute(NameOID.COMMON_NAME, "899700000001"),
                NameAttribute(NameOID.SURNAME, "MARTIN"),
                NameAttribute(NameOID.GIVEN_NAME, "ADÈLE"),
            ]
        ),
    ]
)
HOSPITAL = name((NameOID.ORGANIZATION_NAME, 'Hôpital "Est", 1+2'), (NameOID.COMMON_NAME, "x"))


@pytest.mark.parametrize(
    "said",
    [
        CARD.rfc4514_string(),
        "C=FR, T=Médecin, CN=899700000001 + SN=Martin + GN=Adèle",
        "C = FR, title = Médecin, CN = 899700000001, SURNAME = MARTIN, GIVENNAME = ADÈLE",
        "/C=FR/T=Médecin/CN=899700000001/SN=MARTIN/GN=ADÈLE",
        "OID.2.5.4.42=ADÈLE+OID.2.5.4.4=MARTIN+CN=899700000001,2.5.4.12=M\\C3\\A9decin,C=FR",
    ],
)
def test_one_name_is_written_in_many_ways(said: str) -> None:
    assert names.is_of(said, CARD)


@pytest.mark.parametrize(
    "said",
    [
        HOSPITAL.rfc4514_string(),
        'CN=x,O=Hôpital \\"Est\\"\\, 1\\+2',
        'CN=x, O="Hôpital \\"Est\\", 1+2"',
        '/O=Hôpital "Est", 1+2/CN=x',
    ],
)
def test_values_may_hold_what_separates(said: str) -> None:
    assert names.is_of(said, HOSPITAL)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "CN=899700000001",
        "C=FR, T=Médecin, CN=899700000001, SN=Martin, GN=Adèle, O=More",
        "C=FR, T=Médecin, CN=899700000001, SN=Adèle, GN=Martin",
        "C=FR, T=Médecin, CN=899700000002, SN=Martin, GN=Adèle",
    ],
)
def test_another_name_is_another(said: str) -> None:
    assert not names.is_of(said, CARD)


@pytest.mark.parametrize("within", ["Eve/O=Hospital", "Eve,O=Hospital", "Eve+O=Hospital"])
def test_a_value_is_no_further_part(within: str) -> None:
    subject = name((NameOID.COMMON_NAME, within), (NameOID.COUNTRY_NAME, "FR"))
    assert not names.is_of("CN=Eve,O=Hospital,C=FR", subject)
    assert not names.is_of("/CN=Eve/O=Hospital/C=FR", subject)
    assert names.is_of(subject.rfc4514_string(), subject)


def test_one_quotation_mark_quotes_nothing() -> None:
    assert names.is_of('/CN="', name((NameOID.COMMON_NAME, '"')))


def test_spaces_are_part_of_a_name() -> None:
    subject = name((NameOID.COMMON_NAME, "Jean  Marc"))
    assert names.is_of("CN=jean marc", subject)
    assert not names.is_of("CN=jeanmarc", subject)
