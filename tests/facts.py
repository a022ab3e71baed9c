"""The tables of the standard's facts, so that tests can count which rows they cover."""

from __future__ import annotations

import re
from pathlib import Path


def rows(file: Path, section: str, table: int = 1) -> list[list[str]]:
    """The rows below the head of a table in the section whose heading begins so."""
    text = file.read_text("utf-8")
    (part,) = re.findall(rf"^#+ {re.escape(section)}[^\n]*\n(.*?)(?=^#|\Z)", text, re.M | re.S)
    tables = re.findall(r"(?:^\|[^\n]*(?:\n|\Z))+", part, re.M)
    lines = tables[table - 1].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def named(names: object) -> set[str]:
    """The rows that a module's tests name: `test_row_4_...` -> 4."""
    found = (re.match(r"test_row_([0-9]+|[a-z])_", name) for name in vars(names))
    return {match[1] for match in found if match}
