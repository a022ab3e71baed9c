"""Compares the index with the blobs and with the registry, both ways, while servers may run.

The registry is asked over ITI-18, as any consumer asks it. What no query tells (which entries name
this repository, and which of them are withdrawn) a `Census` says, where there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeVar

from ihe_profiles import iti18
from ihe_profiles.soap.client import Caller, CallFailed, RemoteFault
from ihe_profiles.xds.errors import Refusal
from ihe_profiles.xds.metadata import DocumentEntry
from ihe_profiles.xds.queries import BY_NAME
from ihe_profiles.xds.vocabulary import ResponseStatus
from ledger.clock import now
from ledger.database import Database
from repository.orphans import Census, Kind, Orphan
from repository.store import inventory, reads
from repository.store.blobs import BlobMissing, BlobStore, BlobStoreError
from repository.store.inventory import Committed
from repository.store.reads import Stored
from repository.store.tables import State
from repository.verify import Condition, verify

T = TypeVar("T")
Advance = Callable[[int], object]

_SEVERAL_PATIENTS: Final = "XDSResultNotSinglePatient"
_QUERY: Final = BY_NAME["GetDocuments"].id  # ITI TF-2 3.18.4.1.2.3.7.5
_MOST: Final = 1_000_000
_KINDS: Final = {
    Condition.MISSING: Kind.MISSING,
    Condition.DAMAGED: Kind.DAMAGED,
    Condition.UNREADABLE: Kind.UNREADABLE,
}


class RegistryUnclear(Exception):
    """The registry gives no answer, or none that can be compared with."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What is compared. `grace`: seconds for which something may stand alone, being under way."""

    database: Database
    blobs: BlobStore
    registry: Caller
    unique_id: str
    grace: float
    census: Census | None = None

    def overdue(self) -> Iterator[Orphan]:
        """Yield pending documents whose lease is over."""
        with self.database.read() as connection:
            found = reads.overdue(connection, now(), _MOST)
        for document in found:
            since = (now() - document.time) // 1000
            why = f"the registry was told {since} s ago and gave no certain answer"
            yield Orphan(Kind.OVERDUE, why, document.unique_id, document.blob_key)

    def left_behind(self) -> Iterator[Orphan]:
        """Yield blobs without a document, staged and in place, and marks without need."""
        for keys in _some(self.blobs.stale(self.grace), 500):
            known = self._states(keys)
            for key in keys:
                if key not in known:
                    yield Orphan(Kind.STAGED, "the index does not know it", blob_key=key)
                elif known[key] is State.COMMITTED:
                    yield Orphan(Kind.STAGED, "its document is committed", blob_key=key)
        for keys in _some(self.blobs.placed(self.grace), 500):
            staged = set(self.blobs.stale(0)) if set(keys) - set(self._states(keys)) else set()
            known = self._states(keys)
            for key in keys:
                if key not in known and key not in staged:
                    yield Orphan(Kind.STRAY, "the index does not know it", blob_key=key)

    def documents(self, advance: Advance, *, read: bool) -> Iterator[Orphan]:
        """Yield documents that are not whole; unless they are `read`, by their sizes only."""
        if not read:
            yield from self._sizes(advance)
            return
        for found in verify(self.database, self.blobs, advance):
            if found.condition is not Condition.WHOLE:
                kind = _KINDS[found.condition]
                yield Orphan(kind, found.why, found.unique_id, found.blob_key)

    def unlike_the_registry(self) -> Iterator[Orphan]:
        """Yield committed documents that the registry does not know, or knows differently.

        Raises RegistryUnclear.
        """
        after = 0
        while some := self._committed(after):
            entries = self._ask({one.document.unique_id for one in some})
            for one in some:
                if orphan := _compare(one.document, entries.get(one.document.unique_id, ())):
                    yield from self._unless_withdrawn(orphan)
            after = some[-1].key

    def dangling(self) -> Iterator[Orphan]:
        """Yield entries, seen by queries, that name this repository and a document it has not."""
        for entries in self.census.entries() if self.census else ():
            with self.database.read() as connection:
                known = reads.stored(connection, (entry.unique_id for entry in entries))
            for entry in entries:
                if entry.unique_id not in known and not entry.is_withdrawn:
                    why = "the index does not know it"
                    yield Orphan(Kind.DANGLING, why, entry.unique_id, entry_uuid=entry.entry_uuid)

    def _states(self, keys: Iterable[str]) -> dict[str, State]:
        with self.database.read() as connection:
            return reads.states(connection, keys)

    def _committed(self, after: int) -> list[Committed]:
        with self.database.read() as connection:
            return inventory.committed(connection, after)

    def _sizes(self, advance: Advance) -> Iterator[Orphan]:
        after = 0
        while some := self._every(after):
            for placed in some:
                orphan = _size(self.blobs, placed.document)
                if orphan and orphan.blob_key in self._states([orphan.blob_key]):
                    yield orphan
                advance(placed.document.size)
            after = some[-1].key

    def _every(self, after: int) -> list[reads.Placed]:
        with self.database.read() as connection:
            return reads.every(connection, after)

    def _ask(self, unique_ids: set[str]) -> dict[str, list[DocumentEntry]]:
        found: dict[str, list[DocumentEntry]] = {}
        for entry in self._entries(sorted(unique_ids)):
            if entry.repository_unique_id == self.unique_id:
                found.setdefault(entry.unique_id or "", []).append(entry)
        return found

    def _entries(self, unique_ids: list[str]) -> list[DocumentEntry]:
        """Ask for documents; in halves where they are of several patients (TF-2 3.18.4.1.3)."""
        answer = self._answer(unique_ids)
        half = len(unique_ids) // 2
        if half and any(error.code == _SEVERAL_PATIENTS for error in answer.errors):
            return self._entries(unique_ids[:half]) + self._entries(unique_ids[half:])
        if answer.status is not ResponseStatus.SUCCESS:
            raise RegistryUnclear("; ".join(one.context for one in answer.errors))
        return [entry for entry in answer.objects if isinstance(entry, DocumentEntry)]

    def _answer(self, unique_ids: list[str]) -> iti18.Response:
        body = iti18.request(_QUERY, {"$XDSDocumentEntryUniqueId": unique_ids})
        try:
            return iti18.read_response(self.registry.call(iti18.TRANSACTION, [body]).body)
        except (RemoteFault, CallFailed, Refusal, ValueError) as failure:
            raise RegistryUnclear(f"the registry's answer cannot be used: {failure}") from failure

    def _unless_withdrawn(self, orphan: Orphan) -> Iterator[Orphan]:
        """Yield it, unless an entry has the document that no query shows."""
        is_unknown = orphan.kind is Kind.UNKNOWN
        if not (is_unknown and self.census and self.census.having([orphan.unique_id])):
            yield orphan


def _size(blobs: BlobStore, document: Stored) -> Orphan | None:
    where = {"unique_id": document.unique_id, "blob_key": document.blob_key}
    try:
        size = blobs.size(document.blob_key, document.envelope)
    except BlobMissing as problem:
        return Orphan(Kind.MISSING, str(problem), **where)
    except BlobStoreError as problem:
        return Orphan(Kind.UNREADABLE, str(problem), **where)
    if size != document.size:
        why = f"the blob {document.blob_key} has {size} octets, not {document.size}"
        return Orphan(Kind.DAMAGED, why, **where)
    return None


def _compare(document: Stored, entries: Sequence[DocumentEntry]) -> Orphan | None:
    where = {"unique_id": document.unique_id, "blob_key": document.blob_key}
    if not entries:
        return Orphan(Kind.UNKNOWN, "no entry has it", **where)
    for entry in entries:
        said = (entry.hash or "").lower() or document.sha1, entry.size or str(document.size)
        if said == (document.sha1, str(document.size)):
            return None
    entry = entries[0]
    why = (
        f"registered with hash {entry.hash} and size {entry.size}, "
        f"stored with hash {document.sha1} and size {document.size}"
    )
    return Orphan(Kind.DIFFERENT, why, entry_uuid=entry.entry_uuid, **where)


def _some(values: Iterable[T], number: int) -> Iterator[list[T]]:
    rest = iter(values)
    while some := list(islice(rest, number)):
        yield some
