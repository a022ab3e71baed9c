"""Associations, as rows, and what they tell about documents and folders."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, insert, select

from ihe_profiles.xds.metadata import Association
from ihe_profiles.xds.vocabulary import AssociationType
from registry.store.batches import execute
from registry.store.numbers import APPROVED, ASSOCIATION_TYPE
from registry.store.scope import Draft, Scope
from registry.store.tables import association, folder

_INSERT: Final = insert(association)
_AMONG: Final = association.c.target.in_(bindparam("ids", expanding=True))
_OF_PATIENT: Final = (association.c.patient == bindparam("of")) & (association.c.status == APPROVED)
_DERIVED: Final = select(association.c.source).where(
    _OF_PATIENT,
    _AMONG,
    association.c.type.in_(
        [ASSOCIATION_TYPE[AssociationType.XFRM], ASSOCIATION_TYPE[AssociationType.APND]]
    ),
)
_FOLDERS: Final = (
    select(association.c.target, folder.c.entry_uuid)
    .distinct()
    .join(
        folder,
        (folder.c.patient == association.c.patient)
        & (folder.c.entry_uuid == association.c.source)
        & (folder.c.status == APPROVED),
    )
    .where(
        _OF_PATIENT,
        _AMONG,
        association.c.type == ASSOCIATION_TYPE[AssociationType.HAS_MEMBER],
    )
    .order_by(association.c.target, folder.c.entry_uuid)
)


def store(
    connection: Connection,
    scope: Scope,
    drafts: Sequence[Draft[Association]],
    elsewhere: Mapping[str, int],
) -> None:
    """Write new Associations; `elsewhere` names the patients of targets that are another's."""
    rows = [
        {
            **scope.row(draft),
            "type": ASSOCIATION_TYPE[draft.object.type],
            "source": draft.object.source,
            "target": draft.object.target,
            "target_patient": elsewhere.get(draft.object.target, scope.patient),
        }
        for draft in drafts
    ]
    if rows:
        connection.execute(_INSERT, rows)


def derived(connection: Connection, patient: int, ids: Collection[str]) -> set[str]:
    """Return the entryUUIDs of the transformations of, and appendices to, the entries."""
    return {row.source for row in execute(connection, _DERIVED, "ids", ids, of=patient)}


def approved_folders(
    connection: Connection, patient: int, ids: Collection[str]
) -> list[tuple[str, str]]:
    """Return (entry, folder) for each approved Folder that holds one of the entries."""
    rows = execute(connection, _FOLDERS, "ids", ids, of=patient)
    return [(row.target, row.entry_uuid) for row in rows]
