"""Patients, each known by the authority and the id of its identifier."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, ScalarSelect, bindparam, select, text

from ihe_profiles.xds.datatypes import CX
from registry.store.tables import patient

MATCHING: Final[ScalarSelect[int]] = (
    select(patient.c.key)
    .where(
        patient.c.authority == bindparam("authority"),
        patient.c.identifier == bindparam("patient_identifier"),
    )
    .scalar_subquery()
)
"""The key of the patient that `terms` names, as a part of a query."""

_FIND: Final = select(MATCHING)
_INSERT: Final = text(
    "INSERT INTO patient (authority, identifier, text) "
    "VALUES (:authority, :patient_identifier, :text) "
    "ON CONFLICT (authority, identifier) DO NOTHING"
)


def terms(identifier: CX) -> dict[str, str]:
    """Return the values that MATCHING compares with."""
    authority, value = identifier.identity
    return {"authority": authority, "patient_identifier": value}


def intern(connection: Connection, identifier: CX) -> int:
    """Return the key of the patient, who is added when the registry does not know them yet."""
    named = terms(identifier)
    found: int | None = connection.execute(_FIND, named).scalar_one()
    if found is None:
        connection.execute(_INSERT, {**named, "text": str(identifier)})
        found = connection.execute(_FIND, named).scalar_one()
    assert found is not None
    return found
