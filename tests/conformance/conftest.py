"""One run of the bench against our own server, on each database."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bench.conformance import options, our_server
from tests.databases import new_database
from tests.servers import entente


@dataclass(frozen=True, slots=True)
class Run:
    """A folder with the reports of a run, its data, and what was printed."""

    folder: Path
    data: dict[str, Any]
    said: str


@pytest.fixture(scope="session")
def run_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return _run(tmp_path_factory.mktemp("sqlite"), None)


@pytest.fixture(scope="session")
def run_on_postgresql(tmp_path_factory: pytest.TempPathFactory, postgresql_server: str) -> Run:
    with new_database(postgresql_server) as url:
        return _run(tmp_path_factory.mktemp("postgresql"), url)


@pytest.fixture(params=["sqlite", "postgresql"])
def run(request: pytest.FixtureRequest) -> Run:
    return request.getfixturevalue(f"run_on_{request.param}")


def _run(folder: Path, database_url: str | None) -> Run:
    reports = [f"--report={folder / name}" for name in ("run.json", "run.html", "run.xml")]
    with our_server(folder, database_url) as server:
        command = ("conformance", "run", *options(server), *reports, "--system-version", "1.2")
        made = entente(*command, cwd=folder)
    assert made.returncode == 0, made.stdout + made.stderr
    return Run(folder, json.loads((folder / "run.json").read_bytes()), made.stdout)
