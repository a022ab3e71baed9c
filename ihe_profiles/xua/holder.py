"""The keys that the sender of a holder-of-key assertion may hold (SAML Core 2.4.1.3)."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import InvalidVersion, load_der_x509_certificate
from lxml.etree import _Element

from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.xua.namespaces import DS

_CERTIFICATE: Final = f"{{{DS}}}X509Data/{{{DS}}}X509Certificate"
_RSA: Final = f"{{{DS}}}KeyValue/{{{DS}}}RSAKeyValue"


def keys_of(data: _Element) -> tuple[bytes, ...]:
    """Return the keys of a SubjectConfirmationData, as SubjectPublicKeyInfo (DER).

    Raises SoapFault: `assertion-value`.
    """
    try:
        return tuple(key for info in data.findall(f"{{{DS}}}KeyInfo") for key in _keys(info))
    except (ValueError, UnsupportedAlgorithm, InvalidVersion) as error:
        raise SoapFault(
            "assertion-value",
            value="KeyInfo",
            name="SubjectConfirmationData",
            problem=f"cannot be read: {error}",
        ) from None


def key_of(certificate: bytes) -> bytes:
    """Return the key of a certificate (DER), as SubjectPublicKeyInfo (DER)."""
    key = load_der_x509_certificate(certificate).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _keys(info: _Element) -> Iterator[bytes]:
    for certificate in info.iterfind(_CERTIFICATE):
        yield key_of(b64decode(certificate.text or ""))
    for value in info.iterfind(_RSA):
        numbers = rsa.RSAPublicNumbers(_number(value, "Exponent"), _number(value, "Modulus"))
        yield numbers.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _number(value: _Element, name: str) -> int:
    return int.from_bytes(b64decode(value.findtext(f"{{{DS}}}{name}") or ""), "big")
