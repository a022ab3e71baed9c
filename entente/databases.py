"""The databases behind the settings, and the tables that each of them holds."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

import ledger.audit.store
import registry.store
import repository.store
from entente.actors import Actor
from entente.settings import Settings, database_url
from ledger import migrate
from ledger.database import Database, Unavailable
from ledger.migrate import Tree
from ledger.occupancy import occupying

_log = logging.getLogger(__name__)


_TREES = {Actor.REGISTRY: registry.store.TREE, Actor.REPOSITORY: repository.store.TREE}


@dataclass(frozen=True, slots=True)
class Store:
    """One database and the trees of migrations that its tables come from."""

    url: str
    trees: tuple[Tree, ...]

    @property
    def file(self) -> Path | None:
        """The file of an SQLite database."""
        url = make_url(self.url)
        return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None

    @property
    def fresh(self) -> bool:
        """True for an SQLite database that does not exist yet."""
        return self.file is not None and not (self.file.exists() and self.file.stat().st_size)


def stores(settings: Settings, actors: frozenset[Actor]) -> Iterator[Store]:
    """Yield the databases of `actors` and that of their audit trail; those with one URL are one."""
    trees: dict[str, list[Tree]] = {}
    for actor in sorted(actors):
        trees.setdefault(database_url(settings, actor), []).append(_TREES[actor])
    trees.setdefault(settings.audit.database_url, []).append(ledger.audit.store.TREE)
    for url, own in trees.items():
        yield Store(url, (*migrate.TREES, *own))


@contextmanager
def occupied(settings: Settings, actors: frozenset[Actor]) -> Iterator[None]:
    """Be the only server of the SQLite files among the databases. Raises Occupied, OSError."""
    with ExitStack() as stack:
        for store in stores(settings, actors):
            if store.file is not None:
                stack.enter_context(occupying(store.file))
        yield


def prepare(settings: Settings, actors: frozenset[Actor]) -> None:
    """See that the tables are this program's; make those of an SQLite file that is not there yet.

    Raises SchemaMismatch, Unavailable.
    """
    for store in stores(settings, actors):
        if store.fresh:
            upgrade(store)
        else:
            database = Database(store.url)
            try:
                migrate.check(database, *store.trees)
            finally:
                database.close()


def opened(settings: Settings, actor: Actor, stack: ExitStack) -> Database:
    """Open an actor's database, which must be there, beside its server.

    Raises Unavailable, SchemaMismatch.
    """
    url = database_url(settings, actor)
    (store,) = (one for one in stores(settings, frozenset({actor})) if one.url == url)
    if store.fresh:
        raise Unavailable(f"there is no {store.file}")
    database = Database(url, pool=4)
    stack.callback(database.close)
    migrate.check(database, *store.trees)
    return database


def upgrade(store: Store) -> None:
    """Bring a database to the newest revision. Raises SchemaMismatch, Unavailable."""
    if store.file is not None:
        store.file.parent.mkdir(parents=True, exist_ok=True)
    database = Database(store.url)
    try:
        migrate.upgrade(database, *store.trees)
    finally:
        database.close()
    _log.info("tables are there", extra={tree.name: tree.head for tree in store.trees})
