from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ihe_profiles.atna.syslog import Origin
from ledger import migrate
from ledger.audit.spill import Spill
from ledger.audit.store import TREE, Store
from ledger.audit.trail import Fate, OutboxTrail
from ledger.database import Database

ORIGIN = Origin("node.example.org", "entente", "4711")


class Seen:
    """Counts fates."""

    def __init__(self) -> None:
        self.fates: Counter[Fate] = Counter()

    def __call__(self, fate: Fate, number: int) -> None:
        self.fates[fate] += number


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An audit database of each dialect in turn."""
    database = Database(database_url, patience=0.3)
    migrate.upgrade(database, *migrate.TREES, TREE)
    yield database
    database.close()


@pytest.fixture
def spill(tmp_path: Path) -> Spill:
    return Spill(tmp_path / "spill", 10_000)


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def trail(database: Database, spill: Spill, seen: Seen) -> OutboxTrail:
    return OutboxTrail(database, spill, ORIGIN, seen)


@pytest.fixture
def store(database: Database) -> Store:
    return Store(database)
