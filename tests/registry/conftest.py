from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger import migrate
from ledger.database import Database
from registry.store import TREE


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with the ledger's and the registry's tables, of each dialect in turn."""
    database = Database(database_url)
    migrate.upgrade(database, *migrate.TREES, TREE)
    yield database
    database.close()
