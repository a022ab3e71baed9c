"""Reconciling as an operator does it: what is compared, opened from the settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from entente.actors import Actor
from entente.blobs import open_blobs
from entente.census import RegistryCensus
from entente.databases import opened
from entente.misconfigured import Misconfigured
from entente.node import OURSELVES, registry_at
from entente.operating import NOBODY, Operating
from entente.settings import Settings
from entente.trail import operator_audit
from ihe_profiles.soap.client import Caller, LocalCaller
from ihe_profiles.soap.spyne_port import SoapServer
from registry.service import Registry
from repository import removal, verify
from repository.orphans import Kind, Orphan
from repository.reconcile import Reconciliation
from repository.recovery import Recover
from repository.repair import Repair, Repaired

Advance = Callable[[int], object]

DAMAGE: Final = frozenset({Kind.DAMAGED, Kind.MISSING})
"""What is a security alert when it is found."""


@dataclass(frozen=True, slots=True)
class Job:
    """A reconciliation that is about to begin, and how many documents and octets there are.

    What it finds damaged, and what it removes, `operating` records; it raises AuditUnavailable.
    """

    reconciliation: Reconciliation
    recover: Recover
    extent: tuple[int, int]
    operating: Operating = NOBODY

    def find(self, advance: Advance, *, read: bool) -> Iterator[Orphan]:
        """Yield everything that is amiss. Raises Unavailable, BlobStoreError, RegistryUnclear."""
        yield from self.reconciliation.overdue()
        yield from self._rest(advance, read=read)

    def repair(
        self, advance: Advance, aside: Path | None, *, read: bool
    ) -> Iterator[tuple[Orphan, Repaired]]:
        """Yield everything that is amiss, each after its repair.

        Raises as `find`, and AlreadyPaused, PauseLost, OSError.
        """
        repair = Repair(self.reconciliation, aside, self.operating.removed)
        overdue = list(self.reconciliation.overdue())
        if overdue:
            self.settle()
        yield from ((orphan, repair(orphan)) for orphan in overdue)
        with removal.paused(self.reconciliation.database) as pause:
            for orphan in self._rest(advance, read=read):
                pause.check()
                yield orphan, repair(orphan)

    def settle(self) -> int:
        """Ask the registry about every pending document whose lease is over; return how many ended.

        Raises Unavailable.
        """
        ended = 0
        done = self.recover()
        while done.committed or done.removed:
            ended += done.committed + done.removed
            done = self.recover()
        return ended

    def _rest(self, advance: Advance, *, read: bool) -> Iterator[Orphan]:
        yield from self.reconciliation.left_behind()
        for orphan in self.reconciliation.documents(advance, read=read):
            if orphan.kind in DAMAGE:
                self.operating.damaged(orphan.unique_id, f"{orphan.kind}: {orphan.why}")
            yield orphan
        yield from self.reconciliation.unlike_the_registry()
        yield from self.reconciliation.dangling()


def open_job(settings: Settings, grace: float | None, stack: ExitStack) -> Job:
    """Open what is to be compared; `grace` in seconds, else `limits.stale_staging`.

    Raises Misconfigured, Unavailable, SchemaMismatch, BlobStoreError, OSError.
    """
    unique_id = settings.repository.unique_id
    if unique_id is None:
        raise Misconfigured(["[repository] unique_id is not set: whose documents are these?"])
    limits = settings.limits.repository()
    database, blobs = opened(settings, Actor.REPOSITORY, stack), open_blobs(settings)
    census = _census(settings, unique_id, stack)
    audit = operator_audit(settings, database, Actor.REPOSITORY)
    caller = _caller(settings, census, stack)
    seconds = limits.stale_staging if grace is None else grace
    return Job(
        Reconciliation(database, blobs, caller, unique_id, seconds, census),
        Recover(
            database,
            blobs,
            caller,
            unique_id,
            limits,
            audit,
            census=census,
            is_elsewhere=settings.repository.registry_url is not None,
        ),
        verify.extent(database),
        Operating(audit),
    )


def _census(settings: Settings, unique_id: str, stack: ExitStack) -> RegistryCensus | None:
    """Return what the registry's own tables say, where the settings name them."""
    is_elsewhere = settings.repository.registry_url is not None
    if is_elsewhere and "database_url" not in settings.registry.model_fields_set:
        return None
    return RegistryCensus(opened(settings, Actor.REGISTRY, stack), unique_id)


def _caller(settings: Settings, census: RegistryCensus | None, stack: ExitStack) -> Caller:
    url = settings.repository.registry_url
    if url is not None:
        return registry_at(url, settings, stack)
    assert census is not None
    registry = Registry(census.database)
    return LocalCaller(SoapServer("DocumentRegistry", registry.operations()), OURSELVES)
