"""A policy: rules in order, of which the first that applies to an entry decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ihe_profiles.policy.consent import ConsentKind
from ihe_profiles.policy.view import Coding
from ihe_profiles.xua.requester import Coded

ANY_CODE = "*"
"""Stands for every code of a system."""


class Effect(StrEnum):
    """What a rule does with the entries that it is about."""

    PERMIT = "permit"
    HIDE = "hide"
    """As if the entry did not exist."""
    REFUSE = "refuse"
    """The same, and the answer to a query for the patient says that documents are refused."""


class Relation(StrEnum):
    """What a requester is to the patient, as far as the assertion tells."""

    PROFESSIONAL = "professional"
    PATIENT = "patient"
    REPRESENTATIVE = "representative"


class Reason(StrEnum):
    """Whether the purpose that breaks the glass must be explained in words."""

    REQUIRED = "required"
    OPTIONAL = "optional"


class RegistryDown(StrEnum):
    """What a repository does while it cannot reach the registry that says what may be seen."""

    DENY = "deny"
    SNAPSHOT = "snapshot"
    """It uses what the registry said a short while ago of the same requester and document."""


@dataclass(frozen=True, slots=True)
class Who:
    """Which requesters a rule concerns: all that is given must fit; by itself everybody.

    `relations`, `purposes` and `roles`: one of them; `purposes` are names of the policy's own.
    """

    relations: frozenset[Relation] = frozenset()
    purposes: frozenset[str] = frozenset()
    roles: tuple[Coded, ...] = ()
    secret_connection: bool | None = None
    transactions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class What:
    """Which entries a rule is about: all that is given must fit; by itself all entries.

    `codes` maps single coded attributes to (system, code) of which one must be there. `author` and
    `patient`: the requester is one of its authors, is (or stands for) its patient.
    """

    confidentiality: tuple[tuple[str, str], ...] = ()
    codes: tuple[tuple[Coding, tuple[tuple[str, str], ...]], ...] = ()
    author: bool = False
    patient: bool = False
    consent: ConsentKind | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; `english` and `french` say it in a sentence, `section` where it comes from."""

    name: str
    effect: Effect
    who: Who
    what: What
    section: str
    english: str
    french: str


@dataclass(frozen=True, slots=True)
class Requesters:
    """How the requester's relation and identities are read from an assertion.

    A role of `relations` makes the relation. The NameID of a professional is an id of
    `provider_authority`, and so are ids of providers without an authority; the NameID of a patient
    is an id of one of `patient_authorities`.
    """

    relations: Mapping[Relation, tuple[Coded, ...]] = field(default_factory=dict)
    provider_authority: str = ""
    patient_authorities: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Policy:
    """The rules of a country or a site. Where none applies, an entry is hidden.

    `purposes` names groups of purpose codes; those of `break_glass` are emergencies, audited as
    such. `age_of_consent` in years: from then on a person decides alone.
    """

    name: str
    rules: tuple[Rule, ...]
    requesters: Requesters = field(default_factory=Requesters)
    purposes: Mapping[str, tuple[Coded, ...]] = field(default_factory=dict)
    break_glass: frozenset[str] = frozenset()
    reason: Reason = Reason.OPTIONAL
    age_of_consent: int = 18
    registry_down: RegistryDown = RegistryDown.DENY


def is_one_of(found: Coded, wanted: tuple[Coded, ...]) -> bool:
    """Say whether a code is among those that a policy names."""
    return any(found.system == one.system and one.code in (found.code, ANY_CODE) for one in wanted)
