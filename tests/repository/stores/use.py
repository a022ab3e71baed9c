"""How the repository uses a store, in short."""

from __future__ import annotations

from dataclasses import dataclass

from repository.store.blobs import BlobStore, BlobStoreError, Envelope


@dataclass(frozen=True)
class Kept:
    """What the index knows of a blob."""

    store: BlobStore
    key: str
    envelope: Envelope | None

    def size(self) -> int:
        return self.store.size(self.key, self.envelope)

    def read(self, offset: int = 0) -> bytes:
        return b"".join(self.store.read(self.key, offset, self.envelope))


def keep(store: BlobStore, *pieces: bytes) -> Kept:
    """Write a blob and commit it; it stays staged."""
    writer = store.create()
    try:
        for piece in pieces:
            writer.write(piece)
        writer.close()
        writer.commit()
    except BlobStoreError:
        writer.abort()
        raise
    return Kept(store, writer.key, writer.envelope)
