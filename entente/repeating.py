"""A thread that does the same work now and then."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from ledger.database import Unavailable

_log = logging.getLogger(__name__)


class Repeating:
    """Does `work` at once and then every `seconds`, until it is closed; no failure ends it."""

    def __init__(
        self,
        name: str,
        work: Callable[[], object],
        seconds: float,
        failed: Callable[[], object] = lambda: None,
    ) -> None:
        self._name = name
        self._work = work
        self._seconds = seconds
        self._failed = failed
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def close(self, patience: float) -> None:
        """Begin no further pass, and wait for the one that runs, at most `patience` seconds."""
        self._stop.set()
        self._thread.join(patience)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._pass()
            self._stop.wait(self._seconds)

    def _pass(self) -> None:
        try:
            self._work()
        except Unavailable:
            _log.warning("%s: the database cannot be reached", self._name, exc_info=True)
            self._failed()
        except Exception:
            _log.exception("%s broke off", self._name)
            self._failed()
