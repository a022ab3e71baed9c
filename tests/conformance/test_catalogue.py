from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conformance import catalogue_page
from conformance.assertions import SENDERS, How, catalogue
from conformance.report.texts import TEXTS
from conformance.trials import all_trials

PROJECT = Path(__file__).resolve().parents[2]
PAGE = PROJECT / "docs/conformance.md"


def test_every_assertion_that_can_be_tested_has_a_trial_and_no_other() -> None:
    tried = {assertion for trial in all_trials() for assertion in trial.assertions}
    testable = {a.id for a in catalogue().values() if a.how is not How.OUTSIDE}
    judged_offline = {a.id for a in catalogue().values() if a.actor in SENDERS}
    assert tried == testable - judged_offline


@pytest.mark.parametrize("assertion", catalogue().values(), ids=lambda a: a.id)
def test_an_assertion_says_what_and_where_in_both_languages(assertion) -> None:
    assert assertion.section
    assert assertion.en.endswith(".")
    assert assertion.fr.endswith(".")
    assert assertion.en != assertion.fr


def test_every_text_of_reports_is_there_in_both_languages() -> None:
    assert {frozenset(texts) for texts in TEXTS.values()} == {frozenset({"en", "fr"})}


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == catalogue_page.page(), "run `make docs`"


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    made = tmp_path / "conformance.md"
    command = [sys.executable, "-m", "conformance.catalogue_page", str(made)]
    subprocess.run(command, check=True, cwd=PROJECT, timeout=60)
    assert made.read_text("utf-8") == catalogue_page.page()
