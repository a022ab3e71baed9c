"""What an operation sees of one SOAP exchange, and what it answers.

Operations (in `registry` and `repository`) know this module, and neither Spyne, MIME nor HTTP.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from cryptography import x509
from lxml.etree import _Element

from ihe_profiles.soap.addressing import Addressing
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.xua.requester import Requester


@dataclass(frozen=True, slots=True)
class Transaction:
    """One IHE transaction on the wire.

    `request` is the body element in Clark notation; `mtom` is the encoding that the standard asks
    of both directions.
    Source: ITI TF-2 Appendix V and the section of each transaction.
    """

    number: str
    name: str
    operation: str
    action: str
    response_action: str
    request: str
    mtom: bool = False


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end: its address and, under TLS, its certificate (DER).

    `inside` is an actor of this same process, which no message can claim to be.
    """

    address: str
    certificate: bytes | None = None
    inside: bool = False

    @property
    def identity(self) -> str:
        """What a sender is recognised by: its certificate's SHA-256, else its address."""
        if self.certificate is None:
            return self.address
        return _fingerprint(self.certificate)

    @property
    def subject(self) -> str:
        """The subject of its certificate as RFC 4514 writes it, empty when there is none."""
        return "" if self.certificate is None else _subject(self.certificate)

    @property
    def logged(self) -> dict[str, str]:
        """What a log line says of it: `peer`, and `certificate` and `subject` where it has one."""
        if self.certificate is None:
            return {"peer": self.address}
        return {"peer": self.address, "certificate": self.identity, "subject": self.subject}


@lru_cache(maxsize=1024)
def _fingerprint(certificate: bytes) -> str:
    return f"sha256:{hashlib.sha256(certificate).hexdigest()}"


@lru_cache(maxsize=1024)
def _subject(certificate: bytes) -> str:
    try:
        return x509.load_der_x509_certificate(certificate).subject.rfc4514_string()
    except ValueError:
        return ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request, its root part read and its headers understood.

    `header` is the SOAP Header element (None when absent), `body` the one child of the Body.
    `digest` identifies the message's content: SHA-256 of the canonical body, without the security
    header and without the attachments. `requester` is the user on whose behalf the peer asks, if
    an assertion names one.
    """

    transaction: Transaction
    addressing: Addressing
    header: _Element | None
    body: _Element
    digest: bytes
    peer: Peer
    trace_id: str
    requester: Requester | None = None


@dataclass(frozen=True, slots=True)
class FaultReport:
    """One exchange that ends in a fault, as far as it was understood: None where it was not."""

    fault: SoapFault
    peer: Peer
    transaction: Transaction | None
    body: _Element | None
    requester: Requester | None


OnFault = Callable[[FaultReport], None]
"""Is told of each exchange that ends in a fault, before the fault is sent."""


def no_report(report: FaultReport) -> None:
    """Tell nobody."""


Guard = Callable[[Transaction, _Element | None, Peer], Requester | None]
"""Says on whose behalf a peer asks, from the SOAP Header. Raises SoapFault."""


def no_guard(transaction: Transaction, header: _Element | None, peer: Peer) -> None:
    """Ask for no assertion, and read none."""


@dataclass(frozen=True, slots=True)
class Binary:
    """Bytes that stand where base64 stands in the answer's XML.

    An MTOM answer sends them as a part of their own, a plain answer as base64 text in place.
    `size` is in octets and exact; `chunks` may be called once.
    """

    content_type: str
    size: int
    chunks: Callable[[], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    """The response's body element in order: finished UTF-8 XML, and `Binary` where bytes go.

    The pieces may be produced while they are sent. An exception while sending ends the connection
    without a closing boundary; a generator learns of a broken connection through its `close()`.
    `broken` is called once when the answer was begun and not delivered whole.
    """

    body: Iterable[bytes | Binary]
    broken: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class PartHead:
    """The headers of one attachment: its Content-ID without angle brackets, and its media type."""

    content_id: str
    content_type: str


class Sink(Protocol):
    """Takes the decoded bytes of one attachment, in order."""

    def write(self, data: bytes) -> None:
        """Take the next bytes."""

    def close(self) -> None:
        """The attachment ended properly."""


class Upload(Protocol):
    """An operation that has judged the root part and still takes attachments (ITI-41).

    Calls come one at a time, each possibly from another thread, and nothing holds a thread between
    them: a stalled sender costs no worker. Exactly one of `finish` and `abort` ends it.
    """

    def part(self, head: PartHead) -> Sink | None:
        """Say where an attachment goes; None lets its bytes fall. Raises SoapFault.

        A Refusal is kept and answered by `finish`: nothing below the operation can write it.
        """

    def finish(self) -> Answer:
        """Every attachment has arrived: do the work."""

    def abort(self) -> None:
        """The message will not arrive whole: undo what was staged."""


Handler = Callable[[Exchange], Answer | Upload]


@dataclass(frozen=True, slots=True)
class Operation:
    """A transaction and the function that carries it out."""

    transaction: Transaction
    handler: Handler
