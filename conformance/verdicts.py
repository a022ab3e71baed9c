"""What was found out about an assertion, and from what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a run says of one assertion."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    """Its trial could not be carried out to the point that tells."""
    NOT_RUN = "not run"
    """Left out: not selected, or it needs what the system or the call did not offer."""
    OUTSIDE = "outside"
    """Cannot be tested from outside."""


@dataclass(frozen=True, slots=True)
class Check:
    """One look at one message: what was expected and found, and where.

    `exchange` numbers the exchange in the report; `place` is an XPath, a header, a byte offset.
    """

    ok: bool
    expected: str
    found: str
    place: str = ""
    exchange: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """The verdict on one assertion, the checks that it rests on, and the trial that made them."""

    assertion: str
    verdict: Verdict
    checks: tuple[Check, ...] = ()
    trial: str = ""
    note: str = ""
    """Why it was not run, or what got in the way."""


def verdict_of(checks: Sequence[Check]) -> Verdict:
    """Return what checks come to: one failure fails, none at all tells nothing."""
    if not checks:
        return Verdict.INCONCLUSIVE
    return Verdict.PASSED if all(check.ok for check in checks) else Verdict.FAILED
