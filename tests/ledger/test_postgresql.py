"""What is PostgreSQL's own: binary results, isolation, life after a restart of the server."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg import pq
from sqlalchemy import Connection, event, make_url, text

from ledger.database import Database, Unavailable


@pytest.fixture
def numbers(postgresql_url: str) -> Iterator[Database]:
    database = Database(postgresql_url, pool=4, patience=2.0)
    database.write(lambda c: c.execute(text("CREATE TABLE number (n INTEGER PRIMARY KEY)")))
    yield database
    database.close()


def insert(connection: Connection, n: int) -> int:
    connection.execute(text("INSERT INTO number VALUES (:n)"), {"n": n})
    return n


def test_bytes_come_in_the_binary_format(numbers: Database) -> None:
    every = bytes(range(256))
    with numbers.read() as connection:
        result = connection.execute(text("SELECT CAST(:b AS bytea), 7, 'é'"), {"b": every})
        raw = result.cursor.pgresult  # type: ignore[union-attr]
        assert [raw.fformat(column) for column in range(3)] == [pq.Format.BINARY] * 3
        assert tuple(result.one()) == (every, 7, "é")


def test_a_read_is_one_round_trip_and_a_write_is_a_transaction(numbers: Database) -> None:
    with numbers.read() as connection:
        driver: Any = connection.connection.driver_connection
        assert driver.autocommit
        connection.execute(text("SELECT 1"))
        assert driver.info.transaction_status == pq.TransactionStatus.IDLE

    def isolation(connection: Connection) -> object:
        assert not connection.connection.driver_connection.autocommit  # type: ignore[union-attr]
        return connection.execute(text("SHOW transaction_isolation")).scalar()

    assert numbers.write(isolation) == "read committed"


def terminate_backends(url: str) -> int:
    """What a restart of the server does to those who are connected."""
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(plain, autocommit=True) as other:
        ended = other.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return len(ended.fetchall())


def _count(numbers: Database) -> int:
    with numbers.read() as connection:
        return connection.execute(text("SELECT count(*) FROM number")).scalar_one()


def test_it_works_again_after_the_server_was_restarted(
    numbers: Database, postgresql_url: str
) -> None:
    with ThreadPoolExecutor(4) as pool:  # several connections, all of them idle in the pool
        list(pool.map(lambda n: numbers.write(lambda c: insert(c, n)), range(20)))
    assert _count(numbers) == 20  # so a connection for reading is in its pool too
    assert terminate_backends(postgresql_url) >= 1
    assert _count(numbers) == 20
    assert terminate_backends(postgresql_url) >= 1
    assert numbers.write(lambda c: insert(c, 20)) == 20


def test_a_work_whose_connection_dies_is_carried_out_again(
    numbers: Database, postgresql_url: str
) -> None:
    lives = iter([terminate_backends])

    def work(connection: Connection) -> int:
        insert(connection, 1)
        for kill in lives:
            kill(postgresql_url)
        return insert(connection, 2)

    assert numbers.write(work) == 2
    with numbers.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM number")).scalar() == 2


def test_a_commit_whose_outcome_is_unknown_is_not_repeated(
    numbers: Database, postgresql_url: str
) -> None:
    works = []

    def work(connection: Connection) -> int:
        works.append(1)
        return insert(connection, 1)

    engine = numbers._writer._engine
    event.listen(engine, "commit", lambda _c: terminate_backends(postgresql_url))
    with pytest.raises(Unavailable):
        numbers.write(work)
    assert works == [1]


def test_a_server_that_is_not_there_is_unavailable(postgresql_url: str) -> None:
    database = Database(make_url(postgresql_url).set(port=1).render_as_string(False))
    with pytest.raises(Unavailable):
        database.write(lambda c: insert(c, 1))
    with pytest.raises(Unavailable), database.read():
        pass
    database.close()


def test_a_lock_that_another_keeps_is_unavailable_and_so_is_a_pool_in_use(
    numbers: Database,
) -> None:
    def impatient(_outer: Connection) -> None:
        _outer.execute(text("LOCK TABLE number"))
        with ThreadPoolExecutor(1) as pool, pytest.raises(Unavailable, match="lock timeout"):
            pool.submit(numbers.write, lambda c: insert(c, 1)).result()

    numbers.write(impatient)

    held = [numbers.read() for _ in range(4)]
    for reading in held:
        reading.__enter__()
    with pytest.raises(Unavailable, match="in use"), numbers.read():
        pass
    for reading in held:
        reading.__exit__(None, None, None)
