"""FindDocuments: the DocumentEntries of a patient (ITI TF-2 3.18.4.1.2.3.7.1)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, select

from ihe_profiles.xds.queries import BY_NAME, ReturnType, StoredQueryCall
from registry.queries.filters import Shape, binds, conditions, shape
from registry.queries.search import patient_terms
from registry.store.batches import Rows
from registry.store.leaves import columns
from registry.store.numbers import Kind
from registry.store.patients import CHAIN
from registry.store.tables import document_entry
from registry.store.visibility import visible

PATIENT: Final = "$XDSDocumentEntryPatientId"
_QUERY: Final = BY_NAME["FindDocuments"]


def find_documents(connection: Connection, call: StoredQueryCall, limit: int) -> Rows:
    """Find the entries in one round trip."""
    wanted = shape(call, but=(PATIENT,))
    terms = patient_terms(call, PATIENT) | binds(call, wanted) | {"limit": limit}
    return connection.execute(statement(call.return_type, wanted), terms).all()


@lru_cache(maxsize=256)
def statement(return_type: ReturnType, wanted: Shape) -> Select[*tuple[Any, ...]]:
    """Build the query once for each shape."""
    return (
        select(*columns(Kind.DOCUMENT_ENTRY, return_type))
        .where(
            document_entry.c.patient.in_(CHAIN),
            visible(document_entry),
            *conditions(_QUERY, wanted),
        )
        .order_by(document_entry.c.key)
        .limit(bindparam("limit"))
    )
