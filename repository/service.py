"""The Document Repository: its operations, and what it does by itself (ITI TF-1 10.1.1.3)."""

from __future__ import annotations

from ihe_profiles import iti41, iti43
from ihe_profiles.policy.access import Access
from ihe_profiles.soap.client import Caller
from ihe_profiles.soap.exchange import Operation
from ledger.audit.audit import NO_AUDIT, Audit
from ledger.clock import now
from ledger.database import Database
from repository.limits import RepositoryLimits
from repository.media import MediaCheck
from repository.permission import Permission
from repository.provide import Provide
from repository.recovery import Recover, Recovery
from repository.retrieve import Retrieve
from repository.signatures import NO_RULES, Rules
from repository.snapshot import Snapshot
from repository.store import reads, writes
from repository.store.blobs import BlobStore


class Repository:
    """One Document Repository, known as `unique_id` (repositoryUniqueId, an OID).

    It meets its registry through `registry` only. `audit` records each exchange;
    `registry_endpoint` is the URL under which its records name the registry. `access` says what a
    requester may see; without it everything. `snapshot` stands in for a registry that cannot be
    reached; without it nothing does. A registry that `is_registry_elsewhere` may not know this
    repository as a part of the system. Thread-safe.
    """

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        registry: Caller,
        *,
        unique_id: str,
        limits: RepositoryLimits | None = None,
        media: MediaCheck = MediaCheck.OFF,
        signatures: Rules = NO_RULES,
        audit: Audit = NO_AUDIT,
        registry_endpoint: str = "",
        access: Access | None = None,
        snapshot: Snapshot | None = None,
        is_registry_elsewhere: bool = False,
    ) -> None:
        limits = limits or RepositoryLimits()
        self._database = database
        self._limits = limits
        self._provide = Provide(
            database,
            blobs,
            registry,
            unique_id,
            limits,
            media,
            signatures,
            audit,
            registry_endpoint,
        )
        permission = Permission(registry, unique_id, access or Access(), snapshot)
        self._retrieve = Retrieve(database, blobs, unique_id, permission, audit)
        self._recover = Recover(
            database,
            blobs,
            registry,
            unique_id,
            limits,
            audit,
            is_elsewhere=is_registry_elsewhere,
            in_hand=self._provide.in_hand,
        )

    def operations(self) -> tuple[Operation, ...]:
        """Return what it serves."""
        return (
            Operation(iti41.TRANSACTION, self._provide),
            Operation(iti43.TRANSACTION, self._retrieve),
        )

    def recover(self) -> Recovery:
        """Do one pass over what is pending or left behind; to be called now and then.

        Raises Unavailable.
        """
        return self._recover()

    def prolong(self) -> None:
        """Begin the lease anew of what this process is registering; to be called within each lease.

        Who recovers elsewhere asks about what is overdue, and cannot know what is in hand here.
        Raises Unavailable.
        """
        if keys := self._provide.in_hand.keys:
            until = now() + round(self._limits.pending_lease * 1000)
            self._database.write(lambda c: writes.prolong(c, keys, until))

    def pending(self) -> int:
        """Return how many documents wait for a certain answer of the registry.

        Raises Unavailable.
        """
        with self._database.read() as connection:
            return reads.pending(connection)
