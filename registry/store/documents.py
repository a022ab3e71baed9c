"""DocumentEntries, as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, bindparam, insert, select, update

from ihe_profiles.xds.datatypes import DTM
from ihe_profiles.xds.metadata import DocumentEntry
from ihe_profiles.xds.vocabulary import DocumentAvailability
from registry.store import authors
from registry.store.batches import Place, execute_at
from registry.store.numbers import AVAILABILITY, DEPRECATED, OBJECT_TYPE, CodeAttribute
from registry.store.scope import Draft, Scope
from registry.store.tables import (
    document_author,
    document_code,
    document_entry,
    document_reference,
)
from registry.store.visibility import visible


@dataclass(frozen=True, slots=True)
class Locked:
    """The state of an entry, as numbers.STATUS and numbers.OBJECT_TYPE write it."""

    status: int
    object_type: int


_INSERT: Final = insert(document_entry)
_INSERT_AUTHOR: Final = insert(document_author)
_INSERT_CODE: Final = insert(document_code)
_INSERT_REFERENCE: Final = insert(document_reference)

_LOCK: Final = (
    select(document_entry.c.entry_uuid, document_entry.c.status, document_entry.c.object_type)
    .where(
        document_entry.c.patient.in_(bindparam("patients", expanding=True)),
        document_entry.c.entry_uuid.in_(bindparam("ids", expanding=True)),
        visible(document_entry),
    )
    .order_by(document_entry.c.key)  # in one order, so that two transactions cannot deadlock
    .with_for_update()
)
_DEPRECATE: Final = (
    update(document_entry)
    .where(
        document_entry.c.patient.in_(bindparam("patients", expanding=True)),
        document_entry.c.entry_uuid.in_(bindparam("ids", expanding=True)),
    )
    .values(status=DEPRECATED)
)


def store(connection: Connection, scope: Scope, drafts: Sequence[Draft[DocumentEntry]]) -> None:
    """Write new DocumentEntries."""
    for statement, rows in (
        (_INSERT, [_row(scope, draft) for draft in drafts]),
        (_INSERT_AUTHOR, [row for draft in drafts for row in _authors(scope, draft)]),
        (_INSERT_CODE, [row for draft in drafts for row in _codes(scope, draft)]),
        (_INSERT_REFERENCE, [row for draft in drafts for row in _references(scope, draft)]),
    ):
        if rows:
            connection.execute(statement, rows)


def lock(connection: Connection, places: Iterable[Place]) -> dict[str, Locked]:
    """Return the state of the entries, by entryUUID; withdrawn ones are left out.

    Nobody else changes them until this transaction ends.
    """
    rows = execute_at(connection, _LOCK, places)
    return {row.entry_uuid: Locked(row.status, row.object_type) for row in rows}


def deprecate(connection: Connection, places: Iterable[Place]) -> None:
    """Set the entries' availabilityStatus to Deprecated."""
    execute_at(connection, _DEPRECATE, places)


def _row(scope: Scope, draft: Draft[DocumentEntry]) -> dict[str, Any]:
    value = draft.object
    return {
        **scope.row(draft),
        "patient_text": value.patient_id,
        "unique_id": value.unique_id,
        "object_type": OBJECT_TYPE[value.object_type],
        "mime_type": value.mime_type,
        "is_opaque": value.is_opaque,
        "availability": AVAILABILITY[value.document_availability or DocumentAvailability.ONLINE],
        "repository_unique_id": value.repository_unique_id,
        "hash": value.hash and value.hash.lower(),
        "size": value.size and int(value.size),
        "language": value.language_code,
        "creation_time": _time(value.creation_time),
        "service_start_time": _time(value.service_start_time),
        "service_stop_time": _time(value.service_stop_time),
        "class_code": scope.code(value.class_code),
        "type_code": scope.code(value.type_code),
        "format_code": scope.code(value.format_code),
        "practice_setting_code": scope.code(value.practice_setting_code),
        "healthcare_facility_type_code": scope.code(value.healthcare_facility_type_code),
    }


def _time(value: DTM | None) -> int | None:
    return None if value is None else value.lowest


def _child(scope: Scope, draft: Draft[DocumentEntry]) -> dict[str, Any]:
    return {"patient": scope.patient, "document": scope.key(draft)}


def _authors(scope: Scope, draft: Draft[DocumentEntry]) -> Iterator[dict[str, Any]]:
    for position, author in enumerate(draft.object.author):
        if author.person:
            own = {"position": position, "person": author.person}
            yield {**_child(scope, draft), **own, "identity": authors.identity(author.person)}


def _codes(scope: Scope, draft: Draft[DocumentEntry]) -> Iterator[dict[str, Any]]:
    for attribute, values in (
        (CodeAttribute.EVENT_CODE_LIST, draft.object.event_code_list),
        (CodeAttribute.CONFIDENTIALITY_CODE, draft.object.confidentiality_code),
    ):
        for key in sorted({scope.codes[value.scheme, value.code] for value in values}):
            yield {**_child(scope, draft), "attribute": attribute, "code": key}


def _references(scope: Scope, draft: Draft[DocumentEntry]) -> Iterator[dict[str, Any]]:
    for value in sorted(set(draft.object.reference_id_list)):
        yield {**_child(scope, draft), "value": value}
