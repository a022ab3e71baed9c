"""What is hidden by a correction: an entry, and every Association that leads to or from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, insert, select, update

from registry.store import identifiers
from registry.store.batches import Place, execute_at
from registry.store.numbers import Scheme
from registry.store.tables import association, document_entry, registry_transaction, withdrawal
from registry.store.visibility import visible

_PLACE: Final = (
    document_entry.c.patient == bindparam("of"),
    document_entry.c.entry_uuid == bindparam("id"),
)
_LOCK: Final = select(document_entry.c.withdrawn).where(*_PLACE).with_for_update()
_SET: Final = update(document_entry).where(*_PLACE).values(withdrawn=bindparam("by"))
_INSERT: Final = insert(withdrawal)
_RESTORED: Final = (
    update(withdrawal)
    .where(withdrawal.c.key == bindparam("of"))
    .values(restored_by=bindparam("by"))
)
_SET_LINKS: Final = (
    update(association)
    .where(
        association.c.patient.in_(bindparam("patients", expanding=True)),
        association.c.entry_uuid.in_(bindparam("ids", expanding=True)),
    )
    .values(withdrawn=bindparam("by"))
)
_STILL: Final = select(
    document_entry.c.patient, document_entry.c.entry_uuid, document_entry.c.withdrawn
).where(
    document_entry.c.patient.in_(bindparam("patients", expanding=True)),
    document_entry.c.entry_uuid.in_(bindparam("ids", expanding=True)),
    document_entry.c.withdrawn.is_not(None),
)
_MADE: Final = registry_transaction.alias("made")
_UNDONE: Final = registry_transaction.alias("undone")
_LIST: Final = (
    select(
        withdrawal.c.entry_uuid,
        withdrawal.c.reason,
        _MADE.c.time,
        _MADE.c.peer.label("by"),
        _UNDONE.c.time.label("restored_time"),
        _UNDONE.c.peer.label("restored_by"),
    )
    .join(_MADE, _MADE.c.key == withdrawal.c.made_by)
    .outerjoin(_UNDONE, _UNDONE.c.key == withdrawal.c.restored_by)
    .order_by(withdrawal.c.key)
)


def _links(end: ColumnElement[str], state: ColumnElement[bool]) -> Select[Any]:
    return select(
        association.c.patient,
        association.c.entry_uuid,
        association.c.source,
        association.c.target,
        association.c.target_patient,
    ).where(
        association.c.patient.in_(bindparam("patients", expanding=True)),
        end.in_(bindparam("ids", expanding=True)),
        state,
    )


_ENDS: Final = (association.c.source, association.c.target)
_SEEN: Final = [_links(end, visible(association)) for end in _ENDS]
_HIDDEN: Final = [_links(end, association.c.withdrawn == bindparam("hidden_by")) for end in _ENDS]


def lock(connection: Connection, entry: Place) -> int | None:
    """Return the withdrawal that hides an entry, if one does; it stays so for the transaction."""
    patient, entry_uuid = entry
    found: int | None = connection.execute(_LOCK, {"of": patient, "id": entry_uuid}).scalar_one()
    return found


def begin(connection: Connection, transaction: int, entry_uuid: str, reason: str) -> int:
    """Write down a withdrawal and return its key."""
    values = {"entry_uuid": entry_uuid, "made_by": transaction, "reason": reason}
    result = connection.execute(_INSERT, values)
    assert result.inserted_primary_key is not None
    key: int = result.inserted_primary_key[0]
    return key


def hide(connection: Connection, key: int, entry: Place) -> None:
    """Hide a locked entry and what leads to or from it."""
    patient, entry_uuid = entry
    connection.execute(_SET, {"of": patient, "id": entry_uuid, "by": key})
    for level in _levels(connection, entry_uuid, _SEEN):
        _set_links(connection, level, key)


def show(connection: Connection, transaction: int, key: int, entry: Place) -> None:
    """Undo the withdrawal `key` of a locked entry; what also leads to another stays hidden."""
    patient, entry_uuid = entry
    connection.execute(_RESTORED, {"of": key, "by": transaction})
    connection.execute(_SET, {"of": patient, "id": entry_uuid, "by": None})
    ends: set[Place] = set()
    for level in _levels(connection, entry_uuid, _HIDDEN, hidden_by=key):
        _set_links(connection, level, None)
        ends |= {(row.patient, row.source) for row in level}
        ends |= {(row.target_patient, row.target) for row in level}
    for row in execute_at(connection, _STILL, ends):
        hide(connection, row.withdrawn, (row.patient, row.entry_uuid))


def listed(connection: Connection) -> list[Row[Any]]:
    """Return every withdrawal: entry_uuid, reason, time, by, restored_time, restored_by."""
    return list(connection.execute(_LIST))


def _levels(
    connection: Connection, entry_uuid: str, statements: list[Select[Any]], **terms: Any
) -> Iterator[list[Row[Any]]]:
    """Yield the Associations of an entry, then those of these Associations, and so on.

    Each level must be changed so that it is not found again.
    """
    ids = {entry_uuid}
    while ids:
        places = identifiers.places(connection, Scheme.ENTRY_UUID, ids)
        level = [
            row for links in statements for row in execute_at(connection, links, places, **terms)
        ]
        yield level
        ids = {row.entry_uuid for row in level}


def _set_links(connection: Connection, links: list[Row[Any]], key: int | None) -> None:
    execute_at(connection, _SET_LINKS, [(row.patient, row.entry_uuid) for row in links], by=key)
