"""Mutual TLS: who may connect, and to whom the repository connects."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from tests.cda.documents import cda
from tests.servers import Server, StartServer, entente, free_port, toml
from tests.soap.certificates import Authority, Issued


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def node(authority: Authority) -> Issued:
    """The certificate of the server and of whoever it trusts."""
    return authority.issue("localhost")


def mutual(authority: Authority, node: Issued) -> dict[str, object]:
    return {
        "host": "localhost",
        "port": free_port(),
        "tls_certificate": str(node.certificate),
        "tls_key": str(node.key),
        "tls_client_ca": str(authority.certificate),
    }


@pytest.fixture
def server(start_server: StartServer, authority: Authority, node: Issued) -> Server:
    return start_server(http=mutual(authority, node), management={"port": free_port()})


def query(server: Server, *options: str | Path) -> tuple[int, str]:
    url = f"https://localhost:{server.settings['http']['port']}"
    done = entente("query", "1.2.3", "--url", url, *options, cwd=server.folder)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def exchanges(server: Server) -> float:
    """Return how many requests came through."""
    text = httpx.get(f"{server.management_url}/metrics", trust_env=False).text
    counts = re.findall(r"^entente_exchanges_total{.*} (.*)$", text, re.MULTILINE)
    return sum(map(float, counts))


def test_who_has_a_certificate_is_served(
    server: Server, authority: Authority, node: Issued
) -> None:
    options = ("--ca", authority.certificate, "--certificate", node.certificate, "--key", node.key)
    assert query(server, *options) == (0, "")
    assert exchanges(server) == 1


def test_who_has_none_is_refused(server: Server, authority: Authority) -> None:
    code, said = query(server, "--ca", authority.certificate)
    assert code == 1
    assert said.count("\n") == 1
    assert exchanges(server) == 0


def test_who_has_one_of_another_authority_is_refused(
    server: Server, authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other").issue("localhost")
    code, said = query(
        server,
        *("--ca", authority.certificate, "--certificate", other.certificate, "--key", other.key),
    )
    assert code == 1
    assert said.count("\n") == 1
    assert exchanges(server) == 0


def test_a_server_of_another_authority_is_refused(
    server: Server, node: Issued, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other")
    code, said = query(
        server, "--ca", other.certificate, "--certificate", node.certificate, "--key", node.key
    )
    assert code == 1
    assert "certificate verify failed" in said.lower()
    assert exchanges(server) == 0


def test_plain_http_is_not_answered(server: Server) -> None:
    url = f"http://localhost:{server.settings['http']['port']}"
    done = entente("query", "1.2.3", "--url", url, cwd=server.folder)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert exchanges(server) == 0


def test_a_repository_reaches_its_registry_with_its_certificate(
    start_server: StartServer, authority: Authority, node: Issued, tmp_path: Path
) -> None:
    registry = start_server(
        role="registry", http=mutual(authority, node), management={"port": free_port()}
    )
    registry_url = f"https://localhost:{registry.settings['http']['port']}"
    to_registry = {
        "registry_url": f"{registry_url}/registry",
        "registry_tls_ca": str(authority.certificate),
        "registry_tls_certificate": str(node.certificate),
        "registry_tls_key": str(node.key),
    }
    repository = start_server(role="repository", repository=to_registry)
    path = tmp_path / "letter.xml"
    path.write_bytes(cda())
    stored = repository.cli("submit", path)
    assert stored.returncode == 0, stored.stderr
    options = ("--ca", authority.certificate, "--certificate", node.certificate, "--key", node.key)
    found = entente("query", "1.2.3^doc-1", "--url", registry_url, *options, cwd=tmp_path)
    assert found.stdout.endswith("1 document\n")

    del to_registry["registry_tls_certificate"], to_registry["registry_tls_key"]
    stranger = start_server(role="repository", repository=to_registry)
    refused = stranger.cli("submit", path)
    assert refused.returncode == 1
    assert "XDSRegistryNotAvailable" in refused.stderr


def test_a_file_without_certificates_is_named(server: Server, authority: Authority) -> None:
    code, said = query(server, "--ca", server.config)
    assert (code, said.count("\n")) == (1, 1)
    assert f"{server.config}: no certificates of authorities" in said
    code, said = query(server, "--ca", authority.certificate, "--certificate", server.config)
    assert (code, said.count("\n")) == (1, 1)
    assert f"{server.config}: no certificate and its key" in said


def test_a_certificate_that_does_not_fit_is_named(
    authority: Authority, node: Issued, tmp_path: Path
) -> None:
    other = authority.issue("other.example.org")
    http = mutual(authority, node) | {"tls_key": str(other.key)}
    (tmp_path / "entente.toml").write_text(
        toml({"http": http, "repository": {"unique_id": "2.25.1"}})
    )
    done = entente("serve", cwd=tmp_path)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert f"{node.certificate} with {other.key}: " in done.stderr
