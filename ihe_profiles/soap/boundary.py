"""Boundary lines of a multipart body, found without looking at each byte (RFC 2046 5.1.1)."""

from __future__ import annotations

import re
from typing import Final

_LONGEST_PADDING: Final = 256


class BoundaryLine:
    """A line end, `--`, the boundary, and then `--` or blanks and a line end.

    A longer text that merely begins like one is content. `delimiter` is all up to the boundary, the
    line end before it included.
    """

    def __init__(self, delimiter: bytes) -> None:
        self._delimiter = delimiter
        literal, padding = re.escape(delimiter), rb"[ \t]{0,%d}" % _LONGEST_PADDING
        self._whole = re.compile(literal + rb"(?:(?P<last>--)|" + padding + rb"(?P<end>\r?\n))")
        self._cut_off = re.compile(literal + rb"(?:-|" + padding + rb"\r?)")

    def search(self, buffer: bytes, at: int) -> re.Match[bytes] | None:
        """Return the first whole one from `at` on; group `last` is set in the closing one."""
        candidate = buffer.find(self._delimiter, at)
        return self._whole.search(buffer, candidate) if candidate >= 0 else None

    def decided(self, buffer: bytes, at: int) -> int:
        """Return where a line begins that the buffer's end may cut off; its length if none."""
        first = self._delimiter[:1]
        longest = len(self._delimiter) + _LONGEST_PADDING + 1
        start = buffer.find(first, max(at, len(buffer) - longest))
        while start >= 0:
            tail = buffer[start:]
            if self._delimiter.startswith(tail) or self._cut_off.fullmatch(tail):
                return start
            start = buffer.find(first, start + 1)
        return len(buffer)
