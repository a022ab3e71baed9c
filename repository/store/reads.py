"""What is read from the index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from sqlalchemy import Connection, bindparam, func, select

from repository.store.blobs import Envelope
from repository.store.tables import IS_PENDING, State, document

_BATCH: Final = 500
"""How many values one IN takes."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A document that can be retrieved, and where its bytes are."""

    unique_id: str
    blob_key: str
    mime_type: str
    size: int
    sha1: str
    chunk_digests: bytes
    wrapping_key: str | None = None
    wrapped_key: bytes | None = None

    @property
    def envelope(self) -> Envelope | None:
        """What opens its blob; None when it is not encrypted."""
        return envelope(self.wrapping_key, self.wrapped_key)


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted document, and what opens its blob; `key` is its place in the index."""

    key: int
    blob_key: str
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class Placed:
    """A document and its place in the index."""

    key: int
    document: Stored


@dataclass(frozen=True, slots=True)
class Overdue:
    """A pending document whose lease is over: the registry must be asked about it."""

    unique_id: str
    blob_key: str
    sha1: str
    submission_unique_id: str
    time: int
    lease_until: int


_STORED: Final = (
    select(*(document.c[name] for name in Stored.__slots__))
    .where(document.c.unique_id.in_(bindparam("unique_ids", expanding=True)))
    .order_by(document.c.state, document.c.key)  # committed before pending
)
_OVERDUE: Final = (
    select(*(document.c[name] for name in Overdue.__slots__))
    .where(IS_PENDING, document.c.lease_until < bindparam("now"))
    .order_by(document.c.lease_until)
    .limit(bindparam("most"))
)
_UNDER_OTHERS: Final = (
    select(document.c.key, document.c.blob_key, document.c.wrapping_key, document.c.wrapped_key)
    .where(
        document.c.wrapping_key != bindparam("wrapping_key"), document.c.key > bindparam("after")
    )
    .order_by(document.c.key)
    .limit(_BATCH)
)
_EVERY: Final = (
    select(document.c.key, *(document.c[name] for name in Stored.__slots__))
    .where(document.c.key > bindparam("after"))
    .order_by(document.c.key)
    .limit(_BATCH)
)
_EXTENT: Final = select(func.count(), func.coalesce(func.sum(document.c.size), 0))
_LAST_COMMITTED: Final = (
    select(document.c.submission_unique_id)
    .where(document.c.state == State.COMMITTED.value)
    .order_by(document.c.key.desc())
    .limit(1)
)
_PENDING: Final = select(func.count()).select_from(document).where(IS_PENDING)
_STATES: Final = select(document.c.blob_key, document.c.state).where(
    document.c.blob_key.in_(bindparam("blob_keys", expanding=True))
)


def stored(connection: Connection, unique_ids: Iterable[str]) -> dict[str, list[Stored]]:
    """Return the documents under each uniqueId that has any, the best first.

    A committed one is better than a pending one, whose bytes the registry may yet refuse; then the
    oldest.
    """
    found: dict[str, list[Stored]] = {}
    for some in _batches(set(unique_ids)):
        for row in connection.execute(_STORED, {"unique_ids": some}):
            found.setdefault(row.unique_id, []).append(Stored(*row))
    return found


def overdue(connection: Connection, now: int, most: int) -> list[Overdue]:
    """Return pending documents whose lease was over before `now`, the longest overdue first."""
    return [Overdue(*row) for row in connection.execute(_OVERDUE, {"now": now, "most": most})]


def pending(connection: Connection) -> int:
    """Return how many documents are pending."""
    return int(connection.execute(_PENDING).scalar_one())


def last_committed(connection: Connection) -> str | None:
    """Return the SubmissionSet's uniqueId of the last document that is committed, if any is."""
    return connection.execute(_LAST_COMMITTED).scalar()


def states(connection: Connection, blob_keys: Iterable[str]) -> dict[str, State]:
    """Return the state of each blob's document; a blob that the index does not know is left out."""
    found: dict[str, State] = {}
    for some in _batches(blob_keys):
        for row in connection.execute(_STATES, {"blob_keys": some}):
            found[row.blob_key] = State(row.state)
    return found


def every(connection: Connection, after: int) -> list[Placed]:
    """Return some documents beyond the place `after`, in order; none at the end."""
    rows = connection.execute(_EVERY, {"after": after})
    return [Placed(key, Stored(*rest)) for key, *rest in rows]


def extent(connection: Connection) -> tuple[int, int]:
    """Return how many documents there are, and their octets."""
    documents, octets = connection.execute(_EXTENT).one()
    return documents, int(octets)


def under_others(connection: Connection, wrapping_key: str, after: int) -> list[Sealed]:
    """Return some documents whose data keys another key wraps, beyond the place `after`."""
    rows = connection.execute(_UNDER_OTHERS, {"wrapping_key": wrapping_key, "after": after})
    return [Sealed(r.key, r.blob_key, Envelope(r.wrapping_key, r.wrapped_key)) for r in rows]


def envelope(wrapping_key: str | None, wrapped_key: bytes | None) -> Envelope | None:
    """Return the envelope that two columns hold; None when there is none."""
    if wrapping_key is None or wrapped_key is None:
        return None
    return Envelope(wrapping_key, wrapped_key)


def _batches(values: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(values)
    while some := list(islice(rest, _BATCH)):
        yield some
