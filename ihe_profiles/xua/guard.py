"""Says on whose behalf a peer asks: the door of every SOAP exchange (ITI TF-2 3.40)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from lxml import etree
from lxml.etree import _Element

from ihe_profiles.soap.digest import canonical_digest
from ihe_profiles.soap.exchange import Peer, Transaction
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.xua import attributes, conditions
from ihe_profiles.xua.assertion import Assertion, read
from ihe_profiles.xua.cache import Cache
from ihe_profiles.xua.header import assertion_in, roles
from ihe_profiles.xua.replay import Replays
from ihe_profiles.xua.requester import Requester
from ihe_profiles.xua.rules import Requirement, Rules
from ihe_profiles.xua.signature import verify
from ihe_profiles.xua.signer import Signers

LARGEST: Final = 256 * 1024
"""How many octets an assertion may have: each is read, judged and remembered as a whole."""
_WITH_ID: Final = etree.XPath(
    "count(descendant::*[@ID=$id or @Id=$id or @id=$id or @xml:id=$id or @wsu:Id=$id"
    " or @AssertionID=$id])",
    namespaces={
        "wsu": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
    },
)


@dataclass(frozen=True, slots=True)
class Known:
    """What does not change of an assertion that was verified once, by these rules."""

    assertion: Assertion
    requester: Requester
    rules: Rules


def _utc_now() -> datetime:
    return datetime.now(UTC)


class AssertionGuard:
    """Reads and judges the assertion of each message, as the rules of then ask. Thread-safe.

    One assertion in several messages is verified once, while the rules stay the same; when, where
    and from whom it counts is judged for each message.
    """

    def __init__(
        self, rules: Callable[[], Rules], clock: Callable[[], datetime] = _utc_now
    ) -> None:
        self.rules = rules
        self._clock = clock
        self._known: Cache[Known] = Cache()
        self._signers = Signers()
        self._replays = Replays()

    def __call__(
        self, transaction: Transaction, header: _Element | None, peer: Peer
    ) -> Requester | None:
        """Return the user, or None where no assertion is asked for. Raises SoapFault."""
        rules = self.rules()
        requirement = rules.requirement(transaction.number, peer)
        if requirement is Requirement.OFF:
            return None
        assertion = assertion_in(header)
        if assertion is None:
            if requirement is Requirement.REQUIRED:
                raise _missing(transaction, header)
            return None
        assert header is not None
        now = self._clock()
        known = self._verified(assertion, header, rules, now)
        conditions.judge(known.assertion, rules, peer, now)
        expiry = conditions.expiry(known.assertion, rules)
        self._replays.check(transaction, header, peer, now, expiry)
        return known.requester

    def _verified(
        self, assertion: _Element, header: _Element, rules: Rules, now: datetime
    ) -> Known:
        token = etree.tostring(assertion, with_tail=False)
        if len(token) > LARGEST:
            raise SoapFault("assertion-too-large", limit=LARGEST)
        _check_id(assertion, header)
        key = canonical_digest(assertion, exclusive=False)
        known = self._known.get(key, now)
        if known is not None and known.rules is rules:
            return known
        verified = verify(assertion, rules, now, self._signers)
        said = read(verified.root)
        known = Known(replace(said, attributes=()), attributes.requester(said, token), rules)
        self._known.put(key, known, min(conditions.expiry(said, rules), verified.until))
        return known


def _check_id(assertion: _Element, header: _Element) -> None:
    if not (id := assertion.get("ID")):
        raise SoapFault("assertion-incomplete", missing="its ID")
    count = _WITH_ID(header, id=id)
    if count != 1:
        raise SoapFault("assertion-id-repeated", count=round(float(str(count))), id=id)


def _missing(transaction: Transaction, header: _Element | None) -> SoapFault:
    others = ", ".join(roles(header))
    elsewhere = f"; there is a Security header for {others}" if others else ""
    return SoapFault("security-token-missing", transaction=transaction.number, elsewhere=elsewhere)
