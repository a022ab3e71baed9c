"""Migrations make the tables that the code describes, once, whoever starts first."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import inspect, text

from ledger import migrate, tables
from ledger.database import Database
from ledger.migrate import TREES, SchemaMismatch
from tests.ledger.schema import differences


@pytest.fixture
def empty(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def test_migrated_tables_are_those_of_the_code(empty: Database, database_url: str) -> None:
    migrate.upgrade(empty, *TREES)
    assert differences(database_url, TREES[0], tables.METADATA) == []


def test_a_difference_would_be_noticed(empty: Database, database_url: str) -> None:
    migrate.upgrade(empty, *TREES)
    empty.write(lambda c: c.execute(text("ALTER TABLE lease ADD COLUMN extra TEXT")))
    assert "extra" in str(differences(database_url, TREES[0], tables.METADATA))


def test_upgrading_again_changes_nothing(empty: Database) -> None:
    migrate.upgrade(empty, *TREES)
    migrate.upgrade(empty, *TREES)
    migrate.check(empty, *TREES)


def test_servers_that_start_together_upgrade_one_after_the_other(database_url: str) -> None:
    together = threading.Barrier(4)

    def start(_n: int) -> None:
        database = Database(database_url)
        together.wait(10)
        migrate.upgrade(database, *TREES)
        migrate.check(database, *TREES)
        database.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start, range(4)))


def test_an_empty_database_is_told_how_to_upgrade(empty: Database) -> None:
    with pytest.raises(SchemaMismatch, match=r"revision none.*ledger_\d+.*entente db upgrade"):
        migrate.check(empty, *TREES)


def test_a_revision_of_a_newer_program_is_refused_by_its_name(empty: Database) -> None:
    migrate.upgrade(empty, *TREES)
    empty.write(lambda c: c.execute(text("UPDATE ledger_version SET version_num = 'ledger_9999'")))
    for refused in (migrate.check, migrate.upgrade):
        with pytest.raises(SchemaMismatch, match=r"ledger_9999.*up to ledger_\d+"):
            refused(empty, *TREES)


def test_a_failing_migration_leaves_nothing_behind(empty: Database) -> None:
    empty.write(lambda c: c.execute(text("CREATE TABLE lease (n INTEGER)")))  # in its way
    with pytest.raises(Exception, match="already exists"):
        migrate.upgrade(empty, *TREES)
    with empty.read() as connection:
        assert inspect(connection).get_table_names() == ["lease"]
