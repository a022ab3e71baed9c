"""What is written to the index. A document is named by its blob's key, which only it has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, delete, insert, update

from repository.store.blobs import Envelope
from repository.store.tables import IS_PENDING, State, document


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A document that the registry is about to be told of; times in milliseconds since 1970."""

    unique_id: str
    blob_key: str
    mime_type: str
    home: str | None
    size: int
    sha1: str
    sha256: bytes
    chunk_digests: bytes
    wrapping_key: str | None = None
    wrapped_key: bytes | None = None
    lease_until: int
    submission_unique_id: str
    register_message_id: str
    time: int
    trace_id: str


_THESE: Final = document.c.blob_key.in_(bindparam("blob_keys", expanding=True))
_AS_SEEN: Final = (
    (document.c.blob_key == bindparam("this")) & IS_PENDING,
    document.c.lease_until == bindparam("seen"),
)

_ADD: Final = insert(document)
_COMMIT: Final = (
    update(document).where(_THESE).values(state=State.COMMITTED.value, lease_until=None)
)
_PROLONG: Final = update(document).where(_THESE, IS_PENDING).values(lease_until=bindparam("until"))
_REMOVE: Final = delete(document).where(_THESE, IS_PENDING)
_COMMIT_SEEN: Final = (
    update(document).where(*_AS_SEEN).values(state=State.COMMITTED.value, lease_until=None)
)
_REMOVE_SEEN: Final = delete(document).where(*_AS_SEEN)
_REWRAP: Final = (
    update(document)
    .where(
        document.c.blob_key == bindparam("this"),
        document.c.wrapping_key == bindparam("seen"),
    )
    .values(wrapping_key=bindparam("now"), wrapped_key=bindparam("wrapped"))
)
_PROLONG_SEEN: Final = update(document).where(*_AS_SEEN).values(lease_until=bindparam("until"))


def add(connection: Connection, documents: Sequence[Pending]) -> None:
    """Add documents, pending."""
    if documents:
        rows = [asdict(one) | {"state": State.PENDING.value} for one in documents]
        connection.execute(_ADD, rows)


def commit(connection: Connection, blob_keys: Sequence[str]) -> int:
    """Commit documents, whether or not another has done it already; return how many there are."""
    return connection.execute(_COMMIT, {"blob_keys": blob_keys}).rowcount


def prolong(connection: Connection, blob_keys: Sequence[str], until: int) -> None:
    """Move the lease of pending documents."""
    connection.execute(_PROLONG, {"blob_keys": blob_keys, "until": until})


def remove(connection: Connection, blob_keys: Sequence[str]) -> None:
    """Remove documents that are pending still."""
    connection.execute(_REMOVE, {"blob_keys": blob_keys})


def commit_seen(connection: Connection, blob_key: str, seen: int) -> bool:
    """Commit a pending document; False when its lease is not the one that was seen any more."""
    return connection.execute(_COMMIT_SEEN, {"this": blob_key, "seen": seen}).rowcount == 1


def remove_seen(connection: Connection, blob_key: str, seen: int) -> bool:
    """Remove a pending document; False when its lease is not the one that was seen any more."""
    return connection.execute(_REMOVE_SEEN, {"this": blob_key, "seen": seen}).rowcount == 1


def prolong_seen(connection: Connection, blob_key: str, seen: int, until: int) -> bool:
    """Move the lease of a pending document, if it is the one that was seen."""
    values = {"this": blob_key, "seen": seen, "until": until}
    return connection.execute(_PROLONG_SEEN, values).rowcount == 1


def rewrap(connection: Connection, blob_key: str, seen: str, envelope: Envelope) -> bool:
    """Replace a document's envelope; False when it is gone or not under the key `seen` any more."""
    values = {
        "this": blob_key,
        "seen": seen,
        "now": envelope.wrapping_key,
        "wrapped": envelope.wrapped_key,
    }
    return connection.execute(_REWRAP, values).rowcount == 1
