"""A consistent copy of databases and blobs while servers run.

The order makes it consistent. A document is written blob first, then row, then entry. The copy goes
the other way: first the registry, then the index, then the blobs. So the row of each copied entry
is in the copy of the index, which is later, and the blob of each copied row is there to be copied.
Nothing of that can go in between: removal of blobs is paused, and rows go for refused documents
only.

The index may know more than the copied registry: documents that came in meanwhile. `restore` makes
them pending, and the registry is asked about them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import Connection

import repository.store
from entente import manifest
from entente.actors import Actor
from entente.blobs import plain_blobs
from entente.databases import Store, stores
from entente.manifest import BLOB_LIST, BLOBS, Manifest, name_of
from entente.settings import Settings
from ledger import migrate, snapshot
from ledger.clock import now
from ledger.database import Database, Unavailable
from ledger.snapshot_content import Content
from repository import copying, removal
from repository.copying import Copied, State

_WANTED: Final = "blobs.wanted"


class NotEmpty(Exception):
    """There is something already where a backup, or what is restored, should go."""


class Progress(Protocol):
    """Is told how many octets there are, and how many more are done."""

    def begin(self, octets: int) -> None:
        """So many octets follow."""

    def advance(self, octets: int) -> None:
        """So many more are done; called from several threads."""


@dataclass(frozen=True, slots=True)
class Copies:
    """How many blobs were copied, their octets, and those that were not as they should be."""

    number: int = 0
    octets: int = 0
    faults: tuple[Copied, ...] = ()


def back_up(
    settings: Settings,
    actors: frozenset[Actor],
    folder: Path,
    progress: Progress,
    begin: Callable[[], None],
) -> tuple[Manifest, Copies]:
    """Copy everything of the actors into an empty folder, while they may be served.

    `begin` is called when nothing stands against it, before anything is copied.
    Raises NotEmpty, Unavailable, SchemaMismatch, AlreadyPaused, PauseLost, BlobStoreError, OSError.
    """
    mine = list(stores(settings, actors))
    _check(mine)
    _require_empty(folder)
    begin()
    started = now()
    with _pause(mine):
        databases = {name_of(store): _copy(store, folder) for store in mine}
        copies = _blobs(settings, folder, progress)
    os.sync()  # one by one, the blobs would take far longer
    said = Manifest(
        program=version("entente"),
        started=started,
        repository_unique_id=settings.repository.unique_id,
        databases=databases,
        files={name: manifest.digest(folder / name) for name in _files(folder, databases)},
        blobs=copies.number,
        octets=copies.octets,
    )
    manifest.write(folder, said)
    return said, copies


def _files(folder: Path, databases: dict[str, Content]) -> Iterator[str]:
    for name, content in databases.items():
        yield from (f"{name}/{file}" for file in content.files)
    if (folder / BLOB_LIST).exists():
        yield BLOB_LIST


def _require_empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise NotEmpty(f"{folder} is not empty: each backup has a folder of its own")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _check(mine: list[Store]) -> None:
    """See that the databases are this program's: it names their tables and columns."""
    for store in mine:
        if store.fresh:
            raise Unavailable(f"there is no {store.file}")
        database = Database(store.url, pool=1)
        try:
            migrate.check(database, *store.trees)
        finally:
            database.close()


@contextmanager
def _pause(mine: list[Store]) -> Iterator[None]:
    """Pause removal in the repository, if there is one among the databases."""
    with ExitStack() as stack:
        for store in mine:
            if repository.store.TREE in store.trees:
                database = Database(store.url, pool=2)
                stack.callback(database.close)
                stack.enter_context(removal.paused(database))
        yield


def _copy(store: Store, folder: Path) -> Content:
    own = folder / name_of(store)
    own.mkdir(mode=0o700)

    def along(connection: Connection) -> None:
        if repository.store.TREE in store.trees:
            copying.note_blobs(connection, folder / _WANTED)

    return snapshot.copy(store.url, store.trees, own, along)


def _blobs(settings: Settings, folder: Path, progress: Progress) -> Copies:
    """Copy the blobs that the copied index names, and write down each."""
    wanted = folder / _WANTED
    if not wanted.exists():
        return Copies()
    progress.begin(sum(blob.size for blob in copying.noted(wanted)))
    (folder / BLOBS).mkdir(mode=0o700)
    number, octets, faults = 0, 0, []
    with (folder / BLOB_LIST).open("w") as lines:
        found = copying.take(
            plain_blobs(settings), copying.noted(wanted), folder / BLOBS, progress.advance
        )
        for copied in found:
            lines.write(json.dumps(asdict(copied)) + "\n")
            if copied.state is not State.WHOLE:
                faults.append(copied)
            if copied.state is not State.MISSING:
                number, octets = number + 1, octets + copied.size
    wanted.unlink()
    return Copies(number, octets, tuple(faults))
