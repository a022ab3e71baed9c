"""What an operator does to the registry's patients without a feed, by the same rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from ihe_profiles.atna.events_general import patient_record
from ihe_profiles.atna.message import Action
from ihe_profiles.xds.datatypes import CX
from ihe_profiles.xds.errors import Refusal, refuse
from ledger.audit.audit import NO_AUDIT, Audit
from ledger.database import Database
from registry.patients import changes
from registry.patients.changes import Pair
from registry.patients.domain import PatientDomain
from registry.store import patients, transactions
from registry.store.transactions import Source


class Patients:
    """The patients of one registry."""

    def __init__(self, database: Database, domain: PatientDomain, audit: Audit = NO_AUDIT) -> None:
        self._database = database
        self._audit = audit
        self._domain = domain

    def add(self, identifiers: Sequence[CX], source: Source) -> list[bool | Refusal]:
        """Make patients known, in one transaction; say of each whether they were not, or why not.

        Those that are refused do not keep the others out. Raises AuditUnavailable.
        """
        judged = [self._judge(identifier) for identifier in identifiers]

        def work(connection: Connection) -> list[bool | Refusal]:
            transaction = transactions.begin(connection, source)
            results = [
                found
                if isinstance(found, Refusal)
                else patients.add(connection, transaction, found)
                for found in judged
            ]
            added = [one for one, is_new in zip(judged, results, strict=True) if is_new is True]
            records = (self._record(source, str(one), Action.CREATE) for one in added)
            self._audit.note(connection, *records)
            return results

        return self._database.write(work)

    def _judge(self, identifier: CX) -> CX | Refusal:
        """Return the identifier as it is kept, or why it is not."""
        problem = CX.problem(identifier)
        if problem:
            return refuse("feed-id-malformed", field="patient", value=identifier, problem=problem)
        if not self._domain.holds(identifier):
            known = ", ".join(sorted(self._domain.authorities))
            return refuse(
                "feed-other-domain", field="The command", value=identifier, authorities=known
            )
        return CX(f"{identifier.id}^^^&{identifier.authority}&ISO")

    def merge(self, subsumed: CX, survivor: CX, source: Source) -> None:
        """Merge one patient into another, for good. Raises Refusal, AuditUnavailable."""
        if subsumed.authority != survivor.authority:
            raise refuse("merge-authorities", value=subsumed, number=0)

        def work(connection: Connection) -> None:
            transaction = transactions.begin(connection, source)
            changes.merge(connection, transaction, [Pair(subsumed, survivor)])
            self._audit.note(
                connection,
                self._record(source, str(subsumed), Action.DELETE),
                self._record(source, str(survivor), Action.UPDATE),
            )

        self._database.write(work)

    def _record(self, source: Source, patient: str, action: Action) -> bytes:
        return patient_record(self._audit.reporter, source.peer, patient, action, source.action)

    def listed(self) -> Iterator[tuple[CX, CX | None]]:
        """Iterate over all patients, each with the one whom they were merged into, if any."""
        with self._database.read() as connection:
            yield from patients.listed(connection)
