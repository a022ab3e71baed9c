"""A served node has a trail, from its start to its stop."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from bench import consumer
from bench.traffic import patient
from entente.configuration import load
from entente.misconfigured import Misconfigured
from ihe_profiles.atna import reading, syslog
from ledger.audit import chain
from tests.servers import StartServer, entente


def test_what_a_server_did_is_in_the_file_when_it_has_stopped(start_server: StartServer) -> None:
    server = start_server(audit={"destinations": []})
    file = server.folder / "audit.log"
    server.stop()  # and again with a destination: it gets what was there before
    server.settings["audit"] = {"destinations": [f"file://{file}"], "source_id": "node-7"}
    server.start()
    with httpx.Client(trust_env=False) as http:
        assert consumer.find(server.url, http, patient(1)) == set()
    server.wait_for("/metrics", lambda page: "entente_audit_waiting" in page.text)
    server.wait_for("/metrics", lambda page: 'fate="delivered"' in page.text)
    assert server.stop() == 0
    messages = [syslog.parse(line) for line in file.read_bytes().splitlines()]
    told = [reading.read(m.body) for m in messages if m.kind == syslog.AUDIT]
    kinds = [one.types[0][1] for one in told]
    assert kinds == [
        *("Application Start", "Application Stop"),
        *("Application Start", "Registry Stored Query", "Application Stop"),
    ]
    assert b'AuditSourceID="node-7"' in messages[-1].body
    assert chain.HEAD in [m.kind for m in messages]
    done = entente("audit", "verify", "--head", file, cwd=server.folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "records are whole" in done.stdout


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ('destinations = ["syslog+tcp://h"]', "allowed are syslog+tls://host"),
        ('database_url = "mysql://h"', "allowed are sqlite"),
        ("grace_seconds = 0", "greater than 0"),
        ('tls_key = "key.pem"', "does not point to a file"),
        ("destination = []", "Did you mean `destinations`"),
    ],
)
def test_a_wrong_setting_is_named(
    setting: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    Path("entente.toml").write_text(f"[audit]\n{setting}\n")
    with pytest.raises(Misconfigured, match="audit") as raised:
        load()
    assert said in str(raised.value)
