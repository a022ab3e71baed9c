"""What is removed from an SQLite file is not left in its free pages: a wrapped key among others."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import text

from ledger.database import Database


def test_a_removed_key_is_not_in_the_file_any_more(tmp_path: Path) -> None:
    file = tmp_path / "index.sqlite"
    keys = [os.urandom(60) for _ in range(300)]
    database = Database(f"sqlite:///{file}")
    database.write(lambda c: c.execute(text("CREATE TABLE d (key INTEGER PRIMARY KEY, w BLOB)")))
    rows = [{"w": key} for key in keys]
    database.write(lambda c: c.execute(text("INSERT INTO d (w) VALUES (:w)"), rows))
    database.write(lambda c: c.execute(text("DELETE FROM d WHERE key % 3 > 0")))
    database.close()
    data = file.read_bytes()
    assert not file.with_name("index.sqlite-wal").exists()
    assert [key in data for key in keys] == [number % 3 == 0 for number in range(1, 301)]
