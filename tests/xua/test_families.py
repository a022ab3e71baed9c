from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree
from lxml.etree import _Element

from ihe_profiles.dsg.certificates import load_all
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.xua.guard import AssertionGuard
from ihe_profiles.xua.namespaces import ASSERTION, DS, SIGNATURE
from ihe_profiles.xua.requester import Coded, Family, Requester
from ihe_profiles.xua.rules import Trusted
from tests.dsg import pki
from tests.xua import maker
from tests.xua.maker import Draft, Seal, attribute, coded, message, seal

XSPA = "urn:oasis:names:tc:xspa:1.0:"
XACML = "urn:oasis:names:tc:xacml:2.0:"
INS = "279035121518989^^^&amp;1.2.250.1.213.1.4.10&amp;ISO^NH"
PROFESSION = "1.2.250.1.71.1.2.7"
SPECIALITY = "1.2.250.1.71.4.2.5"
PURPOSES = "1.2.250.1.213.1.1.4.248"
CARD = "CN=Dr Adèle Martin, C=FR"

IHE = (
    attribute(f"{XSPA}subject:subject-id", "Dr. Élise Tremblay"),
    attribute(f"{XSPA}subject:organization", "Hôpital de l’Exemple", "Clinique du Modèle"),
    attribute(f"{XSPA}subject:organization-id", "urn:oid:2.16.124.1"),
    attribute("urn:ihe:iti:xca:2010:homeCommunityId", "urn:oid:2.16.124.9"),
    attribute(f"{XSPA}subject:npi", "1234567893"),
    attribute(
        "urn:ihe:iti:xua:2017:subject:provider-identifier",
        '<id xmlns="urn:hl7-org:v3" root="2.16.124.7" extension="77"/>',
        '<id xmlns="urn:hl7-org:v3" root="2.16.124.8"/>',
    ),
    attribute(f"{XACML}subject:role", coded("Role", "46255001", "2.16.840.1.113883.6.96", "Ph")),
    attribute(f"{XACML}subject:role", "nurse"),
    attribute(f"{XSPA}subject:purposeofuse", coded("PurposeOfUse", "TREATMENT", "1.0.14265.1")),
    attribute("urn:ihe:iti:bppc:2007:docid", "urn:oid:1.2.3.4"),
    attribute("urn:ihe:iti:xua:2012:acp", "urn:oid:1.2.3.5", "urn:oid:1.2.3.6"),
    attribute(f"{XACML}resource:resource-id", "TREA^^^&amp;2.16.124.5&amp;ISO"),
    attribute("urn:somebody:else", "<x/>"),
    attribute("Identifiant_Structure", "10B0000000"),
)
VIHF = (
    attribute("VIHF_Version", "3.0"),
    attribute(f"{XSPA}subject:subject-id", "MARTIN Adèle"),
    attribute(
        f"{XACML}subject:role",
        coded("Role", "10", PROFESSION, "Médecin"),
        coded("Role", "SM26", SPECIALITY),
    ),
    attribute("Identifiant_Structure", "10B0000000"),
    attribute("Secteur_Activite", "SA01^1.2.250.1.71.4.2.4"),
    attribute(f"{XSPA}subject:purposeofuse", coded("PurposeOfUse", "bris_de_glace", PURPOSES)),
    attribute(f"{XACML}resource:resource-id", INS),
    attribute("Ressource_URN", "urn:dmp"),
    attribute(f"{XSPA}resource:patient:hl7:confidentiality-code", "INVISIBLE_REPRESENTANTS_LEGAUX"),
    attribute("Authentification_Mode", "DIRECTE"),
    attribute("LPS_Nom", "Logiciel de test"),
)


def asked(draft: Draft, how: Seal | None = None, **rules: object) -> Requester:
    found = maker.ask(maker.guard(**rules), message(seal(draft.text(), how)))
    assert found is not None
    return found


def test_ihe_attributes_become_a_requester() -> None:
    found = asked(Draft(attributes="".join(IHE)))
    assert found == Requester(
        user="dr.tremblay",
        issuer=maker.ISSUER,
        family=Family.IHE,
        assertion_id="_a1",
        alias="tremblay",
        name="Dr. Élise Tremblay",
        organization="Hôpital de l’Exemple, Clinique du Modèle",
        organization_ids=("urn:oid:2.16.124.1",),
        roles=(Coded("46255001", "2.16.840.1.113883.6.96"), Coded("nurse")),
        purposes=(Coded("TREATMENT", "1.0.14265.1"),),
        provider_ids=("1234567893", "77^^^&2.16.124.7&ISO", "2.16.124.8"),
        home_community_id="urn:oid:2.16.124.9",
        patient_id="TREA^^^&2.16.124.5&ISO",
        consents=("urn:oid:1.2.3.4",),
        policies=("urn:oid:1.2.3.5", "urn:oid:1.2.3.6"),
    )
    assert found.roles[0].display == "Ph"
    assert found.audit_name == f"tremblay<dr.tremblay@{maker.ISSUER}>"


def test_a_vihf_becomes_a_requester() -> None:
    card = Trusted.of(load_all(_pem()), skew=maker.SKEW, by_subject=True)
    draft = Draft(
        issuer=CARD,
        format=maker.X509_SUBJECT,
        name_id="<saml:NameID>899700000001</saml:NameID>",
        conditions="",
        attributes="".join(VIHF),
    )
    found = asked(
        draft, Seal(signer=pki.signer(), key_info=_card()), subjects=card, audience_required=False
    )
    assert found == Requester(
        user="899700000001",
        issuer=CARD,
        family=Family.VIHF,
        assertion_id="_a1",
        name="MARTIN Adèle",
        organization_ids=("10B0000000",),
        roles=(Coded("10", PROFESSION), Coded("SM26", SPECIALITY)),
        purposes=(Coded("bris_de_glace", PURPOSES),),
        patient_id=INS.replace("&amp;", "&"),
        sector=Coded("SA01", "1.2.250.1.71.4.2.4"),
        authentication_mode="DIRECTE",
        secret_connection=True,
    )


@pytest.mark.parametrize(
    ("says", "secret"),
    [
        ("INVISIBLE_REPRESENTANTS_LEGAUX", True),
        (coded("Code", "INVISIBLE_REPRESENTANTS_LEGAUX", "1.2.250.1.213.1.1.4.13"), True),
        ("MASQUE_PS", False),
        ("", False),
    ],
)
def test_the_secret_connection_is_asked_for_by_one_value(says: str, secret: bool) -> None:
    name = f"{XSPA}resource:patient:hl7:confidentiality-code"
    attributes = attribute("VIHF_Version", "3.0") + attribute(name, says)
    assert asked(Draft(attributes=attributes)).secret_connection is secret


def test_purposes_of_a_vihf_may_be_plain_text() -> None:
    name = f"{XSPA}subject:purposeofuse"
    attributes = attribute("VIHF_Version", "3.0") + attribute(name, "normal")
    assert asked(Draft(attributes=attributes)).purposes == (Coded("normal"),)


def test_plain_text_of_ihe_is_a_code_as_it_stands_and_an_empty_one_is_none() -> None:
    roles = attribute(f"{XACML}subject:role", "head^nurse", " ", "nurse")
    assert asked(Draft(attributes=roles)).roles == (Coded("head^nurse"), Coded("nurse"))


def test_several_statements_are_read_as_one() -> None:
    between = "</saml:AttributeStatement><saml:AttributeStatement>"
    found = asked(Draft(attributes=IHE[0] + between + "".join(IHE[6:8])))
    assert found.name
    assert len(found.roles) == 2


def test_the_token_is_the_assertion_as_it_came_and_is_not_shown() -> None:
    found = asked(Draft())
    again = maker.ask(maker.guard(), message(found.token.decode()))
    assert again == found
    assert "SignatureValue" not in repr(found)


@pytest.fixture
def recorded(shared: Path) -> _Element:
    root = etree.parse(shared / "data/ch/assertion_only.xml").getroot()
    (assertion,) = root.iter(ASSERTION)
    return assertion


def recorded_guard(issuer: str, *trusted: bytes) -> AssertionGuard:
    own = [one for pem in trusted for one in load_all(pem)]
    return maker.guard(
        at=datetime.fromisoformat("2020-10-14T22:12:00Z"),
        issuers={issuer: Trusted.of(own, skew=maker.SKEW)},
        audiences=frozenset({"urn:e-health-suisse:token-audience:all-communities"}),
    )


def test_the_recorded_assertion_says_what_it_says_when_it_is_signed_again(
    recorded: _Element,
) -> None:
    """Its publisher changed its whitespace, so that its own signature is broken."""
    signature = recorded.find(SIGNATURE)
    assert signature is not None
    recorded.remove(signature)
    signer = pki.issue(pki.Shape("Swiss of Tests", start=datetime(2019, 1, 1, tzinfo=UTC)))
    token = seal(etree.tostring(recorded, with_tail=False).decode(), Seal(signer=signer))
    issuer = (recorded.findtext("{*}Issuer") or "").strip()
    found = maker.ask(recorded_guard(issuer, pki.pem(signer)[1]), message(token))
    assert found is not None
    assert (found.user, found.name, found.organization) == (
        "7601002469191",
        "Ann Andrews",
        "Auryn-Spital",
    )
    assert found.roles == (Coded("HCP", "2.16.756.5.30.1.127.3.10.6"),)
    assert found.purposes == (Coded("NORM", "2.16.756.5.30.1.127.3.10.5"),)
    assert found.patient_id == "761337610435200998^^^&2.16.756.5.30.1.127.3.10.3&ISO"
    assert found.organization_ids == ("urn:oid:2.16.10.89.201",)


def test_the_recorded_assertion_is_refused_as_it_was_published(recorded: _Element) -> None:
    issuer = (recorded.findtext("{*}Issuer") or "").strip()
    token = etree.tostring(recorded, with_tail=False).decode()
    with pytest.raises(SoapFault) as refused:
        maker.ask(recorded_guard(issuer, _certificate(recorded)), message(token))
    assert refused.value.key == "assertion-signature-value"


def _certificate(assertion: _Element) -> bytes:
    text = "".join((assertion.findtext(f".//{{{DS}}}X509Certificate") or "").split())
    return f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n".encode()


def _pem() -> bytes:
    return pki.pem(pki.root())[1] + pki.pem(pki.authority())[1]


def _card() -> str:
    return maker.x509_data(pki.signer(), pki.authority())
