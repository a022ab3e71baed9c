"""A small assertion provider: says anything, signs it anyhow, and puts it into messages."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from ihe_profiles import iti18
from ihe_profiles.dsg.certificates import to_asn1
from ihe_profiles.dsg.signer import Signer
from ihe_profiles.soap import envelope
from ihe_profiles.soap.exchange import Peer, Transaction
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.soap.xml import parse
from ihe_profiles.xua.guard import AssertionGuard
from ihe_profiles.xua.header import security_header
from ihe_profiles.xua.namespaces import BEARER, DS, HL7, HOLDER_OF_KEY, SAML
from ihe_profiles.xua.requester import Requester
from ihe_profiles.xua.rules import Requirement, Rules, Trusted
from tests.dsg import pki

ISSUER = "https://idp.example.org/sts"
OTHER_ISSUER = "https://other.example.org/sts"
AUDIENCE = "https://xds.example.org/registry"
X509_SUBJECT = "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName"
SKEW = timedelta(seconds=60)
ANYBODY = Peer("192.0.2.7")
EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ENVELOPED = f"{DS}enveloped-signature"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
HASHES = {
    f"{DS}sha1": hashes.SHA1(),
    f"{MORE}md5": hashes.MD5(),
    SHA256: hashes.SHA256(),
    f"{MORE}sha384": hashes.SHA384(),
    "http://www.w3.org/2001/04/xmlenc#sha512": hashes.SHA512(),
}


def stamp(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def attribute(name: str, *values: str) -> str:
    inside = "".join(f"<saml:AttributeValue>{value}</saml:AttributeValue>" for value in values)
    return f'<saml:Attribute Name="{name}">{inside}</saml:Attribute>'


def coded(element: str, code: str, system: str, display: str = "") -> str:
    return (
        f'<{element} xmlns="{HL7}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        f' xsi:type="CE" code="{code}" codeSystem="{system}" displayName="{display}"/>'
    )


def bearer(data: str = "") -> str:
    return f'<saml:SubjectConfirmation Method="{BEARER}">{data}</saml:SubjectConfirmation>'


def holder_of_key(key: str) -> str:
    info = f'<ds:KeyInfo xmlns:ds="{DS}">{key}</ds:KeyInfo>'
    data = f"<saml:SubjectConfirmationData>{info}</saml:SubjectConfirmationData>"
    return f'<saml:SubjectConfirmation Method="{HOLDER_OF_KEY}">{data}</saml:SubjectConfirmation>'


def x509_data(*signers: Signer) -> str:
    ders = (b64encode(one.certificate.public_bytes(Encoding.DER)).decode() for one in signers)
    inside = "".join(f"<ds:X509Certificate>{der}</ds:X509Certificate>" for der in ders)
    return f"<ds:X509Data>{inside}</ds:X509Data>"


def rsa_value(signer: Signer) -> str:
    numbers = signer.key.public_key().public_numbers()  # type: ignore[union-attr]
    modulus, exponent = (
        b64encode(n.to_bytes((n.bit_length() + 7) // 8, "big")).decode()
        for n in (numbers.n, numbers.e)  # type: ignore[union-attr]
    )
    return (
        f"<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>{modulus}</ds:Modulus>"
        f"<ds:Exponent>{exponent}</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>"
    )


@dataclass(frozen=True)
class Draft:
    """An assertion before it is signed; what is None is left out."""

    now: datetime = pki.NOW
    id: str = "_a1"
    version: str = "2.0"
    issuer: str = ISSUER
    format: str = ""
    issued: datetime | None = None
    name_id: str = '<saml:NameID SPProvidedID="tremblay">dr.tremblay</saml:NameID>'
    confirmation: str = field(default_factory=bearer)
    begin: timedelta = timedelta()
    end: timedelta = timedelta(minutes=5)
    conditions: str | None = None
    audience: str = AUDIENCE
    authentication: str | None = None
    attributes: str = attribute(
        "urn:oasis:names:tc:xspa:1.0:subject:subject-id", "Dr. Élise Tremblay"
    )

    def text(self) -> str:
        form = f' Format="{self.format}"' if self.format else ""
        return (
            f'<saml:Assertion xmlns:saml="{SAML}" ID="{self.id}" Version="{self.version}"'
            f' IssueInstant="{stamp(self.issued or self.now)}">'
            f"<saml:Issuer{form}>{self.issuer}</saml:Issuer>"
            f"<saml:Subject>{self.name_id}{self.confirmation}</saml:Subject>"
            f"{self._conditions()}{self._authentication()}"
            f"<saml:AttributeStatement>{self.attributes}</saml:AttributeStatement>"
            "</saml:Assertion>"
        )

    def _conditions(self) -> str:
        if self.conditions is not None:
            return self.conditions
        begin, end = stamp(self.now + self.begin), stamp(self.now + self.end)
        audience = f"<saml:Audience>{self.audience}</saml:Audience>"
        return (
            f'<saml:Conditions NotBefore="{begin}" NotOnOrAfter="{end}"><saml:AudienceRestriction>'
            f"{audience}</saml:AudienceRestriction></saml:Conditions>"
        )

    def _authentication(self) -> str:
        if self.authentication is not None:
            return self.authentication
        kind = "urn:oasis:names:tc:SAML:2.0:ac:classes:X509"
        return (
            f'<saml:AuthnStatement AuthnInstant="{stamp(self.now)}"><saml:AuthnContext>'
            f"<saml:AuthnContextClassRef>{kind}</saml:AuthnContextClassRef>"
            "</saml:AuthnContext></saml:AuthnStatement>"
        )


@dataclass(frozen=True)
class Seal:
    """How an assertion is signed; each part may be another than it should be."""

    signer: Signer = field(default_factory=lambda: provider())
    method: str = f"{MORE}rsa-sha256"
    digest: str = SHA256
    canonicalization: str = EXC
    transforms: tuple[str, ...] = (ENVELOPED, EXC)
    inside_transform: str = ""
    uri: str | None = None
    no_uri: bool = False
    key_info: str | None = None
    more_references: str = ""
    more: str = ""
    secret: bytes = b""


def seal(text: str, how: Seal | None = None) -> str:
    """Sign an assertion; the signature comes after its Issuer."""
    how = how or Seal()
    root = etree.fromstring(text)
    exclusive = INCLUSIVE not in how.transforms
    content = etree.tostring(root, method="c14n", exclusive=exclusive)
    info = _info(how, content, f"#{root.get('ID')}")
    canonical = etree.tostring(
        etree.fromstring(info), method="c14n", exclusive=how.canonicalization != INCLUSIVE
    )
    key_info = x509_data(how.signer) if how.key_info is None else how.key_info
    keys = f"<ds:KeyInfo>{key_info}</ds:KeyInfo>" if key_info else ""
    value = b64encode(_value(how, canonical)).decode()
    signature = (
        f'<ds:Signature xmlns:ds="{DS}">{info}<ds:SignatureValue>{value}</ds:SignatureValue>'
        f"{keys}{how.more}</ds:Signature>"
    )
    return text.replace("</saml:Issuer>", f"</saml:Issuer>{signature}", 1)


def _info(how: Seal, content: bytes, uri: str) -> str:
    digest = hashes.Hash(HASHES[how.digest])
    digest.update(content)
    named = "" if how.no_uri else f' URI="{uri if how.uri is None else how.uri}"'
    steps = "".join(
        f'<ds:Transform Algorithm="{one}">{how.inside_transform}</ds:Transform>'
        for one in how.transforms
    )
    transforms = f"<ds:Transforms>{steps}</ds:Transforms>" if steps else ""
    return (
        f'<ds:SignedInfo xmlns:ds="{DS}">'
        f'<ds:CanonicalizationMethod Algorithm="{how.canonicalization}"/>'
        f'<ds:SignatureMethod Algorithm="{how.method}"/>'
        f"<ds:Reference{named}>{transforms}"
        f'<ds:DigestMethod Algorithm="{how.digest}"/>'
        f"<ds:DigestValue>{b64encode(digest.finalize()).decode()}</ds:DigestValue>"
        f"</ds:Reference>{how.more_references}</ds:SignedInfo>"
    )


def _value(how: Seal, data: bytes) -> bytes:
    if how.secret:
        return hmac.new(how.secret, data, hashlib.sha256).digest()
    kinds = {"sha1": hashes.SHA1(), "md5": hashes.MD5(), "sha384": hashes.SHA384()}
    algorithm = kinds.get(how.method.rpartition("-")[2], hashes.SHA256())
    key = how.signer.key
    if isinstance(key, ec.EllipticCurvePrivateKey):
        r, s = utils.decode_dss_signature(key.sign(data, ec.ECDSA(algorithm)))
        size = (key.key_size + 7) // 8
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")
    if how.method.endswith("MGF1"):
        salted = padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)
        return key.sign(data, salted, algorithm)  # type: ignore[union-attr]
    return key.sign(data, padding.PKCS1v15(), algorithm)  # type: ignore[union-attr]


def provider() -> Signer:
    """The assertion provider that is trusted for ISSUER, under a root of its own."""
    return pki.signer("Assertion Provider of Tests")


def stranger() -> Signer:
    """An authority that is trusted for OTHER_ISSUER only."""
    return _STRANGER


_STRANGER = pki.issue(pki.Shape("Stranger of Tests", authority=True))


def rules(**more: object) -> Rules:
    skew = SKEW
    sha1 = bool(more.pop("sha1", False))
    root, other = to_asn1(pki.root().certificate), to_asn1(stranger().certificate)
    intermediate = to_asn1(pki.authority().certificate)
    given: dict[str, object] = {
        "require": Requirement.REQUIRED,
        "issuers": {
            ISSUER: Trusted.of([root, intermediate], skew=skew, sha1=sha1),
            OTHER_ISSUER: Trusted.of([other], skew=skew),
        },
        "audiences": frozenset({AUDIENCE}),
        "skew": skew,
    }
    return Rules(**(given | more))  # type: ignore[arg-type]


def guard(at: datetime = pki.NOW, **more: object) -> AssertionGuard:
    own = rules(**more)
    return AssertionGuard(lambda: own, lambda: at)


def message(
    *tokens: str,
    security: str | None = None,
    blocks: str = "",
    body: str = "<q/>",
    id: str | None = None,
) -> bytes:
    """A whole envelope with tokens in a Security header."""
    header = security_header("".join(tokens).encode()).decode() if security is None else security
    pieces = envelope.write(
        iti18.TRANSACTION.action, [body.encode()], message_id=id, header=(header + blocks).encode()
    )
    return b"".join(piece for piece in pieces if isinstance(piece, bytes))


def ask(
    guard: AssertionGuard,
    data: bytes,
    peer: Peer = ANYBODY,
    transaction: Transaction = iti18.TRANSACTION,
) -> Requester | None:
    """Take a message through the doors: parser, envelope, guard."""
    read = envelope.read(parse(data, SoapLimits()))
    return guard(transaction, read.header, peer)


def spki(signer: Signer) -> bytes:
    return signer.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def der(signer: Signer) -> bytes:
    return signer.certificate.public_bytes(Encoding.DER)
