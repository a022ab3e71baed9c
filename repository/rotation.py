"""Rotation of the wrapping key: data keys are wrapped anew, no document is read or written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from ledger.database import Database
from repository.store import reads, writes
from repository.store.blobs import BlobStoreError, Envelope
from repository.store.reads import Sealed
from repository.store.wrapping import WrappingKeys


@dataclass(frozen=True, slots=True)
class Rotated:
    """What became of one document: under the current key now, or why not."""

    blob_key: str
    problem: BlobStoreError | None = None


def rotate(database: Database, keys: WrappingKeys) -> Iterator[Rotated]:
    """Bring every document under the current key, some in each transaction, while others serve.

    A document whose key is not at hand stays as it is. Raises Unavailable.
    """
    after = 0
    while some := _under_others(database, keys.current, after):
        wrapped = [(document, _wrapped(document, keys)) for document in some]
        fresh = [(document, new) for document, new in wrapped if isinstance(new, Envelope)]
        database.write(lambda c, fresh=fresh: _write(c, fresh))  # type: ignore[misc]
        for document, new in wrapped:
            problem = new if isinstance(new, BlobStoreError) else None
            yield Rotated(document.blob_key, problem)
        after = some[-1].key


def _under_others(database: Database, current: str, after: int) -> list[Sealed]:
    with database.read() as connection:
        return reads.under_others(connection, current, after)


def _wrapped(document: Sealed, keys: WrappingKeys) -> Envelope | BlobStoreError:
    try:
        return keys.wrap(keys.unwrap(document.envelope, document.blob_key), document.blob_key)
    except BlobStoreError as problem:
        return problem


def _write(connection: Connection, fresh: list[tuple[Sealed, Envelope]]) -> None:
    for document, envelope in fresh:
        writes.rewrap(connection, document.blob_key, document.envelope.wrapping_key, envelope)
