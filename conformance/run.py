"""Carries trials out, one after the other, and comes to a verdict on every assertion."""

from __future__ import annotations

import fnmatch
import logging
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import httpx

from conformance.assertions import SENDERS, Assertion, How, catalogue
from conformance.evidence import Evidence
from conformance.report import Report
from conformance.target import Target
from conformance.trial import Session, Trial
from conformance.verdicts import Check, Result, Verdict, verdict_of
from conformance.wire import Wire
from conformance.world import SetupFailed, World
from ihe_profiles.soap.client import CallFailed
from ihe_profiles.xds.errors import Refusal

log = logging.getLogger(__name__)

Observe = Callable[[Trial, Sequence[Result]], None]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which trials are carried out: those with an assertion, transaction or name that matches one
    of the patterns (shell style), all without any; `before` is what an earlier run found.
    """

    patterns: tuple[str, ...] = ()
    before: tuple[Result, ...] = ()

    def wants(self, trial: Trial) -> bool:
        """Say whether a trial is wanted."""
        known = catalogue()
        names = [trial.name, *trial.assertions]
        names += [known[assertion].transaction for assertion in trial.assertions]
        return self.matches(*names)

    def matches(self, *names: str) -> bool:
        """Say whether one of the names matches one of the patterns, or there are none."""
        found = any(fnmatch.fnmatch(name, p) for name in names for p in self.patterns)
        return found or not self.patterns


def run(
    target: Target,
    trials: Iterable[Trial],
    choice: Choice | None = None,
    seed: int | None = None,
    observe: Observe = lambda trial, results: None,
) -> Report:
    """Judge a system; `observe` hears of each trial as it ends. Trouble becomes a verdict."""
    choice = choice or Choice()
    seed = secrets.randbits(32) if seed is None else seed
    evidence, began = Evidence(), time.time()
    wire = Wire(target, evidence)
    done = {name for result in choice.before for name in result.trial.split(", ")}
    results = list(choice.before)
    try:
        world = World(wire, seed)
        for trial in trials:
            if trial.name not in done:
                found = _carry_out(trial, wire, world, choice)
                results += found
                observe(trial, found)
    finally:
        wire.close()
    return Report(
        target=target,
        seed=seed,
        began=began,
        seconds=time.time() - began,
        patients=tuple(world.patients),
        documents=tuple(world.documents),
        results=_merged(results),
        exchanges=tuple(evidence.exchanges),
    )


def _carry_out(trial: Trial, wire: Wire, world: World, choice: Choice) -> list[Result]:
    missing = sorted(trial.needs - wire.target.offers)
    if missing or not choice.wants(trial):
        note = f"needs {', '.join(missing)}" if missing else "not selected"
        return [Result(a, Verdict.NOT_RUN, (), trial.name, note) for a in trial.assertions]
    session = Session(trial, wire, world)
    note, fails = _attempt(trial, session)
    return [_result(name, checks, trial, note, fails) for name, checks in session.checks.items()]


def _attempt(trial: Trial, session: Session) -> tuple[str, bool]:
    """Carry a trial out; return what got in its way, and whether the system is to blame."""
    try:
        trial.body(session)
    except SetupFailed as failure:
        return str(failure), False
    except (CallFailed, Refusal, httpx.TransportError) as failure:
        return str(failure), True
    except Exception as error:
        log.exception("the trial %s broke", trial.name)
        return f"the bench's own trouble: {type(error).__name__}: {error}", False
    return "", False


def _result(name: str, checks: list[Check], trial: Trial, note: str, fails: bool) -> Result:
    if not checks and fails:
        checks = [Check(False, "an answer of the transaction", note)]
    return Result(name, verdict_of(checks), tuple(checks), trial.name, note)


def _merged(results: Sequence[Result]) -> tuple[Result, ...]:
    """Come to one result for each assertion about servers, whatever number of trials it has."""
    by_assertion: dict[str, list[Result]] = {}
    for result in results:
        by_assertion.setdefault(result.assertion, []).append(result)
    servers = (one for one in catalogue().values() if one.actor not in SENDERS)
    return tuple(_of(assertion, by_assertion) for assertion in servers)


def _of(assertion: Assertion, found: Mapping[str, list[Result]]) -> Result:
    if assertion.how is How.OUTSIDE:
        return Result(assertion.id, Verdict.OUTSIDE)
    several = found.get(assertion.id, [])
    told = [result for result in several if result.verdict is not Verdict.NOT_RUN] or several
    if not told:
        return Result(assertion.id, Verdict.NOT_RUN, note="no trial")
    checks = tuple(check for result in told for check in result.checks)
    verdict = _gravest(result.verdict for result in told)
    notes = "; ".join(dict.fromkeys(result.note for result in told if result.note))
    return Result(assertion.id, verdict, checks, ", ".join(r.trial for r in told), notes)


_ORDER = (Verdict.FAILED, Verdict.INCONCLUSIVE, Verdict.PASSED, Verdict.NOT_RUN)


def _gravest(verdicts: Iterable[Verdict]) -> Verdict:
    return min(verdicts, key=_ORDER.index)
