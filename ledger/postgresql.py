"""PostgreSQL: pooled psycopg connections, results in the binary format."""

from __future__ import annotations

import random
import select
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

import psycopg
from psycopg import pq
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import IsolationLevel
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.pool import QueuePool

T = TypeVar("T")

ATTEMPTS: Final = 6
"""How often a work is tried that lost against another one, or found its connection dead."""

_BROKEN: Final = (
    psycopg.errors.DataCorrupted,
    psycopg.errors.IndexCorrupted,
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.UndefinedFile,
)
_LOST: Final = frozenset({"40001", "40P01"})
"""serialization_failure, deadlock_detected: the server has undone the transaction."""


class BinaryCursor(psycopg.Cursor[Any]):
    """A cursor that asks for binary results: a bytea in text costs about three times as much."""

    def __init__(self, connection: psycopg.Connection[Any], **options: Any) -> None:
        super().__init__(connection, **options)
        self.format = pq.Format.BINARY


def is_outage(error: BaseException | None) -> bool:
    """Tell whether the server, and not the statement, is the reason."""
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)


def is_full(error: BaseException | None) -> bool:
    """Tell whether there is no room for more."""
    return isinstance(error, psycopg.errors.DiskFull)


def is_broken(error: BaseException | None) -> bool:
    """Tell whether the database cannot be used as it is."""
    return isinstance(error, _BROKEN)


def connect(url: URL, pool: int, patience: float) -> tuple[Engine, Writer]:
    """Return an engine to read with, its statements transactions of their own, and the writer."""
    reader, writer = (
        _engine(url, level, pool, patience) for level in ("AUTOCOMMIT", "READ COMMITTED")
    )
    return reader, Writer(writer)


def _engine(url: URL, level: IsolationLevel, pool: int, patience: float) -> Engine:
    engine = create_engine(
        url.update_query_dict(_CONNECTION | dict(url.query)),
        connect_args={"cursor_factory": BinaryCursor},
        poolclass=QueuePool,
        pool_size=pool,
        max_overflow=0,
        pool_timeout=patience,
        use_native_hstore=False,
        isolation_level=level,
    )
    event.listen(engine, "checkout", _still_open)

    @event.listens_for(engine, "connect")
    def _(connection: psycopg.Connection[Any], _record: object) -> None:
        connection.execute(f"SET lock_timeout = {int(patience * 1000)}")
        connection.commit()

    return engine


_CONNECTION: Final = {
    "connect_timeout": "5",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "application_name": "entente",
}


def _still_open(connection: psycopg.Connection[Any], _record: object, _proxy: object) -> None:
    """Let the pool replace its connections when the server has closed this one.

    A server that goes away leaves something to read on an idle connection; looking costs no
    round trip.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        raise InvalidatePoolError


class Writer:
    """Carries out works in READ COMMITTED transactions, each on a connection of the pool."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` and commit; again when it lost a race or its connection was dead."""
        attempt = 1
        while True:
            with self._engine.connect() as connection:
                try:
                    transaction = connection.begin()
                    result = work(connection)
                except DBAPIError as error:
                    if attempt == ATTEMPTS or not (error.connection_invalidated or _lost(error)):
                        raise
                else:
                    transaction.commit()
                    return result
            time.sleep(random.uniform(0, 0.01) * 2**attempt)  # noqa: S311 (it spreads retries)
            attempt += 1

    def close(self) -> None:
        """Close the pool."""
        self._engine.dispose()


def _lost(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) in _LOST
