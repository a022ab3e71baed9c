"""The registry's limits; the server's settings fill them from `[limits]`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RegistryLimits:
    """How much one query may return."""

    objects: int = 10_000
    """Whole objects (LeafClass)."""
    references: int = 100_000
    """Ids of objects (ObjectRef)."""
    joined: int = 500
    """Up to this many objects an answer is made before it is sent, and its length is known."""
