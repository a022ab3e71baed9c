"""Carries out the messages of patient identity feeds, each once, and writes down how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from ihe_profiles.hl7.identity import IdentityChange
from ihe_profiles.xds.errors import Refusal
from ledger import answered
from ledger.answered import Key
from ledger.database import Database
from registry.patients.changes import Change, understand
from registry.patients.domain import PatientDomain
from registry.store import transactions
from registry.store.transactions import Source


@dataclass(frozen=True, slots=True)
class Feed:
    """The patients of one registry, as feeds change them."""

    database: Database
    domain: PatientDomain

    def carry_out(
        self,
        key: Key,
        source: Source,
        read: Callable[[], IdentityChange],
        accept: Callable[[], bytes],
    ) -> bytes:
        """Do what a message asks and return its answer; the first one, if it was done before.

        Raises Refusal, once it is written down; MessageReused, Unavailable.
        """
        try:
            work = _Work(key, source, understand(self.domain, read()), accept)
            return self.database.write(work)
        except Refusal as refusal:
            self.note(source, refusal)
            raise

    def note(self, source: Source, refusal: Refusal) -> None:
        """Write down a message that is refused. Raises Unavailable."""
        self.database.write(lambda c: transactions.begin(c, source, str(refusal)))


@dataclass(frozen=True, slots=True)
class _Work:
    key: Key
    source: Source
    change: Change
    accept: Callable[[], bytes]

    def __call__(self, connection: Connection) -> bytes:
        first = answered.claim(connection, self.key)
        if first is not None:
            return first
        transaction = transactions.begin(connection, self.source)
        self.change.carry_out(connection, transaction)
        answer = self.accept()
        answered.settle(connection, self.key, answer)
        return answer
