"""Who is let in at the TLS ports, SOAP and MLLP: one server, many clients (ITI TF-2 3.19)."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from entente.certificates import Authority, Subject
from entente.tls import SUITES, client_context, read_certificates
from tests.repository.messages import PATIENT, a_message, on_the_wire
from tests.servers import Server, entente, free_port, servers_in
from tests.soap.live import read_all, until

HELLO = b"GET /registry?wsdl HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


class Pki:
    """An authority with a client of each kind, and another authority."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "other").mkdir()
        self.authority = Authority(folder)
        self.authority.issue("server", Subject("localhost", ("localhost", "127.0.0.1")))
        self.authority.issue("client", Subject("Hôpital invented"))
        self.authority.issue("nameless", Subject(""))
        self.authority.issue("expired", Subject("expired", days=-1))
        self.authority.issue("leaving", Subject("leaving"))
        self.authority.revoke(self.authority.issue("revoked", Subject("revoked")))
        self.authority.publish()
        Authority(folder / "other").issue("stranger", Subject("stranger"))

    def pair(self, name: str) -> tuple[Path, Path]:
        folder = self.folder / "other" if name == "stranger" else self.folder
        return folder / f"{name}.pem", folder / f"{name}.key"

    def context(self, name: str | None) -> ssl.SSLContext:
        return client_context(self.folder / "ca.pem", *(self.pair(name) if name else (None, None)))


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def server(pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = pki.folder
    http = {
        "port": free_port(),
        "tls_certificate": str(folder / "server.pem"),
        "tls_key": str(folder / "server.key"),
        "tls_client_ca": str(folder / "ca.pem"),
        "tls_client_crl": [str(folder / "ca.crl")],
    }
    audit = {"destinations": [f"file://{folder}/audit.log"]}
    with servers_in(tmp_path_factory.mktemp("server")) as start:
        yield start(
            http=http,
            audit=audit,
            management={"port": free_port()},
            registry={"mllp_port": free_port()},
            domain={"patient_assigning_authorities": [PATIENT.authority]},
            limits={"tls_handshake_seconds": 1.0, "tls_watch_seconds": 600.0},
        )


@pytest.fixture(params=["soap", "mllp"])
def port(request: pytest.FixtureRequest, server: Server) -> int:
    section, key = {"soap": ("http", "port"), "mllp": ("registry", "mllp_port")}[request.param]
    return int(server.settings[section][key])


def greeted(port: int, context: ssl.SSLContext) -> bytes:
    """The first bytes of the answer to a query for the WSDL; raises what the handshake raises."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=20) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        secured.sendall(HELLO)
        return secured.recv(12)


def openssl(port: int, pki: Pki, *options: str) -> str:
    """What `openssl s_client` says of a handshake as the client."""
    certificate, key = pki.pair("client")
    own = ("-CAfile", str(pki.folder / "ca.pem"), "-cert", str(certificate), "-key", str(key))
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", *own, *options]
    done = subprocess.run(command, input=b"", capture_output=True, timeout=30)
    return (done.stdout + done.stderr).decode(errors="replace")


@pytest.mark.parametrize("name", ["client", "nameless"])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_client_of_the_authority_is_served(
    server: Server, pki: Pki, name: str, version: ssl.TLSVersion
) -> None:
    context = pki.context(name)
    context.minimum_version = context.maximum_version = version
    assert greeted(server.settings["http"]["port"], context) == b"HTTP/1.1 200"


REFUSED = {
    None: "no certificate of the client",
    "stranger": "unable to get local issuer certificate",
    "expired": "certificate has expired",
    "revoked": "certificate revoked",
}


@pytest.mark.parametrize("name", REFUSED)
def test_others_are_refused_and_told_why(
    server: Server, pki: Pki, port: int, name: str | None
) -> None:
    alert = {
        None: "certificate required",
        "stranger": "unknown ca",
        "expired": "expired",
        "revoked": "revoked",
    }
    with pytest.raises(ssl.SSLError) as refused:
        greeted(port, pki.context(name))
    assert alert[name] in str(refused.value).lower().replace("_", " ")


def test_each_reason_is_audited_once_a_minute(server: Server, pki: Pki) -> None:
    port = server.settings["http"]["port"]
    for _ in range(3):
        for name in REFUSED:
            with pytest.raises(ssl.SSLError):
                greeted(port, pki.context(name))
    log = pki.folder / "audit.log"
    until(lambda: all(reason in log.read_text() for reason in REFUSED.values()))
    records = [line for line in log.read_text().splitlines() if 'csd-code="110126"' in line]
    for reason in REFUSED.values():
        [told] = [record for record in records if reason in record]
        assert 'EventOutcomeIndicator="8"' in told
        assert 'NetworkAccessPointID="127.0.0.1"' in told
    refused = httpx.get(f"{server.management_url}/metrics", trust_env=False).text
    [count] = re.findall(r"^entente_refused_handshakes_total (\d+)", refused, re.MULTILINE)
    assert int(count) >= 12


def test_plain_http_is_told_so(server: Server, pki: Pki) -> None:
    with socket.create_connection(("127.0.0.1", server.settings["http"]["port"])) as plain:
        plain.sendall(HELLO)
        assert plain.recv(4096).startswith(b"HTTP/1.1 400 ")


def test_a_slow_handshake_is_ended(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as plain:
        began = time.monotonic()
        assert plain.recv(1) == b""
        assert 0.8 < time.monotonic() - began < 10


@pytest.mark.needs("openssl")
@pytest.mark.parametrize("suite", SUITES)
def test_the_suites_of_tls_1_2(server: Server, pki: Pki, suite: str) -> None:
    said = openssl(server.settings["http"]["port"], pki, "-tls1_2", "-cipher", suite)
    served = "-ECDSA-" in suite  # the server's key is one for ECDSA
    assert (f"Cipher is {suite}" in said) == served


@pytest.mark.needs("openssl")
@pytest.mark.parametrize(
    "options",
    [
        ("-tls1",),
        ("-tls1_1",),
        ("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"),
        ("-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA"),
        ("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-CCM"),
        ("-tls1_2", "-cipher", "AES128-GCM-SHA256"),
        ("-tls1_2", "-cipher", "eNULL"),
        ("-tls1_2", "-cipher", "aNULL"),
    ],
    ids=lambda options: " ".join(options),
)
def test_what_bcp_195_rules_out_is_refused(port: int, pki: Pki, options: tuple[str, ...]) -> None:
    cipher = options[-1] if "-cipher" in options else "ALL"
    said = openssl(port, pki, *options[:1], "-cipher", f"{cipher}@SECLEVEL=0")
    assert "Cipher is (NONE)" in said
    assert "alert" in said


@pytest.mark.needs("openssl")
def test_there_is_no_renegotiation_no_compression_and_no_ticket(port: int, pki: Pki) -> None:
    old = openssl(port, pki, "-tls1_2")
    assert "Compression: NONE" in old
    assert "Secure Renegotiation IS supported" in old  # RFC 5746: none is ever begun unsafely
    assert "session ticket" not in old.lower()
    new = openssl(port, pki, "-tls1_3")
    assert "session ticket" not in new.lower()
    certificate, key = pki.pair("client")
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-tls1_2"]
    command += ["-cert", str(certificate), "-key", str(key), "-CAfile", str(pki.folder / "ca.pem")]
    again = subprocess.run(command, input=b"R\n", capture_output=True, timeout=30)
    assert b"RENEGOTIATING" in again.stdout + again.stderr
    assert b"no renegotiation" in again.stderr


def test_the_exchange_names_the_certificate(server: Server, pki: Pki) -> None:
    certificate, key = pki.pair("client")
    url = f"https://localhost:{server.settings['http']['port']}"
    options = ("--ca", pki.folder / "ca.pem", "--certificate", certificate, "--key", key)
    done = entente("query", "1.2.3", "--url", url, *options, cwd=server.folder)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in server.log.splitlines() if '"exchange"' in line]
    assert lines[-1]["subject"] == "CN=Hôpital invented"
    der = ssl.PEM_cert_to_DER_cert(certificate.read_text())
    assert lines[-1]["certificate"] == f"sha256:{hashlib.sha256(der).hexdigest()}"


def upload(size: int) -> tuple[bytes, bytes]:
    """A submission of one document as HTTP, in two halves."""
    content_type, body = on_the_wire(a_message(os.urandom(size)))
    lines = ["POST /repository HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += [f"Content-Type: {content_type}", "Connection: close", "", ""]
    half = len(body) // 2
    return "\r\n".join(lines).encode() + body[:half], body[half:]


def test_new_files_are_taken_while_an_upload_goes_on(server: Server, pki: Pki) -> None:
    """Last: it revokes, breaks and replaces. SIGHUP tells; what is broken changes nothing."""
    first, second = upload(24 << 20)
    port = server.settings["http"]["port"]
    context = pki.context("leaving")
    with (
        socket.create_connection(("127.0.0.1", port), timeout=20) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        secured.sendall(first)
        former = secured.getpeercert(True)
        good = (pki.folder / "server.pem").read_text()
        (pki.folder / "server.pem").write_text("broken")
        os.kill(server.pid, signal.SIGHUP)
        until(lambda: "TLS FILES DO NOT DO" in server.log)
        assert greeted(port, context) == b"HTTP/1.1 200"

        (pki.folder / "server.pem").write_text(good)
        for end in ("pem", "key"):
            (pki.folder / f"server.{end}").unlink()
        pki.authority.issue("server", Subject("localhost", ("localhost",)))
        pki.authority.revoke(read_certificates(pki.pair("leaving")[0])[0])
        pki.authority.publish()
        os.kill(server.pid, signal.SIGHUP)
        until(lambda: "TLS files were read again" in server.log)

        with pytest.raises(ssl.SSLError, match=r"(?i)revoked"):
            greeted(port, context)
        with (
            socket.create_connection(("127.0.0.1", port), timeout=20) as other,
            pki.context("client").wrap_socket(other, server_hostname="localhost") as renewed,
        ):
            assert renewed.getpeercert(True) != former
        for start in range(0, len(second), 1 << 20):
            secured.sendall(second[start : start + (1 << 20)])
        answer = read_all(secured)
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"ResponseStatusType:Success" in answer
