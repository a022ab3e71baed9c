"""`entente certificates`: a test PKI that `openssl` takes, and that serves several processes."""

from __future__ import annotations

import os
import re
import signal
import socket
import ssl
import stat
import subprocess
import tomllib
from pathlib import Path

import httpx
import pytest

from entente import consumer
from entente.tls import client_context
from ihe_profiles.soap.client import HttpCaller
from tests.servers import StartServer, entente, free_port, toml
from tests.soap.live import until

EACH_ITS_OWN = httpx.Limits(max_keepalive_connections=0)
"""A connection for each query, for whichever process takes it."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    done = entente("certificates", tmp_path / "pki", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (tmp_path / "said").write_text(done.stdout)
    return tmp_path / "pki"


def test_keys_are_the_owners_and_nothing_is_overwritten(folder: Path, tmp_path: Path) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert len(modes) == 13
    assert {mode for name, mode in modes.items() if name.endswith(".key")} == {0o600}
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    again = entente("certificates", folder, cwd=tmp_path)
    assert again.returncode == 1
    assert "exists; nothing was written" in again.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.needs("openssl")
def test_openssl_agrees(folder: Path) -> None:
    command = ["openssl", "verify", "-CAfile", folder / "ca.pem", "-CRLfile", folder / "ca.crl"]
    for name, purpose in (("server", "sslserver"), ("dci", "sslclient"), ("revoked", "sslclient")):
        options = ["-crl_check", "-purpose", purpose, folder / f"{name}.pem"]
        done = subprocess.run([*command, *options], capture_output=True, text=True)
        assert (done.returncode == 0) == (name != "revoked"), done.stderr
        assert ("certificate revoked" in done.stderr) == (name == "revoked")


def test_several_processes_count_together_and_read_new_files(
    folder: Path, tmp_path: Path, start_server: StartServer, postgresql_url: str
) -> None:
    made = tomllib.loads(re.search(r"\[http\].*?\n\n", (tmp_path / "said").read_text(), re.S)[0])
    stores = {
        name: {"database_url": postgresql_url} for name in ("registry", "repository", "audit")
    }
    (tmp_path / "entente.toml").write_text(toml(stores))
    assert entente("db", "upgrade", cwd=tmp_path).returncode == 0
    server = start_server(
        postgresql_url,
        http={"port": free_port(), "workers": 2, **made["http"]},
        management={"port": free_port()},
        audit=stores["audit"],
        limits={"tls_watch_seconds": 600.0},
    )
    context = client_context(folder / "ca.pem", folder / "dci.pem", folder / "dci.key")
    url = f"https://localhost:{server.settings['http']['port']}/registry?wsdl"
    assert httpx.get(url, verify=context, trust_env=False).status_code == 200
    revoked = client_context(folder / "ca.pem", folder / "revoked.pem", folder / "revoked.key")
    with pytest.raises(httpx.TransportError):
        httpx.get(url, verify=revoked, trust_env=False)
    with httpx.Client(verify=context, trust_env=False, limits=EACH_ITS_OWN) as http:
        for _ in range(20):
            consumer.get_documents(HttpCaller(url.partition("?")[0], http), "1.2.3")
    metrics = httpx.get(f"{server.management_url}/metrics", trust_env=False).text
    counted = 'entente_exchanges_total{outcome="answered",transaction="ITI-18"}'
    assert f"{counted} 20.0" in metrics
    former = seen(server.settings["http"]["port"], context)
    for end in ("pem", "key"):
        (folder / f"server.{end}").write_bytes((folder / f"registry.{end}").read_bytes())
    until(lambda: server.log.count("Application startup complete") == 4, 60)  # two ports each
    os.kill(server.pid, signal.SIGHUP)
    until(lambda: server.log.count("TLS files were read again") == 2)
    assert seen(server.settings["http"]["port"], context) != former
    assert "Child process" not in server.log
    assert server.stop() == 0


def seen(port: int, context: ssl.SSLContext) -> bytes | None:
    """The certificate that a server shows."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=20) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        return secured.getpeercert(True)
