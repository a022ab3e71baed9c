"""A small world of certificates: two roots, an authority, signers of every kind, a clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper

from ihe_profiles.dsg.certificates import to_asn1
from ihe_profiles.dsg.signer import PrivateKey, Signer
from ihe_profiles.dsg.trust import Trust, crls_of, ocsp_of

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
START, END = NOW - 400 * DAY, NOW + 25_000 * DAY  # some tools sign now, whenever that is


@dataclass(frozen=True)
class Shape:
    """What a certificate is to be like."""

    name: str
    start: datetime = START
    end: datetime = END
    authority: bool = False
    usages: tuple[str, ...] = ("content_commitment",)
    timestamps: bool = False
    servers: bool = False
    bits: int = 2048
    curve: bool = False


@cache
def key(name: str, bits: int = 2048, curve: bool = False) -> PrivateKey:
    if curve:
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, bits)


def _name(text: str) -> x509.Name:
    country = x509.NameAttribute(NameOID.COUNTRY_NAME, "FR")
    return x509.Name([country, x509.NameAttribute(NameOID.COMMON_NAME, text)])


_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def issue(shape: Shape, issuer: Signer | None = None) -> Signer:
    """Make a key and a certificate; without an issuer it signs itself."""
    own = key(shape.name, shape.bits, shape.curve)
    by = issuer.certificate.subject if issuer else _name(shape.name)
    above = issuer.key if issuer else own
    stated = issuer.certificate.public_key() if issuer else own.public_key()
    usages = ("key_cert_sign", "crl_sign") if shape.authority else shape.usages
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(shape.name))
        .issuer_name(by)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(shape.start)
        .not_valid_after(shape.end)
        .add_extension(x509.BasicConstraints(shape.authority, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(stated), critical=False)
    )
    if usages:
        flags = {usage: usage in usages for usage in _USAGES}
        builder = builder.add_extension(x509.KeyUsage(**flags), critical=True)
    if shape.timestamps:
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(purpose, critical=True)
    if shape.servers:
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        builder = builder.add_extension(purpose, critical=False)
    certificate = builder.sign(above, hashes.SHA256())
    chain = (issuer.certificate, *issuer.others) if issuer else ()
    return Signer(own, certificate, chain)


def chained(signer: Signer) -> Signer:
    """Return a signer without the root among what it sends."""
    return Signer(signer.key, signer.certificate, signer.others[:-1])


@cache
def root() -> Signer:
    return issue(Shape("Root of Tests", authority=True, start=START - DAY))


@cache
def authority() -> Signer:
    return issue(Shape("Authority of Tests", authority=True), root())


@cache
def signer(name: str = "Dr Adèle Martin", curve: bool = False) -> Signer:
    return chained(issue(Shape(name, curve=curve), authority()))


def shaped(shape: Shape) -> Signer:
    return chained(issue(shape, authority()))


@cache
def clock() -> Signer:
    return issue(Shape("Clock of Tests", usages=("digital_signature",), timestamps=True), root())


def timestamper(at: datetime = NOW, by: Signer | None = None) -> DummyTimeStamper:
    by = by or clock()
    der = by.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return DummyTimeStamper(
        to_asn1(by.certificate), asn1_keys.PrivateKeyInfo.load(der), fixed_dt=at
    )


def crl(
    *revoked: tuple[Signer, datetime],
    by: Signer | None = None,
    at: datetime = NOW - DAY,
    until: datetime = NOW + 30 * DAY,
) -> bytes:
    by = by or authority()
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(by.certificate.subject)
        .last_update(at)
        .next_update(until)
        .add_extension(x509.CRLNumber(1), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key()), critical=False
        )
    )
    for one, date in revoked:
        entry = x509.RevokedCertificateBuilder()
        entry = entry.serial_number(one.certificate.serial_number).revocation_date(date)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(by.key, hashes.SHA256()).public_bytes(Encoding.DER)


def ocsp_answer(
    of: Signer,
    revoked: datetime | None = None,
    at: datetime = NOW - DAY,
    by: Signer | None = None,
) -> bytes:
    status = ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD
    by = by or authority()
    return (
        ocsp.OCSPResponseBuilder()
        .add_response(
            of.certificate,
            by.certificate,
            hashes.SHA1(),
            status,
            at,
            at + 7 * DAY,
            revoked,
            None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, by.certificate)
        .sign(by.key, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )


def trust(
    *anchors: Signer, crls: tuple[bytes, ...] = (), ocsps: tuple[bytes, ...] = (), **more: object
) -> Trust:
    return Trust(
        anchors=tuple(to_asn1(one.certificate) for one in anchors or (root(),)),
        crls=tuple(one for data in crls for one in crls_of(data)),
        ocsps=tuple(map(ocsp_of, ocsps)),
        **more,  # type: ignore[arg-type]
    )


def again(certificate: x509.Certificate, key: PrivateKey) -> asn1_x509.Certificate:
    """Return another certificate with the same names, number and key."""
    above = authority().key
    builder = (
        x509.CertificateBuilder()
        .subject_name(certificate.subject)
        .issuer_name(certificate.issuer)
        .public_key(key.public_key())
        .serial_number(certificate.serial_number)
        .not_valid_before(START)
        .not_valid_after(END - DAY)
    )
    return to_asn1(builder.sign(above, hashes.SHA256()))


def pem(signer: Signer) -> tuple[bytes, bytes]:
    """Return the key and the certificates as files have them."""
    private = signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    certificates = (signer.certificate, *signer.others)
    return private, b"".join(one.public_bytes(Encoding.PEM) for one in certificates)
