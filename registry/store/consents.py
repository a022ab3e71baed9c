"""What patients said about who may see what, as rows: nothing is deleted.

A statement stands under the patient whom merges left, so that it holds for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, bindparam, insert, select, update

from ihe_profiles.policy.consent import GRANTS, Consent
from ihe_profiles.xds.vocabulary import AssociationType
from registry.store.batches import execute
from registry.store.numbers import ASSOCIATION_TYPE
from registry.store.patients import Known
from registry.store.tables import (
    association,
    consent,
    document_entry,
    patient,
    registry_transaction,
)
from registry.store.transactions import object_key

_INSERT: Final = insert(consent)
_END: Final = (
    update(consent)
    .where(
        consent.c.patient == bindparam("of"), consent.c.key.in_(bindparam("keys", expanding=True))
    )
    .values(ended_by=bindparam("by"), end_reason=bindparam("why"))
)
_MOVE: Final = (
    update(consent)
    .where(consent.c.patient == bindparam("subsumed"))
    .values(patient=bindparam("survivor"))
)
_IN_FORCE: Final = (
    select(consent)
    .where(consent.c.patient == bindparam("of"), consent.c.ended_by.is_(None))
    .order_by(consent.c.key)
    .with_for_update()
)
_MADE: Final = registry_transaction.alias("made")
_ENDED: Final = registry_transaction.alias("ended")
_LIST: Final[Select[Any]] = (
    select(
        consent,
        patient.c.text.label("given_for_text"),
        _MADE.c.time,
        _MADE.c.peer.label("by"),
        _ENDED.c.time.label("ended_time"),
        _ENDED.c.peer.label("ended_by_whom"),
    )
    .join(patient, patient.c.key == consent.c.given_for)
    .join(_MADE, _MADE.c.key == consent.c.made_by)
    .outerjoin(_ENDED, _ENDED.c.key == consent.c.ended_by)
    .where(consent.c.patient == bindparam("of"))
    .order_by(consent.c.key)
)
_MEMBERS: Final = (
    select(document_entry.c.entry_uuid)
    .join(
        association,
        (association.c.target_patient == document_entry.c.patient)
        & (association.c.target == document_entry.c.entry_uuid),
    )
    .where(
        association.c.patient == bindparam("of"),
        association.c.source == bindparam("set"),
        association.c.type == ASSOCIATION_TYPE[AssociationType.HAS_MEMBER],
    )
    .order_by(document_entry.c.entry_uuid)
)


def add(
    connection: Connection,
    transaction: int,
    of: Known,
    statements: Iterable[Consent],
    reason: str,
) -> None:
    """Write down what a locked patient says, once for each document that it is about."""
    rows = [
        {
            "patient": of.key if of.survivor is None else of.survivor,
            "key": object_key(transaction, number),
            "given_for": of.key,
            "kind": one.kind.value,
            "whom": one.whom,
            "item": one.item,
            "before": one.before,
            "until": one.until,
            "reason": reason,
            "made_by": transaction,
        }
        for number, one in enumerate(statements)
    ]
    connection.execute(_INSERT, rows)


def in_force(connection: Connection, holder: int) -> list[Row[Any]]:
    """Return what was said and not taken back, and lock it."""
    return list(connection.execute(_IN_FORCE, {"of": holder}))


def end(
    connection: Connection, transaction: int, holder: int, keys: Iterable[int], reason: str
) -> None:
    """Take statements back; they stay on record."""
    execute(connection, _END, "keys", keys, of=holder, by=transaction, why=reason)


def merge(connection: Connection, transaction: int, subsumed: int, survivor: int) -> None:
    """Let what both patients said hold for the one that is left: the strictest holds.

    What closes holds for all documents; what opens only where both said the same, else it ends.
    """
    ours, theirs = in_force(connection, survivor), in_force(connection, subsumed)
    for holder, own, others in ((survivor, ours, theirs), (subsumed, theirs, ours)):
        lost = [row.key for row in _grants(own) if _said(row) not in map(_said, _grants(others))]
        end(connection, transaction, holder, lost, "merge of patients")
    connection.execute(_MOVE, {"subsumed": subsumed, "survivor": survivor})


def listed(connection: Connection, holder: int) -> list[Row[Any]]:
    """Return everything that was said, the first first, also what was taken back."""
    return list(connection.execute(_LIST, {"of": holder}))


def documents_of(connection: Connection, holder: int, submission_set: str) -> list[str]:
    """Return the entryUUIDs of the documents that a SubmissionSet holds."""
    rows = connection.execute(_MEMBERS, {"of": holder, "set": submission_set})
    return [row.entry_uuid for row in rows]


def _grants(rows: Iterable[Row[Any]]) -> Iterator[Row[Any]]:
    return (row for row in rows if row.kind in GRANTS)


def _said(row: Row[Any]) -> tuple[Any, ...]:
    return row.kind, row.whom, row.item, row.before, row.until
