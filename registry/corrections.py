"""Corrections by the operator: a document of a wrong patient, or a wrong document, is withdrawn.

Until metadata update (ITI-57) and removal (ITI-62) exist, this is how a mistake leaves every query.
Nothing is deleted, so it can be taken back; each correction stays on record.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from ihe_profiles.atna.codes import DOCUMENT_ENTRY
from ihe_profiles.atna.events_general import patient_record
from ihe_profiles.atna.message import Action
from ihe_profiles.atna.objects import registry_object
from ihe_profiles.xds.datatypes import normal_uuid
from ihe_profiles.xds.errors import refuse
from ledger.audit.audit import NO_AUDIT, Audit
from ledger.database import Database
from registry.store import identifiers, patients, transactions, withdrawals
from registry.store.batches import Place
from registry.store.numbers import Kind, Scheme
from registry.store.transactions import Source


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """One correction: when (milliseconds since 1970) and by whom it was made, and taken back."""

    entry_uuid: str
    reason: str
    time: int
    by: str
    restored_time: int | None
    restored_by: str | None


class Corrections:
    """Withdraws DocumentEntries of one registry, and restores them."""

    def __init__(self, database: Database, audit: Audit = NO_AUDIT) -> None:
        self._database = database
        self._audit = audit

    def withdraw(self, entry_uuid: str, reason: str, source: Source) -> None:
        """Hide an entry, whatever its status, and its Associations from every query.

        Raises Refusal: `withdraw-unknown`, `withdraw-state`; AuditUnavailable.
        """

        def work(connection: Connection) -> None:
            entry = _entry(connection, normal_uuid(entry_uuid))
            if withdrawals.lock(connection, entry) is not None:
                raise refuse("withdraw-state", value=entry_uuid, problem="is withdrawn already")
            transaction = transactions.begin(connection, source)
            key = withdrawals.begin(connection, transaction, entry[1], reason)
            withdrawals.hide(connection, key, entry)
            self._note(connection, source, entry, Action.DELETE, f"withdrawn: {reason}")

        self._database.write(work)

    def restore(self, entry_uuid: str, source: Source) -> None:
        """Take a withdrawal back. Raises Refusal as `withdraw`, AuditUnavailable."""

        def work(connection: Connection) -> None:
            entry = _entry(connection, normal_uuid(entry_uuid))
            key = withdrawals.lock(connection, entry)
            if key is None:
                raise refuse("withdraw-state", value=entry_uuid, problem="is not withdrawn")
            transaction = transactions.begin(connection, source)
            withdrawals.show(connection, transaction, key, entry)
            self._note(connection, source, entry, Action.UPDATE, "restored")

        self._database.write(work)

    def _note(
        self, connection: Connection, source: Source, entry: Place, action: Action, why: str
    ) -> None:
        """Record a correction with its transaction, as a change of the patient's record."""
        patient_key, entry_uuid = entry
        record = patient_record(
            self._audit.reporter,
            source.peer,
            patients.text_of(connection, patient_key),
            action,
            why,
            about=[registry_object(entry_uuid, DOCUMENT_ENTRY)],
        )
        self._audit.note(connection, record)

    def listed(self) -> list[Withdrawal]:
        """Return all withdrawals, the first one first."""
        with self._database.read() as connection:
            return [Withdrawal(**row._asdict()) for row in withdrawals.listed(connection)]


def _entry(connection: Connection, entry_uuid: str) -> Place:
    found = identifiers.find(connection, Scheme.ENTRY_UUID, {entry_uuid}).get(entry_uuid)
    if found is None or found.kind is not Kind.DOCUMENT_ENTRY:
        raise refuse("withdraw-unknown", value=entry_uuid)
    return found.patient, entry_uuid
