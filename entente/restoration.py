"""Puts a backup into an empty place, after every byte of it was found to be what was written.

Blobs come first, then the index, then the registry: whatever breaks off leaves nothing that points
to something missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import registry.store
import repository.store
from entente import databases, manifest
from entente.actors import Actor
from entente.backup import NotEmpty, Progress
from entente.blobs import plain_blobs
from entente.census import RegistryCensus
from entente.databases import Store, stores
from entente.manifest import BLOBS, BackupUnusable, Manifest, copied_blobs, name_of
from entente.settings import Settings
from ledger import answered, lease, snapshot
from ledger.clock import now
from ledger.database import Database
from ledger.snapshot import NotLoadable
from repository import copying
from repository.copying import State
from repository.store import inventory
from repository.store.blobs import BlobStore
from repository.store.inventory import Committed

MARGIN: Final = 15 * 60 * 1000
"""How long before a backup a document may have been written that its registry does not show yet."""

_FAULTS: Final = {State.MISSING: "is missing", State.DAMAGED: "is not what was written"}
_MOST: Final = 20


def restore(
    settings: Settings, actors: frozenset[Actor], folder: Path, progress: Progress
) -> Manifest:
    """Restore what a backup has of the actors.

    Raises BackupUnusable and NotEmpty before anything is written; SchemaMismatch, Unavailable,
    BlobStoreError, OSError.
    """
    said = manifest.read(folder)
    mine = list(stores(settings, actors))
    _require_fit(said, settings, mine)
    blobs = plain_blobs(settings) if _has_repository(mine) else None
    _require_empty(mine, blobs)
    _require_whole(folder, said, progress)
    if blobs is not None:
        progress.begin(said.octets)
        for _ in copying.put(folder / BLOBS, copied_blobs(folder), blobs, progress.advance):
            pass
    for store in reversed(mine):
        _load(store, folder, said)
    _unsettle(settings, mine, said.started - MARGIN)
    return said


def _require_fit(said: Manifest, settings: Settings, mine: list[Store]) -> None:
    reasons = list(_misfits(said, settings, mine))
    if reasons:
        raise BackupUnusable(reasons)


def _misfits(said: Manifest, settings: Settings, mine: list[Store]) -> Iterator[str]:
    """Say in what a backup is another's, or not for these settings."""
    for store in mine:
        content = said.databases.get(name_of(store))
        if content is None:
            there = ", ".join(said.databases)
            yield f"the settings have a database for {name_of(store)}; the backup has {there}"
        elif content.dialect != snapshot.dialect(store.url):
            here = snapshot.dialect(store.url)
            yield f"{name_of(store)}: a copy of {content.dialect} cannot be loaded into {here}"
    ours, theirs = settings.repository.unique_id, said.repository_unique_id
    if _has_repository(mine) and ours != theirs:
        yield f"[repository] unique_id is {ours}; the backup is of {theirs}"


def _has_repository(mine: Iterable[Store]) -> bool:
    return any(repository.store.TREE in store.trees for store in mine)


def _require_empty(mine: list[Store], blobs: BlobStore | None) -> None:
    for store in mine:
        if not snapshot.is_empty(store.url):
            raise NotEmpty(f"the database for {name_of(store)} is not empty")
    if blobs is not None:
        for keys in (blobs.placed(0), blobs.stale(0)):
            if next(keys, None) is not None:
                raise NotEmpty("the blob store is not empty")


def _require_whole(folder: Path, said: Manifest, progress: Progress) -> None:
    reasons = list(manifest.damaged_files(folder, said))
    if not reasons and said.blobs:
        progress.begin(said.octets)
        faults = copying.check(folder / BLOBS, copied_blobs(folder), progress.advance)
        reasons += [
            f"{copying.path(folder / BLOBS, fault.key)}: {_FAULTS[fault.state]}" for fault in faults
        ]
    if reasons:
        more = len(reasons) - _MOST
        raise BackupUnusable([*reasons[:_MOST], *([f"and {more} more"] if more > 0 else [])])


def _load(store: Store, folder: Path, said: Manifest) -> None:
    name = name_of(store)
    content = said.databases[name]
    revisions = {tree: content.revisions[tree.name] for tree in store.trees}
    try:
        snapshot.load(store.url, revisions, folder / name, content)
    except NotLoadable as error:
        raise BackupUnusable([f"{name}: {error}"]) from error
    databases.upgrade(store)
    database = Database(store.url, pool=1)
    try:
        database.write(lease.clear)
    finally:
        database.close()


def _unsettle(settings: Settings, mine: list[Store], since: int) -> None:
    """Let the registry be asked about documents that it may have heard of after it was copied.

    Those that its own tables know, seen or withdrawn, are settled. With the registry in the same
    database there are none: both were copied at one moment.
    """
    by_tree = {tree: store for store in mine for tree in store.trees}
    unique_id = settings.repository.unique_id or ""
    index, entries = by_tree.get(repository.store.TREE), by_tree.get(registry.store.TREE)
    if index is None or index is entries:
        return
    with ExitStack() as stack:
        database = _opened(index, stack)
        known: Callable[[Sequence[str]], set[str]] = _nothing
        if entries is not None:
            known = RegistryCensus(_opened(entries, stack), unique_id).having
        after = 0
        while some := _committed(database, after):
            _unsettle_some(database, [one for one in some if one.time >= since], known)
            after = some[-1].key
        database.write(lambda c: answered.forget_since(c, since))


def _nothing(_unique_ids: Sequence[str]) -> set[str]:
    return set()


def _unsettle_some(
    database: Database, young: list[Committed], known: Callable[[Sequence[str]], set[str]]
) -> None:
    settled = known([one.document.unique_id for one in young])
    keys = [one.document.blob_key for one in young if one.document.unique_id not in settled]
    if keys:
        database.write(lambda c: inventory.unsettle(c, keys, now() - 1))


def _committed(database: Database, after: int) -> list[Committed]:
    with database.read() as connection:
        return inventory.committed(connection, after)


def _opened(store: Store, stack: ExitStack) -> Database:
    database = Database(store.url, pool=1)
    stack.callback(database.close)
    return database
