"""The values that a domain allows for an attribute, and since when and until when it does."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from types import MappingProxyType
from typing import Final

from ihe_profiles.xds.phrases import phrase
from ihe_profiles.xds.vocabulary import Status

Key = tuple[str, str]
"""(scheme, code); the scheme of a value that is no code (a media type, a language) is empty."""

_COMPARED: Final = 500
"""Of so many values at most the nearest is sought: a wrong code must not cost much."""


@dataclass(frozen=True, slots=True)
class Period:
    """When a value may be used in new metadata: start <= now < end, UTC as 14-digit integers."""

    start: int | None = None
    end: int | None = None

    def contains(self, now: int) -> bool:
        """Say whether `now` lies inside."""
        return (self.start is None or self.start <= now) and (self.end is None or now < self.end)


ALWAYS: Final = (Period(),)


@dataclass(frozen=True, slots=True)
class Value:
    """One allowed value; the display name is for people and is never compared."""

    code: str
    scheme: str = ""
    display: str = ""
    periods: tuple[Period, ...] = ALWAYS

    @property
    def key(self) -> Key:
        """What identifies it."""
        return self.scheme, self.code

    def is_valid(self, now: int) -> bool:
        """Say whether it may be used in new metadata."""
        return any(period.contains(now) for period in self.periods)


@dataclass(frozen=True)
class ValueSet:
    """All values of one attribute, by scheme and code."""

    values: Mapping[Key, Value]
    schemes: frozenset[str] = field(init=False)
    displays: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "schemes", frozenset(scheme for scheme, _ in self.values))
        displays = frozenset(value.display for value in self.values.values() if value.display)
        object.__setattr__(self, "displays", displays)

    @classmethod
    def of(cls, values: Iterable[Value]) -> ValueSet:
        """Index values; of one that comes twice, the first name and all periods are kept."""
        found: dict[Key, Value] = {}
        for value in values:
            known = found.get(value.key)
            found[value.key] = value if known is None else _joined(known, value)
        return cls(MappingProxyType(found))

    def problem(self, key: Key, now: int) -> str | None:
        """Say why a value may not be used, in words that continue "the value ..."."""
        value = self.values.get(key)
        if value is None:
            return "is not one that the domain allows"
        if value.is_valid(now):
            return None
        past = [period.end for period in value.periods if period.end and period.end <= now]
        if past:
            return phrase("was allowed until {date} only", date=readable(max(past)))
        starts = [period.start for period in value.periods if period.start]
        return phrase("is not allowed before {date}", date=readable(min(starts)))

    def nearest(self, key: Key, now: int) -> list[Value]:
        """Return up to three valid values that may be meant: that code elsewhere, or a like one."""
        scheme, code = key
        valid = [value for value in self.values.values() if value.is_valid(now)]
        same = [value for value in valid if value.code.lower() == code.lower()]
        pool = [value for value in valid if value.scheme == scheme] or valid
        if len(pool) > _COMPARED:
            pool = [value for value in pool if value.code[:2] == code[:2]] or pool
        texts = {value.code: value for value in islice(pool, _COMPARED)}
        alike = [texts[text] for text in difflib.get_close_matches(code, texts, 3)]
        return list({value.key: value for value in (*same, *alike, *pool[:3])}.values())[:3]


@dataclass(frozen=True, kw_only=True)
class AffinityDomain:
    """What one community allows: value sets by attribute name; an attribute without one is open.

    `statuses` are the values of availabilityStatus that a query may ask for; `strictness` is the
    profile that fits it.
    """

    name: str
    version: str = ""
    value_sets: Mapping[str, ValueSet] = field(default_factory=lambda: MappingProxyType({}))
    statuses: frozenset[str] = frozenset(Status)
    strictness: str = "ihe"


def utc_now() -> int:
    """Return the time in UTC as a 14-digit integer."""
    return int(datetime.now(UTC).strftime("%Y%m%d%H%M%S"))


def moment(text: str) -> int | None:
    """Read a date or time: 14 or 8 digits, or ISO 8601 (without a zone: UTC); empty is None.

    Raises ValueError for what is none of these.
    """
    if not text:
        return None
    if text.isdecimal() and len(text) in (8, 14):
        datetime.strptime(text.ljust(14, "0"), "%Y%m%d%H%M%S")
        return int(text.ljust(14, "0"))
    when = datetime.fromisoformat(text)
    when = when.astimezone(UTC) if when.tzinfo else when
    return int(when.strftime("%Y%m%d%H%M%S"))


def readable(when: int) -> str:
    """Write a 14-digit time as a date."""
    text = str(when)
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}"


def shown(key: Key) -> str:
    """Write a value as a person would in a query: code^^scheme, or the value alone."""
    scheme, code = key
    return f"{code}^^{scheme}" if scheme else code


def _joined(known: Value, again: Value) -> Value:
    periods = tuple(dict.fromkeys((*known.periods, *again.periods)))
    return Value(known.code, known.scheme, known.display or again.display, periods)
