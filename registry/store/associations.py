"""Associations, as rows, and what they tell about documents and folders.

Each stands under the patient of its source object, and names that of its target: two different ones
after a merge, and when a SubmissionSet refers to another patient's document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, insert, select

from ihe_profiles.xds.metadata import Association
from ihe_profiles.xds.rules_of_submissions import TRANSFORMING
from ihe_profiles.xds.vocabulary import AssociationType
from registry.store import identifiers
from registry.store.batches import Place, execute_at
from registry.store.numbers import APPROVED, ASSOCIATION_TYPE, Scheme
from registry.store.scope import Draft, Scope
from registry.store.tables import association, folder
from registry.store.visibility import visible

_INSERT: Final = insert(association)
_LEADING_TO: Final = (
    association.c.patient.in_(bindparam("patients", expanding=True)),
    association.c.target.in_(bindparam("ids", expanding=True)),
    association.c.status == APPROVED,
    visible(association),
)
_DERIVED: Final = select(association.c.patient, association.c.source).where(
    *_LEADING_TO,
    association.c.type.in_(
        [ASSOCIATION_TYPE[AssociationType.XFRM], ASSOCIATION_TYPE[AssociationType.APND]]
    ),
)
_TRANSFORMATIONS: Final = select(association.c.source).where(
    association.c.patient.in_(bindparam("patients", expanding=True)),
    association.c.source.in_(bindparam("ids", expanding=True)),
    association.c.type.in_([ASSOCIATION_TYPE[kind] for kind in TRANSFORMING]),
)
_FOLDERS: Final = (
    select(association.c.target, folder.c.patient, folder.c.entry_uuid)
    .distinct()
    .join(
        folder,
        (folder.c.patient == association.c.patient)
        & (folder.c.entry_uuid == association.c.source)
        & (folder.c.status == APPROVED),
    )
    .where(
        *_LEADING_TO,
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
    """Write new Associations; `elsewhere` names the patients of ends that are another's."""
    rows = [
        {
            **scope.row(draft),
            "patient": elsewhere.get(draft.object.source, scope.patient),
            "type": ASSOCIATION_TYPE[draft.object.type],
            "source": draft.object.source,
            "target": draft.object.target,
            "target_patient": elsewhere.get(draft.object.target, scope.patient),
        }
        for draft in drafts
    ]
    if rows:
        connection.execute(_INSERT, rows)


def say_where(
    connection: Connection,
    scope: Scope,
    drafts: Sequence[Draft[Association]],
    elsewhere: Mapping[str, int],
) -> None:
    """Make the ends of stored Associations, and themselves, findable under the patients of each."""
    found: dict[int, set[str]] = {}
    for draft in drafts:
        link = draft.object
        own = elsewhere.get(link.source, scope.patient)
        if own != elsewhere.get(link.target, scope.patient):
            found.setdefault(own, set()).add(link.target)
        if own != scope.patient:
            found.setdefault(own, set()).add(link.entry_uuid)
    for patient, ids in sorted(found.items()):
        identifiers.add_patients(connection, Scheme.ENTRY_UUID, ids, patient)


def transformations(connection: Connection, documents: Iterable[Place]) -> set[str]:
    """Return those of the entries that are a transformation of another one."""
    rows = execute_at(connection, _TRANSFORMATIONS, _found(connection, documents))
    return {row.source for row in rows}


def derived(connection: Connection, documents: Iterable[Place]) -> set[Place]:
    """Return the places of the transformations of, and appendices to, the entries."""
    rows = execute_at(connection, _DERIVED, _found(connection, documents))
    return {(row.patient, row.source) for row in rows}


def approved_folders(connection: Connection, documents: Iterable[Place]) -> list[tuple[str, Place]]:
    """Return (entry, folder's place) for each approved Folder that holds one of the entries."""
    rows = execute_at(connection, _FOLDERS, _found(connection, documents))
    return [(row.target, (row.patient, row.entry_uuid)) for row in rows]


def _found(connection: Connection, documents: Iterable[Place]) -> list[Place]:
    """Return every place that the entries are referred to from."""
    return identifiers.places(connection, Scheme.ENTRY_UUID, {uuid for _patient, uuid in documents})
