"""ITI-44: answers each HL7 v3 message of a patient identity feed (ITI TF-2 3.44.4)."""

from __future__ import annotations

import logging

from lxml.etree import QName

from ihe_profiles import iti44
from ihe_profiles.soap.exchange import Answer, Exchange
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.xds.errors import Refusal, error
from ledger.answered import Key, MessageReused
from ledger.audit.audit import required
from ledger.database import Unavailable
from registry.patients import records
from registry.patients.feed import Feed
from registry.store.transactions import Source

log = logging.getLogger(__name__)


class PatientIdentityFeedV3:
    """Answers the three messages of ITI-44 with MCCI_IN000002UV01."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def __call__(self, exchange: Exchange) -> Answer:
        """Carry out the message of one exchange, or answer why not."""
        wrapper = iti44.wrapper(exchange.body)
        with required():
            try:
                return Answer([self._carry_out(exchange, wrapper)])
            except Refusal as refusal:
                return Answer([iti44.answer(wrapper, refusal.errors)])
            except MessageReused as reused:
                raise SoapFault("message-id-reused", message_id=reused.message_id) from reused
            except Unavailable:
                log.exception("a feed message could not be carried out")
                return Answer([iti44.answer(wrapper, [error("feed-busy")])])

    def _carry_out(self, exchange: Exchange, wrapper: iti44.Wrapper) -> bytes:
        action, message_id = exchange.addressing.action, exchange.addressing.message_id
        peer = exchange.peer.identity
        return self._feed.carry_out(
            Key(peer, action, message_id, exchange.digest),
            Source(action, message_id, peer, exchange.trace_id),
            lambda: iti44.read(exchange.body),
            lambda: iti44.answer(wrapper),
            records.of_iti44(
                self._feed.audit, exchange, QName(exchange.body).localname, str(wrapper.id)
            ),
        )
