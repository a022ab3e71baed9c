"""Who signs: a private key and its certificate, and who says when."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Final, Literal

import httpx
from asn1crypto import tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError

from ihe_profiles.dsg.certificates import load_all
from ihe_profiles.dsg.token import TokenKey

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
_OTHER: Final = "the certificate is not of this key"
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"

Timestamper = TimeStamper
"""Who gives timestamps (RFC 3161), for XML and PDF alike."""


class HttpTimestamper(TimeStamper):
    """A timestamp server (RFC 3161 3.4)."""

    def __init__(self, url: str, timeout: float = 10.0) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._url = url
        self._timeout = timeout

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Ask once. Raises TimestampRequestError."""
        headers = {"Content-Type": "application/timestamp-query"}
        try:
            async with httpx.AsyncClient(timeout=self._timeout) as client:
                answer = await client.post(self._url, content=req.dump(), headers=headers)
            answer.raise_for_status()
            return tsp.TimeStampResp.load(answer.content, strict=True)
        except (httpx.HTTPError, ValueError) as error:
            raise TimestampRequestError(f"no timestamp from {self._url}: {error}") from None


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key and its certificate, with those of the authorities above it.

    The key may stay in a token: then signing raises TokenFailed.
    """

    key: PrivateKey | TokenKey
    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...] = ()

    @property
    def method(self) -> str:
        """Return the XML algorithm of this key, with SHA-256."""
        return f"{_MORE}{self.kind}-sha256"

    @property
    def kind(self) -> Literal["rsa", "ecdsa"]:
        """Return what kind of key it is."""
        if isinstance(self.key, TokenKey):
            return self.key.kind
        return "rsa" if isinstance(self.key, rsa.RSAPrivateKey) else "ecdsa"

    def sign(self, data: bytes) -> bytes:
        """Return the value as XML has it (XMLDSig 6.4): RSA, or r and s in full length."""
        if isinstance(self.key, TokenKey):
            return self.key.sign(data)
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        size = (self.key.curve.key_size + 7) // 8
        numbers = decode_dss_signature(self.key.sign(data, ec.ECDSA(hashes.SHA256())))
        return b"".join(number.to_bytes(size, "big") for number in numbers)


def load_signer(key: bytes, certificates: bytes, password: bytes | None = None) -> Signer:
    """Read a PEM key and its certificates: the signer's first.

    Raises ValueError when one cannot be read, or they are not of each other.
    """
    try:
        private = load_pem_private_key(key, password)
    except TypeError as error:  # a password is missing, or is not wanted
        raise ValueError(str(error)) from None
    if not isinstance(private, PrivateKey):
        raise ValueError("the key is neither RSA nor ECDSA")
    signer = _with_certificates(private, certificates)
    if signer.certificate.public_key() != private.public_key():
        raise ValueError(_OTHER)
    return signer


def token_signer(key: TokenKey, certificates: bytes) -> Signer:
    """Join a key that stays in its token with its certificates, which it proves by signing once.

    Raises ValueError as `load_signer` does, and TokenFailed.
    """
    signer = _with_certificates(key, certificates)
    data = b"which key is this?"
    if not _verifies(signer.certificate.public_key(), signer.sign(data), data):
        raise ValueError(_OTHER)
    return signer


def der_of(value: bytes) -> bytes:
    """Return an ECDSA value of XML as CMS has it: a sequence of r and s (RFC 3279 2.2.3)."""
    half = len(value) // 2
    return encode_dss_signature(*(int.from_bytes(v, "big") for v in (value[:half], value[half:])))


def timestamp_of(data: bytes, timestamper: Timestamper) -> bytes:
    """Return a timestamp token of the SHA-256 digest of some bytes, DER."""
    digest = hashlib.sha256(data).digest()
    token = asyncio.run(timestamper.async_timestamp(digest, "sha256"))
    return bytes(token.dump())


def _with_certificates(key: PrivateKey | TokenKey, certificates: bytes) -> Signer:
    first, *others = (_cryptography(one) for one in load_all(certificates))
    return Signer(key, first, tuple(others))


def _verifies(key: object, value: bytes, data: bytes) -> bool:
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(value, data, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(der_of(value), data, ec.ECDSA(hashes.SHA256()))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _cryptography(certificate: asn1.Certificate) -> x509.Certificate:
    return x509.load_der_x509_certificate(certificate.dump())
