"""The narrative block of a section: what a person reads (CDA R2 4.3.5)."""

from __future__ import annotations

from collections.abc import Sequence

from samples.xml import Xml, el


def text(*blocks: Xml) -> Xml:
    """Put paragraphs, lists and tables together as a section's text."""
    return el("text", *blocks)


def paragraph(words: str) -> Xml:
    """Write a paragraph."""
    return el("paragraph", words)


def items(*lines: str) -> Xml:
    """Write an unordered list."""
    return el("list", *(el("item", line) for line in lines))


def table(heads: Sequence[str], rows: Sequence[Sequence[str | Xml]]) -> Xml:
    """Write a table with a head."""
    head = el("thead", el("tr", *(el("th", words) for words in heads)))
    body = (el("tr", *(el("td", cell) for cell in row)) for row in rows)
    return el("table", head, el("tbody", *body), border="1")


def marked(words: str, mark: str) -> Xml:
    """Write words that an entry refers to by `mark`."""
    return el("content", words, ID=mark)
