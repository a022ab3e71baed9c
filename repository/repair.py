"""Repairs what reconciling found, where that is safe; the rest is for people to decide.

Nothing goes that an entry of the registry points to, withdrawn ones included, and no committed
document without a copy of it having been set aside.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from ledger import durable
from ledger.clock import now
from repository.digest import Damaged, verified
from repository.orphans import Kind, Orphan
from repository.reconcile import Reconciliation
from repository.store import inventory, reads
from repository.store.blobs import BlobStoreError
from repository.store.inventory import Committed
from repository.store.tables import State


@dataclass(frozen=True, slots=True)
class Repaired:
    """What became of an orphan: what was done, or why nothing was."""

    is_done: bool
    what: str


Removed = Callable[[Connection, str, str], None]
"""Told of a document that is removed, in the same transaction: its uniqueId, and why."""


def _tell_nobody(_connection: Connection, _unique_id: str, _why: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Repair:
    """Repairs finds of a reconciliation, while removal is paused; `aside` is a folder.

    `removed` hears of each committed document that goes.
    """

    found: Reconciliation
    aside: Path | None = None
    removed: Removed = _tell_nobody

    def __call__(self, orphan: Orphan) -> Repaired:
        """Repair one find, after another look. Raises BlobStoreError, Unavailable, OSError."""
        return _REPAIRS[orphan.kind](self, orphan)

    def _overdue(self, orphan: Orphan) -> Repaired:
        """Say what the registry's answer has made of a pending document."""
        state = self._state(orphan.blob_key)
        if state is State.PENDING:
            why = "the registry gives no certain answer, or a server is waiting for it"
            return Repaired(False, f"pending still: {why}")
        return Repaired(True, "committed" if state else "removed, as the registry has it not")

    def _staged(self, orphan: Orphan) -> Repaired:
        state = self._state(orphan.blob_key)
        if state is None:
            self.found.blobs.delete(orphan.blob_key)
            return Repaired(True, "blob removed")
        if state is State.COMMITTED:
            self.found.blobs.settle(orphan.blob_key)
            return Repaired(True, "blob is staged no more")
        return Repaired(True, "its document is pending by now")

    def _missing(self, orphan: Orphan) -> Repaired:
        if reason := self._reason_to_keep(orphan):
            return Repaired(False, f"{reason}: bring the blob back from a backup")
        self._remove(orphan)
        return Repaired(True, "row removed: no entry has it")

    def _unknown(self, orphan: Orphan) -> Repaired:
        if reason := self._reason_to_keep(orphan):
            return Repaired(False, reason)
        if self.aside is None:
            return Repaired(False, "it goes only when a copy is set aside (--set-aside FOLDER)")
        with self.found.database.read() as connection:
            document = inventory.one(connection, orphan.blob_key)
        if document is None:
            return Repaired(True, "its row is gone by now")
        try:
            _set_aside(self.found, document, self.aside)
        except (Damaged, BlobStoreError) as problem:
            return Repaired(False, f"no whole copy can be set aside: {problem}")
        self._remove(orphan)
        self.found.blobs.delete(orphan.blob_key)
        return Repaired(True, f"set aside as {self.aside / orphan.blob_key} and removed")

    def _remove(self, orphan: Orphan) -> None:
        def work(connection: Connection) -> None:
            if inventory.remove(connection, orphan.blob_key):
                self.removed(connection, orphan.unique_id, f"{orphan.kind}: {orphan.why}")

        self.found.database.write(work)

    def _left(self, orphan: Orphan) -> Repaired:
        return Repaired(False, _ADVICE[orphan.kind].format(orphan=orphan))

    def _reason_to_keep(self, orphan: Orphan) -> str:
        """Say why a committed document must stay; nothing when it may go."""
        census = self.found.census
        if census is None:
            return "whether a withdrawn entry has it is known beside the registry's database only"
        if census.having([orphan.unique_id]):
            return "an entry has it"
        with self.found.database.read() as connection:
            document = inventory.one(connection, orphan.blob_key)
        if document and now() - document.time < self.found.grace * 1000:
            return "it is younger than the grace"
        if document is None and self._state(orphan.blob_key):
            return "it is pending: the registry will be asked"
        return ""

    def _state(self, blob_key: str) -> State | None:
        with self.found.database.read() as connection:
            return reads.states(connection, [blob_key]).get(blob_key)


_REPAIRS: Final[dict[Kind, Callable[[Repair, Orphan], Repaired]]] = {
    Kind.OVERDUE: Repair._overdue,
    Kind.STAGED: Repair._staged,
    Kind.STRAY: Repair._staged,
    Kind.MISSING: Repair._missing,
    Kind.UNKNOWN: Repair._unknown,
    Kind.DAMAGED: Repair._left,
    Kind.UNREADABLE: Repair._left,
    Kind.DIFFERENT: Repair._left,
    Kind.DANGLING: Repair._left,
}
_ADVICE: Final = {
    Kind.DAMAGED: "bring the blob back from a backup",
    Kind.UNREADABLE: "see to the store, or to its keys",
    Kind.DIFFERENT: "compare both with the source, and withdraw the entry if it is wrong",
    Kind.DANGLING: (
        "bring the document back from a backup, or: entente documents withdraw {orphan.entry_uuid}"
    ),
}


def _set_aside(found: Reconciliation, one: Committed, folder: Path) -> None:
    """Write a document's bytes and what the index says of it, durably, for the owner only."""
    document = one.document
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    said = {
        "unique_id": document.unique_id,
        "mime_type": document.mime_type,
        "sha1": document.sha1,
        "size": document.size,
        "time": one.time,
        "submission_unique_id": one.submission_unique_id,
    }
    pieces = found.blobs.read(document.blob_key, envelope=document.envelope)
    durable.write(folder / document.blob_key, verified(pieces, document.chunk_digests))
    durable.write(folder / f"{document.blob_key}.json", [json.dumps(said).encode()])
