"""`entente serve` as a process: its pages, its complaints, and a clean end."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path

import httpx
import pytest
from lxml import etree

from tests.cda.documents import cda
from tests.servers import Server, StartServer, entente, free_port, toml

WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
SOAP12 = "{http://schemas.xmlsoap.org/wsdl/soap12/}"


def get(url: str) -> httpx.Response:
    return httpx.get(url, trust_env=False)


def test_the_operators_pages(standing_server: Server) -> None:
    assert get(f"{standing_server.url}/health").json()["status"] == "up"
    assert get(f"{standing_server.url}/ready").json() == {
        "ready": True,
        "checks": {
            "audit trail": "ok",
            "registry database": "ok",
            "repository database": "ok",
            "blob store": "ok",
        },
    }
    metrics = get(f"{standing_server.url}/metrics")
    assert metrics.headers["content-type"].startswith("text/plain")
    assert "entente_pending_documents 0.0" in metrics.text


def test_exchanges_are_counted(standing_server: Server) -> None:
    assert standing_server.cli("query", "1.2.3").returncode == 0
    metrics = get(f"{standing_server.url}/metrics").text
    assert re.search(
        r'entente_exchanges_total{outcome="answered",transaction="ITI-18"} [1-9]', metrics
    )
    assert re.search(r'entente_exchange_seconds_count{transaction="ITI-18"} [1-9]', metrics)


@pytest.mark.parametrize(
    ("path", "service"), [("registry", "DocumentRegistry"), ("repository", "DocumentRepository")]
)
def test_the_wsdl_tells_the_public_address(
    start_server: StartServer, path: str, service: str
) -> None:
    server = start_server(http={"port": free_port(), "public_url": "https://xds.example.org/a/"})
    answer = httpx.get(
        f"{server.url}/{path}?wsdl", headers={"Host": "evil.example.org"}, trust_env=False
    )
    root = etree.fromstring(answer.content)
    addresses = {element.get("location") for element in root.iter(f"{SOAP12}address")}
    assert addresses == {f"https://xds.example.org/a/{path}"}
    assert [e.get("name") for e in root.iter(f"{WSDL}service")] == [f"{service}_Service"]


def test_the_pages_move_to_the_management_port(start_server: StartServer) -> None:
    server = start_server(management={"port": free_port()})
    assert get(f"{server.management_url}/health").status_code == 200
    assert get(f"{server.management_url}/registry?wsdl").status_code == 404
    for page in ("health", "ready", "metrics"):
        assert get(f"{server.url}/{page}").status_code == 404
    assert server.stop() == 0


def test_one_actor_alone(start_server: StartServer) -> None:
    server = start_server(role="registry")
    assert get(f"{server.url}/registry?wsdl").status_code == 200
    missing = get(f"{server.url}/repository?wsdl")
    assert missing.status_code == 404
    assert "/registry" in missing.text
    assert list(get(f"{server.url}/ready").json()["checks"]) == ["audit trail", "registry database"]


def test_both_actors_in_one_sqlite_file(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server(f"sqlite:///{tmp_path}/one.sqlite")
    path = tmp_path / "letter.xml"
    path.write_bytes(cda())
    assert server.cli("submit", path).returncode == 0
    assert server.cli("query", "1.2.3^doc-1").stdout.endswith("1 document\n")


def test_a_lost_blob_store_is_told(server: Server) -> None:
    staging = server.folder / "var/blobs/staging"
    staging.rmdir()
    staging.write_text("in its place")
    answer = get(f"{server.url}/ready")
    assert answer.status_code == 503
    assert answer.json()["ready"] is False
    assert answer.json()["checks"]["blob store"] == "cannot be written"
    assert answer.json()["checks"]["registry database"] == "ok"


def test_log_lines_are_json_and_name_the_exchange(standing_server: Server) -> None:
    standing_server.cli("query", "1.2.3")
    lines = [json.loads(line) for line in standing_server.log.splitlines()]
    exchange = [line for line in lines if line["event"] == "exchange"][-1]
    assert exchange["transaction"] == "ITI-18"
    assert len(exchange["trace_id"]) == 32


def test_it_stops_and_starts_again_on_the_same_data(server: Server) -> None:
    assert server.stop() == 0
    server.start()
    assert get(f"{server.url}/ready").status_code == 200
    assert server.stop() == 0


def serve(folder: Path, text: str, role: str = "all") -> tuple[int, str]:
    (folder / "entente.toml").write_text(text)
    done = entente("serve", role, cwd=folder)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def test_a_repository_needs_its_id(tmp_path: Path) -> None:
    code, said = serve(tmp_path, "")
    assert code == 2
    assert "[repository] unique_id is not set" in said


def test_a_repository_alone_needs_its_registry(tmp_path: Path) -> None:
    code, said = serve(tmp_path, "[repository]\nunique_id = '2.25.1'", "repository")
    assert code == 2
    assert "[repository] registry_url is not set" in said


@pytest.mark.parametrize("role", ["registry", "repository", "all"])
def test_several_workers_need_postgresql(tmp_path: Path, role: str) -> None:
    needs = "[repository]\nunique_id = '2.25.1'\nregistry_url = 'http://127.0.0.1:1/registry'"
    code, said = serve(tmp_path, f"[http]\nworkers = 2\n{needs}", role)
    assert code == 2
    assert "[http] workers = 2: several processes need PostgreSQL" in said


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    code, said = serve(tmp_path, "[http]\nprot = 1")
    assert code == 2
    assert "entente.toml, line 2: [http] prot: there is no key `prot`. Did you mean `port`?" in said


def test_an_address_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = serve(
            tmp_path, toml({"http": {"port": port}, "repository": {"unique_id": "2.25.1"}})
        )
    assert code == 1
    assert f"cannot listen at 127.0.0.1, port {port}: " in said


def test_a_shadowed_package_is_named(tmp_path: Path) -> None:
    (tmp_path / "repository").mkdir()
    (tmp_path / "repository/__init__.py").write_text("")
    done = entente("serve", cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert f"package `repository` is {tmp_path}/repository/__init__.py" in done.stderr


def test_a_plain_server_for_others_warns(start_server: StartServer) -> None:
    exposed = {"host": "0.0.0.0", "insecure": True}
    server = start_server(
        http={"port": free_port(), **exposed}, management={"port": free_port(), **exposed}
    )
    assert "NO TLS on 0.0.0.0: everybody on the way can read and change" in server.log
    assert "NO TLS on 0.0.0.0: everybody can read /metrics" in server.log
    assert (
        f"the WSDL sends clients to http://0.0.0.0:{server.settings['http']['port']}" in server.log
    )


def test_the_tables_of_postgresql_are_not_made_silently(
    start_server: StartServer, postgresql_url: str, tmp_path: Path
) -> None:
    text = toml(
        {
            "registry": {"database_url": postgresql_url},
            "repository": {"database_url": postgresql_url, "unique_id": "2.25.1"},
        }
    )
    code, said = serve(tmp_path, text)
    assert code == 1
    assert "run `entente db upgrade`" in said
    upgraded = entente("db", "upgrade", cwd=tmp_path)
    assert upgraded.returncode == 0, upgraded.stderr
    assert "ledger" in upgraded.stdout
    server = start_server(postgresql_url)
    assert get(f"{server.url}/ready").status_code == 200


def test_the_limits_of_connections_are_those_of_the_settings(start_server: StartServer) -> None:
    server = start_server(limits={"header_seconds": 1})
    address = ("127.0.0.1", int(server.settings["http"]["port"]))
    with socket.create_connection(address, timeout=8) as slow:
        slow.sendall(b"POST /registry HTTP/1.1\r\nHost:")
        assert slow.recv(1) == b"", "cut long before the default of 10 seconds"
