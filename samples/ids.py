"""Document identifiers of the samples: OIDs that depend on a name alone."""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid5

from samples.parties import Id

NAMESPACE: Final = UUID("7a387c17-4b85-54dd-b65d-ab9cf7332cb8")


def oid(name: str) -> str:
    """Return 2.25 and the number of the UUID that stands for `name` (ITU-T X.667 section 7)."""
    return f"2.25.{uuid5(NAMESPACE, name).int}"


def named(name: str) -> Id:
    """Return the identifier that stands for `name`."""
    return Id(oid(name))
