"""The copy of an SQLite database: one file, by SQLite's own online backup."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, create_engine, make_url
from sqlalchemy.pool import NullPool

from ledger import durable, migrate
from ledger.migrate import Tree
from ledger.snapshot_content import Content
from ledger.unavailable import Unavailable

_FILE: Final = "database.sqlite"
_LOGS: Final = ("-wal", "-journal")
_CHUNK: Final = 1024 * 1024


def copy(
    url: str, trees: tuple[Tree, ...], folder: Path, along: Callable[[Connection], None]
) -> Content:
    """Copy the file in one read transaction; writers go on. Raises Unavailable, OSError."""
    source, target = _file(url), folder / _FILE
    if not source.exists():
        raise Unavailable(f"there is no {source}")
    with _translating():
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.close(handle)
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as mine:
            live.backup(mine)  # all pages in one step: one moment
            mine.execute("PRAGMA journal_mode = DELETE")
            ((verdict,),) = mine.execute("PRAGMA quick_check(1)")
            if verdict != "ok":
                raise Unavailable(f"{source} is damaged: {verdict}")
    with _reading(target) as connection:
        along(connection)
        revisions = migrate.revisions(connection, *trees)
    durable.sync(target)
    return Content("sqlite", revisions, (_FILE,))


def load(url: str, revisions: Mapping[Tree, str], folder: Path, content: Content) -> None:
    """Put the file into its place. Raises SchemaMismatch, OSError."""
    migrate.known(revisions)
    target = _file(url)
    target.parent.mkdir(parents=True, exist_ok=True)
    with (folder / content.files[0]).open("rb") as file:
        durable.write(target, iter(lambda: file.read(_CHUNK), b""))


def is_empty(url: str) -> bool:
    """Tell whether there is no file, or an empty one, and no log beside it.

    SQLite would bring the log of a database that is there no more into whatever takes its place.
    """
    file = _file(url)
    files = (file, *(file.with_name(f"{file.name}{end}") for end in _LOGS))
    return not any(one.exists() and one.stat().st_size for one in files)


def _file(url: str) -> Path:
    return Path(make_url(url).database or "")


@contextmanager
def _reading(file: Path) -> Iterator[Connection]:
    engine = create_engine(f"sqlite:///{file}", poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


@contextmanager
def _translating() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise Unavailable(str(error)) from error
