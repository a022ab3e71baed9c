"""The listener as a process: it answers plausibly, judges what it gets, and reports."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from entente.cli.conformance import app
from entente.cli.console import Failed
from tests.conformance.senders import (
    GOOD,
    OLD,
    WSA,
    admitted,
    merged,
    provide,
    query,
    retrieve,
)
from tests.servers import ENTENTE, PATIENCE, entente, environment
from tests.soap.certificates import Authority

LISTENING = re.compile(r"(https?://[a-z0-9.]+:\d+), mllp [a-z0-9.]+:(\d+)")


@dataclass
class Listening:
    """A listener in `folder`, which writes report.json."""

    folder: Path
    process: subprocess.Popen[str]
    url: str
    mllp_port: int

    def cli(self, command: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return entente(command, *arguments, cwd=self.folder, ENTENTE_URL=self.url)

    def feed(self, octets: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.mllp_port), PATIENCE) as s:
            s.sendall(octets)
            return s.recv(4096)

    def post(self, octets: bytes) -> httpx.Response:
        head, _, body = octets.partition(b"\r\n\r\n")
        kind = re.search(rb"Content-Type: (.*?)\r\n", head)
        assert kind
        headers = {"Content-Type": kind[1].decode()}
        with httpx.Client(trust_env=False) as http:
            return http.post(f"{self.url}/any", content=body, headers=headers)

    def end(self, number: int = signal.SIGINT) -> tuple[int, str, dict[str, Any]]:
        """Stop it, and return exit code, what was said and the report."""
        if number:
            self.process.send_signal(number)
        said, _ = self.process.communicate(timeout=PATIENCE)
        report = self.folder / "report.json"
        return self.process.returncode, said, json.loads(report.read_bytes())


@contextmanager
def listening(folder: Path, *options: str | Path) -> Iterator[Listening]:
    command = [ENTENTE, "conformance", "listen", "--port", "0", "--mllp-port", "0"]
    command += ["--report", str(folder / "report.json"), *map(str, options)]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env=environment(),
        text=True,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        found = LISTENING.search(line)
        assert found, line + process.stdout.read()
        yield Listening(folder, process, found[1], int(found[2]))
    finally:
        process.kill()
        process.communicate()


SOURCE_STATUS = (
    '<rim:Slot name="SubmissionSetStatus"><rim:ValueList><rim:Value>Original</rim:Value>'
    "</rim:ValueList></rim:Slot>"
)
DOCUMENTS = Path(__file__).resolve().parents[2] / "samples/documents"


def _verdicts(report: dict[str, Any]) -> dict[str, str]:
    return {row["assertion"]: row["verdict"] for row in report["results"]}


def test_our_own_commands_conform(tmp_path: Path) -> None:
    """What they submit is found and given back, and nothing is found in what they send."""
    old, new = DOCUMENTS / "biologie-v1.xml", DOCUMENTS / "biologie-v2.xml"
    with listening(tmp_path) as there:
        stored = there.cli("submit", old)
        unique_id = re.search(r"stored (\S+),", stored.stdout)
        assert unique_id, stored.stdout + stored.stderr
        patient = "275019999901258^^^&1.2.250.1.213.1.4.10&ISO"
        shown = there.cli("query", "--patient", patient, "--json")
        assert [e["uniqueId"] for e in json.loads(shown.stdout)] == [unique_id[1]]
        given = there.cli("retrieve", unique_id[1], "--output", tmp_path / "given.xml")
        assert given.returncode == 0, given.stderr
        assert (tmp_path / "given.xml").read_bytes() == old.read_bytes()
        replaced = there.cli("replace", unique_id[1], new)
        assert replaced.returncode == 0, replaced.stderr
        assert unique_id[1] not in there.cli("query", "--patient", patient).stdout
        code, said, report = there.end()
    assert code == 0, said
    verdicts = _verdicts(report)
    assert {v for v in verdicts.values() if v not in ("passed", "not run", "outside")} == set()
    for transaction in ("DS-41.02", "DS-TF3.13", "DC-18.06", "DC-43.02", "REQ.20", "REQ.15"):
        assert verdicts[transaction] == "passed"
    assert re.search(r"conforms 1: ITI-41, HTTP request; \d+ assertions judged, 0 faults", said)


def test_good_messages_of_every_kind_conform(tmp_path: Path) -> None:
    with listening(tmp_path, "--messages", str(len(GOOD))) as there:
        for name, made in GOOD.items():
            octets = made().octets()
            if name in ("admitted", "resolved"):
                assert b"MSA|AA|c-1" in there.feed(octets)
            else:
                answer = there.post(octets)
                assert answer.status_code == 200, answer.text
        code, said, report = there.end(0)
    assert code == 0, said
    assert said.splitlines()[-1] == f"{len(GOOD)} messages judged, 0 of them do not conform"
    verdicts = _verdicts(report)
    assert {n for n, v in verdicts.items() if v == "not run"} == {"DS-TF3.50"}


def test_what_is_tolerated_is_judged_all_the_same(tmp_path: Path) -> None:
    """Each of these is answered as if all were well, and its fault is named."""
    with listening(tmp_path, "--language", "fr") as there:
        for made, old, new in (
            (query(), f"<a:ReplyTo><a:Address>{WSA}/anonymous</a:Address></a:ReplyTo>", ""),
            (query(), "charset=UTF-8", "charset=ISO-8859-1"),
            (provide(), ' start-info="application/soap+xml";', ""),
            (provide(), OLD, OLD[:9] + OLD[9:].upper()),
            (provide(), SOURCE_STATUS, ""),
        ):
            answer = there.post(made.spoiled(old, new).octets())
            assert "StatusType:Success" in answer.text
        assert b"MSA|AA" in there.feed(admitted().spoiled("|2.3.1", "|2.5").octets())
        code, said, report = there.end(signal.SIGTERM)
    assert code == 1
    failed = {name for name, verdict in _verdicts(report).items() if verdict == "failed"}
    assert failed == {"REQ.10", "REQ.16", "REQ.22", "DS-TF3.18", "DS-TF3.12", "PIS-8.07"}
    assert "non conforme 2: ITI-18" in said
    assert said.splitlines()[-1] == "6 messages jugés, dont 5 non conformes"


def test_what_cannot_be_read_is_refused_and_judged(tmp_path: Path) -> None:
    with listening(tmp_path) as there:
        torn = there.post(query().spoiled("</s:Envelope>", "").octets())
        assert torn.status_code == 400
        missing = there.post(retrieve().octets())
        assert "XDSUnknownRepositoryId" in missing.text
        unknown = there.post(merged().spoiled(">urn:hl7-org:v3:PRPA", ">urn:my:PRPA").octets())
        assert unknown.status_code >= 400
        assert b"MSA|AR" in there.feed(b"\x0bhello\x1c\r")
        with httpx.Client(trust_env=False) as http:
            assert http.get(there.url).status_code == 404
        code, _said, report = there.end()
    assert code == 1
    failed = {name for name, verdict in _verdicts(report).items() if verdict == "failed"}
    assert failed == {"REQ.01", "REQ.06", "REQ.17", "PIS-8.01"}
    assert [e["response"]["size"] > 0 for e in report["exchanges"]][:3] == [True] * 3


def test_it_speaks_mutual_tls(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    node = authority.issue("localhost")
    options = ["--host", "localhost", "--messages", "1", "--tls-client-ca", authority.certificate]
    options += ["--tls-certificate", node.certificate, "--tls-key", node.key]
    with listening(tmp_path, *options) as there:
        own = ("--certificate", node.certificate, "--key", node.key)
        assert there.cli("query", "1.2.3", "--ca", authority.certificate).returncode != 0
        asked = there.cli("query", "1.2.3", "--ca", authority.certificate, *own)
        assert asked.returncode == 0, asked.stderr
        code, said, _report = there.end(0)
    assert code == 0, said
    assert there.url.startswith("https://localhost:")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--tls-key", __file__), "go together"),
        (("--host", "192.0.2.1"), "assign requested address"),
        (("--codes", "nowhere.xml"), "nowhere.xml"),
        (("--report", "report.txt"), ".json"),
    ],
)
def test_options_that_do_not_do_are_said(options: tuple[str, ...], said: str) -> None:
    made = CliRunner().invoke(app, ["listen", "--port", "0", *options])
    assert isinstance(made.exception, Failed)
    assert said in str(made.exception)
