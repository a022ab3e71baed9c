"""One line of what is printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `ratio` is the share of the floor that is left (1 = as fast as it)."""

    name: str
    figure: str
    floor: str
    ratio: float
    memory: str = ""


def speed(size: int, seconds: float) -> str:
    """So many octets in so many seconds, as people say it."""
    return f"{size / seconds / 1e6:,.0f} MB/s"
