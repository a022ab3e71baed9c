"""The table of reasons: whole, filled in, in French too, and every entry provoked by a test."""

from __future__ import annotations

from pathlib import Path
from string import Formatter

import pytest

from ihe_profiles.dsg.reasons import REASONS, because
from ihe_profiles.dsg.verdicts import Judgement, Verdict
from ihe_profiles.xds.phrases import french

FOLDER = Path(__file__).parent


def test_every_reason_is_provoked() -> None:
    files = [*FOLDER.glob("test_*.py"), *FOLDER.parent.glob("repository/test_*signatures.py")]
    tests = "".join(path.read_text() for path in files)
    assert [key for key in REASONS if f'"{key}"' not in tests] == []


@pytest.mark.parametrize("key", REASONS)
def test_every_reason_has_a_verdict_a_text_and_a_section(key: str) -> None:
    verdict, text, section = REASONS[key]
    fields = {name: "?" for _, name, _, _ in Formatter().parse(text) if name}
    reason = because(key, **fields)
    assert reason.verdict is verdict is not Verdict.VALID
    assert "{" not in reason.text
    assert section
    assert french(reason.text) != reason.text


def test_the_gravest_reason_gives_the_verdict() -> None:
    unsure, wrong = because("no-chain"), because("pdf-digest")
    assert Judgement("PDF").verdict is Verdict.VALID
    assert Judgement("PDF", reasons=(unsure,)).verdict is Verdict.INDETERMINATE
    assert Judgement("PDF", reasons=(unsure, wrong)).verdict is Verdict.INVALID
