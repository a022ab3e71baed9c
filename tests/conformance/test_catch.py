"""The bench finds what is wrong with a bad server, and names the rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bench.conformance import AUTHORITY, CODES, our_server
from conformance.run import Choice, run
from conformance.target import Target
from conformance.trials import all_trials
from conformance.verdicts import Verdict
from ihe_profiles.xds.domain.load import load
from tests.conformance.bad_servers import FAULTS
from tests.conformance.faults import Fault, honest
from tests.conformance.proxy import Proxy, nothing, proxy_of
from tests.servers import UNIQUE_ID


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with our_server(tmp_path_factory.mktemp("judged")) as server, proxy_of(server) as proxy:
        yield proxy


def _target(proxy: Proxy) -> Target:
    registry = f"{proxy.url}/registry"
    return Target(
        registry=registry,
        repository=f"{proxy.url}/repository",
        repository_id=UNIQUE_ID,
        pid_feed=("127.0.0.1", proxy.port),
        pid_feed_v3=registry,
        multi_patient=True,
        reference_id=True,
        domain=load(str(CODES)),
        has_codes=True,
        authority=AUTHORITY,
        timeout=10,
    )


def _verdicts(proxy: Proxy, fault: Fault, *rules: str) -> dict[str, Verdict]:
    proxy.before, proxy.after, proxy.feed = fault.before, fault.after, fault.feed
    report = run(_target(proxy), all_trials(), Choice(rules))
    return {result.assertion: result.verdict for result in report.results}


def test_through_an_honest_proxy_everything_passes(proxy: Proxy) -> None:
    """So that what fails below fails because of the fault."""
    rules = sorted({fault.rule for fault in FAULTS})
    verdicts = _verdicts(proxy, Fault("none", ""), *rules)
    assert {rule: verdicts[rule] for rule in rules} == dict.fromkeys(rules, Verdict.PASSED)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_found(proxy: Proxy, fault: Fault) -> None:
    assert _verdicts(proxy, fault, fault.rule)[fault.rule] is Verdict.FAILED


def test_there_are_enough_of_them() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 60
    blank = Fault("", "")
    altered = [replace(fault, name="", rule="") != blank for fault in FAULTS]
    assert all(altered)
    assert (blank.before, blank.after, blank.feed) == (nothing, nothing, honest)
