"""entryUUIDs and uniqueIds: whose they are, and under which patients they are found."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, select, text, union_all

from registry.store.batches import Place, execute
from registry.store.numbers import Kind, Scheme
from registry.store.tables import further_patient, identifier


@dataclass(frozen=True, slots=True)
class Identifier:
    """One entryUUID or uniqueId; `hash` (lower-case hex) and `size` are those of a document.

    `made_by` is the transaction that took it, 0 while none has.
    """

    value: str
    scheme: Scheme
    kind: Kind
    patient: int
    hash: str | None = None
    size: int | None = None
    made_by: int = 0


_INSERT: Final = text(
    "INSERT INTO identifier (value, scheme, kind, patient, hash, size, made_by) "
    "VALUES (:value, :scheme, :kind, :patient, :hash, :size, :made_by) "
    "ON CONFLICT (value, scheme) DO NOTHING"
)
_ADD_PATIENT: Final = text(
    "INSERT INTO further_patient (value, scheme, patient) VALUES (:value, :scheme, :patient) "
    "ON CONFLICT (value, scheme, patient) DO NOTHING"
)
_LISTED: Final = identifier.c.value.in_(bindparam("values", expanding=True))
_TAKEN: Final = select(identifier).where(_LISTED, identifier.c.made_by != bindparam("made_by"))
_FIND: Final = select(identifier).where(_LISTED, identifier.c.scheme == bindparam("scheme"))
_PLACES: Final = union_all(
    select(identifier.c.patient, identifier.c.value).where(
        _LISTED, identifier.c.scheme == bindparam("scheme")
    ),
    select(further_patient.c.patient, further_patient.c.value).where(
        further_patient.c.value.in_(bindparam("values", expanding=True)),
        further_patient.c.scheme == bindparam("scheme"),
    ),
)


def claim(
    connection: Connection, transaction: int, wanted: Collection[Identifier]
) -> list[Identifier]:
    """Take the identifiers; return those among them that others had before, as they have them.

    A transaction under way that takes one of them too is waited for.
    """
    if not wanted:
        return []
    # In one order, so that two transactions cannot deadlock.
    ordered = sorted(wanted, key=lambda row: (row.value, row.scheme))
    connection.execute(_INSERT, [{**asdict(row), "made_by": transaction} for row in ordered])
    asked = {(row.value, row.scheme) for row in ordered}
    values = {row.value for row in ordered}
    taken = execute(connection, _TAKEN, "values", values, made_by=transaction)
    return [_identifier(row) for row in taken if (row.value, row.scheme) in asked]


def find(connection: Connection, scheme: Scheme, values: Collection[str]) -> dict[str, Identifier]:
    """Return what is known of each value; unknown ones are left out."""
    rows = execute(connection, _FIND, "values", values, scheme=scheme)
    return {row.value: _identifier(row) for row in rows}


def places(connection: Connection, scheme: Scheme, values: Collection[str]) -> list[Place]:
    """Return the patients under whom each of the values is found."""
    rows = execute(connection, _PLACES, "values", values, scheme=scheme)
    return [(row.patient, row.value) for row in rows]


def add_patients(
    connection: Connection, scheme: Scheme, values: Collection[str], patient: int
) -> None:
    """Say that the values are found under `patient` too."""
    if values:
        connection.execute(
            _ADD_PATIENT,
            [{"value": v, "scheme": scheme, "patient": patient} for v in sorted(values)],
        )


def _identifier(row: Row[Any]) -> Identifier:
    return Identifier(
        row.value,
        Scheme(row.scheme),
        Kind(row.kind),
        row.patient,
        row.hash,
        row.size,
        row.made_by,
    )
