"""Reads the tables of a policy file, and names every key and value that cannot be used."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import Any, Final, TypeVar

from ihe_profiles.policy.rules import ANY_CODE
from ihe_profiles.xua.requester import Coded

Member = TypeVar("Member", bound=StrEnum)
Chosen = TypeVar("Chosen")

_SEPARATOR: Final = "^^"
_KINDS: Final = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}


class Table:
    """One table of the file; what is wrong with it is added to `problems`."""

    def __init__(self, values: Mapping[str, Any], place: str, problems: list[str]) -> None:
        self._values = values
        self._place = place
        self._problems = problems
        self._read: set[str] = set()

    def complain(self, key: str, problem: str) -> None:
        """Say what is wrong with a key."""
        self._problems.append(f"{self._place}, {key}: {problem}")

    def finish(self) -> None:
        """Complain of the keys that nobody asked for."""
        for key in self._values:
            if key not in self._read:
                self.complain(key, f"is not known; known are {', '.join(sorted(self._read))}")

    def names(self) -> tuple[str, ...]:
        """Return the keys that are there."""
        return tuple(self._values)

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text; without a `default` it must be there and not be empty."""
        value = self._get(key, str, default if default is not None else "")
        if default is None and not value:
            self.complain(key, "is missing")
        return str(value)

    def number(self, key: str, default: int) -> int:
        """Return a whole number, 0 or more."""
        value = int(self._get(key, int, default))
        if value < 0:
            self.complain(key, f"{value} is not 0 or more")
        return value

    def flag(self, key: str) -> bool | None:
        """Return true or false, None when it is not said."""
        value: bool | None = self._get(key, bool, None)
        return value

    def texts(self, key: str, allowed: Collection[str] | None = None) -> tuple[str, ...]:
        """Return a list of texts, of the `allowed` ones only."""
        values = self._get(key, list, [])
        for value in values:
            if not isinstance(value, str):
                self.complain(key, f"{value!r} is not a text")
            elif allowed is not None and value not in allowed:
                self.complain(key, f"{value} is not one of {', '.join(allowed) or 'those defined'}")
        return tuple(value for value in values if isinstance(value, str))

    def member(self, key: str, kind: type[Member], default: Member) -> Member:
        """Return one of the values of an enumeration."""
        found = self._members(key, kind, [self._get(key, str, default.value)])
        return found[0] if found else default

    def members(self, key: str, kind: type[Member]) -> tuple[Member, ...]:
        """Return several of them."""
        return self._members(key, kind, self.texts(key))

    def choice(self, key: str, choices: Mapping[str, Chosen]) -> Chosen | None:
        """Return what a text stands for, None when it is not there."""
        value = self._get(key, str, "")
        if value and value not in choices:
            self.complain(key, f"{value} is not one of {', '.join(choices)}")
        return choices.get(value)

    def codes(self, key: str) -> tuple[Coded, ...]:
        """Return codes, each written code^^system; * stands for every code of a system."""
        return tuple(Coded(code, system) for system, code in self._pairs(key))

    def pairs(self, key: str) -> tuple[tuple[str, str], ...]:
        """Return single codes as (system, code)."""
        found = self._pairs(key)
        if any(code == ANY_CODE for _system, code in found):
            self.complain(key, f"{ANY_CODE} stands for the codes of roles and purposes only")
        return found

    def table(self, key: str) -> Table:
        """Return a table inside; it is empty when it is not there."""
        return Table(self._get(key, dict, {}), f"{self._place}, [{key}]", self._problems)

    def tables(self, key: str) -> list[Table]:
        """Return the tables of a list."""
        found = []
        for number, values in enumerate(self._get(key, list, []), 1):
            if isinstance(values, dict):
                name = values.get("name", number)
                one = Table(values, f"{self._place}, rule {name}", self._problems)
                one._refuse_empty_lists()
                found.append(one)
            else:
                self.complain(key, "is not a list of tables")
        return found

    def _refuse_empty_lists(self) -> None:
        """Complain of them: a condition that nothing fits must not be taken for none."""
        for key, value in self._values.items():
            if value == []:
                self.complain(key, "is an empty list; leave it out, or say what must fit")

    def _pairs(self, key: str) -> tuple[tuple[str, str], ...]:
        return tuple(pair for text in self.texts(key) for pair in self._pair(key, text))

    def _pair(self, key: str, text: str) -> Iterable[tuple[str, str]]:
        code, separator, system = text.partition(_SEPARATOR)
        if code and separator and system:
            return [(system, code)]
        self.complain(key, f"{text} is not written code{_SEPARATOR}system")
        return []

    def _members(self, key: str, kind: type[Member], values: Iterable[str]) -> tuple[Member, ...]:
        known = {member.value: member for member in kind}
        for value in values:
            if value not in known:
                self.complain(key, f"{value} is not one of {', '.join(known)}")
        return tuple(known[value] for value in values if value in known)

    def _get(self, key: str, kind: type, default: Any) -> Any:
        self._read.add(key)
        value = self._values.get(key, default)
        fits = value is default or (isinstance(value, kind) and type(value) is kind)
        if not fits:
            self.complain(key, f"{value!r} is not {_KINDS[kind]}")
        return value if fits else default
