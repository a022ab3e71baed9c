"""Encryption at rest, over any blob store: AES-256-GCM with a key for each blob.

The bytes are cut into chunks of 1 MiB, the same that the index has digests of. Each is encrypted by
itself (the STREAM construction): its nonce is its number and the mark of the last one, and the
blob's key is authenticated with it. So a chunk that was altered, moved, left out, cut off, added or
taken from another blob does not decrypt. A blob has no header: what opens it is its envelope.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from repository.digest import CHUNK
from repository.store.blobs import BlobDamaged, BlobStore, BlobStoreError, BlobWriter, Envelope
from repository.store.wrapping import WrappingKeys

_TAG: Final = 16
_SEALED: Final = CHUNK + _TAG
_BITS: Final = 256
_BOUND: Final = b"entente blob 1\0"


class EncryptedBlobs:
    """A BlobStore that keeps nothing in `store` but ciphertext, staged bytes included.

    What has no envelope was stored before encryption was turned on, and passes as it is.
    """

    def __init__(self, store: BlobStore, keys: WrappingKeys) -> None:
        self._store = store
        self._keys = keys

    def create(self, key: str | None = None) -> EncryptingWriter:
        """Begin a blob under a fresh key and with a data key of its own; raises BlobStoreError."""
        data_key = AESGCM.generate_key(_BITS)
        writer = self._store.create(key)
        try:
            envelope = self._keys.wrap(data_key, writer.key)
        except BlobStoreError:
            writer.abort()
            raise
        return EncryptingWriter(writer, envelope, data_key)

    def size(self, key: str, envelope: Envelope | None = None) -> int:
        """Return the octets of a blob's content, once it is sure that its envelope opens.

        Raises BlobMissing, BlobSealed, BlobDamaged.
        """
        stored = self._store.size(key)
        if envelope is None:
            return stored
        self._keys.unwrap(envelope, key)
        return stored - _TAG * _count(key, stored)

    def read(self, key: str, offset: int = 0, envelope: Envelope | None = None) -> Iterator[bytes]:
        """Yield a blob's content from `offset` on, chunk by chunk, each found right before.

        An offset beyond the end is no way around the mark of the last chunk: that one is read then.
        """
        if envelope is None:
            yield from self._store.read(key, offset)
            return
        cipher = _Cipher(self._keys.unwrap(envelope, key), key)
        first = min(offset // CHUNK, _count(key, self._store.size(key)) - 1) if offset else 0
        skip = offset - first * CHUNK
        for number, sealed, is_last in self._sealed(key, first):
            piece = cipher.open(number, sealed, is_last)
            if piece[skip:]:
                yield piece[skip:] if skip else piece
            skip = 0

    def settle(self, key: str) -> None:
        """Note that the index has committed to this blob: it is not staged any more."""
        self._store.settle(key)

    def delete(self, key: str) -> None:
        """Remove a blob, staged or not; one that is not there is no error."""
        self._store.delete(key)

    def stale(self, seconds: float) -> Iterator[str]:
        """Yield the keys of blobs that are staged and unchanged since `seconds`."""
        return self._store.stale(seconds)

    def placed(self, seconds: float) -> Iterator[str]:
        """Yield the keys of blobs that can be read and are unchanged since `seconds`."""
        return self._store.placed(seconds)

    def _sealed(self, key: str, first: int) -> Iterator[tuple[int, bytes, bool]]:
        """Yield each encrypted chunk from number `first` on, and whether nothing comes after it."""
        number, held = first, bytearray()
        for piece in self._store.read(key, first * _SEALED):
            held += piece
            while len(held) > _SEALED:
                yield number, bytes(memoryview(held)[:_SEALED]), False
                del held[:_SEALED]
                number += 1
        yield number, bytes(held), True


class EncryptingWriter:
    """A BlobWriter that encrypts; it holds back one chunk, which may turn out to be the last."""

    def __init__(self, writer: BlobWriter, envelope: Envelope, data_key: bytes) -> None:
        self.key: Final = writer.key
        self.envelope: Final = envelope
        self._writer = writer
        self._cipher = _Cipher(data_key, writer.key)
        self._held = bytearray()
        self._number = 0
        self._is_closed = False

    def write(self, data: bytes) -> None:
        """Append the next bytes; raises BlobStoreError."""
        rest = memoryview(data)
        while rest:
            if len(self._held) == CHUNK:
                self._put(is_last=False)
            room = CHUNK - len(self._held)
            self._held += rest[:room]
            rest = rest[room:]

    def close(self) -> None:
        """Write the last chunk and take no more bytes; raises BlobStoreError."""
        if not self._is_closed:
            self._put(is_last=True)
            self._is_closed = True
        self._writer.close()

    def commit(self) -> None:
        """Return once the closed blob is durable under its key; raises BlobStoreError."""
        self._writer.commit()

    def abort(self) -> None:
        """Remove the blob at whatever point it is; raises nothing."""
        self._writer.abort()

    def _put(self, is_last: bool) -> None:
        sealed = self._cipher.seal(self._number, self._held, is_last)
        self._number += 1
        self._held = bytearray()
        self._writer.write(sealed)


class _Cipher:
    """Seals and opens the chunks of one blob."""

    def __init__(self, data_key: bytes, key: str) -> None:
        self._gcm = AESGCM(data_key)
        self._key = key
        self._bound = _BOUND + key.encode()

    def seal(self, number: int, chunk: bytearray, is_last: bool) -> bytes:
        return self._gcm.encrypt(_nonce(number, is_last), chunk, self._bound)

    def open(self, number: int, sealed: bytes, is_last: bool) -> bytes:
        try:
            return self._gcm.decrypt(_nonce(number, is_last), sealed, self._bound)
        except (InvalidTag, ValueError) as error:
            raise BlobDamaged(self._key, f"chunk {number} does not decrypt") from error


def sealed_size(size: int) -> int:
    """Return how many octets a document of so many takes in its blob."""
    return size + _TAG * max(1, -(-size // CHUNK))


def _nonce(number: int, is_last: bool) -> bytes:
    """Return 96 bits that no other chunk under the same key has."""
    return number.to_bytes(11, "big") + (b"\1" if is_last else b"\0")


def _count(key: str, stored: int) -> int:
    """Return how many chunks so many stored octets are; raises BlobDamaged when they are none."""
    count, rest = divmod(stored, _SEALED)
    if rest and (rest > _TAG or (rest == _TAG and not count)):
        return count + 1
    if rest or not count:
        raise BlobDamaged(key, f"{stored} octets are no whole number of chunks")
    return count
