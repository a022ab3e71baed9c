"""The bench judges our own server, as it judges anyone's."""

from __future__ import annotations

from pathlib import Path

from conformance.assertions import SENDERS, How, catalogue
from tests.conformance.conftest import Run

README = Path(__file__).resolve().parents[2] / "README.md"


def test_every_assertion_of_our_actors_passes(run: Run) -> None:
    claimed = {
        a.id for a in catalogue().values() if a.how is not How.OUTSIDE and a.actor not in SENDERS
    }
    verdicts = {row["assertion"]: row["verdict"] for row in run.data["results"]}
    assert {name: verdicts[name] for name in claimed if verdicts[name] != "passed"} == {}
    assert run.said.splitlines()[-1] == f"{len(claimed)} of {len(claimed)} assertions passed"


def test_every_verdict_rests_on_checks_of_messages(run: Run) -> None:
    numbers = {exchange["number"] for exchange in run.data["exchanges"]}
    for row in run.data["results"]:
        if row["verdict"] == "passed":
            assert row["checks"], row["assertion"]
            assert {check["exchange"] for check in row["checks"]} <= numbers
    assert run.data["patients"]
    assert run.data["documents"]


def test_the_readme_tells_what_is_printed(run: Run) -> None:
    rows = [
        f"| {row['actor']} | {row['transaction']} | {row['passed']} of {tested} |"
        for row in run.data["totals"]
        if (tested := row["passed"] + row["failed"] + row["inconclusive"])
    ]
    told = [
        line for line in README.read_text("utf-8").splitlines() if line.startswith("| Document ")
    ]
    assert told == rows
