"""Which documents of a repository are registered, withdrawn ones included: for operators."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, select, tuple_

from ledger.database import Database
from registry.store import identifiers
from registry.store.batches import execute_at
from registry.store.numbers import Scheme
from registry.store.tables import document_entry

_BATCH: Final = 500
_PLACE: Final = (document_entry.c.patient, document_entry.c.key)
_OURS: Final = document_entry.c.repository_unique_id == bindparam("repository")
_NEXT: Final = (
    select(
        *_PLACE,
        document_entry.c.entry_uuid,
        document_entry.c.unique_id,
        document_entry.c.withdrawn,
    )
    .where(_OURS, tuple_(*_PLACE) > tuple_(bindparam("patient_seen"), bindparam("key_seen")))
    .order_by(*_PLACE)
    .limit(_BATCH)
)
_HAVING: Final = select(document_entry.c.unique_id).where(
    _OURS,
    document_entry.c.patient.in_(bindparam("patients", expanding=True)),
    document_entry.c.unique_id.in_(bindparam("ids", expanding=True)),
)


def entries(database: Database, repository_unique_id: str) -> Iterator[list[Row[Any]]]:
    """Yield every entry of a repository, some at a time: entry_uuid, unique_id, withdrawn.

    Raises Unavailable.
    """
    seen = (-1, -1)
    while rows := _next(database, repository_unique_id, seen):
        yield rows
        seen = (rows[-1].patient, rows[-1].key)


def having(
    connection: Connection, repository_unique_id: str, unique_ids: Collection[str]
) -> set[str]:
    """Return those of the uniqueIds that some entry of a repository has."""
    places = identifiers.places(connection, Scheme.UNIQUE_ID, unique_ids)
    rows = execute_at(connection, _HAVING, places, repository=repository_unique_id)
    return {row.unique_id for row in rows}


def _next(database: Database, repository: str, seen: tuple[int, int]) -> list[Row[Any]]:
    terms = {"repository": repository, "patient_seen": seen[0], "key_seen": seen[1]}
    with database.read() as connection:
        return list(connection.execute(_NEXT, terms))
