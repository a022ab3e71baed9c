from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ihe_profiles.atna import events_page
from ihe_profiles.atna.events import EVENTS

PROJECT = Path(__file__).resolve().parents[2]


def test_the_page_is_up_to_date(tmp_path: Path) -> None:
    made = tmp_path / "events.md"
    command = [sys.executable, "-m", "ihe_profiles.atna.events_page", str(made)]
    subprocess.run(command, check=True, cwd=PROJECT, timeout=60)
    page = (PROJECT / "docs/audit-events.md").read_text("utf-8")
    assert page == made.read_text("utf-8") == events_page.page(), "run `make docs`"


def test_the_page_holds_every_event() -> None:
    for number in EVENTS:
        assert f"| {number} | " in events_page.page()
