"""What patients say about who may see their documents: written down, taken back, never deleted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row

from ihe_profiles.atna.events_general import consent_changed
from ihe_profiles.atna.message import Action
from ihe_profiles.policy.consent import Consent, ConsentKind
from ihe_profiles.xds.datatypes import CX, normal_uuid
from ihe_profiles.xds.errors import refuse
from ledger.audit.audit import NO_AUDIT, Audit
from ledger.database import Database
from registry.store import consents, identifiers, patients, transactions
from registry.store.numbers import Kind, Scheme
from registry.store.patients import Known
from registry.store.transactions import Source


@dataclass(frozen=True, slots=True)
class Said:
    """One statement on record; times in milliseconds since 1970, `ended` None while it holds."""

    number: int
    consent: Consent
    patient: str
    reason: str
    time: int
    by: str
    ended: int | None
    ended_by: str | None
    end_reason: str | None


class Consents:
    """The statements of the patients of one registry; each change is audited with its work."""

    def __init__(self, database: Database, audit: Audit = NO_AUDIT) -> None:
        self._database = database
        self._audit = audit

    def say(self, patient: CX, consent: Consent, reason: str, source: Source) -> None:
        """Write a statement down. Its `item` may be a SubmissionSet: then all its documents.

        Raises Refusal: `consent-patient`, `consent-item`; AuditUnavailable.
        """

        def work(connection: Connection, transaction: int, of: Known) -> None:
            statements = _items(connection, of, consent)
            consents.add(connection, transaction, of, statements, reason)

        kind = consent.kind.name.lower()
        self._change(patient, source, f"{kind}: {reason}", Action.CREATE, work)

    def end(
        self, patient: CX, kind: ConsentKind, reason: str, source: Source, *, whom: str | None
    ) -> int:
        """Take back all statements of a kind about somebody (or everybody); return how many.

        Raises Refusal: `consent-patient`, `consent-none`; AuditUnavailable.
        """
        counts: list[int] = []

        def work(connection: Connection, transaction: int, of: Known) -> None:
            holder = _holder(of)
            found = consents.in_force(connection, holder)
            keys = [row.key for row in found if row.kind == kind and row.whom == whom]
            if not keys:
                raise refuse("consent-none", value=patient, kind=kind.name.lower())
            consents.end(connection, transaction, holder, keys, reason)
            counts[:] = [len(keys)]

        self._change(patient, source, f"{kind.name.lower()} revoked: {reason}", Action.UPDATE, work)
        return counts[0]

    def listed(self, patient: CX) -> list[Said]:
        """Return all that a patient ever said. Raises Refusal: `consent-patient`."""
        with self._database.read() as connection:
            found = _patient(connection, patient)
            return [_said(row) for row in consents.listed(connection, _holder(found))]

    def _change(
        self,
        patient: CX,
        source: Source,
        description: str,
        action: Action,
        work: Callable[[Connection, int, Known], None],
    ) -> None:
        record = consent_changed(
            self._audit.reporter, source.peer, str(patient), description, action
        )

        def whole(connection: Connection) -> None:
            of = _patient(connection, patient)
            transaction = transactions.begin(connection, source)
            work(connection, transaction, of)
            self._audit.note(connection, record)

        self._database.write(whole)


def _patient(connection: Connection, patient: CX) -> Known:
    found = patients.find(connection, patient)
    if found is None:
        raise refuse("consent-patient", value=patient)
    return found


def _holder(of: Known) -> int:
    return of.key if of.survivor is None else of.survivor


def _items(connection: Connection, of: Known, consent: Consent) -> list[Consent]:
    """Name each document that a statement is about; itself when it is about none."""
    if consent.item is None:
        return [consent]
    uuid = normal_uuid(consent.item)
    found = identifiers.find(connection, Scheme.ENTRY_UUID, {uuid}).get(uuid)
    items = []
    if found is not None and _is_of(connection, found.patient, of):
        if found.kind is Kind.DOCUMENT_ENTRY:
            items = [uuid]
        elif found.kind is Kind.SUBMISSION_SET:
            items = consents.documents_of(connection, found.patient, uuid)
    if not items:
        raise refuse("consent-item", value=consent.item)
    return [replace(consent, item=item) for item in items]


def _is_of(connection: Connection, patient: int, of: Known) -> bool:
    return patients.survivors(connection, [patient])[patient] == _holder(of)


def _said(row: Row[Any]) -> Said:
    return Said(
        row.key,
        Consent(ConsentKind(row.kind), row.whom, row.item, row.before, row.until),
        row.given_for_text,
        row.reason,
        row.time,
        row.by,
        row.ended_time,
        row.ended_by_whom,
        row.end_reason,
    )
