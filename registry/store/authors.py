"""Who an author is, as one text that can be looked up."""

from __future__ import annotations

from typing import Final

from ihe_profiles.xds.datatypes import XCN

_SEPARATOR: Final = "\x1f"
"""Cannot stand in XML, and so in no identifier."""


def identity(person: str) -> str | None:
    """Return authority and id of an authorPerson, None when it lacks one of them."""
    found = XCN(person)
    return joined(found.authority, found.id) if found.authority and found.id else None


def joined(authority: str, id_: str) -> str:
    """Join an authority and an id."""
    return f"{authority}{_SEPARATOR}{id_}"
