"""Patients, each known by the authority and the id of its identifier, and who stands for whom.

A merge moves no object: it says of the subsumed patient, and of those subsumed before, who is the
survivor (ITI TF-2 3.8.4.2.4, 3.44.4.1.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    ScalarSelect,
    Table,
    bindparam,
    func,
    select,
    text,
    union_all,
    update,
)

from ihe_profiles.xds.datatypes import CX
from registry.store.batches import execute
from registry.store.tables import patient

_NAMED: Final = (patient.c.authority == bindparam("authority")) & (
    patient.c.identifier == bindparam("patient_identifier")
)
_ACTIVE: Final = select(patient.c.key).where(_NAMED, patient.c.survivor.is_(None))
_SUBSUMED: Final = patient.alias("subsumed")

CHAIN: Final[CompoundSelect[int]] = union_all(
    _ACTIVE, select(_SUBSUMED.c.key).where(_SUBSUMED.c.survivor == _ACTIVE.scalar_subquery())
)
"""The keys of the patient that `terms` names and of all whom they subsume, as a part of a query.

None at all when another patient subsumes the one named (ITI TF-2 3.18.4.1.3).
"""

_SEPARATOR: Final = "\x1f"
"""Cannot stand in XML, and so in no identifier."""
ANY_NAMED: Final = (
    patient.c.authority.in_(bindparam("authorities", expanding=True))
    & patient.c.identifier.in_(bindparam("patient_identifiers", expanding=True))
    & (patient.c.authority + _SEPARATOR + patient.c.identifier).in_(
        bindparam("patient_identities", expanding=True)
    )
)
"""Says that a row of `patient` is one of those whom `terms_of_any` names, merged or not."""
_ANY_ACTIVE: Final = select(patient.c.key).where(ANY_NAMED, patient.c.survivor.is_(None))

CHAINS: Final[CompoundSelect[int]] = union_all(
    _ANY_ACTIVE, select(_SUBSUMED.c.key).where(_SUBSUMED.c.survivor.in_(_ANY_ACTIVE))
)
"""The same of all patients whom `terms_of_any` names."""

_FIND: Final = select(patient.c.key, patient.c.survivor).where(_NAMED)
_SHARE: Final = _FIND.with_for_update(read=True)
_LOCK: Final = _FIND.with_for_update()
_INSERT: Final = text(
    "INSERT INTO patient (authority, identifier, text, made_by) "
    "VALUES (:authority, :patient_identifier, :text, :made_by) "
    "ON CONFLICT (authority, identifier) DO NOTHING"
)
_MERGE: Final = (
    update(patient)
    .where(patient.c.key == bindparam("subsumed"))
    .values(merged_into=bindparam("into"), merged_by=bindparam("by"), survivor=bindparam("into"))
)
_FOLLOW: Final = (
    update(patient)
    .where(patient.c.survivor == bindparam("subsumed"))
    .values(survivor=bindparam("into"))
)
_SURVIVORS: Final = select(patient.c.key, patient.c.survivor).where(
    patient.c.key.in_(bindparam("keys", expanding=True)), patient.c.survivor.is_not(None)
)
_TEXT: Final = select(patient.c.text).where(patient.c.key == bindparam("of"))
_INTO: Final = patient.alias("merged_into")
_LIST: Final = (
    select(patient.c.text, _INTO.c.text.label("into"))
    .outerjoin(_INTO, _INTO.c.key == patient.c.merged_into)
    .order_by(patient.c.authority, patient.c.identifier)
)


@dataclass(frozen=True, slots=True)
class Known:
    """A patient as the registry has them: `survivor` is None unless another one subsumes them."""

    key: int
    survivor: int | None

    @property
    def is_active(self) -> bool:
        """False when another patient subsumes this one."""
        return self.survivor is None


def terms(identifier: CX) -> dict[str, str]:
    """Return the values that CHAIN compares with."""
    authority, value = identifier.identity
    return {"authority": authority, "patient_identifier": value}


def terms_of_any(identifiers: Iterable[CX]) -> dict[str, list[str]]:
    """Return the values that CHAINS compares with."""
    named = sorted({identifier.identity for identifier in identifiers})
    return {
        "authorities": sorted({authority for authority, _value in named}),
        "patient_identifiers": sorted({value for _authority, value in named}),
        "patient_identities": [_SEPARATOR.join(pair) for pair in named],
    }


def shown(objects: Table) -> ColumnElement[str]:
    """Return the patientId that answers show: as submitted, after a merge the survivor's."""
    own, survivor = patient.alias("own"), patient.alias("survivor")
    merged: ScalarSelect[str] = (
        select(survivor.c.text)
        .join(own, own.c.survivor == survivor.c.key)
        .where(own.c.key == objects.c.patient)
        .correlate(objects)
        .scalar_subquery()
    )
    return func.coalesce(merged, objects.c.patient_text)


def find(connection: Connection, identifier: CX) -> Known | None:
    """Return the patient, who is merged into no other until this transaction ends."""
    return _known(connection, _SHARE, identifier)


def lock(connection: Connection, identifiers: Iterable[CX]) -> dict[CX, Known]:
    """Return those of the patients who are known; nobody registers or merges them meanwhile."""
    # In one order, so that two transactions cannot deadlock.
    ordered = sorted(identifiers, key=lambda identifier: identifier.identity)
    found = ((identifier, _known(connection, _LOCK, identifier)) for identifier in ordered)
    return {identifier: known for identifier, known in found if known is not None}


def add(connection: Connection, transaction: int, identifier: CX) -> bool:
    """Make the patient known; False when they were before."""
    values = {**terms(identifier), "text": str(identifier), "made_by": transaction}
    return connection.execute(_INSERT, values).rowcount == 1


def merge(connection: Connection, transaction: int, subsumed: int, survivor: int) -> None:
    """Let a locked patient stand for another, and for all whom that one subsumes."""
    names = {"subsumed": subsumed, "into": survivor}
    connection.execute(_FOLLOW, names)
    connection.execute(_MERGE, {**names, "by": transaction})


def survivors(connection: Connection, keys: Iterable[int]) -> dict[int, int]:
    """Return who stands for each of the patients: themselves, or the survivor of a merge."""
    wanted = set(keys)
    rows = execute(connection, _SURVIVORS, "keys", wanted)
    return {key: key for key in wanted} | {row.key: row.survivor for row in rows}


def text_of(connection: Connection, key: int) -> str:
    """Return the identifier of who stands for a patient, as a CX."""
    survivor = survivors(connection, [key])[key]
    return str(connection.execute(_TEXT, {"of": survivor}).scalar_one())


def listed(connection: Connection) -> Iterator[tuple[CX, CX | None]]:
    """Iterate over all patients, each with the one whom they were merged into, if any."""
    for row in connection.execution_options(yield_per=1000).execute(_LIST):
        yield CX(row.text), None if row.into is None else CX(row.into)


def _known(connection: Connection, statement: Any, identifier: CX) -> Known | None:
    row = connection.execute(statement, terms(identifier)).one_or_none()
    return None if row is None else Known(row.key, row.survivor)
