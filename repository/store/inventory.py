"""Every document of the index with what reconciling needs, and what only repair may remove."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, delete, select, update

from repository.store.reads import Stored
from repository.store.tables import State, document

_BATCH: Final = 100
"""How many documents one query asks the registry for."""


@dataclass(frozen=True, slots=True)
class Committed:
    """A committed document; `key` is its place in the index, `time` milliseconds since 1970."""

    key: int
    time: int
    submission_unique_id: str
    document: Stored


@dataclass(frozen=True, slots=True)
class Blob:
    """A document's blob; size and SHA-256 are the document's; `wrapping_key` if it is encrypted."""

    key: str
    size: int
    sha256: bytes
    wrapping_key: str | None


_IS_COMMITTED: Final = document.c.state == State.COMMITTED.value
_COLUMNS: Final = tuple(document.c[name] for name in Stored.__slots__)
_NEXT: Final = (
    select(document.c.key, document.c.time, document.c.submission_unique_id, *_COLUMNS)
    .where(document.c.key > bindparam("after"), _IS_COMMITTED)
    .order_by(document.c.key)
    .limit(_BATCH)
)
_ONE: Final = select(
    document.c.key, document.c.time, document.c.submission_unique_id, *_COLUMNS
).where(document.c.blob_key == bindparam("this"), _IS_COMMITTED)
_BLOBS: Final = (
    select(
        document.c.key,
        document.c.blob_key,
        document.c.size,
        document.c.sha256,
        document.c.wrapping_key,
    )
    .where(document.c.key > bindparam("after"))
    .order_by(document.c.key)
    .limit(_BATCH)
)
_UNSETTLE: Final = (
    update(document)
    .where(_IS_COMMITTED, document.c.blob_key.in_(bindparam("blob_keys", expanding=True)))
    .values(state=State.PENDING.value, lease_until=bindparam("until"))
)
_REMOVE: Final = delete(document).where(document.c.blob_key == bindparam("this"), _IS_COMMITTED)


def committed(connection: Connection, after: int) -> list[Committed]:
    """Return some committed documents beyond the place `after`, in order; none at the end."""
    return [
        Committed(key, time, submission, Stored(*rest))
        for key, time, submission, *rest in connection.execute(_NEXT, {"after": after})
    ]


def blobs(connection: Connection) -> Iterator[Blob]:
    """Yield the blob of every document, pending ones too."""
    after = 0
    while rows := connection.execute(_BLOBS, {"after": after}).all():
        for key, *rest in rows:
            yield Blob(*rest)
            after = key


def unsettle(connection: Connection, blob_keys: Sequence[str], lease_until: int) -> None:
    """Make committed documents pending again."""
    connection.execute(_UNSETTLE, {"blob_keys": blob_keys, "until": lease_until})


def one(connection: Connection, blob_key: str) -> Committed | None:
    """Return a committed document by the key of its blob."""
    row = connection.execute(_ONE, {"this": blob_key}).one_or_none()
    return None if row is None else Committed(row[0], row[1], row[2], Stored(*row[3:]))


def remove(connection: Connection, blob_key: str) -> bool:
    """Remove a committed document; False when it is not there."""
    return connection.execute(_REMOVE, {"this": blob_key}).rowcount == 1
