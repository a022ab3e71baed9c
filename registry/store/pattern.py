"""LIKE of the stored queries, the same on both databases: case-sensitive, and without an escape.

`%` stands for any string, `_` for one character (ITI TF-2 3.18.4.1.2.3.5).
"""

from __future__ import annotations

from typing import Any, Final, Self

from sqlalchemy import Boolean, Dialect, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

_GLOB: Final = str.maketrans({"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"})


class Pattern(TypeDecorator[str]):
    """A pattern, written for SQLite as one for GLOB: its own LIKE knows no case."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the pattern in the database's own writing."""
        if value is None or dialect.name != "sqlite":
            return value
        return value.translate(_GLOB)


class matches(FunctionElement[bool]):  # noqa: N801 (written like a function of SQL)
    """matches(text, pattern): whether the whole text fits the pattern."""

    inherit_cache = True
    type = Boolean()

    def self_group(self, against: object = None) -> Self:
        """Stand as it is: compared with true, as other functions are, it would use no index."""
        return self


@compiles(matches, "sqlite")
def _(element: matches, compiler: SQLCompiler, **options: Any) -> str:
    text, pattern = (compiler.process(part, **options) for part in element.clauses)
    return f"{text} GLOB {pattern}"


@compiles(matches, "postgresql")
def _(element: matches, compiler: SQLCompiler, **options: Any) -> str:
    text, pattern = (compiler.process(part, **options) for part in element.clauses)
    return f"{text} LIKE {pattern} ESCAPE ''"
