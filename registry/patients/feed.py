"""Carries out the messages of patient identity feeds, each once, and writes down how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from ihe_profiles.hl7.identity import IdentityChange
from ihe_profiles.xds.errors import Refusal
from ledger import answered
from ledger.answered import Key
from ledger.audit.audit import Audit
from ledger.database import Database, Unavailable
from registry.patients.changes import Change, understand
from registry.patients.domain import PatientDomain
from registry.patients.records import Records
from registry.store import transactions
from registry.store.transactions import Source


@dataclass(frozen=True, slots=True)
class Feed:
    """The patients of one registry, as feeds change them."""

    database: Database
    domain: PatientDomain
    audit: Audit

    def carry_out(
        self,
        key: Key,
        source: Source,
        read: Callable[[], IdentityChange],
        accept: Callable[[], bytes],
        records: Records,
    ) -> bytes:
        """Do what a message asks and return its answer; the first one, if it was done before.

        Raises Refusal, once it is written down; MessageReused, Unavailable, AuditUnavailable.
        """
        heard: IdentityChange | None = None
        try:
            heard = read()
            change = understand(self.domain, heard)
            done = records.done(heard, change)
            return self.database.write(_Work(key, source, change, accept, self.audit, done))
        except Refusal as refusal:
            self.note(source, refusal, records.failed(heard, refusal))
            raise
        except Unavailable:
            self.audit.record(*records.failed(heard, "The database is not available."))
            raise

    def note(self, source: Source, refusal: Refusal, records: list[bytes]) -> None:
        """Write down a message that is refused. Raises Unavailable, AuditUnavailable."""

        def work(connection: Connection) -> None:
            transactions.begin(connection, source, str(refusal))
            self.audit.note(connection, *records)

        try:
            self.database.write(work)
        except Unavailable:
            self.audit.record(*records)
            raise


@dataclass(frozen=True, slots=True)
class _Work:
    key: Key
    source: Source
    change: Change
    accept: Callable[[], bytes]
    audit: Audit
    records: list[bytes]

    def __call__(self, connection: Connection) -> bytes:
        self.audit.note(connection, *self.records)
        first = answered.claim(connection, self.key)
        if first is not None:
            return first
        transaction = transactions.begin(connection, self.source)
        self.change.carry_out(connection, transaction)
        answer = self.accept()
        answered.settle(connection, self.key, answer)
        return answer
