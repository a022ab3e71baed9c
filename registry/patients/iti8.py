"""ITI-8: answers each HL7 v2 message of a patient identity feed (ITI TF-2 3.8.4)."""

from __future__ import annotations

import hashlib
import logging

from ihe_profiles import iti8
from ihe_profiles.hl7 import acknowledgement, v2
from ihe_profiles.hl7.identity import IdentityChange
from ihe_profiles.hl7.v2 import Header
from ihe_profiles.soap import trace
from ihe_profiles.soap.exchange import Peer
from ihe_profiles.xds.errors import Refusal, RegistryError, error, refuse
from ledger.answered import Key
from ledger.audit import AuditUnavailable
from ledger.database import Unavailable
from registry.patients import records
from registry.patients.feed import Feed
from registry.patients.records import Records
from registry.store.transactions import Source

log = logging.getLogger(__name__)


class PatientIdentityFeed:
    """Takes messages without their frames and returns acknowledgements. Thread-safe."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def __call__(self, data: bytes, peer: Peer) -> bytes:
        """Carry out one message."""
        with trace.working_on(trace.CURRENT.get() or trace.new()):
            return self._answer(_Message(data, peer), None)

    def too_long(self, head: bytes, peer: Peer, limit: int) -> bytes:
        """Reject a message of which only the first octets were kept."""
        with trace.working_on(trace.CURRENT.get() or trace.new()):
            return self._answer(_Message(head, peer), refuse("feed-too-long", limit=limit))

    def _answer(self, message: _Message, refusal: Refusal | None) -> bytes:
        try:
            return self._carry_out(message, refusal)
        except Refusal as refused:
            errors = refused.errors
            log.warning("a feed message is refused", extra={"codes": [e.code for e in errors]})
        except (Unavailable, AuditUnavailable):
            log.exception("a feed message could not be carried out")
            errors = (error("feed-busy"),)
        except Exception:
            log.exception("a feed message failed")
            errors = (error("feed-error", trace=trace.CURRENT.get()),)
            self._feed.audit.tell(*self._records(message).failed(None, Refusal(*errors)))
        return message.acknowledge(*errors)

    def _records(self, message: _Message) -> Records:
        return records.of_iti8(self._feed.audit, message.peer, message.header)

    def _carry_out(self, message: _Message, refusal: Refusal | None) -> bytes:
        try:
            message.header = v2.header(message.data)
            if refusal is not None:
                raise refusal
        except Refusal as refused:
            failed = self._records(message).failed(None, refused)
            self._feed.note(message.source, refused, failed)
            raise
        return self._feed.carry_out(
            message.key,
            message.source,
            message.read,
            lambda: message.acknowledge(),
            self._records(message),
        )


class _Message:
    """One message on its way; `header` is None while, or when, it cannot be read."""

    def __init__(self, data: bytes, peer: Peer) -> None:
        self.data = data
        self.header: Header | None = None
        self.peer = peer

    def read(self) -> IdentityChange:
        assert self.header is not None
        return iti8.read(self.data, self.header)

    def acknowledge(self, *errors: RegistryError) -> bytes:
        return acknowledgement.acknowledge(self.header, errors, iti8.version(self.header))

    @property
    def source(self) -> Source:
        header = self.header
        identity, trace_id = self.peer.identity, trace.CURRENT.get()
        if header is None:
            return Source(iti8.NUMBER, None, identity, trace_id)
        kind = f"{iti8.NUMBER} {header.type}^{header.event}"
        return Source(kind, header.control_id, identity, trace_id)

    @property
    def key(self) -> Key:
        """Recognise a message that comes again: control ids are its sender's, and used again."""
        header, source = self.header, self.source
        assert header is not None
        digest = hashlib.sha256(self.data).digest()
        names = (source.peer, *header.sender, header.control_id, digest.hex())
        stands_for = hashlib.sha256("\0".join(names).encode()).hexdigest()
        return Key(source.peer, source.action, f"{iti8.NUMBER}:{stands_for}", digest)
