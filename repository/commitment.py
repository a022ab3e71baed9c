"""The documents of one submission in the index: pending, then committed or gone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Connection

from ledger import answered
from ledger.answered import Key, MessageReused
from ledger.clock import now
from ledger.database import Database, Unavailable
from repository import removal
from repository.staging import Staging
from repository.store import signatures, writes
from repository.store.signatures import Finding
from repository.store.writes import Pending

log = logging.getLogger(__name__)


class Vanished(Exception):
    """Documents that should be pending are not in the index any more."""


class Commitment:
    """Brings what is staged into the index, and says whether its blobs may still be discarded.

    `is_indexed` is True while the index, or a copy of it that is being made, may know the
    documents: rows go before blobs, so that no row points to nothing.
    """

    def __init__(self, database: Database, staging: Staging, lease_seconds: float) -> None:
        self.is_indexed = False
        self._database = database
        self._staging = staging
        self._lease = round(lease_seconds * 1000)

    @property
    def lease_until(self) -> int:
        """When a lease that begins now is over."""
        return now() + self._lease

    def begin(
        self,
        key: Key,
        seconds: float,
        documents: list[Pending],
        findings: Mapping[str, Sequence[Finding]],
    ) -> bytes | None:
        """Make the blobs durable, then take the message and add the documents at once.

        `findings` are what was said of their signatures, by the keys of their blobs.
        A message that was carried out before adds nothing: the answer that it got is returned.
        Raises BlobStoreError, MessageReused, Unavailable.
        """

        def add(connection: Connection) -> None:
            writes.add(connection, documents)
            signatures.add(connection, findings)

        self._staging.commit()
        self.is_indexed = True
        try:
            first = answered.reserve(self._database, key, seconds, add)
        except MessageReused:
            self.is_indexed = False
            raise
        except Exception:
            self.undo()
            raise
        self.is_indexed = first is None
        return first

    def prolong(self) -> None:
        """Begin the lease anew, if that is possible."""
        keys, until = self._staging.keys, self.lease_until
        try:
            self._database.write(lambda c: writes.prolong(c, keys, until))
        except Unavailable:
            log.warning("the lease of pending documents was not prolonged", exc_info=True)

    def commit(self, along: Callable[[Connection], None]) -> None:
        """Commit the documents, and do `along` in the same transaction.

        Raises Vanished, Unavailable: the documents are then as they were.
        """
        keys = self._staging.keys

        def work(connection: Connection) -> None:
            if writes.commit(connection, keys) != len(keys):
                raise Vanished
            along(connection)

        self._database.write(work)
        self._staging.settle()

    def undo(self) -> None:
        """Remove the documents; what cannot be removed now stays pending and is found later."""
        keys = self._staging.keys
        try:
            self._database.write(lambda c: writes.remove(c, keys))
        except Unavailable:
            log.exception("documents that were refused stay pending")
        else:
            self.is_indexed = removal.is_paused(self._database)
