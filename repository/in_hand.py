"""Documents whose ITI-42 this process is sending: what becomes of them is not asked elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager


class InHand:
    """The blobs of submissions under way. Thread-safe.

    A registry may deny a submission that it is about to register; while its answer is awaited here
    no other answer counts, however long the lease has been over. For other processes to know it the
    lease is prolonged. A killed process forgets, and what it had in hand is asked about.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: set[str] = set()

    def __contains__(self, blob_key: object) -> bool:
        return blob_key in self._keys

    @property
    def keys(self) -> list[str]:
        """The keys of the blobs that are in hand now."""
        with self._lock:
            return list(self._keys)

    @contextmanager
    def holding(self, blob_keys: Collection[str]) -> Iterator[None]:
        """Hold the blobs of one submission for a while."""
        with self._lock:
            self._keys.update(blob_keys)
        try:
            yield
        finally:
            with self._lock:
                self._keys.difference_update(blob_keys)
