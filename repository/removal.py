"""A pause in which no blob of a document is removed, so that a copy of the store can be whole.

A row goes first; only then, in a look of its own, is the pause asked for, and the blob kept while
there is one. So whoever holds the pause and reads the index then finds every blob of it. What was
kept stays staged, and a later sweep removes it.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ledger import lease
from ledger.database import Database, Unavailable

log = logging.getLogger(__name__)

_LEASE: Final = "repository removal"
_SECONDS: Final = 90.0
"""How long a pause lasts whose holder died."""


class AlreadyPaused(Exception):
    """Another copy or repair is under way, or broke off a short while ago."""


class PauseLost(Exception):
    """The pause was not prolonged in time: what was copied in it may not be whole."""


class Pause:
    """The pause that this process holds; a thread of its own prolongs it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._holder = secrets.token_hex(8)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._prolong, name="pause", daemon=True)

    def begin(self) -> None:
        """Take the pause. Raises AlreadyPaused, Unavailable."""
        if not self._database.write(lambda c: lease.acquire(c, _LEASE, self._holder, _SECONDS)):
            raise AlreadyPaused(
                "another backup or repair of this repository is under way, or broke off less than "
                f"{_SECONDS:.0f} seconds ago"
            )
        self._thread.start()

    def check(self) -> None:
        """Make sure that there was no gap. Raises PauseLost, Unavailable."""
        if not self._renew():
            raise PauseLost("removal was not paused all the time: begin again")

    def end(self) -> None:
        """Give the pause back. Raises Unavailable."""
        self._stop.set()
        self._thread.join()
        self._database.write(lambda c: lease.release(c, _LEASE, self._holder))

    def _renew(self) -> bool:
        return self._database.write(lambda c: lease.renew(c, _LEASE, self._holder, _SECONDS))

    def _prolong(self) -> None:
        while not self._stop.wait(_SECONDS / 3):
            try:
                self._renew()
            except Unavailable:
                log.warning("the pause of removal was not prolonged", exc_info=True)


@contextmanager
def paused(database: Database) -> Iterator[Pause]:
    """Hold the pause; it had no gap if this ends without PauseLost.

    Raises AlreadyPaused, Unavailable.
    """
    pause = Pause(database)
    pause.begin()
    try:
        yield pause
        pause.check()
    finally:
        pause.end()


def is_paused(database: Database) -> bool:
    """Tell whether blobs must be kept now; when nobody can say, they must."""
    try:
        with database.read() as connection:
            return lease.is_held(connection, _LEASE)
    except Unavailable:
        log.warning("whether removal is paused cannot be known", exc_info=True)
        return True
