"""XAdES properties of a signature, versions 1.3.2 and 1.1.1 (EN 319 132-1)."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final

from asn1crypto import cms, crl, ocsp, x509
from cryptography.x509 import Certificate
from lxml.etree import _Element

from ihe_profiles.dsg import algorithms, markup
from ihe_profiles.dsg.algorithms import C14N, Hasher, canonicalization, hasher
from ihe_profiles.dsg.certificates import to_asn1
from ihe_profiles.dsg.reasons import refuse
from ihe_profiles.dsg.shape import Properties
from ihe_profiles.dsg.times import digest_of, signed_data_of
from ihe_profiles.dsg.trust import Evidence, Trust

_CERTIFICATES: Final = ("SigningCertificate", "SigningCertificateV2")


def signing_time(properties: Properties) -> datetime | None:
    """Return the stated time in UTC. Raises Refused: signing-time-unreadable."""
    for element in _named(properties.signed, "SigningTime"):
        value = (element.text or "").strip()
        try:
            time = datetime.fromisoformat(value)
            return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            raise refuse("signing-time-unreadable", value=value) from None
    return None


def signer_of(properties: Properties, given: list[Certificate], trust: Trust) -> Certificate | None:
    """Return which of the given certificates the signed properties name.

    Raises Refused: signing-certificate-missing, other-certificate, malformed-properties.
    """
    digests = list(_certificate_digests(properties, trust))
    if not digests:
        raise refuse("signing-certificate-missing")
    algorithm, expected = digests[0]
    for certificate in given:
        if algorithms.digest_of(algorithm, to_asn1(certificate).dump()) == expected:
            return certificate
    if given:
        raise refuse("other-certificate")
    return None


def evidence_of(properties: Properties) -> Evidence:
    """Return certificates and revocation answers of the unsigned properties.

    Raises Refused: malformed-certificate.
    """
    whole = properties.qualifying
    try:
        return Evidence(
            tuple(x509.Certificate.load(d) for d in _encapsulated(whole, "X509Certificate")),
            tuple(crl.CertificateList.load(d) for d in _encapsulated(whole, "CRLValue")),
            tuple(ocsp.OCSPResponse.load(d) for d in _encapsulated(whole, "OCSPValue")),
        )
    except ValueError as error:
        raise refuse("malformed-certificate", problem=error) from None


def timestamps_of(properties: Properties) -> list[cms.SignedData]:
    """Return the tokens of the SignatureTimeStamp. Raises Refused: timestamp-unreadable."""
    stamps = _named(properties.qualifying, "SignatureTimeStamp")
    try:
        ders = [der for stamp in stamps for der in _encapsulated(stamp, "TimeStamp")]
    except binascii.Error as error:
        raise refuse("timestamp-unreadable", problem=error) from None
    return [signed_data_of(der) for der in ders]


def stamped(signature: _Element) -> Callable[[str], bytes]:
    """Return the digest, by algorithm, of what signature timestamps are of (EN 319 132-1 5.3)."""
    value = signature.find(f"{{{markup.DS}}}SignatureValue")
    assert value is not None
    method = signature.find(f".//{{*}}SignatureTimeStamp/{{{markup.DS}}}CanonicalizationMethod")
    algorithm = C14N if method is None else method.get("Algorithm", "")
    return digest_of(markup.canonical(value, canonicalization(algorithm)))


def _certificate_digests(properties: Properties, trust: Trust) -> Iterator[tuple[Hasher, bytes]]:
    """Return algorithm and digest of each certificate that the properties name."""
    for digest in _named(properties.signed, "CertDigest"):
        parent = digest.getparent()
        holder = None if parent is None else parent.getparent()
        if holder is None or markup.local(holder) not in _CERTIFICATES:
            continue
        try:
            (method,) = _named(digest, "DigestMethod")
            (value,) = _named(digest, "DigestValue")
            expected = b64decode(value.text or "")
        except ValueError as error:
            raise refuse("malformed-properties", problem=error) from None
        yield hasher(method.get("Algorithm", ""), trust), expected


def _encapsulated(within: _Element, what: str) -> list[bytes]:
    return [b64decode(e.text or "") for e in _named(within, f"Encapsulated{what}")]


def _named(within: _Element, name: str) -> list[_Element]:
    return list(within.iterfind(f".//{{*}}{name}"))
