"""Whether a verified assertion counts now, here, and from this sender: judged for each message."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from ihe_profiles.soap.exchange import Peer
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.xua import holder
from ihe_profiles.xua.assertion import Assertion, Confirmation
from ihe_profiles.xua.moments import later
from ihe_profiles.xua.namespaces import BEARER, HOLDER_OF_KEY
from ihe_profiles.xua.rules import Rules

_METHODS: Final = frozenset({BEARER, HOLDER_OF_KEY})


def judge(assertion: Assertion, rules: Rules, peer: Peer, now: datetime) -> None:
    """Refuse an assertion that does not count.

    Raises SoapFault: `assertion-not-yet`, `assertion-expired`, `assertion-too-old`,
    `assertion-audience...`, `assertion-confirmation-...`, `assertion-recipient`,
    `assertion-holder-...`.
    """
    _check_times(assertion, rules, now)
    _check_audience(assertion, rules)
    _check_sender(assertion, rules, peer, now)


def expiry(assertion: Assertion, rules: Rules) -> datetime:
    """Return the moment from which on an assertion never counts again."""
    ends = [later(assertion.issued, rules.max_age)]
    ends += [end for end in (assertion.end, assertion.session_end) if end]
    return later(min(ends), rules.skew)


def _check_times(assertion: Assertion, rules: Rules, now: datetime) -> None:
    _check_begin("IssueInstant", assertion.issued, rules, now)
    _check_begin("NotBefore", assertion.begin, rules, now)
    _check_end("NotOnOrAfter", assertion.end, rules, now)
    _check_end("SessionNotOnOrAfter", assertion.session_end, rules, now)
    if now - rules.skew >= later(assertion.issued, rules.max_age):
        limit = rules.max_age.total_seconds()
        raise SoapFault("assertion-too-old", issued=_said(assertion.issued), limit=limit)


def _check_begin(name: str, begin: datetime | None, rules: Rules, now: datetime) -> None:
    if begin is not None and now + rules.skew < begin:
        skew = rules.skew.total_seconds()
        fields = {"begin": _said(begin), "now": _said(now), "skew": skew}
        raise SoapFault("assertion-not-yet", name=name, **fields)


def _check_end(name: str, end: datetime | None, rules: Rules, now: datetime) -> None:
    if end is not None and now - rules.skew >= end:
        skew = rules.skew.total_seconds()
        fields = {"end": _said(end), "now": _said(now), "skew": skew}
        raise SoapFault("assertion-expired", name=name, **fields)


def _check_audience(assertion: Assertion, rules: Rules) -> None:
    ours = ", ".join(sorted(rules.audiences))
    if not assertion.audiences and rules.audience_required:
        raise SoapFault("assertion-audience-missing", ours=ours)
    for audiences in assertion.audiences:  # each restriction must be satisfied
        if not audiences & rules.audiences:
            meant = ", ".join(sorted(audiences))
            raise SoapFault("assertion-audience", audiences=meant, ours=ours)


def _check_sender(assertion: Assertion, rules: Rules, peer: Peer, now: datetime) -> None:
    """One satisfied SubjectConfirmation is enough (SAML Core 2.4.1); else the first one's fault."""
    refused = SoapFault("assertion-confirmation-missing")
    for place, confirmation in enumerate(assertion.confirmations):
        try:
            return _check_confirmation(confirmation, rules, peer, now)
        except SoapFault as fault:
            refused = refused if place else fault
    raise refused


def _check_confirmation(
    confirmation: Confirmation, rules: Rules, peer: Peer, now: datetime
) -> None:
    if confirmation.method not in _METHODS:
        raise SoapFault("assertion-confirmation-method", method=confirmation.method or "nothing")
    place = "SubjectConfirmationData"
    _check_begin(f"NotBefore of {place}", confirmation.begin, rules, now)
    _check_end(f"NotOnOrAfter of {place}", confirmation.end, rules, now)
    if confirmation.recipient and confirmation.recipient not in rules.audiences:
        raise SoapFault("assertion-recipient", recipient=confirmation.recipient)
    if confirmation.method == HOLDER_OF_KEY and not rules.is_node(peer):
        _check_holder(confirmation, peer)


def _check_holder(confirmation: Confirmation, peer: Peer) -> None:
    if peer.certificate is None:
        raise SoapFault("assertion-holder-unknown")
    if holder.key_of(peer.certificate) not in confirmation.keys:
        raise SoapFault("assertion-holder-other")


def _said(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
