"""Boundary lines of a multipart body, found without looking at each byte (RFC 2046 5.1.1)."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_LONGEST_PADDING: Final = 256
_PADDING: Final = rb"[ \t]{0,%d}" % _LONGEST_PADDING

# What may follow the delimiter. Each message has a delimiter of its own, so it is in no pattern:
# compiling one costs more than reading a small message.
_ENDING: Final = re.compile(rb"(?P<last>--)|" + _PADDING + rb"(?P<end>\r?\n)")
_CUT_OFF: Final = re.compile(rb"-|" + _PADDING + rb"\r?")


class Found(NamedTuple):
    """A boundary line in a buffer: where it starts and ends, and whether it is the closing one.

    `line_end` is how it ends; None for the closing one.
    """

    start: int
    end: int
    last: bool
    line_end: bytes | None


class BoundaryLine:
    """A line end, `--`, the boundary, and then `--` or blanks and a line end.

    A longer text that merely begins like one is content. `delimiter` is all up to the boundary, the
    line end before it included.
    """

    def __init__(self, delimiter: bytes) -> None:
        self._delimiter = delimiter

    def search(self, buffer: bytes, at: int) -> Found | None:
        """Return the first whole one from `at` on."""
        start = buffer.find(self._delimiter, at)
        while start >= 0:
            if ending := _ENDING.match(buffer, start + len(self._delimiter)):
                return Found(start, ending.end(), ending["last"] is not None, ending["end"])
            start = buffer.find(self._delimiter, start + 1)
        return None

    def decided(self, buffer: bytes, at: int) -> int:
        """Return where a line begins that the buffer's end may cut off; its length if none."""
        first = self._delimiter[:1]
        longest = len(self._delimiter) + _LONGEST_PADDING + 1
        start = buffer.find(first, max(at, len(buffer) - longest))
        while start >= 0:
            if self._may_begin(buffer[start:]):
                return start
            start = buffer.find(first, start + 1)
        return len(buffer)

    def _may_begin(self, tail: bytes) -> bool:
        if len(tail) <= len(self._delimiter):
            return self._delimiter.startswith(tail)
        cut_off = _CUT_OFF.fullmatch(tail, len(self._delimiter))
        return cut_off is not None and tail.startswith(self._delimiter)
