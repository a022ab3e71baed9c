"""What the registry has lately said of who may retrieve what, for when it cannot be reached."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Final

from ihe_profiles.policy.asker import Asker

MOST: Final = 20_000
"""How many decisions are remembered at most; the oldest goes first."""

Key = tuple[Asker | None, str]


@dataclass(frozen=True, slots=True)
class Granted:
    """A document that the registry showed to a requester.

    `sha1`: any bytes where it is None; `told` is when the registry said so, in seconds since 1970.
    """

    unique_id: str
    sha1: str | None
    told: float


class Snapshot:
    """Remembers for `seconds` what the registry granted, each document to each requester.

    It is kept in memory alone, of one process: a cache whose loss denies. What the registry says
    later replaces it, so that a document that it hides is forgotten. Thread-safe.
    """

    def __init__(
        self, seconds: float, most: int = MOST, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._most = most
        self._clock = clock
        self._lock = Lock()
        self._known: OrderedDict[Key, tuple[float, tuple[Granted, ...]]] = OrderedDict()

    def learn(self, asker: Asker | None, asked: Iterable[str], granted: Iterable[Granted]) -> None:
        """Take in an answer of the registry: of what was asked for, only that is granted."""
        now = self._clock()
        by_id: dict[str, tuple[Granted, ...]] = {}
        for one in granted:
            by_id[one.unique_id] = (*by_id.get(one.unique_id, ()), one)
        with self._lock:
            for unique_id in asked:
                self._known.pop((asker, unique_id), None)
                if unique_id in by_id:
                    self._known[asker, unique_id] = (now, by_id[unique_id])
            while len(self._known) > self._most:
                self._known.popitem(last=False)

    def recall(self, asker: Asker | None, asked: Iterable[str]) -> set[Granted]:
        """Return what was granted to the same requester, and is not too old."""
        oldest = self._clock() - self._seconds
        found: set[Granted] = set()
        with self._lock:
            for unique_id in asked:
                since, granted = self._known.get((asker, unique_id), (oldest, ()))
                if since > oldest:
                    found.update(granted)
        return found
