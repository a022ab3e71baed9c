"""How the values of stored queries are written, both ways (ITI TF-2 3.18.4.1.2.3.5).

A text stands in single quotes, a quote inside it doubled; a number stands bare; a list stands in
parentheses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from ihe_profiles.xds.datatypes import DTM, normal_uuid
from ihe_profiles.xds.phrases import phrase
from ihe_profiles.xds.query_table import BY_ID, Kind

_LITERAL = re.compile(r"\s*(?:'((?:[^']|'')*)'|(-?[0-9]+))\s*")
_LONGEST_VALUE: Final = 256
"""Characters that rim.xsd allows in one rim:Value."""
WILDCARDS: Final = 20
"""The most wildcards of one pattern: each may multiply the work of comparing."""


class Malformed(Exception):
    """A value breaks the syntax; the message continues "the value ..."."""


class Literal(NamedTuple):
    """One value read: its text without quotes, and whether it stood in quotes."""

    text: str
    quoted: bool


class CodeValue(NamedTuple):
    """The identity of a code (ITI TF-2 3.18.4.1.2.3.4)."""

    code: str
    scheme: str


Value = str | int | CodeValue


def read_literals(text: str) -> list[Literal]:
    """Read the content of one rim:Value: a single value, or a list in parentheses.

    Raises Malformed.
    """
    stripped = text.strip()
    if not stripped.startswith("("):
        return [_only(stripped)]
    if not stripped.endswith(")"):
        raise Malformed("opens a parenthesis that it does not close")
    return _list(stripped[1:-1])


def _only(text: str) -> Literal:
    match = _LITERAL.fullmatch(text)
    if match is None:
        raise Malformed("is neither a text in single quotes nor a number")
    return _literal(match)


def _list(inner: str) -> list[Literal]:
    found = []
    position = 0
    while True:
        match = _LITERAL.match(inner, position)
        if match is None:
            raise Malformed("has something in its list that is no quoted text and no number")
        found.append(_literal(match))
        position = match.end()
        if position == len(inner):
            return found
        if inner[position] != ",":
            raise Malformed("has values in its list that no comma separates")
        position += 1


def _literal(match: re.Match[str]) -> Literal:
    quoted = match[1] is not None
    return Literal(match[1].replace("''", "'") if quoted else match[2], quoted)


def _text(literal: Literal) -> str:
    if not literal.quoted:
        raise Malformed("is a text without single quotes around it")
    return literal.text


def _pattern(literal: Literal) -> str:
    text = _text(literal)
    if text.count("%") + text.count("_") > WILDCARDS:
        raise Malformed("has too many wildcards")
    return text


def _uuid(literal: Literal) -> str:
    return normal_uuid(_text(literal))


def _code(literal: Literal) -> CodeValue:
    parts = _text(literal).split("^")
    if len(parts) != 3 or not parts[0] or parts[1] or not parts[2]:
        raise Malformed("is not a code with its scheme")
    return CodeValue(parts[0], parts[2])


def _time(literal: Literal) -> int:
    problem = DTM.problem(literal.text)
    if problem:
        raise Malformed(problem)
    return DTM(literal.text).lowest


def _integer(literal: Literal) -> int:
    try:
        return int(literal.text)
    except ValueError:
        raise Malformed("is not a number") from None


READERS: Final[dict[Kind, Callable[[Literal], Value]]] = {
    Kind.TEXT: _text,
    Kind.UUID: _uuid,
    Kind.CODE: _code,
    Kind.TIME_FROM: _time,
    Kind.TIME_TO: _time,
    Kind.LIKE: _pattern,
    Kind.STATUS: _text,
    Kind.TYPE: _uuid,
    Kind.ASSOCIATION_TYPE: _text,
    Kind.AVAILABILITY: _text,
    Kind.INTEGER: _integer,
}

_TEXT_FORM: Final = "'text', or ('text','text') for several values"

FORMS: Final[dict[Kind, str]] = {
    **dict.fromkeys(Kind, _TEXT_FORM),
    Kind.CODE: "('code^^scheme')",
    Kind.LIKE: phrase(
        "'text', or ('text','text'), each with at most {number} wildcards (% and _)",
        number=WILDCARDS,
    ),
    Kind.TIME_FROM: "a time YYYY[MM[DD[hh[mm[ss]]]]] in UTC, without quotes",
    Kind.TIME_TO: "a time YYYY[MM[DD[hh[mm[ss]]]]] in UTC, without quotes",
    Kind.INTEGER: "a whole number, without quotes",
}
"""What a value of each kind should look like, for refusals."""

_BARE: Final = (Kind.TIME_FROM, Kind.TIME_TO, Kind.INTEGER)


def write_values(query_id: str, name: str, values: str | Sequence[str]) -> list[str]:
    """Write the rim:Value texts of one slot, a long list spread over several.

    Parameters that the table does not know are written as quoted text.
    """
    query = BY_ID.get(query_id)
    parameter = query.by_name.get(name) if query else None
    bare = parameter is not None and parameter.kind in _BARE
    if isinstance(values, str):
        literal = _write_literal(values, bare=bare)
        return [f"({literal})"] if parameter and parameter.multiple else [literal]
    return _pack([_write_literal(value, bare=bare) for value in values])


def _write_literal(text: str, *, bare: bool) -> str:
    return text if bare else "'" + text.replace("'", "''") + "'"


def _pack(literals: Iterable[str]) -> list[str]:
    packed: list[list[str]] = []
    room = 0
    for literal in literals:
        room -= len(literal) + 1
        if not packed or room < 0:
            packed.append([])
            room = _LONGEST_VALUE - len("()") - len(literal)
        packed[-1].append(literal)
    return [f"({','.join(group)})" for group in packed]


def is_pattern(text: str) -> bool:
    """Say whether a value of a LIKE parameter has wildcards: `%` any string, `_` one character."""
    return "%" in text or "_" in text
