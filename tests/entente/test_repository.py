"""`entente repository` against a server that runs."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from repository.store.s3_address import parse
from repository.store.s3_client import connect
from tests.cda.documents import cda
from tests.repository.stores.services import moto, needed
from tests.servers import Server, StartServer, entente, toml

OLD, NEW = (base64.b64encode(os.urandom(32)).decode() for _ in range(2))


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.xml"
    path.write_bytes(cda())
    return path


@pytest.fixture
def sealed(start_server: StartServer, tmp_path: Path) -> Server:
    """A server that encrypts under the old key."""
    for name, key in (("old", OLD), ("new", NEW)):
        (tmp_path / name).write_text(key)
    return start_server(repository={"encryption_key": f"file:{tmp_path / 'old'}"})


def submitted(server: Server, letter: Path) -> str:
    done = server.cli("submit", letter)
    assert done.returncode == 0, done.stderr
    return done.stdout.split(": stored ")[1].split(",")[0]


def test_keys_are_rotated_while_serving_and_the_old_one_can_go(
    sealed: Server, letter: Path, tmp_path: Path
) -> None:
    unique_id = submitted(sealed, letter)
    blobs = [path for path in (sealed.folder / "var/blobs").rglob("*") if path.is_file()]
    assert blobs
    assert not any(b"ClinicalDocument" in path.read_bytes() for path in blobs)
    new, old = f"file:{tmp_path / 'new'}", f"file:{tmp_path / 'old'}"
    restart(sealed, encryption_key=new, former_encryption_keys=[old])
    done = sealed.cli("repository", "rotate-key")
    assert (done.returncode, done.stdout.split()[0]) == (0, "1"), done.stderr
    restart(sealed, encryption_key=new, former_encryption_keys=[])
    done = sealed.cli("retrieve", unique_id, "--repository-id", "2.25.4444", "-o", "back.xml")
    assert done.returncode == 0, done.stderr
    assert (sealed.folder / "back.xml").read_bytes() == letter.read_bytes()


def test_a_key_that_is_missing_is_named_by_rotation(
    sealed: Server, letter: Path, tmp_path: Path
) -> None:
    submitted(sealed, letter)
    restart(sealed, encryption_key=f"file:{tmp_path / 'new'}")
    done = sealed.cli("repository", "rotate-key")
    assert done.returncode == 1
    assert "former_encryption_keys" in done.stderr


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"encryption_key": "file:none"}, "encryption_key: file:none: No such file"),
        ({"encryption_key": "env:NO_SUCH_KEY"}, "env:NO_SUCH_KEY: there is no such variable"),
        ({"encryption_key": "sesame"}, "encryption_key: allowed are file:path"),
        ({"former_encryption_keys": ["env:X"]}, "need an encryption_key"),
    ],
)
def test_a_server_does_not_start_without_its_keys(
    tmp_path: Path, settings: dict[str, object], problem: str
) -> None:
    config = tmp_path / "entente.toml"
    config.write_text(toml({"repository": {"unique_id": "2.25.1", **settings}}))
    done = entente("serve", "--config", config, cwd=tmp_path)
    assert done.returncode == 2
    assert problem in done.stderr
    assert "sesame" not in done.stderr


def test_rotation_without_encryption_is_refused(tmp_path: Path) -> None:
    done = entente("repository", "rotate-key", cwd=tmp_path)
    assert (done.returncode, "encryption_key is not set" in done.stderr) == (2, True)


def restart(server: Server, **repository: object) -> None:
    server.stop()
    server.settings["repository"] |= repository
    server.start()


@needed("moto")
def test_documents_in_an_s3_service_encrypted(
    start_server: StartServer, letter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text(NEW)
    with moto(tmp_path) as service:
        for variable, value in service.environment.items():
            monkeypatch.setenv(variable, value)
        url = service.url("invented-hospital", "documents")
        connect(parse(url)).client.create_bucket(Bucket="invented-hospital")
        server = start_server(
            repository={"blob_url": url, "encryption_key": f"file:{tmp_path / 'key'}"}
        )
        unique_id = submitted(server, letter)
        done = server.cli("retrieve", unique_id, "--repository-id", "2.25.4444", "-o", "back.xml")
        assert done.returncode == 0, done.stderr
        assert (server.folder / "back.xml").read_bytes() == letter.read_bytes()
        assert not (server.folder / "var" / "blobs").exists()


def test_verify_names_what_is_not_whole(sealed: Server, letter: Path) -> None:
    unique_id = submitted(sealed, letter)
    done = sealed.cli("repository", "verify")
    assert (done.returncode, done.stdout) == (0, "1 documents are whole\n"), done.stderr
    (blob,) = (sealed.folder / "var/blobs").glob("[0-9a-f][0-9a-f]/*")
    blob.write_bytes(bytes(blob.stat().st_size))
    done = sealed.cli("repository", "verify")
    assert done.returncode == 1
    assert done.stdout.startswith(f"{unique_id}: damaged: the blob {blob.name}")
    assert "1 of 1 documents are not whole" in done.stderr
    blob.unlink()
    done = sealed.cli("repository", "verify")
    assert done.returncode == 1
    assert done.stdout == f"{unique_id}: missing: there is no blob {blob.name}\n"
