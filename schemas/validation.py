"""Judges messages by the schemas, and says in readable words where and why one does not fit."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Final

from lxml import etree

from schemas import resources

MOST: Final = 20
"""How many violations of one message are told."""

_SMALL: Final = 64 * 1024
_CHUNK: Final = 64 * 1024
_LONG: Final = 400

_NAMES: Final = {namespace: name for name, namespace in resources.NAMESPACES.items()}
_PREFIXES: Final = _NAMES | {resources.NAMESPACES["xds-b"]: "xds"}
_BRACED: Final = re.compile(r"\{(" + "|".join(map(re.escape, _PREFIXES)) + r")\}")
_DOCUMENT: Final = re.compile(r"(?<=^Element 'xds:Document': )'.*'(?= is not )", re.DOTALL)
_STEP: Final = re.compile(r"(?:(?P<prefix>[^:\[]+):)?(?P<name>[^:\[]+)(?:\[(?P<index>\d+)\])?")


@dataclass(frozen=True, slots=True)
class Violation:
    """One place where an element breaks its schema.

    `path` leads from the judged element to the place: an XPath with the prefixes rim, rs, lcm,
    query, cms and xds. `message` says what is wrong there; it may quote the element, but never the
    bytes of a document.
    """

    path: str
    message: str


class _Compiled(threading.local):
    """Compiled schemas of one thread: an XMLSchema keeps the errors of its last run in itself."""

    def __init__(self) -> None:
        self.schemas: dict[str, etree.XMLSchema] = {}


_COMPILED: Final = _Compiled()
_COMPILING: Final = threading.Lock()  # libxml2 fills tables of its own on first use


def schema(name: str) -> etree.XMLSchema:
    """Return the schema rim, rs, lcm, query, cms, xds-b or audit, compiled once in each thread.

    Not to be handed to another thread. KeyError for any other name.
    """
    found = _COMPILED.schemas.get(name)
    if found is None:
        with _COMPILING:
            found = etree.XMLSchema(resources.parse(resources.FILES[name]))
        _COMPILED.schemas[name] = found
    return found


def violations(element: etree._Element) -> list[Violation]:
    """Return where an element breaks the schema of its own namespace, at most `MOST`; [] if valid.

    Nothing is changed or loaded: hints like xsi:schemaLocation are ignored.
    """
    tag = etree.QName(element)
    name = _NAMES.get(tag.namespace or "")
    if name is None:
        why = f"Element '{tag.text}': No schema describes its namespace."
        return [Violation(_path(element, None), _readable(why))]
    compiled = schema(name)
    flood = _flood(compiled, etree.tostring(element, with_tail=False))
    if flood is not None:
        return [Violation(_path(element, None), _readable(message)) for message in flood]
    if compiled.validate(element):
        return []
    log = list(compiled.error_log)[:MOST]
    return [Violation(_path(element, entry.path), _readable(entry.message)) for entry in log]


def _flood(compiled: etree.XMLSchema, data: bytes) -> list[str] | None:
    """Return the first errors of a large message with more than `MOST` of them, else None.

    Judging a tree keeps every error and finds each place by counting siblings: minutes and
    gigabytes for a message made of nothing but errors. A stream can be left after the first ones.
    """
    if len(data) <= _SMALL:
        return None
    parser = etree.XMLPullParser(events=(), schema=compiled)
    with suppress(etree.XMLSyntaxError):
        for start in range(0, len(data), _CHUNK):
            parser.feed(data[start : start + _CHUNK])
            if len(parser.feed_error_log) > MOST:
                return [entry.message for entry in parser.feed_error_log][:MOST]
        parser.close()
    return None


def _readable(message: str) -> str:
    """Put prefixes for namespaces; leave out a document's bytes, and the middle of a long text."""
    text = _BRACED.sub(lambda match: _PREFIXES[match[1]] + ":", message.strip())
    text = _DOCUMENT.sub("The content", text)
    return text if len(text) <= _LONG else f"{text[: _LONG // 2]} … {text[-_LONG // 2 :]}"


def _path(root: etree._Element, found: str | None) -> str:
    """Write libxml2's path below `root` with our prefixes, whichever the message uses."""
    steps, node = [_name(root)], root
    for step in (found or "").split("/")[2:]:
        child = _child(node, step)
        if child is None:  # an attribute or a text: its element is place enough
            break
        steps.append(_name(child) + _position(child))
        node = child
    return "/" + "/".join(steps)


def _child(parent: etree._Element, step: str) -> etree._Element | None:
    """Find the child that a step names: prefix and name, or * for any element, and a position."""
    match = _STEP.fullmatch(step)
    if match is None:
        return None
    children: Iterator[etree._Element] = parent.iterchildren("*")
    if match["name"] != "*":
        named = parent.iterchildren(f"{{*}}{match['name']}")
        children = (child for child in named if child.prefix == match["prefix"])
    return next(islice(children, int(match["index"] or 1) - 1, None), None)


def _name(element: etree._Element) -> str:
    name = etree.QName(element)
    prefix = _PREFIXES.get(name.namespace or "")
    return f"{prefix}:{name.localname}" if prefix else name.localname


def _position(element: etree._Element) -> str:
    """Number an element that has siblings of its name."""
    tag = etree.QName(element)
    before = sum(1 for _ in element.itersiblings(tag, preceding=True))
    alone = before == 0 and next(element.itersiblings(tag), None) is None
    return "" if alone else f"[{before + 1}]"
