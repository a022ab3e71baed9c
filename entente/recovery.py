"""A thread that asks, now and then, about documents of unknown registration."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import asdict

from ledger.database import Unavailable
from repository.recovery import Recovery

_log = logging.getLogger(__name__)


class RecoveryThread:
    """Calls `recover` at once and then every `seconds`, until it is closed."""

    def __init__(
        self,
        recover: Callable[[], Recovery],
        seconds: float,
        done: Callable[[Recovery], None],
        failed: Callable[[], None],
    ) -> None:
        self._recover = recover
        self._seconds = seconds
        self._done = done
        self._failed = failed
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recovery", daemon=True)
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
            recovery = self._recover()
        except Unavailable:
            _log.warning("recovery: the database cannot be reached", exc_info=True)
            self._failed()
        except Exception:
            _log.exception("recovery broke off")
            self._failed()
        else:
            self._done(recovery)
            if recovery != Recovery():
                _log.info("recovery", extra=asdict(recovery))
