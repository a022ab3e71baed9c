"""What a patient has said about who may see what, and whom it is about."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class ConsentKind(IntEnum):
    """The kinds of statements; GRANTS open what is closed, the others close what is open."""

    REFUSED = 1
    """Documents are not shared, all of them or those before a date."""
    EXCLUDED = 2
    """A provider, an organisation or a role sees nothing of the patient."""
    RESTRICTED = 3
    """The same of all documents or of single ones."""
    AUTHORISED = 4
    """A provider, an organisation or a role may consult."""
    REPRESENTED = 5
    """Somebody acts for the patient."""
    MINOR = 6
    """The patient is under the age at which a person decides alone."""


GRANTS = frozenset({ConsentKind.AUTHORISED, ConsentKind.REPRESENTED})


class WhomKind(IntEnum):
    """Whom a statement can be about."""

    PERSON = 1
    ORGANIZATION = 2
    ROLE = 3


def whom(kind: WhomKind, id_: str, authority: str = "") -> str:
    """Return the one name of somebody: kind, id and authority, joined by what no id contains."""
    return f"{kind.name.lower()}\x1f{authority}\x1f{id_}"


@dataclass(frozen=True, slots=True)
class Consent:
    """One statement in force or not yet over.

    `before` and `until` are 14-digit UTC times: what is older than `before` is covered, and it is
    over when `until` comes. `item` is the entryUUID of the only document that it covers.
    """

    kind: ConsentKind
    whom: str | None = None
    item: str | None = None
    before: int | None = None
    until: int | None = None
