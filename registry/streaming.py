"""Answers of many objects: decided at once, fetched and joined while they are sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ledger.database import Database
from registry.store import leaves
from registry.store.leaves import Decision

BATCH: Final = 100
"""The objects that are fetched at a time."""


def stream(database: Database, decided: Sequence[Decision], home: str | None) -> Iterator[bytes]:
    """Yield the XML of each object; no connection is held while a reader takes its time."""
    for begin in range(0, len(decided), BATCH):
        with database.read() as connection:
            objects = leaves.rest(connection, decided[begin : begin + BATCH], home)
        yield from objects
