"""ITI-42: registers the objects of a submission, all or nothing (ITI TF-2 3.42.4.1.3)."""

from __future__ import annotations

import logging

from sqlalchemy import Connection

from ihe_profiles import iti42
from ihe_profiles.atna import requests
from ihe_profiles.atna.events import SUCCESS, Ending
from ihe_profiles.soap.exchange import Answer, Exchange
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.xds import encoding, response
from ihe_profiles.xds.domain.judge import Judge
from ihe_profiles.xds.errors import Refusal, Severity, error
from ledger.answered import Key, MessageReused
from ledger.audit import AuditUnavailable
from ledger.audit.audit import Audit, required
from ledger.database import Broken, Database, Full, Unavailable
from registry.patients.domain import PatientDomain
from registry.registration import Registration
from registry.store.transactions import Source

log = logging.getLogger(__name__)


class Register:
    """Answers ITI-42 with an rs:RegistryResponse.

    `by_content`: a submission that comes again unchanged gets the first answer though its MessageID
    is new.
    """

    def __init__(
        self,
        database: Database,
        domain: PatientDomain,
        judge: Judge,
        audit: Audit,
        *,
        by_content: bool = False,
    ) -> None:
        self._database = database
        self._audit = audit
        self._by_content = by_content
        self._domain = domain
        self._judge = judge

    def __call__(self, exchange: Exchange) -> Answer:
        """Register the submission of one exchange, or answer why not."""
        with required():
            try:
                return Answer([self._register(exchange)])
            except Refusal as refusal:
                return self._refuse(exchange, refusal)
            except MessageReused as reused:
                raise SoapFault("message-id-reused", message_id=reused.message_id) from reused
            except AuditUnavailable:
                raise
            except Full:
                return self._trouble("registry-out-of-resources", exchange)
            except Broken:
                return self._trouble("registry-error", exchange)
            except Unavailable:
                return self._trouble("registry-busy", exchange)
            except Exception:
                return self._trouble("registry-error", exchange)

    def _trouble(self, key: str, exchange: Exchange) -> Answer:
        """Log the exception at hand; of it the answer tells no more than where to look."""
        log.exception("a submission could not be registered")
        return self._refuse(exchange, Refusal(error(key, trace=exchange.trace_id)))

    def _refuse(self, exchange: Exchange, refusal: Refusal) -> Answer:
        self._audit.record(self._record(exchange, Ending.failed(refusal)))
        return response.answer(response.outcome(refusal.errors))

    def _record(self, exchange: Exchange, ending: Ending = SUCCESS) -> bytes:
        return self._audit.of(exchange, requests.submission(exchange.body), ending)

    def _register(self, exchange: Exchange) -> bytes:
        submission = encoding.read_submission(iti42.parse(exchange.body))
        found = self._judge(submission)
        if any(entry.severity is Severity.ERROR for entry in found):
            raise Refusal(*found)
        content = _content(exchange) if self._by_content else None
        work = Registration.of(
            submission, _key(exchange), content, _source(exchange), self._domain, found
        )
        record = self._record(exchange)

        def recorded(connection: Connection) -> bytes:
            answer = work(connection)
            self._audit.note(connection, record)  # of a repeated message too: it was answered
            return answer

        return self._database.write(recorded)


def _key(exchange: Exchange) -> Key:
    addressing = exchange.addressing
    return Key(exchange.peer.identity, addressing.action, addressing.message_id, exchange.digest)


def _content(exchange: Exchange) -> Key:
    """Return a key for which the content stands as MessageID, apart for each peer."""
    peer, digest = exchange.peer.identity, exchange.digest
    name = f"content:{digest.hex()}:{peer}"
    return Key(peer, exchange.addressing.action, name, digest)


def _source(exchange: Exchange) -> Source:
    addressing = exchange.addressing
    return Source(
        addressing.action, addressing.message_id, exchange.peer.identity, exchange.trace_id
    )
