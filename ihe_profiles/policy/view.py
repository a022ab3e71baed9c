"""What a requester may see: an expression over the facts of a DocumentEntry.

Values stand only in leaves, so that views of the same shape differ in values alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ihe_profiles.policy.consent import ConsentKind


class Coding(StrEnum):
    """The single coded attributes of a DocumentEntry that a rule may look at."""

    CLASS = "class_code"
    TYPE = "type_code"
    FORMAT = "format_code"
    PRACTICE_SETTING = "practice_setting_code"
    FACILITY = "healthcare_facility_type_code"


@dataclass(frozen=True, slots=True)
class Labelled:
    """The entry has one of these confidentialityCodes; codes are (system, code)."""

    codes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Coded:
    """One of its single coded attributes is one of these (system, code)."""

    attribute: Coding
    codes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class AuthoredBy:
    """One of its authors has one of these identities: (OID of the authority, id)."""

    identities: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class OfPatient:
    """Its patient is the one whom (OID of the authority, id) names, merges followed."""

    identity: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Consented:
    """A consent of its patient that is in force is of this kind and covers the entry.

    `whom` are the names of those whom it may concern (`consent.Whom`); None: whomever it concerns.
    """

    kind: ConsentKind
    whom: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    part: View


@dataclass(frozen=True, slots=True)
class AllOf:
    """All parts hold; without parts always."""

    parts: tuple[View, ...] = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of the parts holds; without parts never."""

    parts: tuple[View, ...] = ()


Leaf = Labelled | Coded | AuthoredBy | OfPatient | Consented
View = Leaf | Not | AllOf | AnyOf

EVERYTHING: Final[View] = AllOf()
NOTHING: Final[View] = AnyOf()


def both(first: View, second: View) -> View:
    """Join by and, as short as it can be."""
    return _joined(AllOf, NOTHING, first, second)


def either(first: View, second: View) -> View:
    """Join by or, as short as it can be."""
    return _joined(AnyOf, EVERYTHING, first, second)


def negated(view: View) -> View:
    """Return the contrary, as short as it can be."""
    if view == EVERYTHING:
        return NOTHING
    if view == NOTHING:
        return EVERYTHING
    return view.part if isinstance(view, Not) else Not(view)


def _joined(kind: type[AllOf] | type[AnyOf], decisive: View, *parts: View) -> View:
    if decisive in parts:
        return decisive
    found: list[View] = []
    for part in parts:
        inner = part.parts if isinstance(part, kind) else (part,)
        found += (one for one in inner if one not in found)
    return found[0] if len(found) == 1 else kind(tuple(found))
