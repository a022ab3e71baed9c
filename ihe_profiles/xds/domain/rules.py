"""The rules that follow from a domain's value sets: a value must be one of them, and still be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from ihe_profiles.xds.attributes import label
from ihe_profiles.xds.domain.affinity import AffinityDomain, Key, ValueSet, shown
from ihe_profiles.xds.domain.valued import VALUED, Valued, folded
from ihe_profiles.xds.errors import RegistryError, error
from ihe_profiles.xds.metadata import RegistryObject
from ihe_profiles.xds.phrases import phrase
from ihe_profiles.xds.rules import Rule

Clock = Callable[[], int]
"""Returns the time in UTC as a 14-digit integer."""

SECTIONS: Final = {row.rule: f"{row.section}; TF-1 10.4.8" for row in VALUED.values()} | {
    "code-sets": "TF-3 4.2.3.1.2; TF-1 10.4.8"
}
"""The rules that a domain's value sets may make, and where they are said."""

_ERRORS: Final = {"patient-authorities": "patient-authority-unknown"}


def rules_of(domain: AffinityDomain, clock: Clock) -> tuple[Rule, ...]:
    """Make the rules of a domain; an attribute without a value set has none."""
    return tuple(
        Rule(row.rule, row.section, row.kinds, _judge(row, value_set, domain.name, clock))
        for name, row in VALUED.items()
        if (value_set := domain.value_sets.get(name))
    )


def _judge(
    row: Valued, value_set: ValueSet, domain: str, clock: Clock
) -> Callable[[RegistryObject], Iterator[RegistryError]]:
    def judge(obj: RegistryObject) -> Iterator[RegistryError]:
        now = clock()
        for given in row.read(obj):
            key = folded(row, given)
            problem = value_set.problem(key, now)
            if problem and not (row.by_label and key[1] in value_set.displays):
                yield error(
                    _ERRORS.get(row.rule, "value-not-in-domain"),
                    object=label(obj),
                    attribute=row.name,
                    value=shown(given),
                    problem=problem,
                    allowed=_allowed(value_set, key, now),
                    domain=domain,
                    section=row.section,
                )

    return judge


def _allowed(value_set: ValueSet, key: Key, now: int) -> str:
    """Name the nearest values that would be right, and how many there are."""
    near = value_set.nearest(key, now)
    if not near:
        return phrase("no value at present")
    texts = [shown(v.key) + (f" ({v.display})" if v.display else "") for v in near]
    return phrase("{values} (of {number})", values=", ".join(texts), number=len(value_set.values))
