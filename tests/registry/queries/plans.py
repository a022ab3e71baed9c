"""The plans of what a registry asks its database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, event

from ledger.database import Database
from registry.store.tables import METADATA

_EXPLAIN: Final = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN "}
_NUMBER: Final = re.compile(r"_\d+$")
"""What an alias without a name of its own ends in."""
_WHOLE: Final = re.compile(r"(?:SCAN|Seq Scan on) (\w+)(?: (?:AS )?(\w+))?")


@contextmanager
def explained(database: Database) -> Iterator[list[str]]:
    """Collect the plan of each statement that is executed inside."""
    found: list[str] = []

    def explain(
        connection: Connection, cursor: Any, statement: str, parameters: Any, *_: object
    ) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            driver = connection.connection.driver_connection
            assert driver is not None
            rows = driver.execute(_EXPLAIN[database.dialect] + statement, parameters).fetchall()
            found.append("\n".join(str(row[-1]) for row in rows))

    engine = database._reader
    event.listen(engine, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", explain)


def read_whole(plans: Iterable[str]) -> set[str]:
    """The tables that a plan reads from end to end, by themselves or by a whole index.

    SQLite names a table by its alias, which the plan alone does not tell from a part of the query.
    """
    found = (_NUMBER.sub("", match[1]) for plan in plans for match in _WHOLE.finditer(plan))
    return {name for name in found if name in METADATA.tables or name in _ALIASES}


_ALIASES: Final = ("subsumed", "own", "survivor", "source_entry", "target_entry")
"""Other names of tables in the statements."""
