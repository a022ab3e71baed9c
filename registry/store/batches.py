"""Statements that name many values: a few at a time, since drivers limit how many one may hold."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, Executable, Row

BATCH: Final = 1000
"""The most values that one statement names."""


def execute(
    connection: Connection,
    statement: Executable,
    parameter: str,
    values: Iterable[Any],
    **terms: Any,
) -> list[Row[*tuple[Any, ...]]]:
    """Execute the statement for all `values` of its expanding `parameter`; return all rows.

    The values are taken in one order, so that transactions which lock rows do not deadlock.
    """
    rest = iter(sorted(values))
    rows: list[Row[*tuple[Any, ...]]] = []
    while batch := list(islice(rest, BATCH)):
        result = connection.execute(statement, {**terms, parameter: batch})
        if result.returns_rows:
            rows += result
    return rows
