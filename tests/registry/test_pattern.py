"""LIKE means the same on both databases: case-sensitive, `%` and `_` alone are special."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import bindparam, select

from ledger.database import Database
from registry.store.pattern import Pattern, matches

TEXTS = [
    "^Dupont^Louise",
    "^dupont^louise",
    "",
    "a",
    "ab",
    "a%b",
    "a_b",
    "a*b",
    "a?b",
    "a[b]c",
    "a]b",
    "[",
    "]",
    "a\\b",
    "a\\%b",
    "a\nb",
    "é",
    "e\u0301",
    "𝒳",
    "a^b",
    "a!b",
    "[^a]",
    "a-c",
]
PATTERNS = [
    *TEXTS,
    "%",
    "_",
    "__",
    "%a%",
    "a%",
    "%b",
    "a_b",
    "a__b",
    "%[%",
    "%]",
    "a[%",
    "[^a%",
    "[^_]",
    "a[b-z]%",
    "%*%",
    "%?%",
    "a\\%",
    "a\\_",
    "_[_]_",
    "%^Louise",
]


def reference(pattern: str, text: str) -> bool:
    parts = {"%": ".*", "_": "."}
    return bool(re.fullmatch("".join(parts.get(c, re.escape(c)) for c in pattern), text, re.DOTALL))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_patterns_match_what_the_standard_says(database: Database, pattern: str) -> None:
    fits = matches(bindparam("text", type_=Pattern.impl), bindparam("pattern", type_=Pattern))
    with database.read() as connection:
        for text in TEXTS:
            found = connection.execute(select(fits), {"text": text, "pattern": pattern}).scalar()
            assert bool(found) == reference(pattern, text), (pattern, text)
