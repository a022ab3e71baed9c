"""Under which names accesses to a patient are recorded: ids, and uniqueIds of documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, func, select

from registry.store.numbers import Kind, Scheme
from registry.store.tables import identifier, patient

_p: Final = patient.c
_NAMED: Final = (_p.authority == bindparam("oid")) & (_p.identifier == bindparam("id"))
_ACTIVE: Final = select(func.coalesce(_p.survivor, _p.key)).where(_NAMED).scalar_subquery()
_ALL: Final = select(_p.key, _p.text).where((_p.key == _ACTIVE) | (_p.survivor == _ACTIVE))
_DOCUMENTS: Final = select(identifier.c.value).where(
    identifier.c.patient.in_(bindparam("keys", expanding=True)),
    identifier.c.kind == Kind.DOCUMENT_ENTRY.value,
    identifier.c.scheme == Scheme.UNIQUE_ID.value,
)


@dataclass(frozen=True, slots=True)
class Traces:
    """Every id of one patient, merged ones too, and the uniqueIds of their documents."""

    patients: frozenset[str]
    documents: frozenset[str]


def traces(connection: Connection, oid: str, id: str) -> Traces:
    """Find what records of a patient's accesses may name; nothing for an unknown patient."""
    rows = connection.execute(_ALL, {"oid": oid, "id": id}).all()
    found = connection.scalars(_DOCUMENTS, {"keys": [row.key for row in rows]})
    return Traces(frozenset(row.text for row in rows), frozenset(found))
