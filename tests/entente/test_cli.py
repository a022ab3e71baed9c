"""The command line as a Document Source and Consumer, against a real server."""

from __future__ import annotations

import filecmp
import hashlib
import json
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.cda.documents import PATIENT, cda
from tests.servers import ENTENTE, Server, entente, environment

CODES = ("--class", "REPORTS^Reports^1.2.3", "--type", "34109-9^Note^2.16.840.1.113883.6.1")


def a_patient() -> str:
    return f"{uuid.uuid4().hex}^^^&1.3.6.1.4.1.21367.13.20.3000&ISO"


def write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def found(server: Server, *arguments: str) -> list[dict[str, Any]]:
    done = server.cli("query", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    entries: list[dict[str, Any]] = json.loads(done.stdout)
    return entries


def an_id() -> str:
    return f'<id root="1.2.3" extension="{uuid.uuid4().hex}"/>'


def unique_id(ids: str) -> str:
    return f"1.2.3^{ids.split(chr(34))[3]}"


def replacing(old: str) -> str:
    return (
        f'{PATIENT}<relatedDocument typeCode="RPLC"><parentDocument>{old}</parentDocument>'
        "</relatedDocument>"
    )


def test_a_cda_is_submitted_found_and_retrieved(standing_server: Server, tmp_path: Path) -> None:
    ids = an_id()
    path = write(tmp_path, "letter.xml", cda(ids=ids))
    done = standing_server.cli("submit", path)
    assert done.returncode == 0, done.stderr
    digest = hashlib.sha1(path.read_bytes()).hexdigest()
    size = path.stat().st_size
    assert done.stdout == f"{path}: stored {unique_id(ids)}, {size} octets, SHA-1 {digest}\n"

    (entry,) = found(standing_server, unique_id(ids))
    assert entry["hash"] == digest
    assert entry["patientId"] == "275010199901222^^^&1.2.250.1.213.1.4.10&ISO"
    assert entry["typeCode"]["code"] == "11502-2"
    assert entry["creationTime"] == "20240104150527"

    for wanted in (unique_id(ids), entry["entryUUID"]):
        target = tmp_path / "back.xml"
        came = standing_server.cli("retrieve", wanted, "-o", target)
        assert came.returncode == 0, came.stderr
        assert f"{size} octets, SHA-1 {digest}" in came.stderr
        assert target.read_bytes() == path.read_bytes()
        target.unlink()


def test_options_win_over_the_header(standing_server: Server, tmp_path: Path) -> None:
    ids, patient = an_id(), a_patient()
    path = write(tmp_path, "letter.xml", cda(ids=ids))
    options = (
        "--patient",
        patient,
        "--title",
        "Lettre",
        "--type",
        "X^Ex^1.2.9",
        "--language",
        "fr-CA",
    )
    assert standing_server.cli("submit", path, *options).returncode == 0
    (entry,) = found(standing_server, "--patient", patient)
    assert entry["uniqueId"] == unique_id(ids)
    assert entry["title"][0]["value"] == "Lettre"
    assert entry["typeCode"]["code"] == "X"
    assert entry["languageCode"] == "fr-CA"


def test_a_document_can_go_to_standard_output(standing_server: Server, tmp_path: Path) -> None:
    ids = an_id()
    path = write(tmp_path, "letter.xml", cda(ids=ids))
    assert standing_server.cli("submit", path).returncode == 0
    came = standing_server.cli("retrieve", unique_id(ids), "-o", "-")
    assert came.returncode == 0, came.stderr
    assert came.stdout.encode() == path.read_bytes()


def test_any_other_file_takes_what_the_options_say(standing_server: Server, tmp_path: Path) -> None:
    patient = a_patient()
    path = write(tmp_path, "scan.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 10)
    done = standing_server.cli(
        "submit",
        path,
        *("--patient", patient, *CODES, "--confidentiality", "R^restricted^2.16.840.1.113883.5.25"),
        *("--author", "17^Tremblay^Anne^^^^^^&1.2.7&ISO", "--institution", "Clinique"),
        *("--service-start", "2024", "--event", "A^a^1.2", "--event", "B^b^1.2"),
        *("--unique-id", f"2.25.{uuid.uuid4().int}", "--creation-time", "20240105"),
    )
    assert done.returncode == 0, done.stderr
    (entry,) = found(standing_server, "--patient", patient)
    assert entry["mimeType"] == "application/pdf"
    assert entry["formatCode"]["code"] == "urn:ihe:iti:xds:2017:mimeTypeSufficient"
    assert entry["title"][0]["value"] == "scan"
    assert entry["creationTime"] == "20240105"
    assert entry["serviceStartTime"] == "2024"
    assert entry["confidentialityCode"][0]["code"] == "R"
    assert [code["code"] for code in entry["eventCodeList"]] == ["A", "B"]
    assert entry["author"][0]["person"] == "17^Tremblay^Anne^^^^^^&1.2.7&ISO"
    assert entry["author"][0]["institutions"] == ["Clinique"]
    assert entry["sourcePatientId"] == patient
    raw = standing_server.cli(
        *("retrieve", entry["uniqueId"], "-o", tmp_path / "back.pdf"),
        *("--repository-id", entry["repositoryUniqueId"]),
    )
    assert raw.returncode == 0, raw.stderr
    assert (tmp_path / "back.pdf").read_bytes() == path.read_bytes()


def test_files_that_cannot_be_stored_do_not_stop_the_others(
    standing_server: Server, tmp_path: Path
) -> None:
    good, last = an_id(), an_id()
    files = [
        write(tmp_path, "good.xml", cda(ids=good)),
        write(tmp_path, "note.txt", b"no header here"),
        tmp_path / "absent.xml",
        write(tmp_path, "nobody.xml", cda("", ids=an_id())),
        write(tmp_path, "refused.xml", cda(ids='<id root="1.2.03"/>')),
        write(tmp_path, "last.xml", cda(ids=last)),
    ]
    done = standing_server.cli(
        "submit", *files, "--service-stop", "2000", "--service-start", "2001"
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stdout.splitlines()[-1] == "0 stored, 6 failed"
    assert done.stderr.count("XDSRegistryMetadataError") >= 2
    done = standing_server.cli("submit", *files)
    assert done.returncode == 1
    assert f"{files[1]}: not stored\n" in done.stderr
    assert "give --patient, --class, --type" in done.stderr
    assert f"{files[2]}: not stored\n  No such file or directory\n" in done.stderr
    assert "recordTarget/patientRole/id" in done.stderr
    assert f"{files[0]}: stored {unique_id(good)}" in done.stdout
    assert f"{files[5]}: stored {unique_id(last)}" in done.stdout
    assert len(found(standing_server, unique_id(last))) == 1


def test_a_cda_replaces_what_it_says(standing_server: Server, tmp_path: Path) -> None:
    first, second = an_id(), an_id()
    assert standing_server.cli("submit", write(tmp_path, "1.xml", cda(ids=first))).returncode == 0
    (old,) = found(standing_server, unique_id(first))
    done = standing_server.cli(
        "submit", write(tmp_path, "2.xml", cda(replacing(first), ids=second))
    )
    assert done.returncode == 0, done.stderr
    assert f"replaces {unique_id(first)} ({old['entryUUID']})" in done.stdout
    assert found(standing_server, unique_id(first))[0]["availabilityStatus"].endswith("Deprecated")
    assert found(standing_server, unique_id(second))[0]["availabilityStatus"].endswith("Approved")

    again = standing_server.cli(
        "submit", write(tmp_path, "3.xml", cda(replacing(first), ids=an_id()))
    )
    assert again.returncode == 0, again.stderr
    assert f"stored as new: {unique_id(first)}, which it replaces, is deprecated" in again.stdout


def test_a_cda_that_replaces_an_unknown_document_is_new(
    standing_server: Server, tmp_path: Path
) -> None:
    absent = an_id()
    done = standing_server.cli(
        "submit", write(tmp_path, "2.xml", cda(replacing(absent), ids=an_id()))
    )
    assert done.returncode == 0, done.stderr
    assert (
        f"stored as new: {unique_id(absent)}, which it replaces, is not registered" in done.stdout
    )


def test_replace_takes_from_the_old_entry_what_is_not_said(
    standing_server: Server, tmp_path: Path
) -> None:
    patient = a_patient()
    old = write(tmp_path, "old.txt", b"first")
    assert standing_server.cli("submit", old, "--patient", patient, *CODES).returncode == 0
    (entry,) = found(standing_server, "--patient", patient)
    new = write(tmp_path, "new.txt", b"second")
    done = standing_server.cli("replace", entry["entryUUID"], new, "--title", "Second")
    assert done.returncode == 0, done.stderr
    assert f"replaces {entry['uniqueId']} ({entry['entryUUID']})" in done.stdout
    (now,) = found(standing_server, "--patient", patient)
    assert now["title"][0]["value"] == "Second"
    assert now["classCode"]["code"] == "REPORTS"
    assert now["uniqueId"] != entry["uniqueId"]
    (before,) = found(standing_server, "--patient", patient, "--status", "deprecated")
    assert before["uniqueId"] == entry["uniqueId"]
    assert len(found(standing_server, "--patient", patient, "--status", "any")) == 2

    again = standing_server.cli("replace", entry["uniqueId"], new)
    assert again.returncode == 1
    assert f"there is no approved document {entry['uniqueId']} to replace" in again.stderr


def test_the_filters_of_find_documents(standing_server: Server, tmp_path: Path) -> None:
    patient = a_patient()
    for year, kind, author in (("2020", "A", "^Roy^Luc"), ("2022", "B", "^Gagnon^Eve")):
        path = write(tmp_path, f"{kind}.txt", kind.encode())
        done = standing_server.cli(
            *("submit", path, "--patient", patient, "--class", "REPORTS^^1.2.3"),
            *("--type", f"{kind}^^1.2.4", "--creation-time", year, "--author", author),
            *("--service-start", year, "--event", f"E{kind}^^1.2.5"),
        )
        assert done.returncode == 0, done.stderr

    def titles(*filters: str) -> list[str]:
        entries = found(standing_server, "--patient", patient, *filters)
        return sorted(entry["title"][0]["value"] for entry in entries)

    assert titles() == ["A", "B"]
    assert titles("--type", "A^^1.2.4") == ["A"]
    assert titles("--type", "A^^1.2.4", "--type", "B^^1.2.4") == ["A", "B"]
    assert titles("--class", "OTHER^^1.2.3") == []
    assert titles("--created-from", "2021") == ["B"]
    assert titles("--created-to", "2021") == ["A"]
    assert titles("--service-from", "2022", "--service-to", "2023") == ["B"]
    assert titles("--event", "EB^^1.2.5") == ["B"]
    assert titles("--author", "%Roy%") == ["A"]


def test_a_query_as_a_table_and_as_it_came(standing_server: Server, tmp_path: Path) -> None:
    ids = an_id()
    assert standing_server.cli("submit", write(tmp_path, "x.xml", cda(ids=ids))).returncode == 0
    table = standing_server.cli("query", unique_id(ids)).stdout
    assert unique_id(ids) in table
    assert "Compte rendu" in table
    assert table.endswith("1 document\n")
    xml = standing_server.cli("query", unique_id(ids), "--xml").stdout
    assert etree.fromstring(xml).tag.endswith("AdhocQueryResponse")


def test_refusals_are_told_in_full(standing_server: Server, tmp_path: Path) -> None:
    unknown = standing_server.cli("retrieve", "1.2.3.404", "-o", "x", "--repository-id", "2.25.1")
    assert unknown.returncode == 1
    assert "XDSUnknownRepositoryId" in unknown.stderr
    absent = standing_server.cli("retrieve", "1.2.3.404", "-o", "x")
    assert absent.returncode == 1
    assert absent.stderr == "the registry knows no document 1.2.3.404\n"
    assert list(standing_server.folder.glob("*x*")) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["query"], "give either --patient or ids"),
        (["query", "1.2.3", "--patient", "a^^^&1.2.3&ISO"], "give either --patient or ids"),
        (["query", "--patient", "abc"], "assigning authority"),
        (["submit"], "FILE"),
        (["submit", "x", "--class", "X"], "is not code^^scheme"),
        (["submit", "x", "--creation-time", "yesterday"], "is not a time"),
        (["submit", "x", "--source-id", "me"], "is not an OID"),
        (["retrieve", "1.2.3"], "--output"),
        (["replace", "1.2.3", "absent.txt"], "does not exist"),
        (["serve", "everything"], "registry"),
        (["serve", "--config", "absent.toml"], "cannot be read"),
        (["no-such-command"], "No such command"),
    ],
)
def test_usage_errors_are_told(arguments: list[str], words: str, tmp_path: Path) -> None:
    done = entente(*arguments, cwd=tmp_path, COLUMNS="300")
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [["query", "1.2.3"], ["retrieve", "1.2.3", "-o", "x"], ["submit", "x.xml", "x.xml"]],
)
def test_nobody_there_is_one_clear_line(arguments: list[str], tmp_path: Path) -> None:
    write(tmp_path, "x.xml", cda())
    done = entente(*arguments, "--url", "http://127.0.0.1:1", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("no connection: ")
    assert "http://127.0.0.1:1/re" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_something_else_there_is_one_clear_line(standing_server: Server) -> None:
    done = standing_server.cli("query", "1.2.3", "--registry-url", f"{standing_server.url}/health")
    assert done.returncode == 1
    assert "HTTP status 405" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_version(tmp_path: Path) -> None:
    assert entente("--version", cwd=tmp_path).stdout == "entente 0.1.0\n"


def test_config_shows_brackets(tmp_path: Path) -> None:
    (tmp_path / "entente.toml").write_text('[http]\npublic_url = "https://[fd00::1]:8443"\n')
    assert "https://[fd00::1]:8443" in entente("config", cwd=tmp_path).stdout


def test_config_says_where_each_setting_comes_from(tmp_path: Path) -> None:
    (tmp_path / "entente.toml").write_text(
        "[http]\nport = 9\n[registry]\ndatabase_url = 'postgresql://me:secret@host/x'\n"
        "[domain]\npatient_assigning_authorities = ['1.2.3', '1.2.4']\n"
        "patient_namespaces = { NIU = '1.2.3' }\n"
    )
    done = entente("config", cwd=tmp_path, ENTENTE_LIMITS__DEPTH="7")
    assert done.returncode == 0, done.stderr
    rows = {tuple(line.split()[:2]): line.split()[2:] for line in done.stdout.splitlines()}
    assert rows["http", "port"] == ["9", "entente.toml,", "line", "2"]
    assert rows["limits", "depth"] == ["7", "ENTENTE_LIMITS__DEPTH"]
    assert rows["http", "host"] == ["127.0.0.1", "default"]
    assert rows["http", "insecure"] == ["false", "default"]
    assert rows["domain", "patient_assigning_authorities"][:2] == ["1.2.3,", "1.2.4"]
    assert rows["domain", "patient_namespaces"][:3] == ["NIU", "=", "1.2.3"]
    assert rows["signatures", "crls"] == ["-", "default"]
    assert rows["registry", "database_url"][0] == "postgresql://me:***@host/x"


MEASURED = """
import os, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
child.returncode = os.waitstatus_to_exitcode(status)
print(usage.ru_maxrss)
sys.exit(child.returncode)
"""
"""A small process in between: a child's figure begins with the memory of whoever started it."""


def peak_memory(server: Server, *arguments: str | Path) -> int:
    """Run a command that succeeds; the most memory that it held, in octets."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, ENTENTE, *map(str, arguments)],
        env=environment(ENTENTE_URL=server.url),
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout) * 1024


def test_a_large_file_is_not_held_in_memory(standing_server: Server, tmp_path: Path) -> None:
    path, back, size = tmp_path / "large.bin", tmp_path / "back.bin", 200 * 1024 * 1024
    with path.open("wb") as file:
        file.truncate(size)
    patient = a_patient()
    assert peak_memory(standing_server, "submit", path, "--patient", patient, *CODES) < size
    (entry,) = found(standing_server, "--patient", patient)
    assert entry["size"] == str(size)
    assert peak_memory(standing_server, "retrieve", entry["uniqueId"], "-o", back) < size
    assert filecmp.cmp(path, back, shallow=False)
