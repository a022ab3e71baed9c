"""Whom to trust, and how strictly: anchors, revocation, clock, algorithms."""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from asn1crypto import crl, ocsp, x509

from ihe_profiles.dsg.certificates import load_all

SIGNING_USAGES: Final = frozenset({"digital_signature", "content_commitment"})
_PEM_CRL: Final = re.compile(rb"-----BEGIN X509 CRL-----(.+?)-----END X509 CRL-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Trust:
    """What signatures are judged by. Nothing is ever fetched.

    `others` are further certificates to build chains with; `crls` and `ocsps` are cached answers,
    used beside those that a signature carries. `revocation_required` makes a certificate of which
    none of them speaks `indeterminate`. `key_usages`: a certificate with a key usage must have one
    of them. `skew` is how far clocks may differ. `sha1` accepts SHA-1 (ITI TF-3 5.5 demands that
    it can be), `rsa_bits` is the least length of a key.
    """

    anchors: tuple[x509.Certificate, ...] = ()
    timestamp_anchors: tuple[x509.Certificate, ...] = ()
    others: tuple[x509.Certificate, ...] = ()
    crls: tuple[crl.CertificateList, ...] = ()
    ocsps: tuple[ocsp.OCSPResponse, ...] = ()
    revocation_required: bool = False
    key_usages: frozenset[str] = SIGNING_USAGES
    skew: timedelta = timedelta(minutes=5)
    sha1: bool = False
    rsa_bits: int = 2048

    def with_evidence(self, evidence: Evidence) -> Trust:
        """Return the same, with what a signature carries."""
        return replace(
            self,
            others=(*self.others, *evidence.certificates),
            crls=(*self.crls, *evidence.crls),
            ocsps=(*self.ocsps, *evidence.ocsps),
        )

    def for_timestamps(self) -> Trust:
        """Return what timestamps are judged by: their own anchors where there are some."""
        return replace(self, anchors=self.timestamp_anchors or self.anchors)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Certificates and revocation answers that a signature carries; not trusted by themselves."""

    certificates: tuple[x509.Certificate, ...] = ()
    crls: tuple[crl.CertificateList, ...] = ()
    ocsps: tuple[ocsp.OCSPResponse, ...] = ()


def anchors_of(data: bytes) -> tuple[x509.Certificate, ...]:
    """Read certificates, PEM (any number) or DER (one). Raises ValueError."""
    return load_all(data)


def crls_of(data: bytes) -> tuple[crl.CertificateList, ...]:
    """Read revocation lists, PEM (any number) or DER (one). Raises ValueError."""
    blocks = [b64decode(block) for block in _PEM_CRL.findall(data)] or [data]
    return tuple(crl.CertificateList.load(block, strict=True) for block in blocks)


def ocsp_of(data: bytes) -> ocsp.OCSPResponse:
    """Read one OCSP response, DER. Raises ValueError."""
    return ocsp.OCSPResponse.load(data, strict=True)
