"""A pause in which no blob of a document is removed, so that a copy of the store can be whole.

A row goes first; only then, in a look of its own, is the pause asked for, and the blob kept while
there is one. So whoever holds the pause and reads the index then finds every blob of it. What was
kept stays staged, and a later sweep removes it.
"""

from __future__ import annotations

import logging
import secrets
import time
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
    """The pause that this process holds; `keep` is called at least each minute."""

    def __init__(self, database: Database, holder: str) -> None:
        self._database = database
        self._holder = holder
        self._since = time.monotonic()

    def keep(self) -> None:
        """Prolong the pause, if a third of it is over. Raises PauseLost, Unavailable."""
        if time.monotonic() - self._since > _SECONDS / 3:
            self.renew()

    def renew(self) -> None:
        """Prolong the pause. Raises PauseLost, Unavailable."""
        at = time.monotonic()
        if not self._database.write(lambda c: lease.renew(c, _LEASE, self._holder, _SECONDS)):
            raise PauseLost("removal was not paused all the time: begin again")
        self._since = at


@contextmanager
def paused(database: Database) -> Iterator[Pause]:
    """Hold the pause. Raises AlreadyPaused, Unavailable."""
    holder = secrets.token_hex(8)
    if not database.write(lambda c: lease.acquire(c, _LEASE, holder, _SECONDS)):
        raise AlreadyPaused(
            "another backup or repair of this repository is under way, or broke off less than "
            f"{_SECONDS:.0f} seconds ago"
        )
    try:
        yield Pause(database, holder)
    finally:
        database.write(lambda c: lease.release(c, _LEASE, holder))


def is_paused(database: Database) -> bool:
    """Tell whether blobs must be kept now; when nobody can say, they must."""
    try:
        with database.read() as connection:
            return lease.is_held(connection, _LEASE)
    except Unavailable:
        log.warning("whether removal is paused cannot be known", exc_info=True)
        return True
