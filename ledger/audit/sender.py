"""The sender: takes waiting records into the store, and sees that one process delivers them."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from ihe_profiles.atna import syslog
from ledger import lease
from ledger.audit import chain, outbox
from ledger.audit.chain import Place, Signer
from ledger.audit.delivery import Delivery, Route
from ledger.audit.outbox import Waiting
from ledger.audit.spill import Spill
from ledger.audit.store import Store
from ledger.audit.trail import OutboxTrail, Pressure
from ledger.clock import now
from ledger.database import Database, Unavailable

_log = logging.getLogger(__name__)

INTERVAL: Final = 0.25
"""Seconds between two looks at the outboxes."""
BATCH: Final = 500
"""How many records are taken at once."""
LEASE: Final = 10.0
"""Seconds after which a dead sender's work is another's."""
COLLECTING: Final = "audit collector"
DELIVERING: Final = "audit sender"
PRUNING: Final = 3600.0
"""Seconds between two prunings."""
PRUNED: Final = 5000
"""How many records one transaction removes."""

_Job = Literal["head", "prune", "pressure"]
"""What is done now and then."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the sender does: `most` undelivered records before reads spill, times in seconds."""

    routes: tuple[Route, ...]
    signer: Signer
    most: int
    head_seconds: float
    keep_seconds: float | None


class Sender:
    """A thread that works until it is closed; every process has one, and leases keep them apart.

    `outboxes` are the databases whose records go to `store`; `trail` is told how full all is.
    """

    def __init__(
        self,
        outboxes: Sequence[Database],
        store: Store,
        spill: Spill,
        trail: OutboxTrail,
        plan: Plan,
    ) -> None:
        self._outboxes = tuple(dict.fromkeys([store.database, *outboxes]))
        self._store = store
        self._spill = spill
        self._trail = trail
        self._plan = plan
        self._holder = secrets.token_hex(8)
        self._deliveries: list[Delivery] = []
        self._stated = 0
        self._leases: dict[tuple[str, Database], tuple[float, bool]] = {}
        self._due: dict[_Job, float] = {"head": 0.0, "prune": 0.0, "pressure": 0.0}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="audit-sender", daemon=True)
        self._thread.start()

    def close(self, patience: float) -> None:
        """Take what waits, deliver what can be, and end within `patience` seconds."""
        deadline = time.monotonic() + patience
        self._stop.set()
        self._thread.join(patience)
        deliveries = self._deliveries
        self._rest()
        for delivery in deliveries:
            delivery.join(max(0.0, deadline - time.monotonic()))

    def waiting(self) -> Mapping[str, int]:
        """Count the records that wait, by destination; those in no store yet wait for all.

        Raises Unavailable.
        """
        most = 4 * self._plan.most
        pending = 0
        for database in self._outboxes:
            with database.read() as connection:
                pending += outbox.count(connection, most)
        head = self._store.head().sequence
        behind = {r.url: head - self._store.confirmed(r.url) for r in self._plan.routes}
        return {"store": pending} | {url: number + pending for url, number in behind.items()}

    def _run(self) -> None:
        while not self._stop.is_set():
            if self._pass() < BATCH:
                self._stop.wait(INTERVAL)
        while self._pass():
            pass
        self._release()

    def _release(self) -> None:
        """Let another process go on at once."""
        for database in self._outboxes:
            for name in (COLLECTING, DELIVERING):
                try:
                    database.write(partial(lease.release, name=name, holder=self._holder))
                except Unavailable as error:
                    _log.warning("audit sender: %s", error)

    def _pass(self) -> int:
        """Do what is to be done now; return how many records came into the store."""
        moved = 0
        collect = (partial(self._collect_from, database) for database in self._outboxes)
        steps: Sequence[Callable[[], int | None]]
        steps = (self._weigh, self._take_in, *collect, self._lead)
        for step in steps:
            try:
                moved += step() or 0
            except (Unavailable, OSError) as error:
                _log.warning("audit sender: %s", error)
                self._stop.wait(1.0)
            except Exception:
                _log.exception("audit sender broke off")
                self._stop.wait(1.0)
        return moved

    def _is_due(self, job: _Job, seconds: float) -> bool:
        time_now = time.monotonic()
        if time_now < self._due[job]:
            return False
        self._due[job] = time_now + seconds
        return True

    def _weigh(self) -> None:
        """Tell the trail how full all is."""
        if self._is_due("pressure", 1.0):
            most, waiting = self._plan.most, max(self.waiting().values())
            full = waiting >= 2 * most or (waiting >= most and self._spill.full)
            pressure = (
                Pressure.REFUSE if full else Pressure.SPILL if waiting >= most else Pressure.NONE
            )
            if pressure is not self._trail.pressure:
                _log.log(
                    logging.INFO if pressure is Pressure.NONE else logging.ERROR,
                    "audit trail: %s, %d records wait",
                    _SAID[pressure],
                    waiting,
                )
            self._trail.pressure = pressure

    def _has(self, job: str, database: Database) -> bool:
        """Have the lease of a job: that another one has it too for an instant does no harm."""
        until, has = self._leases.get((job, database), (0.0, False))
        if time.monotonic() < until:
            return has
        until = time.monotonic() + LEASE / 4
        has = database.write(lambda c: lease.acquire(c, job, self._holder, LEASE))
        self._leases[job, database] = (until, has)
        return has

    def _take_in(self) -> int:
        """Bring the spilled records back, when there is room."""
        if self._trail.pressure is not Pressure.NONE:
            return 0
        database = self._store.database
        return self._spill.take_in(lambda w: database.write(lambda c: outbox.put(c, w)))

    def _collect_from(self, database: Database) -> int:
        """Move waiting records to the store; what dies in between is found there by its id."""
        with database.read() as connection:
            waiting = outbox.take(connection, BATCH)
        if not waiting or not self._has(COLLECTING, database):
            return 0
        self._store.append(waiting)
        database.write(lambda connection: outbox.remove(connection, waiting))
        return len(waiting)

    def _lead(self) -> None:
        """Deliver, state heads and prune, in one process at a time."""
        if not self._has(DELIVERING, self._store.database):
            return self._rest()
        if not self._deliveries:
            observe = self._trail.observe
            self._deliveries = [Delivery(self._store, r, observe) for r in self._plan.routes]
        if self._is_due("head", self._plan.head_seconds):
            self._state_head()
        if self._plan.keep_seconds is not None and self._is_due("prune", PRUNING):
            self._prune(self._plan.keep_seconds)
        return None

    def _rest(self) -> None:
        """Leave the deliveries to whoever has the lease now."""
        for delivery in self._deliveries:
            delivery.stop()
        self._deliveries = []

    def _state_head(self) -> None:
        """Add a signed head, unless nothing has come since the last one."""
        if self._store.head().sequence > self._stated:
            self._store.append_made(lambda place: [self._statement(chain.HEAD, place)])
            self._stated = self._store.head().sequence

    def _prune(self, keep_seconds: float) -> None:
        """Remove some old records; while there are any, again in the next pass."""
        before = now() - round(keep_seconds * 1000)
        urls = [route.url for route in self._plan.routes]
        removed = self._store.prune(before, urls, PRUNED, self._anchor)
        if removed:
            self._due["prune"] = 0.0
            _log.info("audit store: %d delivered records were old and are removed", removed)

    def _anchor(self, place: Place) -> Waiting:
        return self._statement(chain.ANCHOR, place)

    def _statement(self, kind: str, place: Place) -> Waiting:
        body = self._plan.signer.statement(kind, place)
        return Waiting(outbox.new_id(), syslog.message(now(), self._trail.origin, body, kind))


_SAID: Final = {
    Pressure.NONE: "there is room again",
    Pressure.SPILL: "at its limit, reads go to the spill file",
    Pressure.REFUSE: "full, work is refused",
}
