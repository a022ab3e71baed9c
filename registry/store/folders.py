"""Folders, as rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, bindparam, case, insert, select, update

from ihe_profiles.xds.metadata import Folder
from registry.store.batches import Place, execute_at
from registry.store.scope import Draft, Scope
from registry.store.tables import folder, folder_code
from registry.store.visibility import visible

_INSERT: Final = insert(folder)
_INSERT_CODE: Final = insert(folder_code)
_LOCK: Final = (
    select(folder.c.entry_uuid, folder.c.status)
    .where(
        folder.c.patient.in_(bindparam("patients", expanding=True)),
        folder.c.entry_uuid.in_(bindparam("ids", expanding=True)),
        visible(folder),
    )
    .order_by(folder.c.key)  # in one order, so that two transactions cannot deadlock
    .with_for_update()
)
_TOUCH: Final = (
    update(folder)
    .where(
        folder.c.patient.in_(bindparam("patients", expanding=True)),
        folder.c.entry_uuid.in_(bindparam("ids", expanding=True)),
    )
    .values(
        last_update_time=case(
            (folder.c.last_update_time < bindparam("time"), bindparam("time")),
            else_=folder.c.last_update_time,
        )
    )
)


def store(connection: Connection, scope: Scope, drafts: Sequence[Draft[Folder]], time: int) -> None:
    """Write new Folders, last updated at `time` (14 digits)."""
    for statement, rows in (
        (_INSERT, [_row(scope, draft, time) for draft in drafts]),
        (_INSERT_CODE, [row for draft in drafts for row in _codes(scope, draft)]),
    ):
        if rows:
            connection.execute(statement, rows)


def lock(connection: Connection, places: Iterable[Place]) -> dict[str, int]:
    """Return the status of the folders, by entryUUID; withdrawn ones are left out.

    Nobody else changes them until this transaction ends.
    """
    rows = execute_at(connection, _LOCK, places)
    return {row.entry_uuid: row.status for row in rows}


def touch(connection: Connection, places: Iterable[Place], time: int) -> None:
    """Set lastUpdateTime to `time` (14 digits), unless it is later already."""
    execute_at(connection, _TOUCH, places, time=time)


def _row(scope: Scope, draft: Draft[Folder], time: int) -> dict[str, Any]:
    value = draft.object
    return {
        **scope.row(draft),
        "patient_text": value.patient_id,
        "unique_id": value.unique_id,
        "last_update_time": time,
    }


def _codes(scope: Scope, draft: Draft[Folder]) -> list[dict[str, Any]]:
    keys = {scope.codes[value.scheme, value.code] for value in draft.object.code_list}
    return [
        {"patient": scope.patient, "folder": scope.key(draft), "code": key} for key in sorted(keys)
    ]
