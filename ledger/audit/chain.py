"""The chain of hashes over the records, and its places that are signed (SHA-256, RFC 8032)."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.x509 import load_pem_x509_certificate

HEAD: Final = "ENTENTE-HEAD"
"""MSGID of a record that says where the chain stood before it."""
ANCHOR: Final = "ENTENTE-ANCHOR"
"""MSGID of a record that says up to where the store was pruned."""

PrivateKey = Ed25519PrivateKey | ec.EllipticCurvePrivateKey | RSAPrivateKey
PublicKey = Ed25519PublicKey | ec.EllipticCurvePublicKey | RSAPublicKey


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the chain: the number of a record, and the hash over all up to it."""

    sequence: int
    chain: bytes

    def next(self, message: bytes) -> Place:
        """The place after a further message."""
        return Place(self.sequence + 1, hashlib.sha256(self.chain + message).digest())


@dataclass(frozen=True, slots=True)
class Statement:
    """A place as a record tells it; `key` is the signer's fingerprint, empty when unsigned."""

    place: Place
    key: str
    signature: bytes


class Signer:
    """Signs places with a private key; without one they are stated and not signed."""

    def __init__(self, key: PrivateKey | None) -> None:
        self._key = key
        self._fingerprint = fingerprint(key.public_key()) if key else ""

    def statement(self, kind: str, place: Place) -> bytes:
        """Return the body of a record that states a place, one line of JSON."""
        signature = b"" if self._key is None else _sign(self._key, _signed(kind, place))
        return json.dumps(
            {
                "sequence": place.sequence,
                "chain": place.chain.hex(),
                "key": self._fingerprint,
                "signature": base64.b64encode(signature).decode(),
            }
        ).encode()


def read_statement(body: bytes) -> Statement:
    """Read what `Signer.statement` wrote. Raises ValueError."""
    try:
        value = json.loads(body)
        place = Place(int(value["sequence"]), bytes.fromhex(value["chain"]))
        signature = base64.b64decode(value["signature"], validate=True)
        return Statement(place, str(value["key"]), signature)
    except (KeyError, TypeError, OverflowError) as error:
        raise ValueError(f"not a place of the chain: {error}") from error


def is_signed(kind: str, statement: Statement, key: PublicKey) -> bool:
    """Tell whether the signature is this key's and over this statement."""
    data = _signed(kind, statement.place)
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(statement.signature, data)
        elif isinstance(key, RSAPublicKey):
            key.verify(statement.signature, data, padding.PKCS1v15(), hashes.SHA256())
        else:
            key.verify(statement.signature, data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def read_private_key(path: Path) -> PrivateKey:
    """Read an Ed25519, elliptic-curve or RSA key in PEM. Raises OSError."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError) as error:
        raise OSError(f"{path}: no private key in PEM without a password") from error
    if not isinstance(key, PrivateKey):
        raise OSError(f"{path}: the key is neither Ed25519 nor elliptic-curve nor RSA")
    return key


def read_public_key(path: Path) -> PublicKey:
    """Read a public key, or a certificate's, in PEM. Raises OSError."""
    data = path.read_bytes()
    try:
        if b"BEGIN CERTIFICATE" in data:
            return cast(PublicKey, load_pem_x509_certificate(data).public_key())
        return cast(PublicKey, serialization.load_pem_public_key(data))
    except ValueError as error:
        raise OSError(f"{path}: no certificate and no public key in PEM") from error


def fingerprint(key: PublicKey) -> str:
    """Return the SHA-256 of a public key, in hexadecimal."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return hashlib.sha256(key.public_bytes(serialization.Encoding.DER, form)).hexdigest()


def _signed(kind: str, place: Place) -> bytes:
    return f"{kind} {place.sequence} {place.chain.hex()}".encode()


def _sign(key: PrivateKey, data: bytes) -> bytes:
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(data)
    if isinstance(key, RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(data, ec.ECDSA(hashes.SHA256()))
