"""The digests of a document, computed while it streams in and checked while it streams out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

CHUNK: Final = 1024 * 1024
"""The octets that one chunk digest covers; a document's last chunk may be shorter."""

_WIDTH: Final = hashlib.sha256().digest_size


class Damaged(Exception):
    """Stored bytes differ from those that were submitted; `chunk` counts from 0."""

    def __init__(self, chunk: int) -> None:
        super().__init__(f"chunk {chunk} differs from its digest")
        self.chunk = chunk


@dataclass(frozen=True, slots=True)
class Digests:
    """What identifies a document's bytes.

    Size in octets, SHA-1 as lower-case hex (the attribute `hash`, ITI TF-3 4.2.3.2.10), SHA-256,
    and the SHA-256 of each chunk, joined.
    """

    size: int
    sha1: str
    sha256: bytes
    chunks: bytes


class Digester:
    """Takes a document's bytes in order, in pieces of any size."""

    def __init__(self) -> None:
        self._sha1 = hashlib.sha1(usedforsecurity=False)
        self._sha256 = hashlib.sha256()
        self._chunk = hashlib.sha256()
        self._chunks = bytearray()
        self._size = 0

    def update(self, data: bytes) -> None:
        """Take the next bytes."""
        self._sha1.update(data)
        self._sha256.update(data)
        rest = memoryview(data)
        while rest:
            part = rest[: CHUNK - self._size % CHUNK]
            self._chunk.update(part)
            self._size += len(part)
            rest = rest[len(part) :]
            if self._size % CHUNK == 0:
                self._chunks += self._chunk.digest()
                self._chunk = hashlib.sha256()

    def digests(self) -> Digests:
        """Return the digests of what has been taken so far."""
        last = self._chunk.digest() if self._size % CHUNK else b""
        return Digests(
            self._size, self._sha1.hexdigest(), self._sha256.digest(), bytes(self._chunks) + last
        )


def verified(pieces: Iterable[bytes], chunk_digests: bytes) -> Iterator[bytes]:
    """Yield the bytes of `pieces` chunk by chunk, each only after its digest was found right.

    Raises Damaged before any byte of a chunk that is wrong, missing or one too many.
    """
    count = len(chunk_digests) // _WIDTH
    number = 0
    for chunk in _cut(pieces):
        given = chunk_digests[number * _WIDTH : (number + 1) * _WIDTH]
        if hashlib.sha256(chunk).digest() != given:
            raise Damaged(number)
        yield chunk
        number += 1
    if number != count:
        raise Damaged(number)


def _cut(pieces: Iterable[bytes]) -> Iterator[bytes]:
    held = bytearray()
    for piece in pieces:
        if not held and len(piece) == CHUNK:
            yield piece
            continue
        held += piece
        while len(held) >= CHUNK:
            yield bytes(memoryview(held)[:CHUNK])
            del held[:CHUNK]
    if held:
        yield bytes(held)
