"""The samples are what their script makes, and the manifest says what their bytes do not."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from ihe_profiles.xds.datatypes import CX, DTM, XCN, XON, language_problem, oid_problem
from samples.generate import FOLDER, MANIFEST, files, main

ROWS: list[dict[str, str]] = tomllib.loads((FOLDER / MANIFEST).read_text("utf-8"))["document"]
CODES = {
    "class_code",
    "type_code",
    "format_code",
    "confidentiality_code",
    "healthcare_facility_type_code",
    "practice_setting_code",
}
TYPES: dict[str, Any] = {
    "patient": CX,
    "source_patient": CX,
    "author": XCN,
    "institution": XON,
    "creation_time": DTM,
    "service_start_time": DTM,
}
EVERY = {"file", "mime_type", "language", "description"}
ALONE = EVERY | CODES | set(TYPES) | {"title", "unique_id"}
"""What must be said of a document that cannot say it itself."""


def test_making_them_again_gives_the_same_bytes() -> None:
    kept = {path.name: path.read_bytes() for path in FOLDER.iterdir()}
    assert files() == kept


def test_the_script_writes_them_and_removes_what_is_none(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "old.xml").write_text("old")
    monkeypatch.setattr("samples.generate.FOLDER", folder)
    main()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files()
    assert "biologie-v1.xml" in capsys.readouterr().out


def test_the_manifest_names_every_file_once() -> None:
    names = [row["file"] for row in ROWS]
    assert len(names) == len(set(names)) == 11
    assert sorted([*names, MANIFEST]) == sorted(files())


def test_a_replacement_comes_after_what_it_replaces() -> None:
    names = [row["file"] for row in ROWS]
    pairs = [(row["file"], row["replaces"]) for row in ROWS if "replaces" in row]
    assert pairs == [("biologie-v2.xml", "biologie-v1.xml")]
    assert all(names.index(old) < names.index(new) for new, old in pairs)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])
def test_a_row_says_what_the_document_does_not(row: dict[str, str]) -> None:
    expected = EVERY if row["mime_type"] == "text/xml" else ALONE
    assert set(row) - {"replaces"} == expected
    assert language_problem(row["language"]) is None
    for key in CODES & set(row):
        code, display, scheme = row[key].split("^")
        assert code
        assert display
        assert oid_problem(scheme) is None
    problems = {key: kind.problem(row[key]) for key, kind in TYPES.items() if key in row}
    assert not any(problems.values()), problems


def test_there_are_three_countries_languages_and_four_kinds_of_file() -> None:
    assert {row["language"] for row in ROWS} == {"fr-FR", "fr-CA", "en-CA"}
    assert {row["mime_type"] for row in ROWS} == {"text/xml", "application/pdf", "text/plain"}
