"""The Document Registry: its operations (ITI TF-1 10.1.1.3)."""

from __future__ import annotations

from ihe_profiles import iti18, iti42, iti44, iti51
from ihe_profiles.policy.access import Access
from ihe_profiles.soap.exchange import Operation
from ihe_profiles.xds.domain.judge import Judge
from ledger.audit.audit import NO_AUDIT, Audit
from ledger.database import Database
from registry.limits import RegistryLimits
from registry.patients.domain import PatientDomain
from registry.patients.feed import Feed
from registry.patients.iti8 import PatientIdentityFeed
from registry.patients.iti44 import PatientIdentityFeedV3
from registry.query import Query
from registry.register import Register


class Registry:
    """One Document Registry over the tables of a database. Thread-safe.

    `home_community_id` (urn:oid:...) is said of objects that were registered without one. Without a
    `domain` every patient is accepted and no feed; without a `judge` the rules are the standard's.
    `retry_by_content`: an unchanged submission under a new MessageID is the same one again. `audit`
    records each exchange. `access` says what a requester may see; without it everything.
    """

    def __init__(
        self,
        database: Database,
        *,
        home_community_id: str | None = None,
        domain: PatientDomain | None = None,
        judge: Judge | None = None,
        limits: RegistryLimits | None = None,
        retry_by_content: bool = False,
        audit: Audit = NO_AUDIT,
        access: Access | None = None,
    ) -> None:
        judge = judge or Judge.of()
        domain = domain or PatientDomain()
        feed = Feed(database, domain, audit)
        self._register = Register(database, domain, judge, audit, by_content=retry_by_content)
        self._query = Query(
            database,
            home_community_id,
            judge,
            limits or RegistryLimits(),
            audit,
            access or Access(),
        )
        self._identity_feed_v3 = PatientIdentityFeedV3(feed)
        self.identity_feed = PatientIdentityFeed(feed)

    def operations(self) -> tuple[Operation, ...]:
        """Return what it serves."""
        return (
            Operation(iti42.TRANSACTION, self._register),
            Operation(iti18.TRANSACTION, self._query),
            Operation(iti51.TRANSACTION, self._query),
            *(Operation(kind, self._identity_feed_v3) for kind in iti44.TRANSACTIONS),
        )
