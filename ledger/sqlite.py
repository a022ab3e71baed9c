"""SQLite: one writer thread that commits waiting works as a group, and a pool of readers."""

from __future__ import annotations

import contextvars
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from ledger.unavailable import Unavailable

T = TypeVar("T")

GROUP: Final = 20
"""The most works that one transaction carries."""

_OUTAGES: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_CANTOPEN,
    }
)
_FULL: Final = frozenset({sqlite3.SQLITE_FULL})
_BROKEN: Final = frozenset(
    {
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    }
)


def is_outage(error: BaseException | None) -> bool:
    """Tell whether the file, and not the statement, is the reason, and waiting may help."""
    return _code(error) in _OUTAGES


def is_full(error: BaseException | None) -> bool:
    """Tell whether there is no room for more."""
    return _code(error) in _FULL


def is_broken(error: BaseException | None) -> bool:
    """Tell whether the file cannot be used as it is."""
    return _code(error) in _BROKEN


def _code(error: BaseException | None) -> int | None:
    """Return SQLite's primary result code."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def connect(url: URL, pool: int, patience: float) -> tuple[Engine, Writer]:
    """Return an engine whose connections only read, and the writer."""
    return _reading_engine(url, pool, patience), Writer(_writing_engine(url, patience))


def _reading_engine(url: URL, pool: int, patience: float) -> Engine:
    engine = create_engine(
        url, poolclass=QueuePool, pool_size=pool, max_overflow=0, pool_timeout=patience
    )
    event.listen(engine, "do_connect", _for_its_owner)

    @event.listens_for(engine, "connect")
    def _(connection: sqlite3.Connection, _record: object) -> None:
        _prepare(connection, patience)
        connection.execute("PRAGMA query_only = ON")

    return engine


def _writing_engine(url: URL, patience: float) -> Engine:
    engine = create_engine(url, poolclass=QueuePool, pool_size=1, max_overflow=0)
    event.listen(engine, "do_connect", _for_its_owner)

    @event.listens_for(engine, "connect")
    def _(connection: sqlite3.Connection, _record: object) -> None:
        _prepare(connection, patience)
        _into_wal(connection, patience)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # a removed key leaves no trace in the file

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        # A deferred transaction that reads first fails at once when another one has written since.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _for_its_owner(_dialect: object, _record: object, args: list[str], _options: object) -> None:
    """Let SQLite find a new file that nobody else may read; what it puts beside it is likewise.

    Nothing is opened: closing the file would let go of every lock that this process has on it, and
    another process would take away the log that is written to.
    """
    with suppress(OSError):  # it is there, or SQLite says in its own way why it is not
        os.mknod(args[0], 0o600)


def _prepare(connection: sqlite3.Connection, patience: float) -> None:
    connection.isolation_level = None  # the driver starts no transaction of its own
    connection.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")


def _into_wal(connection: sqlite3.Connection, patience: float) -> None:
    """Switch to a write-ahead log; two processes that do it at once do not wait by themselves."""
    deadline = time.monotonic() + patience
    while connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


class Writer:
    """The one thread that writes; others hand it their works and wait."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: queue.SimpleQueue[_Waiting[Any] | None] = queue.SimpleQueue()
        self._door = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    def write(self, work: Callable[[Connection], T]) -> T:
        """Queue `work` and wait until the transaction that carried it is on disk."""
        if threading.current_thread() is self._thread:
            raise RuntimeError("a work must not start another one")
        waiting = _Waiting(work)
        with self._door:
            if self._closed:
                raise Unavailable("the database is closed")
            self._waiting.put(waiting)
        return waiting.done.result()

    def close(self) -> None:
        """Finish what waits, and end the thread."""
        with self._door:
            if not self._closed:
                self._closed = True
                self._waiting.put(None)
        self._thread.join()
        self._engine.dispose()

    def _run(self) -> None:
        while group := self._next_group():
            try:
                self._commit(group)
            except BaseException as error:  # the callers must hear of it, and the thread lives on
                for waiting in group:
                    waiting.fail(error)
            else:
                for waiting in group:
                    waiting.deliver()

    def _next_group(self) -> list[_Waiting[Any]]:
        """Return the works that wait now, at least one; none at all means the end."""
        group: list[_Waiting[Any]] = []
        while len(group) < GROUP:
            try:
                waiting = self._waiting.get(block=not group)
            except queue.Empty:
                break
            if waiting is None:
                if group:
                    self._waiting.put(None)
                break
            group.append(waiting)
        return group

    def _commit(self, group: list[_Waiting[Any]]) -> None:
        with self._engine.connect() as connection, connection.begin() as transaction:
            if len(group) == 1:  # nobody to keep apart: the transaction is its savepoint
                if not group[0].run(connection):
                    transaction.rollback()
                return
            for waiting in group:
                savepoint = connection.begin_nested()
                if waiting.run(connection):
                    savepoint.commit()
                else:
                    savepoint.rollback()


class _Waiting(Generic[T]):
    """A work in the queue; its outcome is kept back until its transaction has ended."""

    def __init__(self, work: Callable[[Connection], T]) -> None:
        self.done: Future[T] = Future()
        self._work = work
        self._context = contextvars.copy_context()
        self._failed: BaseException | None = None

    def run(self, connection: Connection) -> bool:
        try:
            self._result = self._context.run(self._work, connection)
        except BaseException as error:
            self._failed = error
        return self._failed is None

    def deliver(self) -> None:
        if self._failed is None:
            self.done.set_result(self._result)
        else:
            self.done.set_exception(self._failed)

    def fail(self, error: BaseException) -> None:
        self.done.set_exception(self._failed or error)
