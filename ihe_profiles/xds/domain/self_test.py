"""Tries a domain on itself: every code must register, and a wrong one of each scheme must not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ihe_profiles.xds.domain.affinity import Value, ValueSet, shown
from ihe_profiles.xds.domain.judge import Judge
from ihe_profiles.xds.domain.specimen import Choice, choice, specimen
from ihe_profiles.xds.domain.strictness import Level
from ihe_profiles.xds.domain.valued import VALUED
from ihe_profiles.xds.errors import RegistryError, Severity

_WRONG: Final[Mapping[str, str]] = {"mimeType": "no/such", "patientId": "2.999.404"}
"""Values that no domain has and that are well formed; of other attributes `no-such-value`."""


@dataclass(frozen=True, slots=True)
class Tested:
    """What became of the values of one attribute.

    `schemes` counts the coding schemes; of each a wrong value was tried (`refused` says how many of
    these were refused). `outdated` values must be refused too. `problems` says what went wrong.
    """

    attribute: str
    level: Level
    schemes: int
    values: int
    accepted: int
    outdated: int
    refused: int
    problems: tuple[str, ...]


def self_test(judge: Judge, now: int) -> Iterator[Tested]:
    """Try every value set of the judge's domain at `now`."""
    chosen = choice(judge.domain, now)
    for attribute, value_set in judge.domain.value_sets.items():
        yield _test(judge, chosen, attribute, value_set, now)


def _test(judge: Judge, chosen: Choice, attribute: str, value_set: ValueSet, now: int) -> Tested:
    level = judge.strictness.level(VALUED[attribute].rule)
    valid = [value for value in value_set.values.values() if value.is_valid(now)]
    outdated = [value for value in value_set.values.values() if not value.is_valid(now)]
    problems = [
        f"{attribute} {shown(value.key)} is refused: {found[0].context}"
        for value in valid
        if (found := _errors(judge, chosen, attribute, value))
    ]
    accepted = len(valid) - len(problems)
    refused = 0
    wrong = _WRONG.get(attribute, "no-such-value")
    for bad in (*outdated, *(Value(wrong, scheme) for scheme in sorted(value_set.schemes))):
        if _errors(judge, chosen, attribute, bad):
            refused += bad.code == wrong
        elif level is Level.REFUSE:
            problems.append(f"{attribute} {shown(bad.key)} is accepted and should not be")
    return Tested(
        attribute,
        level,
        len(value_set.schemes),
        len(value_set.values),
        accepted,
        len(outdated),
        refused,
        tuple(problems),
    )


def _errors(judge: Judge, chosen: Choice, attribute: str, value: Value) -> list[RegistryError]:
    """Submit one value, alone and, where that is refused, beside the one that is usual.

    Where several values may stand, some may stand only beside others.
    """
    alone = {**chosen, attribute: (value,)}
    found = _judged(judge, alone)
    if found and value not in chosen[attribute] and attribute in _MULTIPLE:
        return _judged(judge, {**chosen, attribute: (*chosen[attribute], value)})
    return found


def _judged(judge: Judge, chosen: Choice) -> list[RegistryError]:
    return [e for e in judge(specimen(chosen)) if e.severity is Severity.ERROR]


_MULTIPLE: Final = ("confidentialityCode", "eventCodeList", "codeList")
