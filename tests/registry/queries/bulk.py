"""Many registry objects at once, written past the operations."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, text

from ledger.database import Database
from registry.store.tables import METADATA
from tests.registry.consumer import Consumer
from tests.registry.samples import submission

COPIED: Final = frozenset(METADATA.tables) - {
    "registry_transaction",
    "patient",
    "code",
    "withdrawal",
}
_NAMES: Final = ("entry_uuid", "unique_id", "logical_id", "source", "target", "value")
_FIRST: Final = 1_000_000
"""Keys of the copies' patients begin here."""
_STEP: Final = 1 << 30
"""Between the keys of an object and of its copy: a thousand transactions."""


def multiply(database: Database, copies: int, *, patients: bool) -> None:
    """Copy every object `copies` times: each for a patient of its own, or all for its own.

    Every id of a copy ends in the number of the copy, the first one's is 1. Copies for others have
    no XML.
    """
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {copies})"

    def work(connection: Connection) -> None:
        _trust(connection)
        if patients:
            connection.execute(
                text(
                    "INSERT INTO patient (key, authority, identifier, text) "
                    f"{numbers} SELECT i + {_FIRST}, '1.2.9.9', 'p' || i, '' FROM n"
                )
            )
        for table in METADATA.sorted_tables:
            if table.name in COPIED:
                names = ", ".join(f'"{c.name}"' for c in table.columns)
                values = ", ".join(
                    _copied(table.name, c.name, patients=patients) for c in table.columns
                )
                connection.execute(
                    text(
                        f"INSERT INTO {table.name} ({names}) {numbers} "
                        f"SELECT {values} FROM {table.name} AS one CROSS JOIN n"
                    )
                )

    database.write(work)
    analyze(database)


def analyze(database: Database) -> None:
    """Bring statistics up to date on PostgreSQL, which does so by itself, and SQLite never."""
    if database.dialect == "postgresql":
        database.write(lambda c: c.execute(text("ANALYZE")))


def _copied(table: str, column: str, *, patients: bool) -> str:
    if column in _NAMES:
        return f"one.{column} || '-' || i"
    if column in ("patient", "target_patient") and patients:
        return f"i + {_FIRST}"
    if column == "key" or table.startswith(f"{column}_"):  # of the object, or of a value's owner
        return f"one.{column} + CAST(i AS BIGINT) * {_STEP}"
    return "''" if column == "fragment" and patients else f'one."{column}"'


def _trust(connection: Connection) -> None:
    """Let PostgreSQL look up no foreign keys in this transaction, where we may."""
    if connection.dialect.name == "postgresql" and connection.scalar(
        text("SELECT current_setting('is_superuser') = 'on'")
    ):
        connection.execute(text("SET LOCAL session_replication_role = replica"))


def refer(database: Database) -> None:
    """Let every document be referred to from somewhere else; let there be codes that few use."""
    references = (
        "INSERT INTO further_patient (value, scheme, patient)"
        " SELECT value, scheme, patient FROM identifier WHERE kind = 2"
    )
    codes = (
        "INSERT INTO code (scheme, code, identity)"
        " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
        " SELECT '9.9', 'c' || i, '9.9 c' || i FROM n"
    )
    database.write(lambda c: (c.execute(text(references)), c.execute(text(codes))))


def store(registry: Consumer, *objects: Any, **changes: Any) -> Any:
    """Register one submission and return it."""
    sent = submission(*objects, **changes)
    assert registry.register(sent).errors == ()
    return sent
