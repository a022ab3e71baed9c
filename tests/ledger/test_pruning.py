"""Old answers are forgotten, some at a time, by one process at a time."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from ledger import lease, pruning
from ledger.clock import now
from ledger.database import Database
from ledger.tables import answered_message

OLD = 5


def _messages(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(select(func.count(answered_message.c.action))).scalar_one())


def _fill(database: Database) -> None:
    """Old answers, one of today, and an old message that is being carried out."""
    day = 24 * 3600 * 1000
    rows = [(f"old {n}", now() - 31 * day, 0, b"answer") for n in range(OLD)]
    rows += [("today", now(), 0, b"answer"), ("under way", now() - 31 * day, now() + day, None)]
    names = ("message_id", "time", "lease_until", "answer")
    common = {"action": "urn:a", "peer": "p", "digest": b"", "holder": "h"}
    values = [common | dict(zip(names, row, strict=True)) for row in rows]
    database.write(lambda c: c.execute(answered_message.insert(), values))


def test_what_is_older_than_the_horizon_goes_in_batches(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "_BATCH", 2)
    _fill(database)
    assert pruning.prune(database, 30 * 24 * 3600) == OLD
    assert _messages(database) == 2
    assert pruning.prune(database, 30 * 24 * 3600) == 0


def test_another_process_may_be_at_it(database: Database) -> None:
    _fill(database)
    database.write(lambda c: lease.acquire(c, "answered messages", "another", 30))
    assert pruning.prune(database, 30 * 24 * 3600) == 0
    assert _messages(database) == OLD + 2
