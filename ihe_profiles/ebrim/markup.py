"""Text as XML writes it, for the modules that write XML as text."""

from __future__ import annotations

import re
from typing import Final

_ILLEGAL: Final = "\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff"
_IN_ATTRIBUTE = re.compile(f'[&<>"\t\n\r{_ILLEGAL}]')
_IN_CONTENT = re.compile(f"[&<>\r{_ILLEGAL}]")
_ILLEGAL_CHARACTER = re.compile(f"[{_ILLEGAL}]")

_CONTENT_ESCAPES: Final = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\r", "&#13;"))
# Within an attribute a parser would turn tabs and newlines into blanks.
_ATTRIBUTE_ESCAPES: Final = (*_CONTENT_ESCAPES, ('"', "&quot;"), ("\t", "&#9;"), ("\n", "&#10;"))


def attribute(text: str) -> str:
    """Return the text as it stands between double quotes; ValueError when XML cannot hold it."""
    return text if _IN_ATTRIBUTE.search(text) is None else _escape(text, _ATTRIBUTE_ESCAPES)


def content(text: str) -> str:
    """Return the text as it stands between tags; ValueError when XML cannot hold it."""
    return text if _IN_CONTENT.search(text) is None else _escape(text, _CONTENT_ESCAPES)


def attributes(**values: str | None) -> str:
    """Return ` name="value"` for each value that is not None, in the order given."""
    return "".join(
        f' {name}="{attribute(value)}"' for name, value in values.items() if value is not None
    )


def _escape(text: str, escapes: tuple[tuple[str, str], ...]) -> str:
    bad = _ILLEGAL_CHARACTER.search(text)
    if bad:
        raise ValueError(f"XML cannot hold the character U+{ord(bad[0]):04X}")
    for character, escape in escapes:
        text = text.replace(character, escape)
    return text
