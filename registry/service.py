"""The Document Registry: its operations (ITI TF-1 10.1.1.3)."""

from __future__ import annotations

from ihe_profiles import iti18, iti42
from ihe_profiles.soap.exchange import Operation
from ihe_profiles.xds.domain.judge import Judge
from ledger.database import Database
from registry.limits import RegistryLimits
from registry.patients.domain import PatientDomain
from registry.query import Query
from registry.register import Register


class Registry:
    """One Document Registry over the tables of a database. Thread-safe.

    `home_community_id` (urn:oid:...) is said of objects that were registered without one. Without a
    `domain` every patient is accepted; without a `judge` the rules are the standard's alone.
    """

    def __init__(
        self,
        database: Database,
        *,
        home_community_id: str | None = None,
        domain: PatientDomain | None = None,
        judge: Judge | None = None,
        limits: RegistryLimits | None = None,
    ) -> None:
        judge = judge or Judge.of()
        self._register = Register(database, domain or PatientDomain(), judge)
        self._query = Query(database, home_community_id, judge, limits or RegistryLimits())

    def operations(self) -> tuple[Operation, ...]:
        """Return what it serves."""
        return (
            Operation(iti42.TRANSACTION, self._register),
            Operation(iti18.TRANSACTION, self._query),
        )
