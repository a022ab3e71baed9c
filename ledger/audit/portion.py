"""How many records are read at once: by their octets too, since a record holds a query whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeVar

K = TypeVar("K")

OCTETS: Final = 16 * 1024 * 1024


def portion(sizes: Iterable[tuple[K, int]]) -> list[K]:
    """Return the first keys whose records have no more than OCTETS together, but one at least."""
    keys: list[K] = []
    left = OCTETS
    for key, octets in sizes:
        if keys and octets > left:
            break
        keys.append(key)
        left -= octets
    return keys
