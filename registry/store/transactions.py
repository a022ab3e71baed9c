"""What was done to the registry, and the keys of what it made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, bindparam, insert, select

from ledger.clock import now
from registry.store.batches import execute
from registry.store.tables import registry_transaction

OBJECTS: Final = 1 << 20
"""The most objects that one transaction makes: the rest of a key counts them."""

_INSERT: Final = insert(registry_transaction)
_TIMES: Final = select(registry_transaction.c.key, registry_transaction.c.time).where(
    registry_transaction.c.key.in_(bindparam("keys", expanding=True))
)
_TIME: Final = "{:%Y-%m-%d %H:%M:%S} UTC"


@dataclass(frozen=True, slots=True)
class Source:
    """The message that asks for a transaction: from whom, and how it is found in the logs."""

    action: str
    message_id: str | None
    peer: str
    trace_id: str


def begin(connection: Connection, source: Source, refusal: str | None = None) -> int:
    """Write down that the message is carried out, or why not; return the transaction's key."""
    result = connection.execute(
        _INSERT,
        {
            "time": now(),
            "action": source.action,
            "message_id": source.message_id,
            "peer": source.peer,
            "trace_id": source.trace_id,
            "refusal": refusal,
        },
    )
    assert result.inserted_primary_key is not None
    key: int = result.inserted_primary_key[0]
    return key


def times(connection: Connection, keys: Iterable[int]) -> dict[int, str]:
    """Return when transactions were, as people read it, in UTC to the second."""
    rows = execute(connection, _TIMES, "keys", keys)
    return {row.key: _TIME.format(datetime.fromtimestamp(row.time / 1000, UTC)) for row in rows}


def object_key(transaction: int, number: int) -> int:
    """Return the surrogate key of the transaction's object `number`: keys grow as objects come."""
    assert number < OBJECTS
    return transaction * OBJECTS + number
