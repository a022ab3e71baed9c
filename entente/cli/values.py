"""Readers of option values: what is not well formed is a usage error that says the form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer

from ihe_profiles.xds.datatypes import CX, DTM, XCN, language_problem, oid_problem
from ihe_profiles.xds.metadata import Code, LocalizedString


def code(text: str) -> Code:
    """Read `code^^scheme` or `code^display name^scheme`."""
    parts = text.split("^")
    if len(parts) != 3 or not parts[0] or not parts[2]:
        raise typer.BadParameter(f"{text!r} is not code^^scheme or code^display name^scheme")
    value, display, scheme = parts
    return Code(value, scheme, (LocalizedString(display or value),))


def code_filter(text: str) -> str:
    """Read a code and write it as a query wants it: code^^scheme."""
    value = code(text)
    return f"{value.code}^^{value.scheme}"


def person(text: str) -> XCN:
    """Read an XCN; a text without ^ is a family name."""
    return _PERSON(text if "^" in text else f"^{text}")


def _typed(kind: Any) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        _judge(text, kind.problem(text))
        return kind(text)

    return read


def _plain(problem: Callable[[str], str | None]) -> Callable[[str], str]:
    def read(text: str) -> str:
        _judge(text, problem(text))
        return text

    return read


def _judge(text: str, problem: str | None) -> None:
    if problem:
        raise typer.BadParameter(f"{text!r} {problem}")


_PERSON: Callable[[str], XCN] = _typed(XCN)
patient = _typed(CX)
time = _typed(DTM)
oid = _plain(oid_problem)
language = _plain(language_problem)
