"""Group commit without a thread: who comes first commits for all who wait behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class _Waiting(Generic[T]):
    """Items, and a lock that is released once: when they are committed, or theirs is to lead."""

    items: Sequence[T]
    turn: threading.Lock = field(default_factory=threading.Lock)
    done: bool = False
    failed: BaseException | None = None

    def end(self, failed: BaseException | None) -> None:
        self.done, self.failed = True, failed
        self.turn.release()


class GroupCommit(Generic[T]):
    """Hands the items of all callers that wait to `commit`, together, one group after the other.

    Nobody is woken but those whose items are committed, and one who commits the next group.
    """

    def __init__(self, commit: Callable[[list[T]], None]) -> None:
        self._commit = commit
        self._door = threading.Lock()
        self._committing = False
        self._waiting: list[_Waiting[T]] = []

    def write(self, items: Sequence[T]) -> None:
        """Return when `commit` has returned for these items; raise what it raised."""
        mine = _Waiting(items)
        mine.turn.acquire()
        with self._door:
            self._waiting.append(mine)
            waits, self._committing = self._committing, True
        if waits:
            mine.turn.acquire()
        if not mine.done:
            self._lead()
        if mine.failed is not None:
            raise mine.failed

    def _lead(self) -> None:
        with self._door:
            group, self._waiting = self._waiting, []
        failed: BaseException | None = None
        try:
            self._commit([item for waiting in group for item in waiting.items])
        except BaseException as error:
            failed = error
        with self._door:
            following = next(iter(self._waiting), None)
            self._committing = following is not None
        for waiting in group:
            waiting.end(failed)
        if following is not None:
            following.turn.release()
