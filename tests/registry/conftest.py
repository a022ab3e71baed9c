from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger import migrate
from ledger.database import Database
from ledger.tables import METADATA as LEDGER
from registry.service import Registry
from registry.store import TREE
from registry.store.tables import METADATA
from tests.databases import new_database
from tests.registry.consumer import Consumer


@pytest.fixture(scope="session")
def registry_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    yield from _migrated(f"sqlite:///{tmp_path_factory.mktemp('registry') / 'registry.sqlite'}")


@pytest.fixture(scope="session")
def registry_on_postgresql(postgresql_server: str) -> Iterator[Database]:
    with new_database(postgresql_server) as url:
        yield from _migrated(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database with the ledger's and the registry's tables, empty, of each dialect in turn."""
    database: Database = request.getfixturevalue(f"registry_on_{request.param}")
    yield database
    for metadata in (METADATA, LEDGER):
        for table in reversed(metadata.sorted_tables):
            database.write(lambda c, table=table: c.execute(table.delete()))


@pytest.fixture
def registry(database: Database) -> Consumer:
    """A registry on each dialect in turn, spoken to by its operations."""
    return Consumer(Registry(database))


def _migrated(url: str) -> Iterator[Database]:
    database = Database(url)
    migrate.upgrade(database, *migrate.TREES, TREE)
    yield database
    database.close()
