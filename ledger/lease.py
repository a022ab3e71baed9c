"""Leases: at most one holder of a named job at a time, and a dead holder's job is free again."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, bindparam, delete, select, text, update

from ledger.clock import now
from ledger.tables import lease

# ON CONFLICT is written the same way in both dialects, but SQLAlchemy has one construct for each.
_ACQUIRE: Final = text(
    "INSERT INTO lease (name, holder, lease_until) VALUES (:name, :holder, :until) "
    "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, lease_until = excluded.lease_until "
    "WHERE lease.holder = excluded.holder OR lease.lease_until < :now"
)
_MINE: Final = (lease.c.name == bindparam("of")) & (lease.c.holder == bindparam("by"))
_RENEW: Final = update(lease).where(_MINE, lease.c.lease_until >= bindparam("now"))
_RELEASE: Final = delete(lease).where(_MINE)
_CLEAR: Final = delete(lease)
_HELD: Final = select(lease.c.holder).where(
    lease.c.name == bindparam("of"), lease.c.lease_until >= bindparam("now")
)


def acquire(connection: Connection, name: str, holder: str, seconds: float) -> bool:
    """Take the lease `name` for `seconds`, if it is free, over, or already `holder`'s."""
    time = now()
    taken = connection.execute(
        _ACQUIRE,
        {"name": name, "holder": holder, "until": time + round(seconds * 1000), "now": time},
    )
    return taken.rowcount == 1


def renew(connection: Connection, name: str, holder: str, seconds: float) -> bool:
    """Prolong the lease to `seconds` from now; False when it was over and may be another's."""
    time = now()
    renewed = connection.execute(
        _RENEW,
        {"of": name, "by": holder, "now": time, "lease_until": time + round(seconds * 1000)},
    )
    return renewed.rowcount == 1


def release(connection: Connection, name: str, holder: str) -> None:
    """Give the lease back, if it is still `holder`'s."""
    connection.execute(_RELEASE, {"of": name, "by": holder})


def clear(connection: Connection) -> None:
    """Take every lease away: of a copied database no holder is there any more."""
    connection.execute(_CLEAR)


def is_held(connection: Connection, name: str) -> bool:
    """Tell whether anybody holds the lease now."""
    return connection.execute(_HELD, {"of": name, "now": now()}).first() is not None
