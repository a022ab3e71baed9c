"""What was verified once and holds for a time: bounded, and forgotten when its time is over."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from threading import Lock
from typing import Final, Generic, TypeVar

Value = TypeVar("Value")

LIMIT: Final = 2048
"""How many entries are kept; the one that was not asked for the longest goes first."""


class Cache(Generic[Value]):
    """Values by key, each until a moment of its own. Thread-safe."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._entries: OrderedDict[bytes, tuple[Value, datetime]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: bytes, now: datetime) -> Value | None:
        """Return the value of a key whose moment is not come yet."""
        with self._lock:
            if (entry := self._entries.get(key)) is None:
                return None
            value, until = entry
            if now >= until:
                del self._entries[key]
                return None
            self._entries.move_to_end(key)
            return value

    def put(self, key: bytes, value: Value, until: datetime) -> None:
        """Keep a value until a moment."""
        with self._lock:
            self._entries[key] = (value, until)
            while len(self._entries) > self._limit:
                self._entries.popitem(last=False)

    def __len__(self) -> int:
        return len(self._entries)
