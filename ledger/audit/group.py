"""Group commit without a thread: who comes first commits for all who wait behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class _Waiting(Generic[T]):
    items: Sequence[T]
    done: bool = False
    failed: BaseException | None = None


class GroupCommit(Generic[T]):
    """Hands the items of all callers that wait to `commit`, together, one group after the other."""

    def __init__(self, commit: Callable[[list[T]], None]) -> None:
        self._commit = commit
        self._door = threading.Lock()
        self._turn = threading.Lock()
        self._waiting: list[_Waiting[T]] = []

    def write(self, items: Sequence[T]) -> None:
        """Return when `commit` has returned for these items; raise what it raised."""
        mine = _Waiting(items)
        with self._door:
            self._waiting.append(mine)
        with self._turn:
            if not mine.done:
                self._lead()
        if mine.failed is not None:
            raise mine.failed

    def _lead(self) -> None:
        with self._door:
            group, self._waiting = self._waiting, []
        try:
            self._commit([item for waiting in group for item in waiting.items])
        except BaseException as error:
            for waiting in group:
                waiting.failed = error
        for waiting in group:
            waiting.done = True
