"""Forgets answered messages that are old enough; one process at a time does it."""

from __future__ import annotations

import secrets
from typing import Final

from ledger import answered, lease
from ledger.database import Database

_LEASE: Final = "answered messages"
_SECONDS: Final = 60.0
_BATCH: Final = 1000
"""How many messages one transaction forgets: others write in between."""


def prune(database: Database, keep_seconds: float) -> int:
    """Forget the messages of more than `keep_seconds` ago and count them; 0 if another does it.

    Raises Unavailable.
    """
    holder, number, some = secrets.token_hex(8), 0, _BATCH
    if not database.write(lambda c: lease.acquire(c, _LEASE, holder, _SECONDS)):
        return 0
    try:
        while some == _BATCH and database.write(lambda c: lease.renew(c, _LEASE, holder, _SECONDS)):
            some = database.write(lambda c: answered.prune(c, keep_seconds, _BATCH))
            number += some
    finally:
        database.write(lambda c: lease.release(c, _LEASE, holder))
    return number
