"""Certificates, between the two libraries that read them."""

from __future__ import annotations

import re
from base64 import b64decode
from typing import Final

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ihe_profiles.dsg.reasons import refuse

_PEM: Final = re.compile(rb"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)


def load_all(data: bytes) -> tuple[asn1.Certificate, ...]:
    """Read certificates, PEM (any number) or DER (one). Raises ValueError."""
    blocks = [b64decode(block) for block in _PEM.findall(data)] or [data]
    return tuple(asn1.Certificate.load(block, strict=True) for block in blocks)


def read(der: bytes) -> x509.Certificate:
    """Read a certificate that a signature carries. Raises Refused: malformed-certificate."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        certificate.public_key()
        _ = certificate.extensions, certificate.subject, to_asn1(certificate).native
    except Exception as error:
        raise refuse("malformed-certificate", problem=str(error) or type(error).__name__) from None
    return certificate


def to_asn1(certificate: x509.Certificate) -> asn1.Certificate:
    """Return the same certificate as the path validation reads it."""
    return asn1.Certificate.load(certificate.public_bytes(Encoding.DER))


def subject(certificate: x509.Certificate) -> str:
    """Return the subject as RFC 4514 writes it."""
    return certificate.subject.rfc4514_string()
