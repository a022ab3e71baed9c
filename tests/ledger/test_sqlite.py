"""What is SQLite's own: the group commit, the pragmas, the lock."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, make_url, text
from sqlalchemy.exc import IntegrityError

from ledger.database import Database, Unavailable
from ledger.sqlite import GROUP


@pytest.fixture
def numbers(sqlite_url: str) -> Iterator[Database]:
    database = Database(sqlite_url, patience=0.3)
    database.write(lambda c: c.execute(text("CREATE TABLE number (n INTEGER PRIMARY KEY)")))
    yield database
    database.close()


def insert(connection: Connection, n: int) -> int:
    connection.execute(text("INSERT INTO number VALUES (:n)"), {"n": n})
    return n


class Gate:
    """Holds the writer inside a first work, so that those that follow wait together."""

    def __init__(self, database: Database, pool: ThreadPoolExecutor) -> None:
        self._open = threading.Event()
        inside = threading.Event()

        def work(_connection: Connection) -> None:
            inside.set()
            self._open.wait(10)

        self.first = pool.submit(database.write, work)
        inside.wait(10)

    def open(self) -> None:
        self._open.set()


def submit(pool: ThreadPoolExecutor, database: Database, numbers: range) -> list[Future[int]]:
    futures = [pool.submit(database.write, lambda c, n=n: insert(c, n)) for n in numbers]
    waiting = database._writer._waiting
    for _ in range(1000):
        if waiting.qsize() == len(futures):
            break
        threading.Event().wait(0.005)
    assert waiting.qsize() == len(futures)
    return futures


def commits(database: Database) -> list[object]:
    seen: list[object] = []
    event.listen(database._writer._engine, "commit", seen.append)
    return seen


def test_waiting_works_are_committed_as_one_group(numbers: Database) -> None:
    with ThreadPoolExecutor(50) as pool:
        gate = Gate(numbers, pool)
        futures = submit(pool, numbers, range(GROUP + 5))
        seen = commits(numbers)
        gate.open()
        assert [f.result(10) for f in futures] == list(range(GROUP + 5))
    assert len(seen) == 3  # the gate, a full group, the rest


def test_a_failing_work_of_a_group_undoes_only_itself(numbers: Database) -> None:
    numbers.write(lambda c: insert(c, 3))
    with ThreadPoolExecutor(50) as pool:
        gate = Gate(numbers, pool)
        futures = submit(pool, numbers, range(6))
        gate.open()
        failed = [n for n, f in enumerate(futures) if f.exception(10)]
    assert failed == [3]
    with numbers.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM number")).scalar() == 6


def test_a_failing_commit_fails_every_work_of_the_group(numbers: Database) -> None:
    numbers.write(lambda c: c.execute(text(_DEFERRED)))

    def orphan(connection: Connection) -> None:
        connection.execute(text("INSERT INTO child VALUES (99)"))  # noticed by COMMIT only

    with ThreadPoolExecutor(50) as pool:
        gate = Gate(numbers, pool)
        futures = submit(pool, numbers, range(4))
        orphaned = pool.submit(numbers.write, orphan)
        gate.open()
        assert all(isinstance(f.exception(10), IntegrityError) for f in [*futures, orphaned])
    with numbers.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM number")).scalar() == 0
    assert numbers.write(lambda c: insert(c, 1)) == 1


_DEFERRED = (
    "CREATE TABLE child (n INTEGER NOT NULL REFERENCES number DEFERRABLE INITIALLY DEFERRED)"
)


def test_no_result_before_the_commit(numbers: Database) -> None:
    committing, go_on = threading.Event(), threading.Event()

    @event.listens_for(numbers._writer._engine, "commit")
    def _(_connection: Connection) -> None:
        committing.set()
        go_on.wait(10)

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(numbers.write, lambda c: insert(c, 1))
        committing.wait(10)
        assert not done.done()
        go_on.set()
        assert done.result(10) == 1


def test_pragmas(numbers: Database) -> None:
    def pragmas(connection: Connection) -> dict[str, object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return {n: connection.exec_driver_sql(f"PRAGMA {n}").scalar() for n in names}

    assert numbers.write(pragmas) == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 300,
    }
    with numbers.read() as connection:
        assert connection.exec_driver_sql("PRAGMA query_only").scalar() == 1


def test_a_database_that_another_process_keeps_locked_is_unavailable(
    numbers: Database, sqlite_url: str
) -> None:
    other = sqlite3.connect(str(make_url(sqlite_url).database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="locked"):
        numbers.write(lambda c: insert(c, 1))
    other.execute("ROLLBACK")
    other.close()
    assert numbers.write(lambda c: insert(c, 1)) == 1


def test_a_folder_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'missing' / 'entente.sqlite'}")
    with pytest.raises(Unavailable):
        database.write(lambda c: insert(c, 1))
    with pytest.raises(Unavailable), database.read():
        pass
    database.close()


def test_a_work_inside_a_work_is_an_error_and_not_a_deadlock(numbers: Database) -> None:
    with pytest.raises(RuntimeError, match="must not start another"):
        numbers.write(lambda _c: numbers.write(lambda c: insert(c, 1)))


def test_nobody_else_may_read_a_new_file_and_what_lies_beside_it(
    numbers: Database, sqlite_url: str
) -> None:
    numbers.write(lambda connection: insert(connection, 1))
    file = Path(str(make_url(sqlite_url).database))
    modes = {one.name: one.stat().st_mode & 0o777 for one in file.parent.glob(f"{file.name}*")}
    assert modes == {file.name + end: 0o600 for end in ("", "-shm", "-wal")}


def test_another_process_that_looks_takes_no_log_away(numbers: Database, sqlite_url: str) -> None:
    """It would, if a connection made here had let go of this process's locks on the file."""
    file = make_url(sqlite_url).database or ""
    for n in range(2):
        numbers.write(lambda c, n=n: insert(c, n))  # type: ignore[misc]
        with numbers.read() as one, numbers.read() as two:  # the first time connections are made
            assert (one.scalar(_COUNT), two.scalar(_COUNT)) == (n + 1, n + 1)
        assert _seen_elsewhere(file) == n + 1


_COUNT = text("SELECT count(*) FROM number")


def _seen_elsewhere(file: str) -> int:
    """Count in another process, which closes the file as its only connection."""
    look = (
        "import sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1])\n"
        "print(*connection.execute('SELECT count(*) FROM number').fetchone())\n"
        "connection.close()"
    )
    done = subprocess.run([sys.executable, "-c", look, file], capture_output=True, check=True)
    return int(done.stdout)
