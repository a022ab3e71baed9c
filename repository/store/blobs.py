"""Where documents' bytes live: one blob per submitted document, under a fresh random key.

A blob is *staged* from `create` on and stays so until the index is sure of its document: `settle`
when the row is committed, `delete` when it is not wanted. So whatever a dead process left behind is
still listed by `stale`.

A store that encrypts gives each blob an *envelope*, which the index keeps in the document's row:
who removes the row has erased the document, wherever copies of its blob may lie.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

_KEY: Final = re.compile(r"[0-9a-f]{32}")


class BlobStoreError(Exception):
    """The store could not do its work; what it was asked to keep is not kept."""


class BlobStoreFull(BlobStoreError):
    """There is no room left."""


class BlobStoreBusy(BlobStoreError):
    """The store has too much to do just now, or is too slow."""


class BlobMissing(BlobStoreError):
    """There is no such blob."""

    def __init__(self, key: str) -> None:
        super().__init__(f"there is no blob {key}")
        self.key = key


class BlobDamaged(BlobStoreError):
    """What is stored is not what was written; none of it was given out."""

    def __init__(self, key: str, what: str) -> None:
        super().__init__(f"the blob {key} is damaged: {what}")
        self.key = key


class BlobSealed(BlobStoreError):
    """The blob is encrypted under a key that is not at hand."""

    def __init__(self, key: str, envelope: Envelope) -> None:
        super().__init__(
            f"the blob {key} is encrypted under the wrapping key {envelope.wrapping_key}, "
            "which is not among [repository] encryption_key and former_encryption_keys"
        )
        self.key = key


@dataclass(frozen=True, slots=True)
class Envelope:
    """A blob's own data key, encrypted under the wrapping key of this id."""

    wrapping_key: str
    wrapped_key: bytes


def refuse_sealed(key: str, envelope: Envelope | None) -> None:
    """Raise BlobSealed if there is an envelope: for stores that do not decrypt."""
    if envelope is not None:
        raise BlobSealed(key, envelope)


def checked(key: str) -> str:
    """Return a key if it is one of ours: it becomes a file's name. ValueError otherwise."""
    if not _KEY.fullmatch(key):
        raise ValueError("a blob's key is 32 hex digits")
    return key


def new_key() -> str:
    """Return a key that no blob has: 128 random bits as 32 hex digits."""
    return secrets.token_hex(16)


class BlobWriter(Protocol):
    """A blob being written; each method but `abort` raises BlobStoreError."""

    @property
    def key(self) -> str:
        """The blob's key."""

    @property
    def envelope(self) -> Envelope | None:
        """What must be kept to read the blob again; None when it is not encrypted."""

    def write(self, data: bytes) -> None:
        """Append the next bytes."""

    def close(self) -> None:
        """Take no more bytes, and give back what writing needed."""

    def commit(self) -> None:
        """Return once the closed blob is durable and can be read under its key."""

    def abort(self) -> None:
        """Remove the blob at whatever point it is; raises nothing."""


class BlobStore(Protocol):
    """Keeps blobs; safe to use from several threads and processes at once."""

    def create(self, key: str | None = None) -> BlobWriter:
        """Begin a blob under a fresh key, or under one that a blob had in another store."""

    def size(self, key: str, envelope: Envelope | None = None) -> int:
        """Return the octets of a blob; raises BlobMissing, BlobDamaged, BlobSealed.

        Without its envelope an encrypted blob is seen as it lies there.
        """

    def read(self, key: str, offset: int = 0, envelope: Envelope | None = None) -> Iterator[bytes]:
        """Yield a blob's bytes from `offset` on, in pieces; none when it is beyond the end.

        Raises BlobMissing and BlobSealed at the first piece, BlobDamaged before each that is wrong.
        Without its envelope an encrypted blob is read as it lies there.
        """

    def settle(self, key: str) -> None:
        """Note that the index has committed to this blob: it is not staged any more."""

    def delete(self, key: str) -> None:
        """Remove a blob, staged or not; one that is not there is no error."""

    def stale(self, seconds: float) -> Iterator[str]:
        """Yield the keys of blobs that are staged and unchanged since `seconds`."""

    def placed(self, seconds: float) -> Iterator[str]:
        """Yield the keys of blobs that can be read, staged or not, unchanged since `seconds`."""
