"""GetDocuments: DocumentEntries by entryUUID or uniqueId (ITI TF-2 3.18.4.1.2.3.7.5)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, select

from ihe_profiles.xds.queries import ReturnType, StoredQueryCall
from registry.store import identifiers
from registry.store.batches import Rows, execute_at
from registry.store.leaves import columns
from registry.store.numbers import Kind, Scheme
from registry.store.tables import document_entry
from registry.store.visibility import visible

_BY: Final = {
    "$XDSDocumentEntryEntryUUID": (Scheme.ENTRY_UUID, document_entry.c.entry_uuid),
    "$XDSDocumentEntryUniqueId": (Scheme.UNIQUE_ID, document_entry.c.unique_id),
}


def get_documents(connection: Connection, call: StoredQueryCall, limit: int) -> Rows:
    """Find where the ids are, then the entries: two round trips for each batch of ids."""
    (parameter,) = call.values
    scheme, _column = _BY[parameter]
    places = identifiers.places(connection, scheme, {str(v) for v in call.any_of(parameter)})
    wanted = statement(call.return_type, parameter)
    rows = execute_at(connection, wanted, places, limit=limit)
    return sorted(rows, key=lambda row: row.key)[:limit]


@lru_cache
def statement(return_type: ReturnType, parameter: str) -> Select[*tuple[Any, ...]]:
    """Build the query once for each parameter."""
    _scheme, column = _BY[parameter]
    return (
        select(*columns(Kind.DOCUMENT_ENTRY, return_type))
        .where(
            document_entry.c.patient.in_(bindparam("patients", expanding=True)),
            column.in_(bindparam("ids", expanding=True)),
            visible(document_entry),
        )
        .order_by(document_entry.c.key)
        .limit(bindparam("limit"))
    )
