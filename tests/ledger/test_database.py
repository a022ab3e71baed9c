"""What a work does is on disk when `write` returns, or not done at all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from ledger.database import Database, Unavailable


@pytest.fixture
def numbers(database_url: str) -> Iterator[Database]:
    database = Database(database_url, pool=4)
    database.write(lambda c: c.execute(text("CREATE TABLE number (n INTEGER PRIMARY KEY)")))
    yield database
    database.close()


def insert(n: int) -> Callable[[Connection], int]:
    return lambda c: c.execute(text("INSERT INTO number VALUES (:n)"), {"n": n}).rowcount


def stored(database: Database) -> list[int]:
    with database.read() as connection:
        return list(connection.execute(text("SELECT n FROM number ORDER BY n")).scalars())


def test_a_work_is_seen_by_readers_once_it_is_done(numbers: Database) -> None:
    assert numbers.write(insert(1)) == 1
    assert stored(numbers) == [1]


def test_a_failing_work_undoes_itself_and_its_caller_gets_the_exception(numbers: Database) -> None:
    def fails(connection: Connection) -> None:
        insert(1)(connection)
        raise LookupError("no")

    with pytest.raises(LookupError):
        numbers.write(fails)
    assert stored(numbers) == []


def test_an_error_of_the_statement_is_not_called_an_outage(numbers: Database) -> None:
    numbers.write(insert(1))
    with pytest.raises(IntegrityError):
        numbers.write(insert(1))
    with pytest.raises((ProgrammingError, OperationalError)), numbers.read() as connection:
        connection.execute(text("SELECT nothing FROM nowhere"))


def test_works_of_many_threads_are_all_done(numbers: Database) -> None:
    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(lambda n: numbers.write(insert(n)), range(200))) == 200
    assert stored(numbers) == list(range(200))


def test_lost_updates_do_not_happen_when_rows_are_locked(numbers: Database) -> None:
    """Two works lock in opposite order: PostgreSQL undoes one, and it is tried again."""
    numbers.write(lambda c: [insert(n)(c) for n in (1, 2)])
    met = threading.Barrier(2)

    def crossing(first: int, second: int) -> None:
        waited = iter([True])

        def work(connection: Connection) -> None:
            move = text("UPDATE number SET n = n WHERE n = :n")
            connection.execute(move, {"n": first})
            if numbers.dialect == "postgresql" and next(waited, False):
                met.wait(10)
            connection.execute(move, {"n": second})

        numbers.write(work)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(crossing, (1, 2), (2, 1)))


def test_a_closed_database_is_unavailable(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    database.close()
    database.close()
    with pytest.raises(Unavailable):
        database.write(insert(1))


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(ValueError, match="mysql"):
        Database("mysql://localhost/x")
