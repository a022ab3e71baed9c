"""ITI-41: take documents in, tell the registry, and answer (ITI TF-2 3.41).

Nothing is stored before the root part is judged. A document is durable and *pending* before the
registry hears of it, so whoever finds it there can retrieve it. The registry's answer commits it or
removes it; when no certain answer came, `repository.recovery` does.
"""

from __future__ import annotations

import hashlib
import logging
import uuid
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from lxml import etree
from sqlalchemy import Connection

from ihe_profiles import iti41
from ihe_profiles.atna.events import Ending
from ihe_profiles.iti41 import ProvideRequest
from ihe_profiles.soap.client import Caller
from ihe_profiles.soap.exchange import Answer, Exchange, PartHead, Sink, Upload
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.xds import response
from ihe_profiles.xds.errors import Refusal, RegistryError, Severity, refuse
from ledger import answered
from ledger.answered import Key, MessageReused
from ledger.audit.audit import NO_AUDIT, Audit, required
from ledger.clock import now
from ledger.database import Database, Unavailable
from repository import media, metadata
from repository.access import SubmissionRecords
from repository.commitment import Commitment, Vanished
from repository.documents import Documents
from repository.in_hand import InHand
from repository.judgement import compare, judge
from repository.limits import RepositoryLimits
from repository.media import MediaCheck
from repository.metadata import Entry, Submission
from repository.register import Outcome, Verdict, register
from repository.signatures import NO_RULES, Rules, Signatures
from repository.staging import Staging
from repository.store.blobs import BlobStore
from repository.store.signatures import Finding
from repository.store.writes import Pending
from repository.troubles import TROUBLES, trouble

log = logging.getLogger(__name__)

_MESSAGES: Final = uuid.UUID("5d1f6d0c-6a53-4b5e-9d0c-0d6e8f5b7a41")
"""The name space of ITI-42 MessageIDs."""


@dataclass(frozen=True, slots=True)
class Provide:
    """The operation, with what it works on."""

    database: Database
    blobs: BlobStore
    registry: Caller
    unique_id: str
    limits: RepositoryLimits
    media: MediaCheck = MediaCheck.OFF
    signatures: Rules = NO_RULES
    audit: Audit = NO_AUDIT
    registry_endpoint: str = ""
    in_hand: InHand = field(default_factory=InHand)

    def __call__(self, exchange: Exchange) -> Answer | Upload:
        """Judge the root part: the refusal, or what takes the attachments."""
        try:
            request = iti41.parse(exchange.body, self.limits.soap)
            submission = metadata.read(request.object_list)
            errors = judge(submission, request.documents)
        except Refusal as refusal:
            errors = refusal.errors
        records = SubmissionRecords(self.audit, exchange, self.registry_endpoint)
        if errors:
            return refuse_submission(records, Refusal(*errors))
        return Provision(self, exchange, request, submission, records)


def refuse_submission(records: SubmissionRecords, refusal: Refusal) -> Answer:
    """Record that a submission is refused, and answer why. Raises SoapFault."""
    with required():
        records.keep(Ending.failed(refusal))
    return response.answer(response.outcome(refusal.errors))


class Provision:
    """One message whose root part is in order: an Upload."""

    def __init__(
        self,
        service: Provide,
        exchange: Exchange,
        request: ProvideRequest,
        submission: Submission,
        records: SubmissionRecords,
    ) -> None:
        self._service = service
        self._records = records
        self._exchange = exchange
        self._request = request
        self._submission = submission
        self._warnings: tuple[RegistryError, ...] = ()
        self._parts = {d.content_id: d.id for d in request.documents if d.content_id is not None}
        self._staging = Staging(service.blobs)
        self._commitment = Commitment(service.database, self._staging, service.limits.pending_lease)

    def part(self, head: PartHead) -> Sink | None:
        """Take an attachment that a document refers to; others fall."""
        document = self._parts.get(head.content_id)
        return None if document is None else self._staging.open(document)

    def abort(self) -> None:
        """Undo what was staged."""
        self._staging.discard()

    def finish(self) -> Answer:
        """Store, register, answer; nothing stays of a message that is refused."""
        try:
            self._take_inline()
            self._require_parts()
            with required():
                return Answer([self._accept()])
        except Refusal as refusal:
            return refuse_submission(self._records, refusal)
        finally:
            if not self._commitment.is_indexed:
                self._staging.discard()

    def _take_inline(self) -> None:
        for document in self._request.documents:
            if document.inline is not None:
                sink = self._staging.open(document.id)
                sink.write(document.inline)
                sink.close()

    def _require_parts(self) -> None:
        for content_id, document in self._parts.items():
            if document not in self._staging:
                raise SoapFault("mime-part-missing", document=document, content_id=content_id)

    def _accept(self) -> bytes:
        try:
            self._staging.check()
            self._compare()
            key = self._key()
            findings = self._judge_signatures(key)
            with self._service.in_hand.holding(self._staging.keys):
                return self._once(key, findings)
        except MessageReused as reused:
            raise SoapFault("message-id-reused", message_id=reused.message_id) from reused
        except TROUBLES as failure:
            log.exception("a submission could not be stored")
            raise trouble(failure, self._exchange.trace_id) from failure

    def _compare(self) -> None:
        found = [
            error
            for entry in self._submission.entries
            for error in (
                *compare(entry, self._staging[entry.id].digests),
                *media.check(self._service.media, entry, self._staging[entry.id].glimpse.head),
            )
        ]
        if any(error.severity is Severity.ERROR for error in found):
            raise Refusal(*found)
        self._warnings = tuple(found)

    def _judge_signatures(self, key: Key) -> dict[str, tuple[Finding, ...]]:
        """Judge the signatures of a message that is new; the findings by their blobs' keys."""
        database, staging = self._service.database, self._staging
        documents = Documents(database, self._service.blobs, staging, self._submission)
        largest = self._service.limits.signed_document
        signatures = Signatures(self._service.signatures, documents, largest)
        if not signatures or _is_answered(database, key):
            return {}
        staging.commit()
        found = signatures.judge()
        names = {entry.id: entry.unique_id for entry in self._submission.entries}
        self._records.keep_verdicts({names[id]: some for id, some in found.items()})
        if errors := signatures.errors(found):
            raise Refusal(*errors)
        return {staging[id].key: some for id, some in found.items()}

    def _key(self) -> Key:
        digest = hashlib.sha256(self._exchange.digest)
        for entry in self._submission.entries:
            digest.update(self._staging[entry.id].digests.sha256)
        addressing, peer = self._exchange.addressing, self._exchange.peer
        return Key(peer.identity, addressing.action, addressing.message_id, digest.digest())

    def _once(self, key: Key, findings: dict[str, tuple[Finding, ...]]) -> bytes:
        """Carry the message out; if that was done before, return the answer that it got then."""
        message_id = _register_message_id(key)
        documents = [self._document(entry, message_id) for entry in self._submission.entries]
        seconds = 2 * self._service.limits.registry_timeout
        first = self._commitment.begin(key, seconds, documents, findings)
        if first is not None:
            self._records.keep()
            return first
        is_settled = False
        try:
            outcome = self._register(message_id)
            told = (*outcome.response.errors, *self._warnings)
            answer = response.render(replace(outcome.response, errors=told))
            is_settled = self._conclude(outcome.verdict, key, answer)
            if not is_settled:
                self._records.keep_both(Ending.failed(Refusal(*outcome.response.errors)))
            return answer
        finally:
            if not is_settled:
                _release(self._service.database, key)

    def _register(self, message_id: str) -> Outcome:
        for entry in self._submission.entries:
            digests = self._staging[entry.id].digests
            metadata.complete(entry, digests, self._service.unique_id)
        submit = etree.tostring(self._request.submit, encoding="UTF-8", with_tail=False)
        return register(self._service.registry, submit, message_id, self._commitment.prolong)

    def _document(self, entry: Entry, message_id: str) -> Pending:
        staged = self._staging[entry.id]
        digests, envelope = staged.digests, staged.envelope
        return Pending(
            unique_id=entry.unique_id,
            blob_key=staged.key,
            mime_type=entry.mime_type,
            home=entry.home,
            size=digests.size,
            sha1=digests.sha1,
            sha256=digests.sha256,
            chunk_digests=digests.chunks,
            wrapping_key=envelope.wrapping_key if envelope else None,
            wrapped_key=envelope.wrapped_key if envelope else None,
            lease_until=self._commitment.lease_until,
            submission_unique_id=self._submission.unique_id,
            register_message_id=message_id,
            time=now(),
            trace_id=self._exchange.trace_id,
        )

    def _conclude(self, verdict: Verdict, key: Key, answer: bytes) -> bool:
        """Do what the verdict asks for; True when the answer is now the message's for good."""
        if verdict is Verdict.REFUSED:
            self._commitment.undo()
        if verdict is not Verdict.REGISTERED:
            return False
        try:
            self._commitment.commit(partial(self._settle, key, answer))
        except (Unavailable, Vanished) as failure:
            log.exception("a registered submission could not be committed")
            self._service.audit.record(self._records.registered())
            raise self._refuse("registered-but-not-noted") from failure
        return True

    def _settle(self, key: Key, answer: bytes, connection: Connection) -> None:
        answered.settle(connection, key, answer)
        self._records.note_both(connection)

    def _refuse(self, key: str) -> Refusal:
        return refuse(key, trace=self._exchange.trace_id)


def _register_message_id(key: Key) -> str:
    """Return the MessageID of the ITI-42 that an ITI-41 leads to.

    A message that is repeated because its outcome was not known must lead to the same one, so that
    the registry recognises it.
    """
    if key.message_id is None:
        return uuid.uuid4().urn
    name = "\n".join((key.peer, key.action, key.message_id, key.digest.hex()))
    return uuid.uuid5(_MESSAGES, name).urn


def _is_answered(database: Database, key: Key) -> bool:
    with database.read() as connection:
        return answered.answer_to(connection, key) is not None


def _release(database: Database, key: Key) -> None:
    try:
        answered.release(database, key)
    except Unavailable:
        log.warning("a message stays reserved until its lease is over", exc_info=True)
