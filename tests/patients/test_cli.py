"""`entente patients` and `entente documents` work on the registry's own database."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.patients.hospital import patient
from tests.registry.samples import PATIENT
from tests.servers import Server, StartServer, entente, toml

OTHER = patient("1", "1.2.9.9")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A place with settings and no server."""
    domain = {
        "patient_assigning_authorities": [PATIENT.authority, "2.16.840.1.113883.4.56"],
    }
    Path(tmp_path, "entente.toml").write_text(toml({"domain": domain}))
    return tmp_path


def said(folder: Path, *arguments: str | Path) -> str:
    done = entente(*arguments, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def complaint(folder: Path, *arguments: str | Path) -> str:
    done = entente(*arguments, cwd=folder)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


def test_patients_are_added_listed_and_merged(folder: Path) -> None:
    a, b = patient("a"), patient("b")
    assert "added" in said(folder, "patients", "add", a)
    assert "known already" in said(folder, "patients", "add", a)
    said(folder, "patients", "add", b)
    assert f"{a}: merged into {b}" in said(folder, "patients", "merge", a, b)
    assert said(folder, "patients", "list").splitlines() == [f"{a} merged into {b}", b]


def test_what_cannot_be_is_refused(folder: Path) -> None:
    a, b = patient("a"), patient("b")
    assert "no identifier of this domain" in complaint(folder, "patients", "add", OTHER)
    assert "not known here" in complaint(folder, "patients", "merge", a, b)
    assert "into itself" in complaint(folder, "patients", "merge", a, a)
    assert entente("patients", "add", "nonsense", cwd=folder).returncode == 2


def test_hidden_identifiers_are_not_shown(folder: Path) -> None:
    niu = patient("9999999999", "2.16.840.1.113883.4.56")
    assert "9999999999" not in said(folder, "patients", "add", niu)
    listed = said(folder, "patients", "list")
    assert "***^^^&2.16.840.1.113883.4.56&ISO" in listed
    assert "9999999999" not in listed


@pytest.mark.parametrize("separator", [",", ";"])
def test_a_file_is_imported_and_each_line_has_its_outcome(folder: Path, separator: str) -> None:
    rows = [
        ("Authority", "ID"),
        (PATIENT.authority, "é1"),
        (PATIENT.authority, "2"),
        (PATIENT.authority, "2"),
        ("1.2.9.9", "3"),
        (PATIENT.authority, "a^b"),
    ]
    text = "".join(separator.join(row) + "\n" for row in rows)
    (folder / "patients.csv").write_text(text, encoding="utf-8-sig")
    done = entente("patients", "import", "patients.csv", cwd=folder)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    outcomes = [line.split(": ")[0:3:2] for line in lines[:-1]]
    assert outcomes == [
        ["line 2", "added"],
        ["line 3", "added"],
        ["line 4", "known already"],
        ["line 5", "refused"],
        ["line 6", "refused"],
    ]
    assert lines[-1] == "2 added, 1 known already, 2 refused"
    assert said(folder, "patients", "list").splitlines() == [patient("2"), patient("é1")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1: the header must be id,authority"),
        ("name,id\n", "line 1: the header"),
        ("id,authority\n1\n", "line 2: has not 2 columns"),
        ("id,authority\n1,2,3\n", "line 2: has not 2 columns"),
        ('id,authority\n"1"x,2\n', "after line 1: "),
        ("id,authority\n\udce9,1.2\n", "codec"),
    ],
)
def test_a_file_that_is_no_list_is_said(folder: Path, text: str, words: str) -> None:
    (folder / "patients.csv").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert words in complaint(folder, "patients", "import", "patients.csv")


def test_a_document_is_withdrawn_beside_the_server(start_server: StartServer) -> None:
    server = start_server()
    (server.folder / "note.txt").write_text("Bonjour\n")
    sent = server.cli(
        "submit", "note.txt", "--patient", PATIENT, "--class", "11^^1.2.3", "--type", "1^^1.2.3"
    )
    assert sent.returncode == 0, sent.stderr
    (uuid,) = found(server)
    assert "--reason" in entente("documents", "withdraw", uuid, cwd=server.folder).stderr
    said(server.folder, "documents", "withdraw", uuid, "--reason", "wrong patient")
    assert found(server) == []
    assert "wrong patient" in said(server.folder, "documents", "list")
    assert "withdrawn already" in complaint(
        server.folder, "documents", "withdraw", uuid, "--reason", "again"
    )
    said(server.folder, "documents", "restore", uuid)
    assert found(server) == [uuid]
    listed = said(server.folder, "documents", "list")
    assert listed.count("operator ") == 2
    assert "no DocumentEntry" in complaint(server.folder, "documents", "restore", "urn:uuid:0")


def found(server: Server) -> list[str]:
    """The entryUUIDs of the patient's documents."""
    import json

    done = server.cli("query", "--patient", PATIENT, "--json")
    assert done.returncode == 0, done.stderr
    return [entry["entryUUID"] for entry in json.loads(done.stdout)]
