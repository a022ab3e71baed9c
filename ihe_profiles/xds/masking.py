"""Keeps identifiers that nobody may see out of error texts and logs.

Québec's NIU may not be shown to a user nor stand in ordinary logs (P-9.0001, s. 76). An identifier
is hidden by its assigning authority: the id before `...&OID&ISO` becomes `***`, the rest stays.
"""

from __future__ import annotations

import re
from typing import Final

NIU: Final = "2.16.840.1.113883.4.56"
"""The authority of the NIU of users (no official publication confirms the OID)."""

MASK: Final = "***"

_AND: Final = "(?:&|&amp;)"
_INSIDE: Final = r"[^\s|~^\"'<>(]"
_LONGEST: Final = 512  # of a value of metadata, with its ampersands escaped; linear in any text


def _pattern(authorities: frozenset[str]) -> re.Pattern[str]:
    """Match an identifier, and the rest of its HL7 value up to one of the authorities."""
    oids = "|".join(re.escape(oid) for oid in sorted(authorities))
    identifier = rf"(?<!{_INSIDE}){_INSIDE}++"
    between = rf"\^(?:(?!{_AND}ISO)[^|~\n\"]){{0,{_LONGEST}}}?"
    return re.compile(rf"{identifier}({between}{_AND}(?:{oids}){_AND}ISO)", re.IGNORECASE)


class _Hidden:
    """The authorities of this process, which grow only."""

    def __init__(self) -> None:
        self.oids = frozenset((NIU,))
        self.pattern = _pattern(self.oids)

    def add(self, oids: frozenset[str]) -> None:
        self.oids |= oids
        self.pattern = _pattern(self.oids)


_HIDDEN: Final = _Hidden()


def hide(*authorities: str) -> None:
    """Hide the identifiers of further authorities, for the life of the process."""
    _HIDDEN.add(frozenset(authorities))


def mask(text: str) -> str:
    """Return the text with every hidden identifier replaced."""
    return _HIDDEN.pattern.sub(rf"{MASK}\1", text) if shows_hidden(text) else text


def shows_hidden(text: str) -> bool:
    """Say whether a text names an authority whose identifiers are hidden."""
    return any(oid in text for oid in _HIDDEN.oids)
