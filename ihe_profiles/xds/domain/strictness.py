"""Which rules refuse, which only warn and which are off, as named profiles.

A rule that a profile does not name has the profile's general level. Firm rules always refuse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Level(StrEnum):
    """What happens to a submission that breaks a rule."""

    REFUSE = "refuse"
    WARN = "warn"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Strictness:
    """One profile: the level of the rules of the standard and of the domain's values, with
    exceptions by name; the rules of countries are off unless named.
    """

    name: str
    general: Level
    levels: Mapping[str, Level]

    def level(self, rule: str) -> Level:
        """Return the level of a rule."""
        known = self.levels.get(rule)
        if known is not None:
            return known
        return Level.OFF if rule.startswith(COUNTRIES) else self.general

    def overridden(self, levels: Mapping[str, Level]) -> Strictness:
        """Return the profile with other levels for some rules."""
        merged = MappingProxyType({**self.levels, **levels})
        return Strictness(self.name, self.general, merged)


COUNTRIES: Final = ("france-", "quebec-")
"""How the names of rules begin that only one country has."""


def _profile(
    name: str, general: Level, *, refuse: str = "", warn: str = "", off: str = ""
) -> Strictness:
    levels = {
        rule: level
        for level, rules in ((Level.REFUSE, refuse), (Level.WARN, warn), (Level.OFF, off))
        for rule in rules.split()
    }
    return Strictness(name, general, MappingProxyType(levels))


_IHE: Final = _profile("ihe", Level.REFUSE, warn="patient-authorities", off="undefined-parameters")
_GAZELLE: Final = _profile(
    # Other tools accept these and partners send them, so a test day should not end on them.
    "gazelle",
    Level.REFUSE,
    warn=(
        "patient-authorities language-form telecom-form recipient-form patient-info"
        " patient-info-form author-text-form hash-form title-length"
    ),
    off="undefined-parameters",
)
_FRANCE: Final = _profile(
    "france",
    Level.REFUSE,
    refuse=(
        "france-required-attributes france-one-author france-ins france-persons"
        " france-institutions france-confidentiality"
    ),
    warn=(
        "france-ins-key france-id-types france-person-types france-institution-types"
        " france-author-institutions france-specialties france-roles france-times"
        " france-coding-schemes france-type-and-class author-roles author-specialties"
        " undefined-parameters"
    ),
)
_QUEBEC: Final = _profile(
    "quebec",
    Level.REFUSE,
    refuse="quebec-nam quebec-niu",
    warn="quebec-nam-digits quebec-type-codes undefined-parameters",
)
_LENIENT: Final = _profile("lenient", Level.WARN)

PROFILES: Final = MappingProxyType(
    {profile.name: profile for profile in (_IHE, _GAZELLE, _FRANCE, _QUEBEC, _LENIENT)}
)
