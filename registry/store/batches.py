"""Statements that name many values: a few at a time, since drivers limit how many one may hold.

Rows are taken in one order, so that transactions which lock them do not deadlock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Executable, Row

T = TypeVar("T")
Id = TypeVar("Id", int, str)
Rows = Sequence[Row[*tuple[Any, ...]]]
Place = tuple[int, str]
"""A patient's key, and an identifier that is found under that patient."""

VALUES: Final = 1000
"""The most values that one statement names."""
PATIENTS: Final = 20
"""The most patients among them: a database may look for each value under each patient."""


def execute(
    connection: Connection,
    statement: Executable,
    parameter: str,
    values: Iterable[Any],
    **terms: Any,
) -> Rows:
    """Execute the statement for all `values` of its expanding `parameter`; return all rows."""
    rows: list[Row[*tuple[Any, ...]]] = []
    for batch in _batches(sorted(values), VALUES):
        result = connection.execute(statement, {**terms, parameter: batch})
        if result.returns_rows:
            rows += result
    return rows


def execute_at(
    connection: Connection, statement: Executable, places: Iterable[tuple[int, Id]], **terms: Any
) -> Rows:
    """Execute the statement for all `places`, its expanding parameters `patients` and `ids`."""
    found: dict[int, set[Id]] = {}
    for patient, value in places:
        found.setdefault(patient, set()).add(value)
    rows: list[Row[*tuple[Any, ...]]] = []
    for patients in _batches(sorted(found), PATIENTS):
        values: set[Id] = set().union(*(found[patient] for patient in patients))
        rows += execute(connection, statement, "ids", values, patients=patients, **terms)
    return rows


def _batches(values: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(values)
    while batch := list(islice(rest, size)):
        yield batch
