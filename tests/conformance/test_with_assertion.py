"""A server that asks every message for an assertion is judged with one; no report repeats it."""

from __future__ import annotations

import json
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from bench.assertions import AUDIENCE, ISSUER, Provider
from bench.conformance import options, our_server
from tests.servers import entente


def test_a_server_that_wants_assertions(tmp_path: Path) -> None:
    provider = Provider()
    authority, assertion = tmp_path / "authority.pem", tmp_path / "assertion.xml"
    authority.write_bytes(provider.authority.public_bytes(Encoding.PEM))
    assertion.write_bytes(provider.token())
    asked = {"require": "required", "audiences": [AUDIENCE], "issuers": {ISSUER: [str(authority)]}}
    chosen = [f"--select={pattern}" for pattern in ("V.*", "ITI-41.0*", "ITI-43.1*", "ITI-44.1*")]
    with our_server(tmp_path, xua=asked) as server:
        command = ("conformance", "run", *options(server), *chosen)
        without = entente(*command, cwd=tmp_path)
        report = tmp_path / "run.json"
        made = entente(*command, "--assertion", assertion, "--report", report, cwd=tmp_path)
    assert without.returncode == 1
    assert made.returncode == 0, made.stdout
    data = json.loads(report.read_bytes())
    assert data["counts"]["passed"] > 40
    assert "the assertion is left out" in report.read_text()
    assert "SignatureValue" not in report.read_text()
