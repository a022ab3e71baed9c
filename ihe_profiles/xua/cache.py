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
            return self._get(key, now)

    def put(self, key: bytes, value: Value, until: datetime) -> None:
        """Keep a value until a moment."""
        with self._lock:
            self._put(key, value, until)

    def first(self, key: bytes, value: Value, now: datetime, until: datetime) -> Value:
        """Return the value that the key has already; a key that has none gets this one."""
        with self._lock:
            if (known := self._get(key, now)) is not None:
                return known
            self._put(key, value, until)
            return value

    def _get(self, key: bytes, now: datetime) -> Value | None:
        if (entry := self._entries.get(key)) is None:
            return None
        value, until = entry
        if now >= until:
            del self._entries[key]
            return None
        self._entries.move_to_end(key)
        return value

    def _put(self, key: bytes, value: Value, until: datetime) -> None:
        self._entries[key] = (value, until)
        while len(self._entries) > self._limit:
            self._entries.popitem(last=False)

    def __len__(self) -> int:
        return len(self._entries)
