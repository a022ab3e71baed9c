"""What ends pending documents whose submission got no certain answer: the registry is asked.

Nothing is guessed. Only a registry that answers, and whose answer fits, commits or removes a
document; otherwise it stays pending, is served, and is asked about again. That a registry shows
nothing of a submission counts, where it is elsewhere, only when it shows another one that it has:
it may take this repository for somebody who may see nothing.
"""

from __future__ import annotations

import logging
import secrets
from collections import Counter
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from sqlalchemy import Connection

from ihe_profiles.soap import trace
from ihe_profiles.soap.client import Caller
from ledger import lease
from ledger.audit.audit import NO_AUDIT, Audit
from ledger.clock import now
from ledger.database import Database
from repository import access, removal
from repository.enquiry import Enquiry, NoAnswer, enquire
from repository.limits import RepositoryLimits
from repository.orphans import Census
from repository.register import Verdict
from repository.store import reads, writes
from repository.store.blobs import BlobStore, BlobStoreError
from repository.store.reads import Overdue
from repository.store.tables import State

log = logging.getLogger(__name__)

_LEASE: Final = "repository recovery"
_MOST: Final = 1000
"""How many documents one pass takes up."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """What one pass did: documents committed, removed, left pending; staged blobs swept away."""

    committed: int = 0
    removed: int = 0
    pending: int = 0
    swept: int = 0


@dataclass(frozen=True, slots=True)
class Recover:
    """One pass over overdue documents and stale blobs, with what it works on.

    `census` says which documents have a withdrawn entry; without it they stay pending. A registry
    that `is_elsewhere` knows this repository by its certificate, if at all. Documents whose blobs
    are `in_hand` are being registered by this process, and are let be.
    """

    database: Database
    blobs: BlobStore
    registry: Caller
    unique_id: str
    limits: RepositoryLimits
    audit: Audit = NO_AUDIT
    census: Census | None = None
    is_elsewhere: bool = False
    in_hand: Container[str] = ()

    def __call__(self) -> Recovery:
        """Do one pass, unless another process is doing it. Raises Unavailable."""
        holder = secrets.token_hex(8)
        with trace.working_on(trace.new()):
            if not self._holds_lease(holder):
                return Recovery()
            try:
                ended, pending = self._end_overdue(holder)
                swept = self._sweep()
            finally:
                self.database.write(lambda c: lease.release(c, _LEASE, holder))
        return Recovery(ended[Verdict.REGISTERED], ended[Verdict.REFUSED], pending, swept)

    def _holds_lease(self, holder: str) -> bool:
        """Take or prolong the lease on the job."""
        seconds = self.limits.pending_lease
        return self.database.write(lambda c: lease.acquire(c, _LEASE, holder, seconds))

    def _end_overdue(self, holder: str) -> tuple[Counter[Verdict], int]:
        """End what can be ended; return how often each verdict fell, and how many stay pending."""
        with self.database.read() as connection:
            overdue = reads.overdue(connection, now(), _MOST)
        ended: Counter[Verdict] = Counter()
        shows = cache(self._shows)
        free = [one for one in overdue if one.blob_key not in self.in_hand]
        for submission, documents in _by_submission(free).items():
            if not self._holds_lease(holder):
                break
            try:
                ended.update(self._end(submission, documents, shows))
            except NoAnswer:
                log.warning("the registry gives no answer about pending documents", exc_info=True)
                self._write(dict.fromkeys(documents, Verdict.UNKNOWN), submission)
                break
        return ended, len(overdue) - ended[Verdict.REGISTERED] - ended[Verdict.REFUSED]

    def _end(
        self, submission: str, documents: list[Overdue], shows: Callable[[], bool]
    ) -> Iterator[Verdict]:
        enquiry = enquire(self.registry, submission)
        verdicts = {document: self._verdict(enquiry, document, shows) for document in documents}
        for document in self._write(verdicts, submission):
            verdict = verdicts[document]
            where = {"blob_key": document.blob_key, "unique_id": document.unique_id}
            log.info("a pending document: %s", verdict.name.lower(), extra=where)
            self._clear(document.blob_key, _STATES[verdict])
            yield verdict

    def _verdict(self, enquiry: Enquiry, document: Overdue, shows: Callable[[], bool]) -> Verdict:
        verdict = enquiry.verdict(document, self.unique_id)
        if verdict is Verdict.REFUSED and not shows():
            return Verdict.UNKNOWN
        if self.census and enquiry.withholds(document):
            known = self.census.having([document.unique_id])
            return Verdict.REGISTERED if known else Verdict.REFUSED
        return verdict

    def _shows(self) -> bool:
        """Say whether the registry shows what it has: the submission of the last document."""
        if not self.is_elsewhere:
            return True
        with self.database.read() as connection:
            submission = reads.last_committed(connection)
        if submission is None or enquire(self.registry, submission).is_found:
            return submission is not None
        log.error(
            "the registry shows nothing of a registered submission: "
            "is this repository among its [policy] node_certificates?",
            extra={"submission": submission},
        )
        return False

    def _write(self, verdicts: dict[Overdue, Verdict], submission: str) -> list[Overdue]:
        """Write the verdicts down; return the documents that were still as they were seen."""

        def work(connection: Connection) -> list[Overdue]:
            ended = [d for d, verdict in verdicts.items() if self._note(connection, d, verdict)]
            if any(verdicts[document] is Verdict.REGISTERED for document in ended):
                self.audit.note(connection, access.committed_late(self.audit, submission))
            return ended

        return self.database.write(work)

    def _note(self, connection: Connection, document: Overdue, verdict: Verdict) -> bool:
        key, seen = document.blob_key, document.lease_until
        if verdict is Verdict.REGISTERED:
            return writes.commit_seen(connection, key, seen)
        if verdict is Verdict.REFUSED:
            return writes.remove_seen(connection, key, seen)
        return writes.prolong_seen(connection, key, seen, now() + self._pause(document))

    def _pause(self, document: Overdue) -> int:
        """Return how long not to ask again: as long as was waited already, within limits."""
        shortest, longest = self.limits.pending_lease, self.limits.longest_backoff
        return min(max(now() - document.time, round(shortest * 1000)), round(longest * 1000))

    def _sweep(self) -> int:
        """Clear up staged blobs that a process left behind; return how many were removed."""
        keys = list(self.blobs.stale(self.limits.stale_staging))
        with self.database.read() as connection:
            known = reads.states(connection, keys)
        return sum(self._clear(key, known.get(key)) for key in keys)

    def _clear(self, blob_key: str, state: State | None) -> bool:
        """Bring a blob in line with the index; True when it was removed.

        What fails is tried again by a later sweep.
        """
        try:
            if state is None and not removal.is_paused(self.database):
                self.blobs.delete(blob_key)
                return True
            if state is State.COMMITTED:
                self.blobs.settle(blob_key)
        except BlobStoreError:
            log.warning("a blob stays staged", extra={"blob_key": blob_key}, exc_info=True)
        return False


_STATES: Final = {
    Verdict.REGISTERED: State.COMMITTED,
    Verdict.REFUSED: None,
    Verdict.UNKNOWN: State.PENDING,
}


def _by_submission(overdue: list[Overdue]) -> dict[str, list[Overdue]]:
    groups: dict[str, list[Overdue]] = {}
    for document in overdue:
        groups.setdefault(document.submission_unique_id, []).append(document)
    return groups
