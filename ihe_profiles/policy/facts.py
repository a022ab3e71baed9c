"""The facts of a DocumentEntry that a view looks at, and the view evaluated on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ihe_profiles.policy import view as nodes
from ihe_profiles.policy.consent import Consent
from ihe_profiles.policy.view import Coding, View

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """One DocumentEntry. Codes are (system, code), identities (OID of the authority, id).

    `time` is the 14-digit UTC time at which its care began (serviceStartTime), else at which it was
    made (creationTime), 0 when neither is known. `patients` are all identities of its patient,
    `consents` all statements of theirs that were not taken back.
    """

    entry_uuid: str
    time: int = 0
    confidentiality: frozenset[Pair] = frozenset()
    codes: Mapping[Coding, Pair] = field(default_factory=dict)
    authors: frozenset[Pair] = frozenset()
    patients: frozenset[Pair] = frozenset()
    consents: tuple[Consent, ...] = ()


def holds(view: View, facts: EntryFacts, now: int) -> bool:
    """Say whether a view shows an entry at the 14-digit UTC time `now`."""
    return _HOLDS[type(view)](view, facts, now)


def covers(consent: Consent, facts: EntryFacts, now: int) -> bool:
    """Say whether a statement is in force and is about an entry."""
    return (
        (consent.until is None or consent.until > now)
        and (consent.before is None or facts.time < consent.before)
        and (consent.item is None or consent.item == facts.entry_uuid)
    )


def _consented(leaf: nodes.Consented, facts: EntryFacts, now: int) -> bool:
    return any(
        consent.kind is leaf.kind
        and (leaf.whom is None or consent.whom in leaf.whom)
        and covers(consent, facts, now)
        for consent in facts.consents
    )


_HOLDS: Final[dict[type, Callable[[Any, EntryFacts, int], bool]]] = {
    nodes.AllOf: lambda node, facts, now: all(holds(part, facts, now) for part in node.parts),
    nodes.AnyOf: lambda node, facts, now: any(holds(part, facts, now) for part in node.parts),
    nodes.Not: lambda node, facts, now: not holds(node.part, facts, now),
    nodes.Labelled: lambda leaf, facts, _: not facts.confidentiality.isdisjoint(leaf.codes),
    nodes.Coded: lambda leaf, facts, _: facts.codes.get(leaf.attribute) in leaf.codes,
    nodes.AuthoredBy: lambda leaf, facts, _: not facts.authors.isdisjoint(leaf.identities),
    nodes.OfPatient: lambda leaf, facts, _: leaf.identity in facts.patients,
    nodes.Consented: _consented,
}
