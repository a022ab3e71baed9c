from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ihe_profiles import errors_page
from ihe_profiles.soap.faults import FAULTS
from ihe_profiles.xds.errors import CATALOGUE

PROJECT = Path(__file__).resolve().parents[1]
PAGE = PROJECT / "docs/errors.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == errors_page.page(), "run `make docs`"


def test_the_page_holds_every_entry_and_every_fault() -> None:
    rows = [line for line in errors_page.page().splitlines() if line.startswith("| `")]
    assert len(rows) == len(CATALOGUE) + len(FAULTS)
    assert {row.count(" | ") for row in rows} == {3, 4}


def test_the_command_writes_it(tmp_path: Path) -> None:
    made = tmp_path / "errors.md"
    command = [sys.executable, "-m", "ihe_profiles.errors_page", str(made)]
    subprocess.run(command, check=True, cwd=PROJECT, timeout=60)
    assert made.read_text("utf-8") == errors_page.page()
