"""What many messages say together of each assertion: kept, broken, or not seen."""

from __future__ import annotations

import threading
from typing import Final

from conformance.assertions import SENDERS, Assertion, How, catalogue
from conformance.judging.case import Case
from conformance.verdicts import Check, Result, Verdict, verdict_of

KEPT: Final = 20
"""Checks of one assertion that a report shows, of each kind; the verdict rests on all."""


class Tally:
    """Gathers judged messages. Thread-safe; `trial` is what the report calls their origin."""

    def __init__(self, trial: str, language: str) -> None:
        self.messages = 0
        self.broken = 0
        self._trial = trial
        self._language = language
        self._checks: dict[tuple[str, bool], list[Check]] = {}
        self._lock = threading.Lock()

    def add(self, case: Case, exchange: int | None) -> None:
        """Take a judged message, the exchange of that number."""
        known = catalogue()
        with self._lock:
            self.messages += 1
            self.broken += case.broken
            faulty = {finding.assertion.id for finding in case.findings}
            for finding in case.findings:
                told = (finding.found.said(self._language), finding.hint.said(self._language))
                self._keep(
                    finding.assertion,
                    False,
                    ". ".join(t for t in told if t),
                    exchange,
                    finding.place,
                )
            for name in sorted(case.seen - faulty):
                self._keep(known[name], True, "", exchange)

    def results(self) -> tuple[Result, ...]:
        """Return a result for each assertion about senders."""
        with self._lock:
            return tuple(self._result(one) for one in catalogue().values() if one.actor in SENDERS)

    def _keep(
        self, one: Assertion, ok: bool, found: str, exchange: int | None, place: str = ""
    ) -> None:
        checks = self._checks.setdefault((one.id, ok), [])
        if len(checks) < KEPT:
            checks.append(Check(ok, one.text(self._language), found, place, exchange))

    def _result(self, one: Assertion) -> Result:
        if one.how is How.OUTSIDE:
            return Result(one.id, Verdict.OUTSIDE)
        checks = (*self._checks.get((one.id, False), ()), *self._checks.get((one.id, True), ()))
        if not checks:
            return Result(one.id, Verdict.NOT_RUN, (), "", "not seen")
        return Result(one.id, verdict_of(checks), checks, self._trial)
