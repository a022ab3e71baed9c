"""Attacks on assertions: what an attacker sends, and for which reason it must be refused."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID

from ihe_profiles.dsg.signer import Signer
from ihe_profiles.soap.exchange import Peer
from ihe_profiles.soap.namespaces import SOAP12, WSSE
from ihe_profiles.xua.namespaces import BEARER, DS, SAML
from tests.dsg import pki
from tests.xua import maker
from tests.xua.maker import (
    ENVELOPED,
    EXC,
    INCLUSIVE,
    MORE,
    OTHER_ISSUER,
    Draft,
    Seal,
    message,
    seal,
    x509_data,
)

HOUR = timedelta(hours=1)
GOOD = Draft()
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
KEYS = "http://www.w3.org/2009/xmldsig11#"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"


@dataclass(frozen=True)
class Attack:
    """A message made by `make`, and the fault that answers it; `says` is part of its text."""

    name: str
    fault: str
    make: Callable[[], bytes]
    says: str = ""
    peer: Peer = maker.ANYBODY
    rules: tuple[tuple[str, object], ...] = ()


def drafted(**changes: object) -> Callable[[], bytes]:
    """Send a well signed assertion that says something it should not."""
    return lambda: message(seal(replace(GOOD, **changes).text()))  # type: ignore[arg-type]


def sealed(**changes: object) -> Callable[[], bytes]:
    """Send a good assertion that is signed as it should not be."""
    return lambda: message(seal(GOOD.text(), Seal(**changes)))  # type: ignore[arg-type]


def altered(old: str, new: str, draft: Draft = GOOD) -> Callable[[], bytes]:
    """Send a signed assertion in which something was changed afterwards."""

    def make() -> bytes:
        token = seal(draft.text())
        assert old in token
        return message(token.replace(old, new, 1))

    return make


def signature_of(token: str) -> str:
    return token[token.index("<ds:Signature ") : token.index("</ds:Signature>") + 15]


def evil(id: str = "_evil", inside: str = "", signature: str = "") -> str:
    """An assertion of the attacker's own, with parts of a good one in it."""
    text = replace(GOOD, id=id, name_id="<saml:NameID>administrator</saml:NameID>").text()
    text = text.replace("</saml:Issuer>", f"</saml:Issuer>{signature}", 1)
    return text.replace("</saml:Assertion>", f"{inside}</saml:Assertion>")


def wrapped(where: str, id: str = "_evil") -> Callable[[], bytes]:
    """Send the attacker's assertion, and the good one where the signature may still find it."""

    def make() -> bytes:
        good = seal(GOOD.text())
        signature = signature_of(good)
        bare = good.replace(signature, "")
        extension = f'<x:Extensions xmlns:x="urn:x">{bare}</x:Extensions>'
        inside = signature.replace(
            "</ds:Signature>", f"<ds:Object>{bare}</ds:Object></ds:Signature>"
        )
        first_in = signature.replace("<ds:SignedInfo", f"{bare}<ds:SignedInfo", 1)
        stolen = evil(id, signature=signature)
        return {
            "before": lambda: message(evil(id), good),
            "after": lambda: message(good, evil(id)),
            "child": lambda: message(evil(id, inside=good)),
            "child, its signature outside": lambda: message(evil(id, bare, signature)),
            "in the Signature": lambda: message(evil(id, signature=first_in)),
            "in an Object": lambda: message(evil(id, signature=inside)),
            "in a header": lambda: message(stolen, blocks=extension),
            "in the Body": lambda: message(stolen, body=f"<q>{bare}</q>"),
            "beside the Security header": lambda: message(stolen, blocks=bare),
        }[where]()

    return make


def in_security(start: str, token: str) -> str:
    return f'<wsse:Security xmlns:wsse="{WSSE}" xmlns:r="{SOAP12}"{start}>{token}</wsse:Security>'


def two_headers() -> bytes:
    token = seal(GOOD.text())
    role = f' r:role="{SOAP12}/role/next"'
    return message(security=in_security(role, token) + in_security("", evil()))


def for_another_role(before: str = "") -> bytes:
    other = in_security(' r:role="urn:another:role"', seal(GOOD.text()))
    return message(security=before + other)


def encrypted() -> bytes:
    return message(f'<saml:EncryptedAssertion xmlns:saml="{SAML}"/>')


def saml1() -> bytes:
    return message(
        '<Assertion xmlns="urn:oasis:names:tc:SAML:1.0:assertion" MajorVersion="1"'
        ' AssertionID="_a1"/>'
    )


PASSWORD = "<wsse:UsernameToken><wsse:Username>admin</wsse:Username></wsse:UsernameToken>"


def stripped() -> bytes:
    token = seal(GOOD.text())
    return message(token.replace(signature_of(token), ""))


def signature_moved() -> bytes:
    """The signature is deeper than it should be, so that another element is its parent."""
    token = seal(GOOD.text())
    signature = signature_of(token)
    bare = token.replace(signature, "")
    return message(bare.replace("</saml:Subject>", f"{signature}</saml:Subject>"))


def signed_twice() -> bytes:
    token = seal(GOOD.text())
    signature = signature_of(token)
    return message(token.replace(signature, signature + signature))


def signature_value_of_another() -> bytes:
    """SignedInfo of an altered assertion, SignatureValue of the good one."""
    good = seal(GOOD.text())
    other = seal(replace(GOOD, name_id="<saml:NameID>administrator</saml:NameID>").text())
    value = good[good.index("<ds:SignatureValue>") : good.index("</ds:SignatureValue>")]
    own = other[other.index("<ds:SignatureValue>") : other.index("</ds:SignatureValue>")]
    return message(other.replace(own, value))


def second_reference(uri: str = "#_x") -> str:
    digest = f'<ds:DigestMethod Algorithm="{maker.SHA256}"/><ds:DigestValue>AA==</ds:DigestValue>'
    return f'<ds:Reference URI="{uri}">{digest}</ds:Reference>'


def malformed_signature() -> bytes:
    return message(
        seal(GOOD.text()).replace("<ds:SignatureValue>", "<ds:Value/><ds:SignatureValue>")
    )


def of_der(der: str) -> str:
    return f"<ds:X509Data><ds:X509Certificate>{der}</ds:X509Certificate></ds:X509Data>"


def of_key(der: bytes) -> str:
    value = f"<e:DEREncodedKeyValue xmlns:e={KEYS!r}>{b64encode(der).decode()}"
    return f"{value}</e:DEREncodedKeyValue>"


def not_a_certificate() -> bytes:
    return message(seal(GOOD.text(), Seal(key_info=of_der("AAECAwQ="))))


def odd_client(old: bytes, new: bytes) -> str:
    """The client's certificate with a part of its DER replaced."""
    der = maker.der(pki.signer("Client of Tests"))
    assert old in der
    return b64encode(der.replace(old, new, 1)).decode()


def _self_signed() -> Seal:
    """A certificate of the same name as the provider's, by the attacker."""
    attacker = pki.issue(pki.Shape("Assertion Provider of Tests ", usages=()))
    return Seal(signer=attacker)


def _under_stranger(shape: pki.Shape) -> Seal:
    return Seal(signer=pki.issue(shape, maker.stranger()))


def _under_ours(shape: pki.Shape) -> Seal:
    return Seal(signer=pki.shaped(shape))


@cache
def pinned() -> Signer:
    """A signer that is trusted itself, and whose certificate is over."""
    return pki.shaped(pki.Shape("Pinned and old", end=pki.NOW - pki.DAY))


def _under(signer: Signer) -> Seal:
    """Sign by a certificate that a signer issued who is no authority."""
    below = pki.issue(pki.Shape("Below a signer"), signer)
    return Seal(signer=below, key_info=x509_data(below, signer))


@cache
def for_tls() -> Seal:
    """A server's certificate under the authority that issued the provider's."""
    server = pki.signer("xds.example.org")
    names = pki.authority()
    builder = (
        x509.CertificateBuilder()
        .subject_name(server.certificate.subject)
        .issuer_name(names.certificate.subject)
        .public_key(server.key.public_key())
        .serial_number(7)
        .not_valid_before(pki.START)
        .not_valid_after(pki.END)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )
    return Seal(signer=Signer(server.key, builder.sign(names.key, hashes.SHA256())))


def by(how: Callable[[], Seal], **changes: object) -> Callable[[], bytes]:
    """Send an assertion signed by another."""
    return lambda: message(seal(replace(GOOD, **changes).text(), how()))  # type: ignore[arg-type]


def of_subject(issuer: str) -> Callable[[], bytes]:
    return drafted(issuer=issuer, format=maker.X509_SUBJECT)


CURRENT = f'NotBefore="{maker.stamp(GOOD.now)}" NotOnOrAfter="{maker.stamp(GOOD.now + HOUR)}"'
FOR_US = (
    "<saml:AudienceRestriction>"
    f"<saml:Audience>{maker.AUDIENCE}</saml:Audience></saml:AudienceRestriction>"
)
FOR_OTHERS = FOR_US.replace(maker.AUDIENCE, "urn:somebody:else")
SUBJECT_ID = "urn:oasis:names:tc:xspa:1.0:subject:subject-id"
RESOURCE = "urn:oasis:names:tc:xacml:2.0:resource:resource-id"
ROLE = "urn:oasis:names:tc:xacml:2.0:subject:role"
PROVIDER = "urn:ihe:iti:xua:2017:subject:provider-identifier"


def conditions(inside: str, times: str = CURRENT) -> Callable[[], bytes]:
    return drafted(conditions=f"<saml:Conditions {times}>{inside}</saml:Conditions>")


def data(attributes: str) -> str:
    return maker.bearer(f"<saml:SubjectConfirmationData {attributes}/>")


def other_client() -> Peer:
    return Peer("192.0.2.7", maker.der(pki.signer("Somebody Else")))


CURVE = pki.signer("Curve of Tests", curve=True)
UNKNOWN_CURVE = (
    f"<ds:KeyValue><e:ECKeyValue xmlns:e={KEYS!r}>"
    '<e:NamedCurve URI="urn:oid:1.2.3"/><e:PublicKey>AA==</e:PublicKey>'
    "</e:ECKeyValue></ds:KeyValue>"
)
RSA = bytes.fromhex("06092a864886f70d010101")  # the algorithm of the key
VERSION = bytes.fromhex("a003020102")
HOLDER = maker.holder_of_key(x509_data(pki.signer("Client of Tests")))

ATTACKS = (
    # The header
    Attack("no header", "security-token-missing", lambda: message(security=""),
           "ITI-18 needs a user assertion, and the message carries none for this service. Send"),
    Attack("empty Security header", "security-token-missing", lambda: message("")),
    Attack("for another role", "security-token-missing", for_another_role, "urn:another:role"),
    Attack("for another role, and none for us", "security-token-missing", lambda: for_another_role(
        in_security("", "")), "a Security header for urn:another:role. Send"),
    Attack("two Security headers", "security-header-repeated", two_headers),
    Attack("a password", "security-token-unknown", lambda: message(PASSWORD), "UsernameToken"),
    Attack("a password beside it", "security-token-unknown",
           lambda: message(seal(GOOD.text()), PASSWORD), "UsernameToken"),
    Attack("SAML 1.1", "assertion-version", saml1, "version 1"),
    Attack("version 2.1", "assertion-version", drafted(version="2.1"), "version 2.1"),
    Attack("encrypted", "assertion-encrypted", encrypted, "(EncryptedAssertion)"),
    # Wrapping: XSW 3 to 8, and where SOAP has more room
    Attack("evil one before", "assertion-repeated", wrapped("before")),
    Attack("evil one after", "assertion-repeated", wrapped("after")),
    Attack("original as a child", "assertion-nested", wrapped("child")),
    Attack("original unsigned inside", "assertion-nested", wrapped("child, its signature outside")),
    Attack("original in Signature", "assertion-nested", wrapped("in the Signature")),
    Attack("original in Object", "assertion-nested", wrapped("in an Object")),
    Attack("original in a header", "assertion-reference-elsewhere", wrapped("in a header")),
    Attack("original in the Body", "assertion-reference-elsewhere", wrapped("in the Body")),
    Attack("original is a header", "assertion-reference-elsewhere",
           wrapped("beside the Security header")),
    Attack("same ID, original in a header", "assertion-id-repeated", wrapped("in a header", "_a1")),
    Attack("same ID, original in the Body", "assertion-altered", wrapped("in the Body", "_a1")),
    Attack("same ID inside", "assertion-id-repeated",
           altered("<saml:AuthnContext>", '<saml:AuthnContext Id="_a1">')),
    Attack("no ID", "assertion-incomplete", drafted(id=""), "its ID"),
    # What is signed, and how
    Attack("unsigned", "assertion-unsigned", lambda: message(GOOD.text())),
    Attack("signature stripped", "assertion-unsigned", stripped),
    Attack("signature moved", "assertion-signatures", signature_moved),
    Attack("signed twice", "assertion-signatures", signed_twice, "2 signatures"),
    Attack("attribute altered", "assertion-altered", altered("Élise", "Eve")),
    Attack("user altered", "assertion-altered", altered(">dr.tremblay<", ">administrator<")),
    Attack("later expiry", "assertion-altered", altered("12:05:00Z", "23:05:00Z")),
    Attack("SignatureValue of another", "assertion-signature-value", signature_value_of_another),
    Attack("empty SignatureValue", "assertion-signature-value", lambda: message(re.sub(
        "(<ds:SignatureValue>)[^<]+", r"\1", seal(GOOD.text())))),
    Attack("malformed signature", "assertion-signature-malformed", malformed_signature),
    Attack("a crowd in the signature", "assertion-signature-malformed", lambda: message(
        seal(GOOD.text()).replace("<ds:SignatureMethod", 90 * "<ds:x/>" + "<ds:SignatureMethod")),
        "more than 100 elements"),
    Attack("ds:Object", "assertion-signature-object", sealed(more="<ds:Object/>")),
    Attack("two references", "assertion-references", sealed(more_references=second_reference())),
    Attack("empty URI", "assertion-reference-whole", sealed(uri="")),
    Attack("no URI", "assertion-reference-whole", sealed(no_uri=True)),
    Attack("external URI", "assertion-reference-external", sealed(uri="http://192.0.2.1/a")),
    Attack("file URI", "assertion-reference-external", sealed(uri="file:///etc/passwd")),
    Attack("another element", "assertion-reference-elsewhere", sealed(uri="#_other")),
    Attack("XPointer", "assertion-reference-elsewhere", sealed(uri="#xpointer(/)")),
    Attack("XSLT", "assertion-transform", sealed(transforms=(ENVELOPED, XSLT, EXC)), "xslt"),
    Attack("XPath", "assertion-transform", sealed(
        transforms=(ENVELOPED, XPATH, EXC),
        inside_transform="<ds:XPath>not(self::saml:Subject)</ds:XPath>"), "xpath"),
    Attack("base64", "assertion-transform", sealed(transforms=(f"{DS}base64",)), "base64"),
    Attack("inclusive c14n", "assertion-transform",
           sealed(transforms=(ENVELOPED, INCLUSIVE)), "REC-xml-c14n"),
    Attack("c14n with comments", "assertion-transform",
           sealed(transforms=(ENVELOPED, f"{EXC}WithComments")), "WithComments"),
    Attack("not enveloped", "assertion-transforms", sealed(transforms=(EXC,))),
    Attack("no transforms", "assertion-transforms", sealed(transforms=()), "none"),
    Attack("wrong order", "assertion-transforms", sealed(transforms=(EXC, ENVELOPED))),
    Attack("inclusive SignedInfo", "assertion-canonicalization",
           sealed(canonicalization=INCLUSIVE)),
    Attack("HMAC by the public key", "assertion-shared-secret", sealed(
        method=f"{MORE}hmac-sha256", secret=maker.spki(maker.provider()))),
    Attack("RSA-SHA1", "assertion-weak-algorithm", sealed(method=f"{DS}rsa-sha1"), "rsa-sha1"),
    Attack("RSA-MD5", "assertion-weak-algorithm", sealed(method=f"{MORE}rsa-md5"), "rsa-md5"),
    Attack("SHA-1 digest", "assertion-weak-algorithm", sealed(digest=f"{DS}sha1"), "#sha1"),
    Attack("MD5 digest", "assertion-weak-algorithm", sealed(digest=f"{MORE}md5"), "#md5"),
    Attack("unknown method", "assertion-unknown-algorithm", sealed(method="urn:x:none"), "none"),
    # Who signed
    Attack("unknown issuer", "assertion-issuer-unknown", drafted(issuer="https://evil.example")),
    Attack("issuer of another", "assertion-signer-untrusted", drafted(issuer=OTHER_ISSUER)),
    Attack("self-signed", "assertion-signer-self-signed", by(_self_signed)),
    Attack("unknown authority", "assertion-signer-untrusted",
           by(lambda: _under_stranger(pki.Shape("Assertion Provider of Tests")))),
    Attack("KeyValue only", "assertion-signature-value", lambda: message(
        seal(GOOD.text(), Seal(signer=pki.signer("Eve"),
                               key_info=maker.rsa_value(pki.signer("Eve")))))),
    Attack("KeyValue only, nobody pinned", "assertion-key-without-certificate",
           sealed(key_info=maker.rsa_value(maker.provider())), rules=(("issuers", "unpinned"),)),
    Attack("KeyValue of another key", "assertion-key-other", sealed(
        key_info=x509_data(maker.provider()) + maker.rsa_value(pki.signer("Eve")))),
    Attack("certificate of another key", "assertion-signature-value", lambda: message(
        seal(GOOD.text(), Seal(signer=pki.signer("Eve"), key_info=x509_data(maker.provider()))))),
    Attack("key elsewhere", "assertion-key-elsewhere",
           sealed(key_info='<ds:RetrievalMethod URI="http://192.0.2.1/key"/>')),
    Attack("no certificate", "assertion-signature-malformed", not_a_certificate, "certificate"),
    Attack("certificate that is no text of it", "assertion-signature-malformed",
           sealed(key_info=of_der("é")), "certificate"),
    Attack("a crowd of certificates", "assertion-certificates",
           sealed(key_info=x509_data(*[maker.provider()] * 9)), "9 certificates; at most 8"),
    Attack("key of an unknown kind", "assertion-signature-value",
           sealed(key_info=x509_data(maker.provider()) + of_key(
               maker.spki(maker.provider()).replace(RSA, RSA[:-1] + b"\x63")))),
    Attack("DEREncodedKeyValue of another key", "assertion-key-other", sealed(
        key_info=x509_data(maker.provider()) + of_key(maker.spki(pki.signer("Eve"))))),
    Attack("KeyValue of an unknown curve", "assertion-signature-value", sealed(
        signer=CURVE, method=f"{MORE}ecdsa-sha256", key_info=x509_data(CURVE) + UNKNOWN_CURVE)),
    Attack("RSA 1024", "assertion-key-weak",
           by(lambda: _under_ours(pki.Shape("Weak of Tests", bits=1024))), "1024"),
    Attack("certificate expired", "assertion-signer-refused", by(
        lambda: _under_ours(pki.Shape("Old of Tests", end=pki.NOW - pki.DAY))), "expired"),
    Attack("certificate not yet valid", "assertion-signer-refused", by(
        lambda: _under_ours(pki.Shape("Young of Tests", start=pki.NOW + pki.DAY))), "not"),
    Attack("certificate not for signing", "assertion-signer-refused", by(
        lambda: _under_ours(pki.Shape("Server of Tests", usages=("key_encipherment",))))),
    Attack("certificate of a TLS server", "assertion-signer-refused", by(for_tls), "for TLS only"),
    Attack("issued by a signer, who is no authority", "assertion-signer-refused",
           by(lambda: _under(maker.provider()))),
    Attack("pinned, but expired", "assertion-signer-refused", by(lambda: Seal(signer=pinned())),
           "valid from", rules=(("issuers", "pinned"),)),
    Attack("issued under a pinned signer", "assertion-signer-untrusted",
           by(lambda: _under(pinned())), rules=(("issuers", "pinned"),)),
    Attack("issuer is another subject", "assertion-issuer-not-signer",
           of_subject("CN=Dr Adèle Martin,C=FR"), rules=(("subjects", "ours"),)),
    Attack("subjects are not trusted", "assertion-issuer-unknown",
           of_subject("CN=Assertion Provider of Tests,C=FR")),
    # What it says
    Attack("no Issuer", "assertion-incomplete",
           altered(f"<saml:Issuer>{maker.ISSUER}</saml:Issuer>", ""), "Issuer"),
    Attack("two Issuers", "assertion-part-repeated", drafted(
        issuer=f"{OTHER_ISSUER}</saml:Issuer><saml:Issuer>{maker.ISSUER}"), "Issuer"),
    Attack("no NameID", "assertion-incomplete", drafted(name_id=""), "NameID"),
    Attack("empty NameID", "assertion-incomplete", drafted(name_id="<saml:NameID> </saml:NameID>")),
    Attack("NameID cut by an element", "assertion-value",
           drafted(name_id="<saml:NameID>admin<saml:x/>.evil</saml:NameID>"), "contains elements"),
    Attack("encrypted NameID", "assertion-encrypted", drafted(name_id="<saml:EncryptedID/>"), "ID"),
    Attack("no IssueInstant", "assertion-incomplete",
           lambda: message(seal(GOOD.text().replace(
               f'IssueInstant="{maker.stamp(GOOD.now)}"', ""))), "IssueInstant"),
    Attack("time is no time", "assertion-value",
           conditions(FOR_US, 'NotOnOrAfter="20990101T000000Z"'), "NotOnOrAfter"),
    Attack("no AuthnStatement", "assertion-authentication-missing", drafted(authentication="")),
    Attack("AuthnStatement without context", "assertion-authentication-missing",
           drafted(authentication='<saml:AuthnStatement AuthnInstant="2026-01-01T00:00:00Z"/>')),
    Attack("two patients", "assertion-attribute", drafted(
        attributes=maker.attribute(RESOURCE, "1^^^&amp;1.2&amp;ISO", "2^^^&amp;1.2&amp;ISO")),
        "2 different"),
    Attack("role without a system", "assertion-attribute", drafted(
        attributes=maker.attribute(ROLE, maker.coded("Role", "physician", ""))), "codeSystem"),
    Attack("role that is none", "assertion-attribute", drafted(
        attributes=maker.attribute(ROLE, maker.coded("Rule", "physician", "1.2"))), "one Role"),
    Attack("provider id without a root", "assertion-attribute", drafted(
        attributes=maker.attribute(PROVIDER, '<id xmlns="urn:hl7-org:v3" extension="7"/>')),
        "with a root"),
    Attack("two roles in one value", "assertion-attribute", drafted(
        attributes=maker.attribute(ROLE, 2 * maker.coded("Role", "physician", "1.2"))),
        "one Role"),
    Attack("two provider ids in one value", "assertion-attribute", drafted(
        attributes=maker.attribute(PROVIDER, 2 * '<id xmlns="urn:hl7-org:v3" root="1.2"/>')),
        "one id"),
    Attack("provider id of another kind", "assertion-attribute", drafted(
        attributes=maker.attribute(PROVIDER, '<id xmlns="urn:x" root="1.2"/>')), "one id"),
    Attack("name of elements", "assertion-attribute", drafted(
        attributes=maker.attribute(SUBJECT_ID, "Dr <b>Eve</b>")), "plain text"),
    Attack("unknown mode of authentication", "assertion-attribute", drafted(
        attributes=maker.attribute("VIHF_Version", "3.0")
        + maker.attribute("Authentification_Mode", "SANS")), "SANS"),
    # When, where, from whom
    Attack("expired", "assertion-expired", drafted(end=-HOUR, begin=-2 * HOUR), "(NotOnOrAfter)"),
    Attack("not yet", "assertion-not-yet", drafted(begin=HOUR, end=2 * HOUR), "(NotBefore)"),
    Attack("issued in the future", "assertion-not-yet", drafted(issued=GOOD.now + HOUR), "Issue"),
    Attack("issued at the end of time", "assertion-not-yet",
           drafted(issued=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)), "(IssueInstant)"),
    Attack("issued long ago", "assertion-too-old", drafted(issued=GOOD.now - 25 * HOUR)),
    Attack("session is over", "assertion-expired", drafted(authentication=(
        f'<saml:AuthnStatement SessionNotOnOrAfter="{maker.stamp(GOOD.now - HOUR)}">'
        "<saml:AuthnContext><saml:AuthnContextDeclRef>urn:x</saml:AuthnContextDeclRef>"
        "</saml:AuthnContext></saml:AuthnStatement>")), "(SessionNotOnOrAfter)"),
    Attack("another audience", "assertion-audience", drafted(audience="urn:somebody:else")),
    Attack("another audience too", "assertion-audience", conditions(FOR_US + FOR_OTHERS)),
    Attack("audience cut by an element", "assertion-value",
           drafted(audience=f"{maker.AUDIENCE}<saml:x/>.evil"), "contains elements"),
    Attack("no audience", "assertion-audience-missing", conditions("")),
    Attack("empty audience", "assertion-audience-missing", drafted(audience=" ")),
    Attack("unknown condition", "assertion-condition-unknown",
           conditions(f"{FOR_US}<saml:Condition/>"), "Condition"),
    Attack("no confirmation", "assertion-confirmation-missing", drafted(confirmation="")),
    Attack("sender-vouches", "assertion-confirmation-method", drafted(
        confirmation=maker.bearer().replace(BEARER, f"{BEARER[:-6]}sender-vouches"))),
    Attack("confirmation is over", "assertion-expired", drafted(
        confirmation=data(f'NotOnOrAfter="{maker.stamp(GOOD.now - HOUR)}"')), "Confirmation"),
    Attack("confirmation not yet", "assertion-not-yet", drafted(
        confirmation=data(f'NotBefore="{maker.stamp(GOOD.now + HOUR)}"')), "Confirmation"),
    Attack("another recipient", "assertion-recipient",
           drafted(confirmation=data('Recipient="https://elsewhere.example"'))),
    Attack("holder of another key", "assertion-holder-other",
           drafted(confirmation=HOLDER), peer=other_client()),
    Attack("holder without a certificate", "assertion-holder-unknown",
           drafted(confirmation=HOLDER)),
    Attack("holder of no key", "assertion-holder-other",
           drafted(confirmation=maker.holder_of_key("")), peer=other_client()),
    Attack("holder's key unreadable", "assertion-value",
           drafted(confirmation=maker.holder_of_key(of_der("AAEC")))),
    Attack("holder's key of an unknown kind", "assertion-value",
           drafted(confirmation=maker.holder_of_key(of_der(odd_client(RSA, RSA[:-1] + b"\x63"))))),
    Attack("holder's certificate of version 8", "assertion-value", drafted(
        confirmation=maker.holder_of_key(of_der(odd_client(VERSION, VERSION[:-1] + b"\x07"))))),
    # Of the envelope
    Attack("larger than any", "assertion-too-large", drafted(
        attributes=maker.attribute("urn:x", "x" * 262_144)), "262144 octets"),
    Attack("relative namespace", "namespace-relative",
           altered("<saml:Subject>", '<saml:Subject xmlns:x="relative">'), "Assertion"),
    Attack("long namespace", "namespace-too-long",
           altered("<saml:Subject>", f'<saml:Subject xmlns:x="urn:{"x" * 300}">')),
    Attack("DOCTYPE", "document-type", lambda: b'<!DOCTYPE x [<!ENTITY e "admin">]>'
           + message(seal(GOOD.text()).replace("Élise", "&e;"))),
    Attack("an unknown mandatory header", "not-understood", lambda: message(
        seal(GOOD.text()), blocks='<y:Must xmlns:y="urn:y" s:mustUnderstand="true"/>'), "Must"),
)  # fmt: skip
