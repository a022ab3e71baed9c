"""The documents that a submission's signatures are about: its own, and those stored before."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO, cast

from ledger.database import Database
from repository.digest import Damaged, verified
from repository.glimpse import Glimpse
from repository.metadata import Entry, Submission
from repository.staging import Document, Staging
from repository.store import reads
from repository.store.blobs import BlobDamaged, BlobStore, Envelope


class Documents:
    """The bytes of documents, once those of the submission are durable."""

    def __init__(
        self, database: Database, blobs: BlobStore, staging: Staging, submission: Submission
    ) -> None:
        self.submission = submission
        self._database = database
        self._blobs = blobs
        self._staging = staging
        self._staged = {entry.unique_id: staging[entry.id] for entry in submission.entries}

    def glimpse(self, entry: Entry) -> Glimpse:
        """Return what was seen of a document while it came."""
        return self._staging[entry.id].glimpse

    def size(self, entry: Entry) -> int:
        """Return a document's octets."""
        return self._staging[entry.id].digests.size

    def read(self, entry: Entry) -> bytes:
        """Return a document of the submission. Raises BlobStoreError."""
        return b"".join(self._pieces(self._staging[entry.id]))

    def open(self, unique_id: str) -> BinaryIO | None:
        """Open a document of the submission, else one that was stored before, if there is one.

        Raises Unavailable; reading raises BlobStoreError.
        """
        if unique_id in self._staged:
            return _stream(self._pieces(self._staged[unique_id]))
        with self._database.read() as connection:
            known = reads.stored(connection, [unique_id]).get(unique_id)
        if not known:
            return None
        one = known[0]
        return _stream(self._verified(one.blob_key, one.envelope, one.chunk_digests))

    def _pieces(self, staged: Document) -> Iterator[bytes]:
        return self._verified(staged.key, staged.envelope, staged.digests.chunks)

    def _verified(self, key: str, envelope: Envelope | None, chunks: bytes) -> Iterator[bytes]:
        try:
            yield from verified(self._blobs.read(key, envelope=envelope), chunks)
        except Damaged as damaged:
            raise BlobDamaged(key, str(damaged)) from damaged


class _Pieces(io.RawIOBase):
    """Pieces of bytes as a stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        target = memoryview(buffer)  # type: ignore[arg-type]
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        size = min(len(target), len(self._rest))
        target[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def _stream(pieces: Iterator[bytes]) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(_Pieces(pieces)))
