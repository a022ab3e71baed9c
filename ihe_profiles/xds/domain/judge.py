"""The one object that a registry asks about submissions: a domain and how strict it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ihe_profiles.xds.domain import france, quebec
from ihe_profiles.xds.domain import rules as domain_rules
from ihe_profiles.xds.domain.affinity import AffinityDomain, utc_now
from ihe_profiles.xds.domain.presets import IHE
from ihe_profiles.xds.domain.rules import Clock
from ihe_profiles.xds.domain.strictness import PROFILES, Level, Strictness
from ihe_profiles.xds.errors import RegistryError, Severity, error
from ihe_profiles.xds.metadata import Submission
from ihe_profiles.xds.rules import RULES, Rule, broken


def _by_the_query(_object: object) -> Iterator[RegistryError]:
    return iter(())


UNDEFINED_PARAMETERS: Final = Rule("undefined-parameters", "ebRS 6.3.1", (), _by_the_query)
"""Whether a query's answer names the parameters that the query does not define."""

_STATIC: Final = (*RULES, *france.RULES, *quebec.RULES, UNDEFINED_PARAMETERS)

FIRM: Final = frozenset(rule.name for rule in _STATIC if rule.firm)
"""The rules that no profile and no setting may soften."""

SECTIONS: Final = MappingProxyType(
    {rule.name: rule.section for rule in _STATIC} | domain_rules.SECTIONS
)
"""Every rule by name, and where it is said."""

NAMES: Final = tuple(SECTIONS)


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges submissions; `rules` are those of its profile that are not off. Thread-safe."""

    domain: AffinityDomain
    strictness: Strictness
    rules: tuple[Rule, ...]

    @classmethod
    def of(
        cls,
        domain: AffinityDomain = IHE,
        profile: str | None = None,
        levels: Mapping[str, Level] | None = None,
        clock: Clock = utc_now,
    ) -> Judge:
        """Make the judge of a domain under a profile (its own without one).

        `levels` overrules single rules. KeyError for an unknown profile, ValueError for an unknown
        or firm rule.
        """
        if wrong := [problem for name in levels or {} if (problem := override_problem(name))]:
            raise ValueError("; ".join(wrong))
        strictness = PROFILES[profile or domain.strictness].overridden(levels or {})
        rules = (*_STATIC, *domain_rules.rules_of(domain, clock))
        chosen = (r for r in rules if strictness.level(r.name) is not Level.OFF)
        return cls(domain, strictness, tuple(chosen))

    def __call__(self, submission: Submission) -> list[RegistryError]:
        """Return everything that is wrong: errors refuse the submission, warnings do not."""
        return [self._weighed(rule, found) for rule, found in broken(submission, self.rules)]

    def of_undefined_parameters(self, query: str, names: Iterable[str]) -> list[RegistryError]:
        """Return what an answer says about parameters that the query does not define."""
        if self.strictness.level(UNDEFINED_PARAMETERS.name) is Level.OFF:
            return []
        found = (error("undefined-parameter", query=query, parameter=name) for name in names)
        return [self._weighed(UNDEFINED_PARAMETERS, one) for one in found]

    def _weighed(self, rule: Rule, found: RegistryError) -> RegistryError:
        refuses = rule.firm or self.strictness.level(rule.name) is Level.REFUSE
        severity = found.severity if refuses else Severity.WARNING
        return found.by_rule(rule.name, severity)


def override_problem(rule: str) -> str | None:
    """Say why a setting may not give a rule another level; None when it may."""
    if rule in FIRM:
        return f"the rule `{rule}` always refuses: what breaks it cannot be stored"
    return None if rule in NAMES else f"there is no rule `{rule}`"
