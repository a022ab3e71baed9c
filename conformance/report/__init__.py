"""What a run found out, and the forms in which people and machines read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from conformance.assertions import catalogue
from conformance.evidence import Exchange
from conformance.target import Target
from conformance.verdicts import Result, Verdict


@dataclass(frozen=True, slots=True)
class Report:
    """One run: the system, the world it was given, a result for every assertion, the evidence.

    `began` is in seconds since 1970.
    """

    target: Target
    seed: int
    began: float
    seconds: float
    patients: tuple[str, ...]
    documents: tuple[str, ...]
    results: tuple[Result, ...]
    exchanges: tuple[Exchange, ...]

    @property
    def failed(self) -> bool:
        """Whether an assertion was found to be broken."""
        return any(result.verdict is Verdict.FAILED for result in self.results)

    def totals(self) -> Mapping[tuple[str, str], Counter[Verdict]]:
        """Count the verdicts by actor and transaction."""
        known = catalogue()
        found: dict[tuple[str, str], Counter[Verdict]] = {}
        for result in self.results:
            assertion = known[result.assertion]
            key = (assertion.actor, assertion.transaction)
            found.setdefault(key, Counter())[result.verdict] += 1
        return found
