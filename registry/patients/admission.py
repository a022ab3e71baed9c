"""Whom a submission may be for (ITI TF-2 3.42.4.1.3.3.2)."""

from __future__ import annotations

from sqlalchemy import Connection

from ihe_profiles.xds.datatypes import CX
from ihe_profiles.xds.errors import refuse
from registry.patients.domain import PatientDomain
from registry.store import patients


def admit(
    connection: Connection, transaction: int, domain: PatientDomain, identifier: CX, label: str
) -> int:
    """Return the key of the patient, who stays as they are until the transaction ends.

    An open domain adds the unknown ones. Raises Refusal (XDSUnknownPatientId), which names the
    object `label`.
    """
    known = patients.find(connection, identifier)
    if known is None and domain.is_open:
        patients.add(connection, transaction, identifier)
        known = patients.find(connection, identifier)
    if known is None:
        raise refuse("unknown-patient-id", object=label, value=identifier)
    if not known.is_active:
        raise refuse("subsumed-patient-id", object=label, value=identifier)
    return known.key
