"""What an actor records its accesses with: who it is, and where its records go."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from ihe_profiles.atna import events, faults
from ihe_profiles.atna.events import SUCCESS, Ending
from ihe_profiles.atna.message import Action, Participated
from ihe_profiles.atna.reporter import Reporter
from ihe_profiles.soap.exchange import Exchange, FaultReport
from ihe_profiles.soap.faults import SoapFault
from ledger.audit.trail import NO_TRAIL, Trail
from ledger.audit.unavailable import AuditUnavailable

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Audit:
    """The records of one actor."""

    reporter: Reporter
    trail: Trail

    def of(
        self,
        exchange: Exchange,
        objects: Sequence[Participated],
        ending: Ending = SUCCESS,
        action: Action | None = None,
    ) -> bytes:
        """Write the record of an exchange that this actor was asked for."""
        return events.responded(
            self.reporter,
            exchange.transaction.number,
            exchange.peer,
            objects,
            ending,
            action=action,
            requester=exchange.requester,
            reply_to=exchange.addressing.reply_to,
        )

    def record(self, *records: bytes) -> None:
        """Keep records of work that writes nothing here. Raises AuditUnavailable."""
        if records:
            self.trail.record(records)

    def note(self, connection: Connection, *records: bytes) -> None:
        """Keep records with the work of a transaction. Raises AuditUnavailable."""
        self.trail.note(connection, records)

    def tell(self, *records: bytes) -> None:
        """Keep records of what has happened already and cannot be refused any more."""
        try:
            self.trail.record(records)
        except AuditUnavailable:
            _log.exception("an audit record could not be kept")

    def on_fault(self, report: FaultReport) -> None:
        """Record an exchange that ends in a fault."""
        record = faults.record(self.reporter, report)
        if record is not None:
            self.tell(record)


NO_AUDIT: Final = Audit(Reporter("none", ""), NO_TRAIL)
"""For actors by themselves, whose records nobody keeps."""

BROKEN_OFF: Final = Ending.failed("The answer broke off before all of it was delivered.")


@contextmanager
def required() -> Iterator[None]:
    """Refuse the work inside when its record cannot be kept. Raises SoapFault."""
    try:
        yield
    except AuditUnavailable as unavailable:
        _log.error("an exchange is refused: %s", unavailable)
        raise SoapFault("audit-unavailable") from unavailable
