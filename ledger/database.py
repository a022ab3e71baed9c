"""One database, whichever dialect its URL names: many readers, and works that write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Final, TypeVar

from sqlalchemy import Connection, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from ledger import postgresql, sqlite
from ledger.unavailable import Broken, Full, Unavailable

__all__ = ["Broken", "Database", "Full", "Unavailable"]

T = TypeVar("T")

DIALECTS: Final[dict[str, ModuleType]] = {"sqlite": sqlite, "postgresql": postgresql}


class Database:
    """The tables behind one URL: `sqlite:///FILE` or `postgresql+psycopg://...`.

    `pool` is the most connections that are open for reading, and on PostgreSQL for writing;
    `patience` the seconds that a caller waits for a lock or a connection before Unavailable.
    Raises ValueError for another kind of URL.
    """

    def __init__(self, url: str, *, pool: int = 10, patience: float = 10.0) -> None:
        parsed = make_url(url)
        self.dialect: Final = parsed.get_backend_name()
        if self.dialect not in DIALECTS:
            raise ValueError(f"a database is sqlite or postgresql, not {self.dialect}")
        self._kind = DIALECTS[self.dialect]
        self._reader, self._writer = self._kind.connect(parsed, pool, patience)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Lend a connection for reading; each statement sees what is committed when it starts.

        Raises Unavailable.
        """
        with self._translating(), self._reader.connect() as connection:
            yield connection

    def write(self, work: Callable[[Connection], T]) -> T:
        """Carry out `work` in one transaction and return its result when that is on disk.

        An exception of `work` undoes what it did and is raised here. `work` may be run more than
        once, uses only the connection it gets, and neither commits nor rolls back.
        Raises Unavailable, Full, Broken.
        """
        with self._translating():
            result: T = self._writer.write(work)
        return result

    def close(self) -> None:
        """Finish the works that wait, then close every connection."""
        self._writer.close()
        self._reader.dispose()

    @contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            yield
        except NoConnection as error:
            raise Unavailable("all connections are in use") from error
        except DBAPIError as error:
            if self._kind.is_full(error.orig):
                raise Full(str(error.orig).strip()) from error
            if self._kind.is_broken(error.orig):
                raise Broken(str(error.orig).strip()) from error
            if error.connection_invalidated or self._kind.is_outage(error.orig):
                raise Unavailable(str(error.orig).strip()) from error
            raise
