"""The project as a whole: what the wheel holds, and that its floors keep their names."""

from __future__ import annotations

import socket
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
FLOORS = ("schemas", "ihe_profiles", "ledger", "registry", "repository", "conformance", "entente")


def _settings() -> dict[str, object]:
    with Path(PROJECT, "pyproject.toml").open("rb") as file:
        return tomllib.load(file)["tool"]["setuptools"]


def _packages_on_disk() -> set[str]:
    """Every package of the floors; `schemas` also has folders of plain data files."""
    found = {path.parent for floor in FLOORS for path in Path(PROJECT, floor).rglob("__init__.py")}
    return {".".join(path.relative_to(PROJECT).parts) for path in found}


def test_the_wheel_lists_exactly_the_packages_of_the_floors() -> None:
    assert set(_settings()["packages"]) == _packages_on_disk()


@pytest.mark.slow
def test_the_wheel_holds_code_and_data_but_no_tests(tmp_path: Path) -> None:
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--no-build-isolation",
            "-w",
            tmp_path,
            PROJECT,
        ],
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names if ".dist-info" not in name}
    assert tops == set(FLOORS)
    data = {
        path.relative_to(PROJECT).as_posix()
        for floor in FLOORS
        for ext in ("xsd", "wsdl")
        for path in Path(PROJECT, floor).rglob(f"*.{ext}")
    }
    assert data
    assert data <= set(names)


def test_make_help_lists_every_target() -> None:
    done = subprocess.run(["make", "help"], cwd=PROJECT, check=True, capture_output=True, text=True)
    for target in ("setup", "run", "test", "lint", "bench", "samples", "lock", "clean"):
        assert f"make {target} " in done.stdout


def test_no_module_is_called_utils() -> None:
    assert not [path for floor in FLOORS for path in Path(PROJECT, floor).rglob("util*.py")]


def test_no_file_of_code_is_long_unless_it_is_a_table() -> None:
    tables = {
        "ihe_profiles/xds/errors.py",
        "ihe_profiles/xds/errors_french.py",
        "ihe_profiles/xds/queries.py",
        "ihe_profiles/xds/rules.py",
    }
    long = {
        path.relative_to(PROJECT).as_posix(): lines
        for floor in FLOORS
        for path in Path(PROJECT, floor).rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > 500
    }
    assert set(long) <= tables


def test_tests_reach_nothing_outside_this_machine() -> None:
    with socket.socket() as outside, pytest.raises(UserWarning, match="allowed"):
        outside.connect(("192.0.2.1", 80))
