"""Refused handshakes on their way to the audit trail: no scanner can flood it, or keep us waiting.

The first failure of an address for a reason is recorded at once, further ones as a number at the
end of each window. Past a number of addresses and reasons the rest are counted together.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_log = logging.getLogger(__name__)

Record = Callable[[str, str], None]
"""Keeps a record about an address; it may take its time."""

_OTHERS: Final = ("", "further addresses and reasons")


@dataclass(slots=True)
class _Seen:
    due: float
    more: int = 0


class HandshakeAlerts:
    """Call it with an address and a reason: it returns at once, and a thread records."""

    def __init__(self, record: Record, window: float = 60.0, most: int = 200) -> None:
        self._record = record
        self._window = window
        self._most = most
        self._seen: dict[tuple[str, str], _Seen] = {}
        self._new: list[tuple[str, str]] = []
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="handshake-alerts", daemon=True)
        self._thread.start()

    def __call__(self, address: str, reason: str) -> None:
        """Take note of a refused handshake."""
        with self._changed:
            key = (address, reason)
            if key not in self._seen and len(self._seen) >= self._most:
                key = _OTHERS
            if seen := self._seen.get(key):
                seen.more += 1
                return
            self._seen[key] = _Seen(time.monotonic() + self._window)
            self._new.append(key)
            self._changed.notify()

    def close(self) -> None:
        """Record what is left, the numbers too."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._new or self._closing, self._patience())
                closing = self._closing
                told = [*self._new, *self._counted(closing)]
                self._new.clear()
            for address, text in told:
                self._keep(address, text)
            if closing:
                return

    def _patience(self) -> float | None:
        if not self._seen:
            return None
        return max(0.0, min(seen.due for seen in self._seen.values()) - time.monotonic())

    def _counted(self, closing: bool) -> list[tuple[str, str]]:
        """Return the numbers of windows that ended, and begin new ones where there were any."""
        now = time.monotonic()
        told = []
        for (address, reason), seen in list(self._seen.items()):
            if seen.due > now and not closing:
                continue
            if seen.more:
                told.append((address, f"{reason} ({seen.more} times more)"))
                seen.due, seen.more = now + self._window, 0
            else:
                del self._seen[(address, reason)]
        return told

    def _keep(self, address: str, text: str) -> None:
        try:
            self._record(address, text)
        except Exception:  # the thread goes on: the next one may be kept
            _log.exception("a refused handshake could not be recorded")
