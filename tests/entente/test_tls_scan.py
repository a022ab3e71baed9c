"""What testssl.sh finds at the SOAP port: the protocols and suites that are meant, no others.

The MLLP port stands behind the same door; `test_node_authentication` asks both by openssl.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from entente.tls import SUITES
from tests.entente.test_node_authentication import pki as pki
from tests.entente.test_node_authentication import server as server
from tests.servers import Server

NEW_SUITES = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}
PROTOCOLS = {
    "SSLv2": False,
    "SSLv3": False,
    "TLS1": False,
    "TLS1_1": False,
    "TLS1_2": True,
    "TLS1_3": True,
}


def scan(port: int, folder: Path, *options: str) -> dict[str, str]:
    """What testssl.sh says of each of its topics."""
    report = folder / "report.json"
    command = ["testssl", "--warnings", "batch", "--nodns", "none", "--jsonfile", str(report)]
    done = subprocess.run(
        [*command, *options, f"localhost:{port}"], capture_output=True, text=True, timeout=170
    )
    assert report.exists(), done.stdout + done.stderr
    return {found["id"]: found["finding"] for found in json.loads(report.read_text())}


def offered(found: dict[str, str]) -> dict[str, bool]:
    return {name: not found[name].startswith("not offered") for name in PROTOCOLS}


@pytest.mark.slow
@pytest.mark.needs("testssl")
def test_the_soap_port(server: Server, tmp_path: Path) -> None:
    found = scan(server.settings["http"]["port"], tmp_path, "-p", "-P")
    assert offered(found) == PROTOCOLS
    orders = {id: text.split() for id, text in found.items() if id.startswith("cipherorder_")}
    assert orders.keys() == {"cipherorder_TLSv1_2", "cipherorder_TLSv1_3"}
    ours = [suite for suite in SUITES if "-ECDSA-" in suite]  # the server's key is one for ECDSA
    assert found["cipher_order"] == "server"
    assert orders["cipherorder_TLSv1_2"] == ours
    assert set(orders["cipherorder_TLSv1_3"]) == NEW_SUITES
