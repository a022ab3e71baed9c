"""The keys that encrypt data keys: who holds one can open every document that was sealed under it.

They may be held here (`LocalKeys`), or by a service that never gives them out: whatever has the
methods of `WrappingKeys` will do.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from repository.store.blobs import BlobDamaged, BlobSealed, Envelope

_KEY: Final = 32
_NONCE: Final = 12
_ID: Final = b"entente wrapping key\0"
_BOUND: Final = b"entente data key 1\0"


class KeyUnreadable(Exception):
    """A key cannot be had from where it should be; the text names the place, never the key."""


class WrappingKeys(Protocol):
    """Wraps and unwraps data keys; safe to use from several threads at once."""

    @property
    def current(self) -> str:
        """The id of the key that wraps from now on."""

    def wrap(self, data_key: bytes, blob_key: str) -> Envelope:
        """Return a data key under the current key, bound to its blob; raises BlobStoreError."""

    def unwrap(self, envelope: Envelope, blob_key: str) -> bytes:
        """Return a blob's data key; raises BlobSealed, BlobDamaged, another BlobStoreError."""


class LocalKeys:
    """WrappingKeys of 32 octets each, in this process: AES-256-GCM.

    A key's id is a digest of it, so that no two keys can be taken for each other, however the files
    that hold them are called. ValueError when a key has another length.
    """

    def __init__(self, current: bytes, former: Iterable[bytes] = ()) -> None:
        self._keys = {_id(key): AESGCM(key) for key in (*former, current)}
        self.current: Final = _id(current)

    def wrap(self, data_key: bytes, blob_key: str) -> Envelope:
        """Return a data key under the current key, bound to its blob."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._keys[self.current].encrypt(nonce, data_key, _BOUND + blob_key.encode())
        return Envelope(self.current, nonce + sealed)

    def unwrap(self, envelope: Envelope, blob_key: str) -> bytes:
        """Return a blob's data key; raises BlobSealed, BlobDamaged."""
        if envelope.wrapping_key not in self._keys:
            raise BlobSealed(blob_key, envelope)
        nonce, sealed = envelope.wrapped_key[:_NONCE], envelope.wrapped_key[_NONCE:]
        try:
            return self._keys[envelope.wrapping_key].decrypt(
                nonce, sealed, _BOUND + blob_key.encode()
            )
        except (InvalidTag, ValueError) as error:
            raise BlobDamaged(blob_key, "its data key was altered or is another's") from error


def read_key(source: str) -> bytes:
    """Return the key at `file:PATH` or `env:NAME`: 32 octets in base64. Raises KeyUnreadable."""
    kind, _, place = source.partition(":")
    try:
        text = _SOURCES[kind](place)
        key = base64.b64decode(text.strip(), validate=True)
    except KeyError as error:
        raise KeyUnreadable(f"{source}: there is no such variable") from error
    except OSError as error:
        raise KeyUnreadable(f"{source}: {error.strerror}") from error
    except (binascii.Error, ValueError) as error:
        raise KeyUnreadable(f"{source}: is not base64") from error
    if len(key) != _KEY:
        raise KeyUnreadable(f"{source}: a key is {_KEY} octets in base64, not {len(key)}")
    return key


_SOURCES: Final = {
    "file": lambda place: Path(place).read_text("ascii"),
    "env": lambda place: os.environ[place],
}


def _id(key: bytes) -> str:
    if len(key) != _KEY:
        raise ValueError(f"a wrapping key has {_KEY} octets")
    return hashlib.sha256(_ID + key).hexdigest()[:16]
