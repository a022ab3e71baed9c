"""What is safe before what, up to the answer, as the system saw it: on each kind of store.

A killed process leaves the page cache behind, so kills prove nothing about fsync; recorded system
calls do.
"""

from __future__ import annotations

import secrets
import sys
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench import crash_places, traffic
from bench.server import running
from ihe_profiles import iti41
from ihe_profiles.soap.client import HttpCaller
from ihe_profiles.xds import response
from ihe_profiles.xds.vocabulary import ResponseStatus
from tests.acceptance import safe_order, system_calls
from tests.acceptance.safe_order import (
    ANSWERED,
    IN_POSTGRESQL,
    IN_S3,
    IN_S3_AS_PARTS,
    IN_SQLITE,
    ON_DISK,
    Step,
    broken,
)
from tests.acceptance.system_calls import SYNCS, Call
from tests.repository.stores.services import needed

pytestmark = [pytest.mark.needs("strace"), pytest.mark.slow]

PLAIN = b"Plain words of an invented patient. "
SMALL, LARGE = 100_000, 9 << 20

PLACES: dict[str, tuple[str, str, tuple[int, ...]]] = {
    "files, SQLite": ("filesystem", "sqlite", (SMALL,)),
    "S3, SQLite": ("s3", "sqlite", (SMALL, LARGE)),
    "encrypted files, PostgreSQL": ("filesystem", "postgresql", (SMALL,)),
}
"""Where a server keeps blobs and rows, and the sizes of what is submitted to it."""

ORDERS: dict[tuple[str, int], tuple[Step, ...]] = {
    ("files, SQLite", SMALL): (*ON_DISK, *IN_SQLITE, *ANSWERED),
    ("S3, SQLite", SMALL): (*IN_S3, *IN_SQLITE, *ANSWERED),
    ("S3, SQLite", LARGE): (*IN_S3_AS_PARTS, *IN_SQLITE, *ANSWERED),
    ("encrypted files, PostgreSQL", SMALL): (*ON_DISK, *IN_POSTGRESQL, *ANSWERED),
}

WITHOUT_FSYNC = "import os; os.fsync = lambda fd: None"
"""Python that takes two steps out of a running server; SQLite syncs by itself."""


@dataclass(frozen=True, slots=True)
class Record:
    """Every call of one server, and those of each submission by its size."""

    calls: list[Call]
    submissions: Mapping[int, Sequence[Call]]


def _record(
    folder: Path, sizes: Sequence[int], settings: Mapping[str, Any], before: Sequence[str] = ()
) -> Record:
    log = folder / "calls"
    with (
        running(folder, (*system_calls.command(log), *before), **settings) as server,
        httpx.Client(timeout=60, trust_env=False) as http,
    ):
        caller = HttpCaller(f"{server.url}/repository", http)
        for size in sizes:
            body = traffic.provide(traffic.patient(1), (PLAIN * (size // 30))[:size]).body
            answer = response.read(caller.call(iti41.TRANSACTION, body).body)
            assert answer.status is ResponseStatus.SUCCESS
    calls = system_calls.read(log)
    return Record(calls, dict(zip(sizes, safe_order.submissions(calls), strict=True)))


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Record]:
    """Keep the records that were made."""
    made: dict[str, Record] = {}
    return made


@pytest.fixture
def record(
    place: str,
    records: dict[str, Record],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Record:
    """The record of a place, made when it is first asked for."""
    if place not in records:
        folder = tmp_path_factory.mktemp("traced")
        store, database, sizes = PLACES[place]
        with crash_places.place(folder, store, database) as given:
            settings = {section: dict(keys) for section, keys in given.items()}
            if place.startswith("encrypted"):
                (folder / "key").write_bytes(b64encode(secrets.token_bytes(32)))
                settings["repository"]["encryption_key"] = f"file:{folder / 'key'}"
            records[place] = _record(folder, sizes, settings)
    return records[place]


EACH_ORDER = [
    pytest.param(place, size, marks=needed("moto") if place.startswith("S3") else ())
    for place, size in ORDERS
]
EACH_STEP = [
    pytest.param(place, size, step, marks=needed("moto") if place.startswith("S3") else ())
    for (place, size), steps in ORDERS.items()
    for step in steps
]


@pytest.mark.parametrize(("place", "size"), EACH_ORDER)
def test_everything_is_safe_before_the_answer_leaves(record: Record, place: str, size: int) -> None:
    assert broken(record.submissions[size], ORDERS[place, size]) is None


def _turns(calls: Sequence[Call], steps: Sequence[Step]) -> list[int]:
    """Return where each step has its turn."""
    turns = [-1]
    for step in steps:
        turns.append(next(i for i in step.done(calls) if i > turns[-1]))
    return turns[1:]


def _undisturbed(calls: Sequence[Call], steps: Sequence[Step]) -> list[Call]:
    """Leave out what others sync meanwhile: the audit trail's syncs make good for a missing one."""
    turns = _turns(calls, steps)
    return [call for i, call in enumerate(calls) if call.name not in SYNCS or i in turns]


@pytest.mark.parametrize(("place", "size", "step"), EACH_STEP, ids=str)
def test_a_missing_step_is_noticed(record: Record, place: str, size: int, step: Step) -> None:
    steps = ORDERS[place, size]
    calls = _undisturbed(record.submissions[size], steps)
    number = steps.index(step)
    turn = _turns(calls, steps)[number]
    doomed = {i for i in step.done(calls) if i >= turn}
    found = broken([c for i, c in enumerate(calls) if i not in doomed], steps)
    assert found in steps[number : number + 2]  # a log synced later: the next step came too early


@pytest.mark.parametrize(("place", "size"), EACH_ORDER)
def test_steps_that_change_places_are_noticed(record: Record, place: str, size: int) -> None:
    steps = ORDERS[place, size]
    calls = _undisturbed(record.submissions[size], steps)
    turns = _turns(calls, steps)
    for one, other in pairwise(turns):
        doctored = [*calls[:one], *calls[one + 1 : other + 1], calls[one], *calls[other + 1 :]]
        assert broken(doctored, steps) is not None


def test_a_server_that_leaves_steps_out_is_noticed(tmp_path: Path) -> None:
    main = "import sys; from entente.cli import main; sys.argv = sys.argv[1:]; main()"
    program = f"{WITHOUT_FSYNC}; {main}"
    calls = _record(tmp_path, (SMALL,), {}, [sys.executable, "-c", program]).submissions[SMALL]
    synced, renamed, folder_synced = ON_DISK
    rest = (*IN_SQLITE, *ANSWERED)
    assert broken(calls, (synced, renamed, *rest)) is synced
    assert broken(calls, (renamed, folder_synced, *rest)) is folder_synced
    assert broken(calls, (renamed, *rest)) is None


def _shows(calls: Sequence[Call]) -> list[Call]:
    """Return the calls that write, send or receive a document's plain bytes."""
    return [call for call in calls if PLAIN.decode() in call.arguments]


@pytest.mark.parametrize("place", ["encrypted files, PostgreSQL"])
def test_no_plain_bytes_of_an_encrypted_document_are_written(record: Record) -> None:
    blobs = [call for call in record.calls if call.name == "write" and "/blobs/" in call.path]
    assert blobs
    assert not any('"..., ' in call.arguments for call in blobs)  # recorded as a whole
    assert _shows(record.calls) == []


@pytest.mark.parametrize("place", ["files, SQLite"])
def test_plain_bytes_would_be_seen(record: Record) -> None:
    assert {"/blobs/" in call.path for call in _shows(record.calls)} == {True}
