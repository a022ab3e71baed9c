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
        self._changed = threading.Condition()
        self._committing = False
        self._waiting: list[_Waiting[T]] = []

    def write(self, items: Sequence[T]) -> None:
        """Return when `commit` has returned for these items; raise what it raised."""
        mine = _Waiting(items)
        with self._changed:
            self._waiting.append(mine)
            while self._committing and not mine.done:
                self._changed.wait()
            group = [] if mine.done else self._take()
        if group:
            self._lead(group)
        if mine.failed is not None:
            raise mine.failed

    def _take(self) -> list[_Waiting[T]]:
        group, self._waiting, self._committing = self._waiting, [], True
        return group

    def _lead(self, group: list[_Waiting[T]]) -> None:
        failed: BaseException | None = None
        try:
            self._commit([item for waiting in group for item in waiting.items])
        except BaseException as error:
            failed = error
        with self._changed:
            for waiting in group:
                waiting.done, waiting.failed = True, failed
            self._committing = False
            self._changed.notify_all()
