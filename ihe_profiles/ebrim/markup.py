"""Text as XML writes it, for the modules that write XML as text."""

from __future__ import annotations

import re

_ILLEGAL = "\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff"
_IN_ATTRIBUTE = re.compile(f'[&<>"\t\n\r{_ILLEGAL}]')
_IN_CONTENT = re.compile(f"[&<>\r{_ILLEGAL}]")
_ILLEGAL_CHARACTER = re.compile(f"[{_ILLEGAL}]")
_ESCAPES = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        '"': "&quot;",
        "\t": "&#9;",
        "\n": "&#10;",
        "\r": "&#13;",
    }
)
_CONTENT_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})


def attribute(text: str) -> str:
    """Return the text as it stands between double quotes; ValueError when XML cannot hold it."""
    if _IN_ATTRIBUTE.search(text) is None:
        return text
    _refuse_illegal(text)
    return text.translate(_ESCAPES)


def content(text: str) -> str:
    """Return the text as it stands between tags; ValueError when XML cannot hold it."""
    if _IN_CONTENT.search(text) is None:
        return text
    _refuse_illegal(text)
    return text.translate(_CONTENT_ESCAPES)


def attributes(**values: str | None) -> str:
    """Return ` name="value"` for each value that is not None, in the order given."""
    return "".join(
        f' {name}="{attribute(value)}"' for name, value in values.items() if value is not None
    )


def _refuse_illegal(text: str) -> None:
    bad = _ILLEGAL_CHARACTER.search(text)
    if bad:
        raise ValueError(f"XML cannot hold the character U+{ord(bad[0]):04X}")
