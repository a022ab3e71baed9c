"""What changed between two versions of a domain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from ihe_profiles.xds.domain.affinity import AffinityDomain, Period, Value, readable, shown


class Change(StrEnum):
    """How a value differs."""

    ADDED = "added"
    REMOVED = "removed"
    RENAMED = "renamed"
    VALIDITY = "validity"


@dataclass(frozen=True, slots=True)
class Difference:
    """One change of one value: `detail` says what it was and what it is."""

    attribute: str
    change: Change
    value: str
    detail: str = ""


def compare(old: AffinityDomain, new: AffinityDomain) -> Iterator[Difference]:
    """Yield every change from `old` to `new`, attribute by attribute, in the order of codes."""
    for attribute in dict.fromkeys((*old.value_sets, *new.value_sets)):
        before, after = (
            domain.value_sets[attribute].values if attribute in domain.value_sets else {}
            for domain in (old, new)
        )
        for key in sorted({*before, *after}):
            for change, detail in _changes(before.get(key), after.get(key)):
                yield Difference(attribute, change, shown(key), detail)


def _changes(old: Value | None, new: Value | None) -> Iterator[tuple[Change, str]]:
    if old is None or new is None:
        value = new or old
        yield Change.REMOVED if new is None else Change.ADDED, value.display if value else ""
        return
    if old.display != new.display:
        yield Change.RENAMED, f"{old.display} -> {new.display}"
    if old.periods != new.periods:
        yield Change.VALIDITY, f"{_periods(old)} -> {_periods(new)}"


def _periods(value: Value) -> str:
    return ", ".join(_period(period) for period in value.periods)


def _period(period: Period) -> str:
    if period.start is None and period.end is None:
        return "always"
    start = f"from {readable(period.start)}" if period.start else ""
    end = f"until {readable(period.end)}" if period.end else ""
    return f"{start} {end}".strip()
