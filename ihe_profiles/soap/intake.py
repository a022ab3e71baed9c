"""One request, taken in as its bytes come: from the first one to the reply.

No thread waits in here. Each call does what the bytes at hand allow and returns, so that a stalled
sender costs nothing but memory for what is not yet decided.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from ihe_profiles.soap import mtom, trace
from ihe_profiles.soap.exchange import Peer, Transaction
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.soap.request_body import Body, body_of

if TYPE_CHECKING:
    from ihe_profiles.soap.spyne_port import SoapServer

_LOG: Final = logging.getLogger(__name__)
T = TypeVar("T")


class Chunks(Iterator[bytes]):
    """The bytes of a reply's body, each piece made when it is asked for.

    It belongs to its exchange, whichever thread asks.
    """

    def __init__(self, trace_id: str, pieces: Iterator[bytes]) -> None:
        self.trace_id = trace_id
        self._pieces = pieces
        self._lock = threading.Lock()

    def __next__(self) -> bytes:
        """Make the next piece."""
        with self._lock, trace.working_on(self.trace_id):
            return next(self._pieces)

    def close(self) -> None:
        """Nobody wants the rest: tell what makes it, once it has made the piece at hand."""
        close = getattr(self._pieces, "close", None)
        if close is not None:
            with self._lock, trace.working_on(self.trace_id):
                close()


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back: HTTP status and headers, and the body, made while it is sent.

    Close `chunks` when the receiver has gone; call `abandon` when the reply was begun and not
    delivered whole.
    """

    status: int
    headers: list[tuple[str, str]]
    chunks: Chunks
    broken: Callable[[], None] | None = None

    def abandon(self) -> None:
        """Close the chunks, and tell whoever answered that the answer did not arrive."""
        self.chunks.close()
        if self.broken is not None:
            with trace.working_on(self.chunks.trace_id):
                self.broken()


class Intake:
    """Takes in one request: `feed` its bytes, then `finish`, or `abort` at any moment.

    Calls may come from different threads; one that runs makes the others wait. A refusal while
    bytes still come is remembered (`refused`), and the rest falls.
    """

    def __init__(
        self, server: SoapServer, content_type: str, peer: Peer, traceparent: str | None = None
    ) -> None:
        self.trace_id = trace.new(traceparent)
        self.refused = False
        self._lock = threading.Lock()
        self._call = server.call(peer, self.trace_id)
        self._is_mtom = content_type.partition(";")[0].strip().lower() == "multipart/related"
        self._body = Body()
        self._attempt(lambda: self._begin(content_type, server.limits))

    @property
    def transaction(self) -> Transaction | None:
        """The transaction that the message asks for, once its envelope was read."""
        return self._call.transaction

    @property
    def fault(self) -> SoapFault | None:
        """Why the message is refused, if it is."""
        return self._call.fault

    @property
    def uploading(self) -> bool:
        """Whether attachments are being taken in."""
        return self._body.uploading

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the request's body."""
        if not self.refused:
            self._attempt(lambda: self._body.feed(data))

    def refuse(self, fault: SoapFault) -> None:
        """Answer with a fault, whatever came so far; the first one stands."""
        self._attempt(lambda: self._call.refuse(fault))

    def finish(self) -> Reply:
        """The body is complete, or the message refused: give the reply."""
        if not self.refused:
            self._attempt(self._body.finish)
        # An answer that cannot be written gives way to a fault, which can.
        reply = self._attempt(self._reply) or self._attempt(self._reply)
        assert reply is not None
        return reply

    def abort(self) -> None:
        """The message will not arrive whole, and nobody waits for a reply.

        An upload that breaks off is reported as the fault that nobody will read.
        """
        if self._call.upload is not None:
            self._attempt(self._body.finish)
        self._attempt(self._call.abort)
        self._attempt(self._call.report)
        self._attempt(self._body.close)

    def _attempt(self, work: Callable[[], T]) -> T | None:
        with self._lock, trace.working_on(self.trace_id):
            try:
                return work()
            except SoapFault as fault:
                self._call.refuse(fault)
            except Exception:
                _LOG.exception("a request failed")
                self._call.refuse(SoapFault("internal-error", trace_id=self.trace_id))
            finally:
                self.refused = self._call.fault is not None
        return None

    def _begin(self, content_type: str, limits: SoapLimits) -> None:
        self._body = body_of(self._call, content_type, limits)

    def _reply(self) -> Reply:
        self._body.close()
        outgoing = self._call.finish()
        fault = outgoing.fault
        if fault is not None and fault.key == "soap-1.1":
            headers, chunks = mtom.write_plain(outgoing.pieces)
            headers[0] = ("Content-Type", "text/xml; charset=UTF-8")
        elif self._is_mtom:
            headers, chunks = mtom.write(outgoing.pieces, outgoing.action)
        else:
            headers, chunks = mtom.write_plain(outgoing.pieces, outgoing.action)
        headers.append(("X-Trace-Id", self.trace_id))
        status = 200 if fault is None else fault.entry.status
        return Reply(status, headers, Chunks(self.trace_id, chunks), outgoing.broken)
