"""The order fsync, rename, fsync of the folder, commit, answer, as the system saw it.

A killed process leaves the page cache behind, so kills prove nothing about fsync; recorded system
calls do.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from bench import traffic
from bench.server import running
from ihe_profiles import iti41
from ihe_profiles.soap.client import HttpCaller
from ihe_profiles.xds import response
from ihe_profiles.xds.vocabulary import ResponseStatus
from tests.acceptance import system_calls
from tests.acceptance.system_calls import RENAMES, STEPS, SYNCS, Call, broken_step

pytestmark = [pytest.mark.needs("strace"), pytest.mark.slow]

SABOTAGED = {
    STEPS[0]: "os.fsync = lambda fd, real=os.fsync: stat.S_ISREG(os.fstat(fd).st_mode) or real(fd)",
    STEPS[2]: "os.fsync = lambda fd, real=os.fsync: stat.S_ISDIR(os.fstat(fd).st_mode) or real(fd)",
}
"""Python that takes a step out of a running server, by the step that must then be missed."""


def _record(folder: Path, before: Sequence[str] = ()) -> list[Call]:
    log = folder / "calls"
    with running(folder, (*system_calls.COMMAND, str(log), *before)) as server:
        with httpx.Client(timeout=60) as http:
            caller = HttpCaller(f"{server.url}/repository", http)
            body = traffic.provide(traffic.patient(1), b"x" * 100_000).body
            answer = response.read(caller.call(iti41.TRANSACTION, body).body)
        assert answer.status is ResponseStatus.SUCCESS
    return system_calls.read(log)


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> list[Call]:
    return _of_the_submission(_record(tmp_path_factory.mktemp("traced")))


def _of_the_submission(calls: list[Call]) -> list[Call]:
    """Keep what happened between the answer to /ready and the answer to the submission."""
    last = max(i for i, c in enumerate(calls) if c.name in RENAMES and "/blobs/" in c.arguments)
    answers = [i for i, c in enumerate(calls) if system_calls.is_answer(c)]
    ready, answered = max(i for i in answers if i < last), min(i for i in answers if i > last)
    return calls[ready + 1 : answered + 1]


def test_everything_is_on_disk_before_the_answer_leaves(calls: list[Call]) -> None:
    assert broken_step(calls) is None


def _without(calls: list[Call], step: str) -> list[Call]:
    """Doctor a record: the calls that make up one step are taken out."""
    renamed = next(i for i, c in enumerate(calls) if c.name in RENAMES and "/blobs/" in c.arguments)
    commits = [i for i, c in enumerate(calls) if c.name in SYNCS and c.path.endswith("-wal")]
    ours = [i for i in commits if calls[i].path.endswith("repository.sqlite-wal")]
    registered = max(i for i in commits if i not in ours)
    doomed = {
        STEPS[0]: [i for i in range(renamed) if calls[i].name in SYNCS],
        STEPS[1]: [renamed],
        STEPS[2]: [
            i
            for i, c in enumerate(calls)
            if i > renamed and c.name == "fsync" and "/blobs" in c.path
        ],
        STEPS[3]: ours,
        STEPS[4]: [i for i in commits if i not in ours],
        STEPS[5]: [i for i in ours if i > registered],
        STEPS[6]: [len(calls) - 1],
    }[step]
    assert doomed, f"the record has no such call: {step}"
    return [call for i, call in enumerate(calls) if i not in doomed]


@pytest.mark.parametrize("step", STEPS)
def test_a_missing_step_is_noticed(calls: list[Call], step: str) -> None:
    assert broken_step(_without(calls, step)) == step


@pytest.mark.parametrize("step", SABOTAGED)
def test_a_server_that_leaves_a_step_out_is_noticed(tmp_path: Path, step: str) -> None:
    main = "from entente.cli import main; sys.argv = sys.argv[1:]; main()"
    program = f"import os, stat, sys; {SABOTAGED[step]}; {main}"
    calls = _of_the_submission(_record(tmp_path, [sys.executable, "-c", program]))
    assert broken_step(calls) == step
