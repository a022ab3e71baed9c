"""The store against the index: is every document there, and are its bytes those that came?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from ledger.database import Database
from repository.digest import Damaged, verified
from repository.store import reads
from repository.store.blobs import BlobDamaged, BlobMissing, BlobStore, BlobStoreError
from repository.store.reads import Placed, Stored


class Condition(StrEnum):
    """In which state a document was found."""

    WHOLE = "whole"
    MISSING = "missing"
    DAMAGED = "damaged"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of one document; `why` is empty when it is whole."""

    unique_id: str
    blob_key: str
    condition: Condition
    why: str = ""


def extent(database: Database) -> tuple[int, int]:
    """Return how many documents there are, and their octets. Raises Unavailable."""
    with database.read() as connection:
        return reads.extent(connection)


def verify(
    database: Database, blobs: BlobStore, advance: Callable[[int], object]
) -> Iterator[Found]:
    """Yield every document as it was found, and tell `advance` of the octets done.

    A document that is removed meanwhile is left out. Raises Unavailable.
    """
    after = 0
    while some := _some(database, after):
        for placed in some:
            found = _look(blobs, placed.document, advance)
            if found.condition is Condition.WHOLE or _is_known(database, found.blob_key):
                yield found
        after = some[-1].key


def _some(database: Database, after: int) -> list[Placed]:
    with database.read() as connection:
        return reads.every(connection, after)


def _is_known(database: Database, blob_key: str) -> bool:
    with database.read() as connection:
        return blob_key in reads.states(connection, [blob_key])


def _look(blobs: BlobStore, document: Stored, advance: Callable[[int], object]) -> Found:
    left = document.size
    condition, why = Condition.WHOLE, ""
    try:
        pieces = blobs.read(document.blob_key, envelope=document.envelope)
        for chunk in verified(pieces, document.chunk_digests):
            left -= len(chunk)
            advance(len(chunk))
    except BlobMissing as problem:
        condition, why = Condition.MISSING, str(problem)
    except BlobDamaged as problem:
        condition, why = Condition.DAMAGED, str(problem)
    except Damaged as problem:
        condition, why = Condition.DAMAGED, f"the blob {document.blob_key}: {problem}"
    except BlobStoreError as problem:
        condition, why = Condition.UNREADABLE, str(problem)
    advance(left)
    return Found(document.unique_id, document.blob_key, condition, why)
