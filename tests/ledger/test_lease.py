from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from ledger import lease
from ledger.database import Database


def test_one_holder_at_a_time(database: Database) -> None:
    def acquire(holder: str) -> bool:
        return database.write(lambda c: lease.acquire(c, "sender", holder, 30))

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(acquire, "abcd")) == [False, False, False, True]


def test_the_holder_may_acquire_renew_and_release(database: Database) -> None:
    assert database.write(lambda c: lease.acquire(c, "sender", "a", 30))
    assert database.write(lambda c: lease.acquire(c, "sender", "a", 30))
    assert database.write(lambda c: lease.renew(c, "sender", "a", 30))
    assert not database.write(lambda c: lease.renew(c, "sender", "b", 30))
    database.write(lambda c: lease.release(c, "sender", "b"))
    assert not database.write(lambda c: lease.acquire(c, "sender", "b", 30))
    database.write(lambda c: lease.release(c, "sender", "a"))
    assert database.write(lambda c: lease.acquire(c, "sender", "b", 30))


def test_a_lease_that_is_over_is_free_and_cannot_be_renewed(database: Database) -> None:
    assert database.write(lambda c: lease.acquire(c, "sender", "a", 0.05))
    time.sleep(0.1)
    assert not database.write(lambda c: lease.renew(c, "sender", "a", 30))
    assert database.write(lambda c: lease.acquire(c, "sender", "b", 30))
    assert database.write(lambda c: lease.acquire(c, "recovery", "a", 30))  # another job
