"""Copies of databases, older ones among them, on both dialects."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from ledger import migrate, snapshot
from ledger.answered import Key, claim, settle
from ledger.database import Database, Unavailable
from ledger.migrate import TREES, SchemaMismatch
from ledger.snapshot import NotLoadable
from ledger.snapshot_content import Content
from ledger.tables import answered_message
from tests.databases import new_database

(TREE,) = TREES


def _fill(url: str) -> None:
    database = Database(url)
    migrate.upgrade(database, TREE)
    key = Key("peer", "urn:a", "urn:uuid:1", bytes(range(256)))
    database.write(lambda c: (claim(c, key), settle(c, key, b"\x00<answer/>")))
    database.close()


def _rows(url: str) -> list[object]:
    database = Database(url)
    try:
        with database.read() as connection:
            return [tuple(row) for row in connection.execute(select(answered_message))]
    finally:
        database.close()


@pytest.fixture
def another_url(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A second empty database of the same dialect."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path}/another.sqlite"
    else:
        with new_database(request.getfixturevalue("postgresql_server")) as url:
            yield url


def test_a_copy_has_every_row_and_sees_one_moment(
    database_url: str, another_url: str, tmp_path: Path
) -> None:
    _fill(database_url)
    seen: list[int] = []
    content = snapshot.copy(
        database_url,
        TREES,
        tmp_path,
        lambda c: seen.append(len(c.execute(select(answered_message)).all())),
    )
    assert seen == [1]
    assert content.revisions == {TREE.name: TREE.head}
    assert snapshot.is_empty(another_url)
    snapshot.load(another_url, {TREE: TREE.head}, tmp_path, content)
    assert not snapshot.is_empty(another_url)
    assert _rows(another_url) == _rows(database_url) != []


def test_a_database_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="there is no"):
        snapshot.copy(f"sqlite:///{tmp_path}/none.sqlite", TREES, tmp_path, lambda _: None)
    with pytest.raises(Unavailable):
        snapshot.copy("postgresql+psycopg://127.0.0.1:1/x", TREES, tmp_path, lambda _: None)


def test_a_damaged_database_is_told(tmp_path: Path) -> None:
    file = tmp_path / "damaged.sqlite"
    _fill(f"sqlite:///{file}")
    data = bytearray(file.read_bytes())
    data[4096 : 3 * 4096] = bytes(2 * 4096)
    file.write_bytes(data)
    (tmp_path / "copy").mkdir()
    with pytest.raises(Unavailable):
        snapshot.copy(f"sqlite:///{file}", TREES, tmp_path / "copy", lambda _: None)


def test_a_copy_of_newer_tables_or_another_dialect_is_refused(
    database_url: str, tmp_path: Path
) -> None:
    dialect = snapshot.dialect(database_url)
    with pytest.raises(SchemaMismatch, match="which this program does not know"):
        snapshot.load(database_url, {TREE: "ledger_9999"}, tmp_path, Content(dialect, {}, ("x",)))
    with pytest.raises(NotLoadable, match="cannot be loaded"):
        snapshot.load(database_url, {}, tmp_path, Content("another", {}, ()))
    assert snapshot.is_empty(database_url)


def test_tables_of_an_older_revision_are_made_and_brought_up(postgresql_url: str) -> None:
    first = TREE.revisions[0]
    snapshot.load(postgresql_url, {TREE: first}, Path(), Content("postgresql", {}, ()))
    database = Database(postgresql_url)
    with pytest.raises(SchemaMismatch, match=f"are at revision {first}"):
        migrate.check(database, TREE)
    migrate.upgrade(database, TREE)
    migrate.check(database, TREE)
    database.close()
