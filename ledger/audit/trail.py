"""Where the actors leave their audit records, so that none is lost (ITI TF-2 3.20)."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from enum import Enum, StrEnum
from typing import Final, Protocol

from sqlalchemy import Connection

from ihe_profiles.atna import syslog
from ihe_profiles.atna.syslog import Origin
from ledger.audit import outbox
from ledger.audit.group import GroupCommit
from ledger.audit.outbox import Waiting
from ledger.audit.spill import Spill
from ledger.audit.unavailable import AuditUnavailable
from ledger.clock import now
from ledger.database import Database, Unavailable

_log = logging.getLogger(__name__)

PAUSE: Final = 5.0
"""Seconds in which a database that failed is not tried again: its records spill at once."""


class Trail(Protocol):
    """Takes audit records: each is one DICOM audit message in XML, UTF-8, without line breaks."""

    def note(self, connection: Connection, records: Iterable[bytes]) -> None:
        """Write records inside the transaction of the work they tell of.

        Raises AuditUnavailable.
        """
        ...

    def record(self, records: Iterable[bytes]) -> None:
        """Keep the records of work that writes nothing itself: durable when this returns.

        Concurrent callers are committed as one group. Raises AuditUnavailable.
        """
        ...


class Pressure(Enum):
    """How full the trail is."""

    NONE = 0
    SPILL = 1
    """The outbox is at its limit: reads go to the spill file."""
    REFUSE = 2
    """Nothing more can be kept."""


class Fate(StrEnum):
    """What becomes of records, as it is counted."""

    SPILLED = "spilled"
    REFUSED = "refused"
    """Counted in works, not records."""
    DELIVERED = "delivered"
    OVERSIZED = "oversized"
    """Too large for a destination: never sent to it."""


Observe = Callable[[Fate, int], None]
"""Told of each fate, and of how many."""


class OutboxTrail:
    """A trail on the outbox of the audit `database`, with `spill` for when that does not work.

    `pressure` is set by whoever watches how many records wait.
    """

    def __init__(
        self,
        database: Database,
        spill: Spill,
        origin: Origin,
        observe: Observe = lambda _fate, _number: None,
    ) -> None:
        self.pressure = Pressure.NONE
        self.origin = origin
        self.observe = observe
        self._database = database
        self._spill = spill
        self._group = GroupCommit(self._commit)
        self._sick_until = 0.0

    def note(self, connection: Connection, records: Iterable[bytes]) -> None:
        """Write records inside the work's own transaction. Raises AuditUnavailable."""
        self._must_have_room()
        outbox.put(connection, self._messages(records))

    def record(self, records: Iterable[bytes]) -> None:
        """Keep records durably. Raises AuditUnavailable."""
        self._must_have_room()
        waiting = self._messages(records)
        try:
            self._group.write(waiting)
        except AuditUnavailable:
            self.observe(Fate.REFUSED, 1)
            raise

    def _commit(self, group: list[Waiting]) -> None:
        if self.pressure is Pressure.NONE and time.monotonic() >= self._sick_until:
            try:
                return self._database.write(lambda connection: outbox.put(connection, group))
            except Unavailable as error:
                self._sick_until = time.monotonic() + PAUSE
                _log.warning("audit database: %s; records go to the spill file", error)
        self._spill.append(group)
        self.observe(Fate.SPILLED, len(group))
        return None

    def _must_have_room(self) -> None:
        if self.pressure is Pressure.REFUSE:
            self.observe(Fate.REFUSED, 1)
            raise AuditUnavailable("too many audit records wait for their delivery")

    def _messages(self, records: Iterable[bytes]) -> list[Waiting]:
        return [
            Waiting(outbox.new_id(), syslog.message(now(), self.origin, record))
            for record in records
        ]


class _NoTrail:
    def note(self, connection: Connection, records: Iterable[bytes]) -> None:
        pass

    def record(self, records: Iterable[bytes]) -> None:
        pass


NO_TRAIL: Final[Trail] = _NoTrail()
"""Keeps nothing: for actors by themselves. A served node always has a real trail."""
