"""A blob store for tests that want no disk: what several stores share is one `Memory`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from repository.digest import CHUNK
from repository.store.blobs import BlobMissing, BlobStoreError, Envelope, new_key, refuse_sealed


@dataclass
class Memory:
    """What outlives a store: blobs by key, and when staged ones were last changed."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    staged: dict[str, float] = field(default_factory=dict)


class MemoryBlobs:
    """A BlobStore in `memory`."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def create(self, key: str | None = None) -> MemoryWriter:
        writer = MemoryWriter(self._memory, key or new_key())
        self._memory.staged[writer.key] = time.time()
        return writer

    def size(self, key: str, envelope: Envelope | None = None) -> int:
        refuse_sealed(key, envelope)
        return len(self._bytes(key))

    def read(self, key: str, offset: int = 0, envelope: Envelope | None = None) -> Iterator[bytes]:
        refuse_sealed(key, envelope)
        data = self._bytes(key)
        for start in range(offset, len(data), CHUNK):
            yield data[start : start + CHUNK]

    def settle(self, key: str) -> None:
        self._memory.staged.pop(key, None)

    def delete(self, key: str) -> None:
        self._memory.blobs.pop(key, None)
        self._memory.staged.pop(key, None)

    def stale(self, seconds: float) -> Iterator[str]:
        limit = time.time() - seconds
        yield from [key for key, changed in self._memory.staged.items() if changed <= limit]

    def placed(self, seconds: float) -> Iterator[str]:
        young = set(self._memory.staged) - set(self.stale(seconds))
        yield from [key for key in self._memory.blobs if key not in young]

    def _bytes(self, key: str) -> bytes:
        try:
            return self._memory.blobs[key]
        except KeyError:
            raise BlobMissing(key) from None


class MemoryWriter:
    """A BlobWriter into a Memory."""

    envelope = None

    def __init__(self, memory: Memory, key: str) -> None:
        self.key = key
        self._memory = memory
        self._pieces: list[bytes] = []
        self._closed = False

    def write(self, data: bytes) -> None:
        if self._closed:
            raise BlobStoreError("the blob is closed")
        self._pieces.append(bytes(data))
        self._memory.staged[self.key] = time.time()

    def close(self) -> None:
        self._closed = True

    def commit(self) -> None:
        if not self._closed:
            raise ValueError("a blob is closed before it is committed")
        self._memory.blobs[self.key] = b"".join(self._pieces)

    def abort(self) -> None:
        self._closed = True
        MemoryBlobs(self._memory).delete(self.key)
