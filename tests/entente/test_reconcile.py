"""`entente repository reconcile` against a server that runs."""

from __future__ import annotations

import base64
import json
import secrets
from pathlib import Path

import pytest
from typer.testing import CliRunner

from entente.cli import app
from entente.cli.console import Failed
from tests.cda.documents import cda
from tests.servers import Server, entente, toml


def test_reconcile_lists_repairs_and_says_by_its_exit_code_whether_anything_is_left(
    standing_server: Server,
) -> None:
    server = standing_server
    letter = server.folder / "letter.xml"
    letter.write_bytes(cda())
    assert server.cli("submit", letter).returncode == 0
    done = server.cli("repository", "reconcile")
    assert (done.returncode, done.stdout) == (0, "1 documents: nothing stands alone\n"), done.stderr
    stray = _plant(server)
    done = server.cli("repository", "reconcile", "--grace", "0", "--quick")
    assert done.returncode == 1
    assert f"blob without document: {stray}: the index does not know it" in done.stdout
    assert "1 of 1 finds are left" in done.stderr
    done = server.cli("repository", "reconcile", "--grace", "0", "--repair", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["documents"], report["entries_compared"]) == (1, True)
    assert [(one["kind"], one["blob_key"], one["done"]) for one in report["found"]] == [
        ("blob without document", stray, "blob removed")
    ]
    assert server.cli("repository", "reconcile", "--grace", "0").returncode == 0


def test_a_registry_elsewhere_is_asked_and_what_cannot_be_compared_is_said(
    standing_server: Server, tmp_path: Path
) -> None:
    server = standing_server
    config = tmp_path / "entente.toml"
    repository = {
        "unique_id": "2.25.4444",
        "database_url": f"sqlite:///{server.folder}/var/repository.sqlite",
        "blob_url": f"file:{server.folder}/var/blobs",
        "registry_url": f"{server.url}/registry",
    }
    config.write_text(toml({"repository": repository}))
    arguments = ("repository", "reconcile", "--config", config)
    done = entente(*arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Entries without a document were not looked for" in done.stdout
    config.write_text(toml({"repository": repository | {"registry_url": "http://127.0.0.1:1"}}))
    done = entente(*arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert "the registry's answer cannot be used: no connection" in done.stderr


@pytest.mark.parametrize("command", ["reconcile", "verify", "rotate-key"])
def test_nothing_is_made_where_nothing_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("INVENTED_KEY", base64.b64encode(bytes(32)).decode())
    monkeypatch.chdir(tmp_path)
    repository = {"unique_id": "2.25.1", "encryption_key": "env:INVENTED_KEY"}
    Path("entente.toml").write_text(toml({"repository": repository}))
    with pytest.raises(Failed, match=r"there is no var/repository\.sqlite"):
        CliRunner().invoke(app, ["repository", command], catch_exceptions=False)
    assert list(tmp_path.iterdir()) == [tmp_path / "entente.toml"]


def _plant(server: Server) -> str:
    key = secrets.token_hex(16)
    folder = server.folder / "var" / "blobs" / key[:2]
    folder.mkdir(exist_ok=True)
    (folder / key).write_bytes(b"alone")
    return key
