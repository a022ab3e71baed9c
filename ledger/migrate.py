"""Schemas and their revisions: upgraded forward only, refused when they are not this program's.

Each tree of migrations keeps its revision in a table of its own, `<name>_version`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from sqlalchemy import Connection, inspect, text

from ledger.database import Database

_FILE: Final = re.compile(r"v(?P<number>\d{4})_\w+\.py")
_ONE_AT_A_TIME: Final = 7_370_265  # any number, the same for every server


class SchemaMismatch(Exception):
    """The tables are not the ones that this program knows."""


@dataclass(frozen=True, slots=True)
class Tree:
    """The migrations of one set of tables: `package` holds `versions/`, one module a revision."""

    name: str
    package: str

    @property
    def version_table(self) -> str:
        """The table that says at which revision the database is."""
        return f"{self.name}_version"

    @property
    def revisions(self) -> list[str]:
        """The revisions that this program knows, in order: `versions/v0001_x.py` is `NAME_0001`."""
        names = (file.name for file in (files(self.package) / "versions").iterdir())
        return sorted(f"{self.name}_{f['number']}" for f in map(_FILE.fullmatch, names) if f)

    @property
    def head(self) -> str:
        """The newest revision."""
        return self.revisions[-1]


TREES: Final = (Tree("ledger", "ledger.migrations"),)


def upgrade(database: Database, *trees: Tree) -> None:
    """Bring the tables of `trees` to the newest revision, in one transaction.

    Servers that start together do it one after the other. Raises SchemaMismatch for a revision that
    this program does not know, Unavailable.
    """
    database.write(lambda connection: _upgrade(connection, trees))


def check(database: Database, *trees: Tree) -> None:
    """Raise SchemaMismatch unless the tables of `trees` are at the newest revision."""
    with database.read() as connection:
        for tree in trees:
            _must_be_known(connection, tree)
            at = _revision(connection, tree)
            if at != tree.head:
                raise SchemaMismatch(
                    f"the {tree.name} tables are at revision {at or 'none'}, this program needs "
                    f"{tree.head}: run `entente db upgrade`"
                )


def _upgrade(connection: Connection, trees: tuple[Tree, ...]) -> None:
    if connection.dialect.name == "postgresql":  # SQLite has one writer as it is
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
    for tree in trees:
        _must_be_known(connection, tree)
        _run(connection, tree, tree.head)


def make(connection: Connection, revisions: Mapping[Tree, str]) -> None:
    """Make the tables as they were at these revisions. Raises SchemaMismatch for unknown ones."""
    known(revisions)
    for tree, revision in revisions.items():
        _run(connection, tree, revision)


def known(revisions: Mapping[Tree, str]) -> None:
    """Raise SchemaMismatch for a revision that this program does not know."""
    for tree, revision in revisions.items():
        if revision not in tree.revisions:
            raise SchemaMismatch(
                f"the {tree.name} tables are at revision {revision}, which this program does not "
                f"know; it knows up to {tree.head}"
            )


def revisions(connection: Connection, *trees: Tree) -> dict[str, str]:
    """Return at which revision each tree is, by its name; one that is not there is left out."""
    found = ((tree.name, _revision(connection, tree)) for tree in trees)
    return {name: at for name, at in found if at is not None}


def _run(connection: Connection, tree: Tree, revision: str) -> None:
    from alembic.config import Config  # a large library, for those who upgrade
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(files(tree.package)))

    def steps(at: Any, _context: object) -> list[Any]:
        return scripts._upgrade_revs(revision, at)

    with EnvironmentContext(Config(), scripts, fn=steps) as environment:
        environment.configure(connection=connection, version_table=tree.version_table)
        environment.run_migrations()


def _revision(connection: Connection, tree: Tree) -> str | None:
    if not inspect(connection).has_table(tree.version_table):
        return None
    found = connection.execute(text(f"SELECT version_num FROM {tree.version_table}"))  # noqa: S608
    revision: str | None = found.scalar_one_or_none()
    return revision


def _must_be_known(connection: Connection, tree: Tree) -> None:
    at = _revision(connection, tree)
    if at is not None and at not in tree.revisions:
        raise SchemaMismatch(
            f"the {tree.name} tables are at revision {at}, which this program does not know; "
            f"it knows up to {tree.head}: use the version of the program that made them"
        )
