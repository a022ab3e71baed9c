"""HL7 v2 messages: what a receiver must know of the header, and the segments that it asks for.

The library `hl7` takes messages apart; what it would do with escapes and with times is left out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final

import hl7

from ihe_profiles.xds.errors import refuse

Cells = list[list[str]]
"""One repetition of a field: its components, each of its subcomponents, as they stand."""

STANDARD: Final = "|^~\\&"
SEGMENT: Final = 64 * 1024
"""The most characters of a segment that is read."""

_MSH: Final = re.compile(rb"MSH([^\w\s])((?:(?!\1)[^\w\s]){2,5})\1")
_CHARACTER_SETS: Final = {
    "": "utf-8",  # plain ASCII by the standard: whoever sends more means UTF-8 today
    "ASCII": "ascii",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "8859/1": "iso-8859-1",
    "ISO-8859-1": "iso-8859-1",
    "8859/15": "iso-8859-15",
}
"""HL7 table 0211, and spellings that occur."""


@dataclass(frozen=True, slots=True)
class Header:
    """The fields of MSH, as they stand.

    `delimiters` are those of fields, components, repetitions, escapes and subcomponents.

    `sender` and `receiver` are (application, facility).
    """

    delimiters: str
    sender: tuple[str, str]
    receiver: tuple[str, str]
    type: str
    event: str
    control_id: str
    processing_id: str
    version: str
    character_set: str

    @property
    def encoding(self) -> str | None:
        """Python's name of the character set; None for one that is not understood."""
        return _CHARACTER_SETS.get(self.character_set.upper())


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment; fields are counted from 1."""

    cells: tuple[tuple[Cells, ...], ...]

    def field(self, number: int) -> tuple[Cells, ...]:
        """Return the repetitions of a field, none when it is not there or empty."""
        found = self.cells[number] if number < len(self.cells) else ()
        return tuple(cells for cells in found if cells != [[""]])

    def text(self, number: int, component: int = 1) -> str:
        """Return the first subcomponent of a component of a field's first repetition."""
        found = self.field(number)
        return found[0][component - 1][0] if found and len(found[0]) >= component else ""

    def whole(self, number: int, delimiters: str) -> str:
        """Return a field's first repetition as it stands."""
        found = self.field(number)
        components = (delimiters[4].join(component) for component in found[0]) if found else ()
        return delimiters[1].join(components)


def header(data: bytes) -> Header:
    """Read MSH of a message, or of its first octets. Raises Refusal `feed-unreadable`."""
    start = _MSH.match(data.lstrip())
    if start is None:
        raise refuse("feed-unreadable", problem="it does not begin with MSH and its delimiters")
    delimiters = (start[1] + start[2]).decode("latin-1")
    if len(set(delimiters)) < len(delimiters):
        raise refuse("feed-unreadable", problem="two delimiters in MSH-1 and MSH-2 are the same")
    first = re.split(r"[\r\n]", data.lstrip().decode("latin-1"), maxsplit=1)[0]
    (msh,) = _parse(first[:SEGMENT])
    delimiters = (delimiters + STANDARD[len(delimiters) :])[:5]
    return Header(
        delimiters=delimiters,
        sender=(msh.whole(3, delimiters), msh.whole(4, delimiters)),
        receiver=(msh.whole(5, delimiters), msh.whole(6, delimiters)),
        type=msh.text(9),
        event=msh.text(9, 2),
        control_id=msh.whole(10, delimiters),
        processing_id=msh.text(11),
        version=msh.text(12),
        character_set=msh.text(18),
    )


def segments(data: bytes, header: Header, wanted: Collection[str]) -> dict[str, list[Segment]]:
    """Return the segments of the wanted names in order, after the one MSH.

    Raises Refusal: `feed-character-set`, `feed-characters`, `feed-segment-number`,
    `feed-segment-length`.
    """
    lines = [line for line in re.split(r"[\r\n]+", _text(data, header)) if line]
    heads = sum(line.startswith("MSH") for line in lines)
    if heads != 1:
        raise refuse("feed-segment-number", segment="MSH", number=heads)
    chosen = [line for line in lines if line.partition(header.delimiters[0])[0] in wanted]
    for line in chosen:
        if len(line) > SEGMENT:
            raise refuse("feed-segment-length", segment=line[:3], limit=SEGMENT)
    found: dict[str, list[Segment]] = {name: [] for name in wanted}
    for line in chosen:
        (_msh, segment) = _parse(f"MSH{header.delimiters}{header.delimiters[0]}\r{line}")
        found[line[:3]].append(segment)
    return found


def standard(text: str, delimiters: str) -> str:
    """Return a value with its delimiters escaped as those of STANDARD are."""
    if delimiters == STANDARD:
        return text
    letters = "FSRET"
    escape = re.escape(delimiters[3])
    plain = re.sub(
        f"{escape}([{letters}]){escape}", lambda m: delimiters[letters.index(m[1])], text
    )
    return escaped(plain, STANDARD)


def escaped(text: str, delimiters: str) -> str:
    """Return a text as it stands in a message with these delimiters, on one line."""
    names = dict(zip(delimiters, "FSRET", strict=True))
    mark = delimiters[3]
    marked = "".join(f"{mark}{names[c]}{mark}" if c in names else c for c in text)
    return re.sub(r"[\x00-\x1f]", " ", marked)


def _text(data: bytes, header: Header) -> str:
    if header.encoding is None:
        known = ", ".join(name for name in _CHARACTER_SETS if name)
        raise refuse("feed-character-set", value=header.character_set, known=known)
    try:
        return data.decode(header.encoding)
    except UnicodeDecodeError as error:
        raise refuse(
            "feed-characters", value=header.character_set or "none", octet=error.start
        ) from error


def _parse(text: str) -> Iterator[Segment]:
    message: Any = hl7.parse(text)
    for segment in message:
        yield Segment(tuple(tuple(_cells(repetition) for repetition in f) for f in segment))


def _cells(repetition: Any) -> Cells:
    if isinstance(repetition, str):
        return [[repetition]]
    return [[c] if isinstance(c, str) else [str(sub) for sub in c] for c in repetition]
