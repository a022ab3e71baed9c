"""Writes XML as text, the same bytes everywhere: elements made of elements and strings."""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import escape, quoteattr

INDENT: Final = "  "
LINE: Final = 96
"""An element whose children fit into this many characters stays on one line."""


class Xml(str):
    """Text that is XML already."""

    __slots__ = ()


def el(name: str, /, *content: str | Xml | None, **attributes: str | None) -> Xml:
    """Write an element; what is None is left out, plain strings are escaped.

    An attribute with a prefix or a reserved name comes as `**{"xsi:type": "PQ"}`.
    """
    given = ((key, value) for key, value in attributes.items() if value is not None)
    start = " ".join((name, *(f"{key}={quoteattr(value)}" for key, value in given)))
    children = [part if isinstance(part, Xml) else Xml(escape(part)) for part in content if part]
    if not children:
        return Xml(f"<{start}/>")
    if _on_one_line(children, content):
        return Xml(f"<{start}>{''.join(children)}</{name}>")
    inside = "\n".join(children).replace("\n", f"\n{INDENT}")
    return Xml(f"<{start}>\n{INDENT}{inside}\n</{name}>")


def _on_one_line(children: list[Xml], content: tuple[str | Xml | None, ...]) -> bool:
    """Text stays beside its elements; elements alone are stacked unless they are short."""
    if any(part and not isinstance(part, Xml) for part in content):
        return True
    return sum(map(len, children)) <= LINE and not any("\n" in child for child in children)
