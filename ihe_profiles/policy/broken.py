"""A policy file that cannot be used, and everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable


class BrokenPolicy(Exception):
    """The policy cannot be loaded for the reasons in `problems`."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))
