"""Audit records that wait beside the work they tell of, until they are in the audit store.

Rows are taken by what is there and removed by their ids, never as `id > last`: transactions do not
commit in the order of their ids.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, delete, func, select, text

from ledger.audit.portion import portion
from ledger.tables import audit_outbox

_PUT: Final = text(
    "INSERT INTO audit_outbox (id, message) VALUES (:id, :message) ON CONFLICT (id) DO NOTHING"
)
_SIZES: Final = (
    select(audit_outbox.c.id, func.length(audit_outbox.c.message))
    .order_by(audit_outbox.c.id)
    .limit(bindparam("most"))
)
_TAKE: Final = (
    select(audit_outbox.c.id, audit_outbox.c.message)
    .where(audit_outbox.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(audit_outbox.c.id)
)
_REMOVE: Final = delete(audit_outbox).where(audit_outbox.c.id == bindparam("of"))
_COUNT: Final = select(func.count()).select_from(
    select(audit_outbox.c.id).limit(bindparam("most")).subquery()
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record in an outbox: `id` is its own for ever, `message` a whole syslog message."""

    id: bytes
    message: bytes


def new_id() -> bytes:
    """Return 16 octets that no other record has; later ones are greater, by the clock."""
    return time.time_ns().to_bytes(8, "big") + secrets.token_bytes(8)


def put(connection: Connection, waiting: Sequence[Waiting]) -> None:
    """Write records; one whose id is there already stays as it is."""
    if waiting:
        connection.execute(_PUT, [{"id": w.id, "message": w.message} for w in waiting])


def take(connection: Connection, most: int) -> list[Waiting]:
    """Return at most `most` records, the oldest first by the clock of whoever made them.

    Fewer where they are large (`portion`).
    """
    sizes = connection.execute(_SIZES, {"most": most})
    ids = portion((bytes(id), octets) for id, octets in sizes)
    rows = connection.execute(_TAKE, {"ids": ids}) if ids else ()
    return [Waiting(bytes(row.id), bytes(row.message)) for row in rows]


def remove(connection: Connection, waiting: Sequence[Waiting]) -> None:
    """Remove records that are kept elsewhere now."""
    if waiting:
        connection.execute(_REMOVE, [{"of": w.id} for w in waiting])


def count(connection: Connection, most: int) -> int:
    """Return how many records wait, counting no further than `most`."""
    return int(connection.execute(_COUNT, {"most": most}).scalar_one())
