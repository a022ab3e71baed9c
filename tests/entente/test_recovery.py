"""Documents of unknown registration are asked about in the background, and counted."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, chdir, closing
from pathlib import Path

import httpx
import pytest

from entente import databases
from entente.actors import ALL
from entente.configuration import load
from entente.metrics import Metrics
from entente.node import open_node
from entente.reconciliation import open_job
from entente.recovery import RecoveryThread
from entente.settings import Settings
from ledger.database import Unavailable
from repository.recovery import Recovery
from tests.cda.documents import cda
from tests.servers import Server, StartServer
from tests.soap.live import until


def number(server: Server, name: str) -> float:
    text = httpx.get(f"{server.url}/metrics", trust_env=False).text
    return sum(
        float(value) for value in re.findall(rf"^{name}(?:{{.*}})? (.*)$", text, re.MULTILINE)
    )


def test_what_a_silent_registry_leaves_pending_is_cleared_up(
    start_server: StartServer, tmp_path: Path
) -> None:
    registry = start_server(role="registry")
    repository = start_server(
        role="repository",
        repository={"registry_url": f"{registry.url}/registry"},
        limits={"registry_timeout": 1, "pending_lease": 2, "recovery_seconds": 0.2},
    )
    path = tmp_path / "letter.xml"
    path.write_bytes(cda())
    os.kill(registry.pid, signal.SIGSTOP)
    try:
        done = repository.cli("submit", path)
        assert done.returncode == 1
        assert "XDSRegistryNotAvailable" in done.stderr
        assert number(repository, "entente_pending_documents") == 1
    finally:
        os.kill(registry.pid, signal.SIGCONT)
    until(lambda: number(repository, "entente_pending_documents") == 0, seconds=60)
    assert number(repository, "entente_recovered_documents_total") == 1


def test_what_a_server_is_registering_is_not_recovered_elsewhere(
    start_server: StartServer, tmp_path: Path
) -> None:
    """Its registry takes longer than the lease; an operator has everything repaired meanwhile."""
    limits = {"registry_timeout": 0.5, "pending_lease": 1, "database_seconds": 60}
    server = start_server(limits=limits | {"recovery_seconds": 3600})
    path = tmp_path / "letter.xml"
    path.write_bytes(cda())
    with ThreadPoolExecutor(1) as pool, chdir(server.folder), ExitStack() as stack:
        job = open_job(load()[0], None, stack)
        with closing(sqlite3.connect("var/registry.sqlite", isolation_level=None)) as locked:
            locked.execute("BEGIN IMMEDIATE")
            submitted = pool.submit(server.cli, "submit", path)
            until(lambda: number(server, "entente_pending_documents") == 1, seconds=60)
            time.sleep(1.5)
            assert job.settle() == 0
            locked.execute("ROLLBACK")
        done = submitted.result()
        assert done.returncode == 0, done.stderr
        assert list(job.find(lambda _: None, read=True)) == []


def test_passes_go_on_whatever_happens_to_one() -> None:
    outcomes = iter([Unavailable("away"), ValueError("bad"), Recovery(committed=2, removed=1)])
    over = threading.Event()
    metrics = Metrics()

    def recover() -> Recovery:
        outcome = next(outcomes, None)
        if outcome is None:
            over.set()
            return Recovery()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    thread = RecoveryThread(recover, 0.01, metrics.recovered, metrics.recovery_failed)
    assert over.wait(10)
    thread.close(10)
    text = metrics.page().body.decode()
    assert "entente_recovery_failures_total 2.0" in text
    assert 'entente_recovered_documents_total{fate="committed"} 2.0' in text
    assert 'entente_recovered_documents_total{fate="removed"} 1.0' in text


def test_pending_documents_that_cannot_be_counted_are_left_out() -> None:
    def count() -> int:
        raise Unavailable("away")

    text = Metrics(count).page().body.decode()
    assert "entente_pending_documents" not in text
    assert "entente_recovery_failures_total 0.0" in text
    assert "entente_pending_documents 3.0" in Metrics(lambda: 3).page().body.decode()


@pytest.mark.parametrize("url", [None, "http://127.0.0.1:1/registry"])
def test_a_repository_is_told_whether_its_registry_is_elsewhere(
    tmp_path: Path, url: str | None
) -> None:
    """Such a registry may not show it everything."""
    with chdir(tmp_path), ExitStack() as stack:
        settings = Settings(repository={"unique_id": "1.2.3", "registry_url": url})
        databases.prepare(settings, ALL)
        repository = open_node(settings, ALL, stack, Metrics()).repository
        assert repository is not None
        assert repository._recover.is_elsewhere is (url is not None)
