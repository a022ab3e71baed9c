"""Delivers the store's records to one destination, at least once each and in their order.

Syslog knows no receipt. A record counts as delivered when its connection has lived on for a while
after it, or was closed in agreement; after a break everything that is not confirmed is sent again.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from ihe_profiles.atna.transport import Connection, Oversized
from ledger.audit.store import Record, Store
from ledger.audit.trail import Fate, Observe
from ledger.database import Unavailable

_log = logging.getLogger(__name__)

BATCH: Final = 500
"""How many records are read at once."""
IN_FLIGHT: Final = 50_000
"""How many may be sent and not confirmed: no more are sent again after a break."""
IDLE: Final = 0.2
"""Seconds between two looks for new records."""
FIRST_BACKOFF: Final = 0.5
LONGEST_BACKOFF: Final = 30.0
"""Seconds between attempts to connect, which double."""


@dataclass(frozen=True, slots=True)
class Route:
    """A destination: its URL, and what connects to it (raises OSError).

    `grace` is how long its connection must live on after a record, `warn` how long it may be down
    before that is logged; in seconds.
    """

    url: str
    connect: Callable[[], Connection]
    grace: float
    warn: float


class Delivery:
    """A thread that delivers until it is closed. Nobody waits for it."""

    def __init__(self, store: Store, route: Route, observe: Observe) -> None:
        self._store = store
        self._route = route
        self._observe = observe
        self._stop = threading.Event()
        self._down_since: float | None = None
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name="audit-delivery", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Send what is there, if the destination takes it, and end; `join` waits for that."""
        self._stop.set()

    def join(self, patience: float) -> None:
        """Wait for the end, at most `patience` seconds."""
        self._thread.join(patience)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._deliver()
            except (OSError, Unavailable) as error:
                self._fail(error)
            except Exception:
                _log.exception("audit delivery to %s broke off", self._route.url)
                self._stop.wait(LONGEST_BACKOFF)

    def _deliver(self) -> None:
        """Deliver over one connection, until the end or until it breaks."""
        connection = self._route.connect()
        try:
            _Session(self._store, self._route, connection, self._observe, self._works).run(
                self._stop
            )
        except BaseException:
            with suppress(OSError):
                connection.close()
            raise

    def _works(self) -> None:
        if self._down_since is not None:
            _log.info("audit destination %s: takes records again", self._route.url)
        self._down_since, self._failures = None, 0

    def _fail(self, error: Exception) -> None:
        """Say that it is down, at once and then now and then, and wait before the next attempt."""
        now = time.monotonic()
        if self._down_since is None:
            self._down_since = now
            self._warned = now
            _log.warning("audit destination %s: %s", self._route.url, error)
        elif now - self._warned >= self._route.warn:
            self._warned = now
            minutes = (now - self._down_since) / 60
            _log.error(
                "audit destination %s has been down for %.0f minutes; records wait for it: %s",
                self._route.url,
                minutes,
                error,
            )
        pause = min(FIRST_BACKOFF * 2**self._failures, LONGEST_BACKOFF)
        self._failures = min(self._failures + 1, 10)
        self._stop.wait(pause * random.uniform(0.5, 1))  # noqa: S311 (it spreads attempts)


class _Session:
    """One connection: what was sent over it, and what of that is confirmed."""

    def __init__(
        self,
        store: Store,
        route: Route,
        connection: Connection,
        observe: Observe,
        works: Callable[[], None],
    ) -> None:
        self._store = store
        self._route = route
        self._connection = connection
        self._observe = observe
        self._works = works
        self._confirmed = self._sent = store.confirmed(route.url)
        self._marks: deque[tuple[float, int, int]] = deque()
        """When which record had been sent, with all before it, and in how many octets."""

    def run(self, stop: threading.Event) -> None:
        """Send until `stop`, then close in agreement. Raises OSError, Unavailable."""
        while not stop.is_set():
            moved = self._send_some()
            self._confirm_some()
            if not moved:
                stop.wait(IDLE)
        while self._send_some():
            self._confirm_some()
        if self._connection.close():
            self._confirm(self._sent)

    def _send_some(self) -> bool:
        room = IN_FLIGHT - (self._sent - self._confirmed)
        records = self._store.after(self._sent, min(BATCH, room)) if room > 0 else []
        if not records:
            return False
        self._send(records)
        self._sent = records[-1].sequence
        self._marks.append((time.monotonic(), self._connection.sent, self._sent))
        return True

    def _send(self, records: list[Record]) -> None:
        while records:
            try:
                return self._connection.send([record.message for record in records])
            except Oversized as error:
                self._observe(Fate.OVERSIZED, 1)
                sequence = records[error.index].sequence
                _log.error("audit record %d to %s: %s", sequence, self._route.url, error)
                records = records[error.index + 1 :]
        return None

    def _confirm_some(self) -> None:
        arrived = self._connection.sent - self._connection.check()
        settled = time.monotonic() - (0 if self._connection.confirms else self._route.grace)
        last = None
        while self._marks and self._marks[0][0] <= settled and self._marks[0][1] <= arrived:
            last = self._marks.popleft()[2]
        if last is not None:
            self._confirm(last)

    def _confirm(self, sequence: int) -> None:
        if sequence > self._confirmed:
            self._store.confirm(self._route.url, sequence)
            self._observe(Fate.DELIVERED, sequence - self._confirmed)
            self._confirmed = sequence
            self._works()
