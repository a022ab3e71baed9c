"""What a policy comes to for one requester: partial evaluation (who asks is known, of what not)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Final

from ihe_profiles.policy.asker import Asker
from ihe_profiles.policy.consent import ConsentKind, WhomKind, whom
from ihe_profiles.policy.rules import Effect, Policy, Reason, Relation, Rule, Who, is_one_of
from ihe_profiles.policy.view import (
    EVERYTHING,
    NOTHING,
    AuthoredBy,
    Coded,
    Consented,
    Labelled,
    OfPatient,
    View,
    both,
    either,
    negated,
)
from ihe_profiles.xds.datatypes import CX
from ihe_profiles.xua.requester import Requester

Pair = tuple[str, str]
_ABOUT_SOMEBODY: Final = frozenset(
    {
        ConsentKind.EXCLUDED,
        ConsentKind.RESTRICTED,
        ConsentKind.AUTHORISED,
        ConsentKind.REPRESENTED,
    }
)


@dataclass(frozen=True, slots=True)
class Applied:
    """A rule that concerns the requester, and the entries that it is about."""

    rule: Rule
    about: View


@dataclass(frozen=True, slots=True)
class Decision:
    """What a requester may see.

    `steps` are the rules that concern them, in order. `refused`: consents because of which the
    answer to a query for a patient says so. `emergency` is the reason for breaking the glass.
    """

    view: View
    steps: tuple[Applied, ...] = ()
    refused: tuple[Consented, ...] = ()
    emergency: str | None = None


def decide(policy: Policy, requester: Requester | None, transaction: str) -> Decision:
    """Say what a requester may see by a transaction (`ITI-18`); None: there is no assertion."""
    return _decide(policy, None if requester is None else Asker.of(requester), transaction)


@lru_cache(maxsize=1024)  # a user asks many times, with ever new assertions
def _decide(policy: Policy, asker: Asker | None, transaction: str) -> Decision:
    asking = _Asking(policy, asker)
    steps = tuple(
        Applied(rule, about)
        for rule in policy.rules
        if asking.is_concerned(rule.who, transaction) and (about := asking.about(rule)) != NOTHING
    )
    refused = (
        step.about
        for step in steps
        if step.rule.effect is Effect.REFUSE and isinstance(step.about, Consented)
    )
    return Decision(_view(steps), steps, tuple(refused), asking.emergency)


def _view(steps: tuple[Applied, ...]) -> View:
    """Join the rules from the last to the first: each decides what those before it left."""

    def before(rest: View, step: Applied) -> View:
        if step.rule.effect is Effect.PERMIT:
            return either(step.about, rest)
        return both(negated(step.about), rest)

    return reduce(before, reversed(steps), NOTHING)


class _Asking:
    """A requester as a policy understands them."""

    def __init__(self, policy: Policy, requester: Asker | None) -> None:
        self.policy = policy
        self.requester = requester
        self.emergency = self._emergency()
        self.purposes = self._purposes()
        self.relations = self._relations()

    def is_concerned(self, who: Who, transaction: str) -> bool:
        """Say whether a rule is about this requester."""
        requester = self.requester
        if who.transactions and transaction not in who.transactions:
            return False
        if requester is None:
            return who == Who(transactions=who.transactions)
        return (
            not (who.relations and self.relations.isdisjoint(who.relations))
            and not (who.purposes and self.purposes.isdisjoint(who.purposes))
            and not (who.roles and not any(is_one_of(r, who.roles) for r in requester.roles))
            and who.secret_connection in (None, requester.secret_connection)
        )

    def about(self, rule: Rule) -> View:
        """Return the entries that a rule is about."""
        what = rule.what
        found: View = EVERYTHING
        if what.confidentiality:
            found = both(found, Labelled(what.confidentiality))
        for attribute, codes in what.codes:
            found = both(found, Coded(attribute, codes))
        if what.author:
            found = both(found, self._some(self._identities(), AuthoredBy))
        if what.patient:
            found = both(found, self._own_patient(rule.who.relations or frozenset(Relation)))
        if what.consent is not None:
            found = both(found, self._consented(what.consent))
        return found

    def _some(self, values: tuple[Pair, ...], leaf: Callable[[tuple[Pair, ...]], View]) -> View:
        return leaf(values) if values else NOTHING

    def _consented(self, kind: ConsentKind) -> View:
        if kind not in _ABOUT_SOMEBODY:
            return Consented(kind)
        names = self._names()
        return Consented(kind, names) if names else NOTHING

    def _own_patient(self, as_whom: frozenset[Relation]) -> View:
        """Return the entries of the patient whom the requester is, or stands for."""
        requester = self.requester
        found: View = NOTHING
        if requester is None:
            return found
        relations = self.relations & as_whom
        if Relation.REPRESENTATIVE in relations:
            found = either(found, _patient(requester.patient_id))
        if Relation.PATIENT in relations:
            for authority in self.policy.requesters.patient_authorities:
                found = either(found, _own(requester.user, authority))
        return found

    def _identities(self) -> tuple[Pair, ...]:
        """Return by which ids the requester would be an author: (authority, id)."""
        requester, authority = self.requester, self.policy.requesters.provider_authority
        if requester is None:
            return ()
        found = {_identity(id_, authority) for id_ in requester.provider_ids}
        if Relation.PROFESSIONAL in self.relations:
            found.add(_identity(requester.user, authority))
        return tuple(sorted(pair for pair in found if all(pair)))

    def _names(self) -> tuple[str, ...]:
        """Return by which names the statements of patients mean the requester."""
        requester = self.requester
        if requester is None:
            return ()
        people = {*self._identities(), _identity(requester.user, "")}
        found = {whom(WhomKind.PERSON, id_, authority) for authority, id_ in people}
        found |= {whom(WhomKind.ORGANIZATION, id_) for id_ in requester.organization_ids}
        found |= {whom(WhomKind.ROLE, role.code, role.system) for role in requester.roles}
        return tuple(sorted(found))

    def _emergency(self) -> str | None:
        """Return why the glass is broken, None when it is not."""
        policy = self.policy
        for purpose in self.requester.purposes if self.requester else ():
            if any(is_one_of(purpose, policy.purposes[name]) for name in policy.break_glass):
                if purpose.display.strip():
                    return purpose.display.strip()
                if policy.reason is Reason.OPTIONAL:
                    return purpose.code
        return None

    def _purposes(self) -> frozenset[str]:
        """Return the policy's names of the purposes; an emergency without its reason is none."""
        given = self.requester.purposes if self.requester else ()
        found = {
            name
            for name, codes in self.policy.purposes.items()
            if any(is_one_of(purpose, codes) for purpose in given)
        }
        return frozenset(found if self.emergency else found - self.policy.break_glass)

    def _relations(self) -> frozenset[Relation]:
        given = self.requester.roles if self.requester else ()
        return frozenset(
            relation
            for relation, roles in self.policy.requesters.relations.items()
            if any(is_one_of(role, roles) for role in given)
        )


def _patient(text: str) -> View:
    cx = CX(text)
    return OfPatient(cx.identity) if CX.problem(text) is None else NOTHING


def _own(user: str, authority: str) -> View:
    """Return the patient whom a NameID names: by a CX of the authority, or by its id alone."""
    if CX.problem(user) is None:
        return _patient(user) if CX(user).authority == authority else NOTHING
    return OfPatient((authority, user)) if user else NOTHING


def _identity(text: str, authority: str) -> Pair:
    """Read an id of a provider: a CX, or an id of the authority."""
    if CX.problem(text) is None:
        return CX(text).identity
    return authority, text
