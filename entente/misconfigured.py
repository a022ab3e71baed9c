"""What is wrong with the settings."""

from __future__ import annotations

from collections.abc import Iterable


class Misconfigured(Exception):
    """The settings cannot be used; `problems` says why, one line each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))
