"""docs/settings.md names every setting, and every setting is read by something."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from entente import settings_page
from entente.configuration import section_class
from entente.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("entente", "registry", "repository", "ledger", "ihe_profiles")


def test_the_page_is_that_of_the_settings(tmp_path: Path) -> None:
    made = tmp_path / "settings.md"
    command = [sys.executable, "-m", "entente.settings_page", str(made)]
    subprocess.run(command, check=True)
    page = (ROOT / "docs/settings.md").read_text("utf-8")
    assert page == made.read_text("utf-8") == settings_page.page(), "run `make docs`"


@pytest.mark.parametrize("section", Settings.model_fields)
def test_every_setting_is_explained(section: str) -> None:
    kind = section_class(section)
    assert set(kind.model_fields) <= set(settings_page.meanings(kind))


@pytest.fixture(scope="module")
def read() -> set[str]:
    """Every attribute that the program reads."""
    files = (file for floor in FLOORS for file in (ROOT / floor).rglob("*.py"))
    return set().union(*(_read(ast.parse(file.read_text("utf-8"))) for file in files))


def _read(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            yield node.attr


@pytest.mark.parametrize("section", Settings.model_fields)
def test_every_setting_is_read(section: str, read: set[str]) -> None:
    assert set(section_class(section).model_fields) <= read
