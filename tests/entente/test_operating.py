"""What operators do to documents and stores is audited: their commands leave records to be sent."""

from __future__ import annotations

import base64
import shutil
import sqlite3
from contextlib import chdir, closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from entente import databases
from entente.actors import ALL
from entente.cli.console import Failed
from entente.configuration import load
from ihe_profiles.atna import syslog
from ledger.audit import outbox
from ledger.audit.trail import OutboxTrail
from ledger.audit.unavailable import AuditUnavailable
from ledger.database import Database
from tests.atna.records import Record, read
from tests.entente.test_backup import Source, command, opened
from tests.servers import settings_for, toml

EXPORT, IMPORT, PATIENT_RECORD, ALERT = "110106", "110107", "110110", "110113"
CHANGED = "110135"


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a server with one encrypted document, and the document's uniqueId."""
    folder = tmp_path_factory.mktemp("operating")
    for name in ("old", "new"):
        (folder / name).write_text(base64.b64encode(name.encode().ljust(32)).decode())
    settle(folder, encryption_key="file:old")
    with chdir(folder):
        databases.prepare(load()[0], ALL)
    with opened(folder) as sides:
        unique_id = Source(sides.repository).send(b"a letter")
    return folder, unique_id


@pytest.fixture
def place(origin: tuple[Path, str], tmp_path: Path) -> Path:
    """A copy of it, from whose outbox nothing is to be sent."""
    folder = tmp_path / "place"
    shutil.copytree(origin[0], folder)
    taken(folder)
    return folder


def settle(folder: Path, **repository: Any) -> None:
    (folder / "entente.toml").write_text(toml(settings_for(None, {"repository": repository})))


def taken(place: Path) -> list[Record]:
    """Take what waits in the repository's database to be sent."""

    def work(connection: Connection) -> list[Record]:
        waiting = outbox.take(connection, 100)
        outbox.remove(connection, waiting)
        return [read(syslog.parse(one.message).body) for one in waiting]

    database = Database(f"sqlite:///{place}/var/repository.sqlite")
    try:
        return database.write(work)
    finally:
        database.close()


def only(place: Path) -> Record:
    (record,) = taken(place)
    return record


def damage(place: Path) -> Path:
    (blob,) = (place / "var" / "blobs").glob("[0-9a-f][0-9a-f]/*")
    blob.write_bytes(bytes(blob.stat().st_size))
    return blob


def forget(place: Path) -> None:
    """Take the entry from the registry, as no operation does."""
    with closing(sqlite3.connect(place / "var" / "registry.sqlite")) as connection:
        connection.execute("DELETE FROM document_entry")
        connection.commit()


def test_a_backup_and_its_restoration_are_an_export_and_an_import(
    place: Path, tmp_path: Path
) -> None:
    command("backup", tmp_path / "copy", cwd=place)
    begun, out = taken(place)
    for one in (begun, out):
        assert (one.event[0], one.action, one.outcome) == (EXPORT, "R", 0)
    assert begun.description == "A backup is begun."
    assert out.description == "registry, repository, audit, 1 documents"
    assert [one.id for one in out.told("17")] == [(tmp_path / "copy").as_uri()]
    assert len(out.humans) == 1
    empty = tmp_path / "empty"
    empty.mkdir()
    for name in ("entente.toml", "old"):
        shutil.copy(place / name, empty)
    command("restore", tmp_path / "copy", cwd=empty)
    back = taken(empty)[-1]
    assert (back.event[0], back.action, back.description) == (IMPORT, "C", out.description)
    assert [one.id for one in back.told("17")] == [(tmp_path / "copy").as_uri()]


def test_a_backup_that_lacks_a_document_is_no_success(place: Path, tmp_path: Path) -> None:
    damage(place).unlink()
    with pytest.raises(Failed, match="found missing"):
        command("backup", tmp_path / "copy", cwd=place)
    out = taken(place)[-1]
    assert (out.outcome, out.description) == (
        8,
        "registry, repository, audit, 0 documents; 1 were not whole",
    )


def test_a_backup_that_ends_badly_was_begun(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("entente.backup._blobs", full)
    with pytest.raises(Failed, match="no space left"):
        command("backup", tmp_path / "copy", cwd=place)
    assert only(place).description == "A backup is begun."


def test_nothing_is_copied_whose_record_cannot_be_kept(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AuditUnavailable("no room")

    monkeypatch.setattr(OutboxTrail, "record", refuse)
    with pytest.raises(Failed, match="no room"):
        command("backup", tmp_path / "copy", cwd=place)
    assert [*(tmp_path / "copy").iterdir()] == []


def test_verdicts_that_are_shown_are_a_reading(place: Path, origin: tuple[Path, str]) -> None:
    command("signature", "show", origin[1], cwd=place)
    read = only(place)
    assert (read.event[0], read.action, read.outcome) == (PATIENT_RECORD, "R", 0)
    assert (read.description, [one.id for one in read.told("3")]) == (
        "entente signature show",
        [origin[1]],
    )


@pytest.mark.parametrize("how", ["verify", "reconcile"])
@pytest.mark.parametrize("is_there", [True, False], ids=["damaged", "missing"])
def test_damage_is_a_security_alert(
    place: Path, origin: tuple[Path, str], how: str, is_there: bool
) -> None:
    blob = damage(place)
    if not is_there:
        blob.unlink()
    with pytest.raises(Failed):
        command("repository", how, cwd=place)
    alert = only(place)
    assert (alert.event[0], alert.type, alert.outcome) == (ALERT, CHANGED, 12)
    assert [one.id for one in alert.told("3")] == [origin[1]]


def test_a_document_that_cannot_be_read_is_no_alert(place: Path) -> None:
    settle(place, encryption_key="file:new")
    with pytest.raises(Failed):
        command("repository", "verify", cwd=place)
    assert taken(place) == []


def test_a_document_that_a_repair_removes_is_a_deletion(
    place: Path, origin: tuple[Path, str]
) -> None:
    forget(place)
    arguments = ("repository", "reconcile", "--repair", "--grace", "0", "--set-aside", "aside")
    command(*arguments, cwd=place)
    deletion = only(place)
    assert (deletion.event[0], deletion.action) == (PATIENT_RECORD, "D")
    assert [one.id for one in deletion.told("3")] == [origin[1]]
    assert "document unknown to the registry" in (deletion.description or "")


def test_nothing_is_removed_whose_record_cannot_be_kept(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AuditUnavailable("no room")

    forget(place)
    arguments = ("repository", "reconcile", "--repair", "--grace", "0", "--set-aside", "aside")
    monkeypatch.setattr(OutboxTrail, "note", refuse)
    with pytest.raises(Failed, match="no room"):
        command(*arguments, cwd=place)
    with pytest.raises(Failed, match="1 of 1 finds are left"):
        command("repository", "reconcile", "--grace", "0", cwd=place)


def test_another_wrapping_key_is_a_security_alert(place: Path) -> None:
    settle(place, encryption_key="file:new", former_encryption_keys=["file:old"])
    command("repository", "rotate-key", cwd=place)
    alert = only(place)
    assert (alert.event[0], alert.type, alert.outcome) == (ALERT, CHANGED, 0)
    assert "brought 1 documents under the wrapping key" in (alert.description or "")
