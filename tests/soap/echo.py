"""Small operations that answer what they saw: the handlers of the tests of this folder."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ihe_profiles.soap import trace
from ihe_profiles.soap.exchange import (
    Answer,
    Binary,
    Exchange,
    Operation,
    PartHead,
    Peer,
    Transaction,
    Upload,
)
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.soap.intake import Intake, Reply
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.soap.spyne_port import SoapServer
from tests.soap import messages

LCM = "urn:test:lcm"
XDS = "urn:test:xds"
SUBMIT = Transaction(
    "ITI-42",
    "Register Document Set-b",
    "DocumentRegistry_RegisterDocumentSet-b",
    "urn:test:Register",
    "urn:test:RegisterResponse",
    f"{{{LCM}}}SubmitObjectsRequest",
)
UPDATE = Transaction(
    "ITI-57",
    "Update Document Set",
    "DocumentRegistry_UpdateDocumentSet",
    "urn:test:Update",
    "urn:test:UpdateResponse",
    f"{{{LCM}}}SubmitObjectsRequest",
)
PROVIDE = Transaction(
    "ITI-41",
    "Provide and Register Document Set-b",
    "DocumentRepository_ProvideAndRegisterDocumentSet-b",
    "urn:test:Provide",
    "urn:test:ProvideResponse",
    f"{{{XDS}}}Provide",
    mtom=True,
)
RETRIEVE = Transaction(
    "ITI-43",
    "Retrieve Document Set",
    "DocumentRepository_RetrieveDocumentSet",
    "urn:test:Retrieve",
    "urn:test:RetrieveResponse",
    f"{{{XDS}}}Retrieve",
    mtom=True,
)


@dataclass
class Received:
    """One attachment as an operation got it."""

    head: PartHead
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)
    size: int = 0
    closed: bool = False
    on_write: Callable[[], None] = lambda: None

    def write(self, data: bytes) -> None:
        self.on_write()
        self.digest.update(data)
        self.size += len(data)

    def close(self) -> None:
        self.closed = True


class EchoUpload:
    """Takes attachments; the request's attribute `fail` says where it fails."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.parts: list[Received] = []
        self.ended: list[str] = []
        self.traces = {trace.CURRENT.get()}
        self.fail = exchange.body.get("fail", "")

    def _may_fail(self, where: str) -> None:
        self.traces.add(trace.CURRENT.get())
        if self.fail == where:
            raise ZeroDivisionError("a secret of the operation")
        if self.fail == f"{where}-fault":
            raise SoapFault("message-id-reused", message_id="urn:m")

    def part(self, head: PartHead) -> Received | None:
        self._may_fail("part")
        if head.content_id == "unwanted":
            return None
        self.parts.append(Received(head, on_write=lambda: self._may_fail("write")))
        return self.parts[-1]

    def finish(self) -> Answer:
        self.ended.append("finish")
        self._may_fail("finish")
        seen = (f'<p id="{p.head.content_id}" size="{p.size}"/>' for p in self.parts if p.closed)
        return Answer([f"<Provided>{''.join(seen)}</Provided>".encode()])

    def abort(self) -> None:
        self.ended.append("abort")
        self._may_fail("abort")


class Echo:
    """Four operations, two of them with one body element, and what they saw."""

    def __init__(self, limits: SoapLimits | None = None) -> None:
        self.exchanges: list[Exchange] = []
        self.uploads: list[EchoUpload] = []
        self.streams_closed = threading.Event()
        handlers = {
            SUBMIT: self._submit,
            UPDATE: self._submit,
            PROVIDE: self._provide,
            RETRIEVE: self._retrieve,
        }
        operations = [Operation(transaction, handler) for transaction, handler in handlers.items()]
        self.server = SoapServer("Echo", operations, limits or SoapLimits())

    def intake(self, content_type: str = "application/soap+xml", **more: str) -> Intake:
        return self.server.intake(content_type, Peer("192.0.2.7", b"certificate"), **more)

    def send(self, data: bytes, content_type: str = "application/soap+xml") -> tuple[Reply, bytes]:
        """One whole request, and the reply with its body."""
        intake = self.intake(content_type)
        intake.feed(data)
        reply = intake.finish()
        return reply, b"".join(reply.chunks)

    def _submit(self, exchange: Exchange) -> Answer:
        self.exchanges.append(exchange)
        if exchange.body.get("fail") == "handler":
            raise ZeroDivisionError("a secret of the operation")
        if exchange.body.get("fail") == "fault":
            raise SoapFault("message-id-reused", message_id="urn:m")
        name = exchange.transaction.number
        return Answer([f'<Done by="{name}" trace="{trace.CURRENT.get()}"/>'.encode()])

    def _provide(self, exchange: Exchange) -> Upload:
        self.exchanges.append(exchange)
        if exchange.body.get("fail") == "handler-fault":
            raise SoapFault("message-id-reused", message_id="urn:m")
        self.uploads.append(EchoUpload(exchange))
        return self.uploads[-1]

    def _retrieve(self, exchange: Exchange) -> Answer:
        """Answer `size` octets, made while they are sent; fail after `broken` of them."""
        self.exchanges.append(exchange)
        size = int(exchange.body.get("size", "10"))
        broken = int(exchange.body.get("broken", str(size)))
        content_type = exchange.body.get("type", "application/pdf")
        binary = Binary(content_type, size, lambda: self._octets(size, broken))
        return Answer([b"<Retrieved>", binary, b"</Retrieved>"])

    def _octets(self, size: int, broken: int) -> Iterator[bytes]:
        try:
            for at in range(0, size, 65536):
                if at + 65536 > broken and broken < size:
                    raise ZeroDivisionError("a secret of the operation")
                yield trace.CURRENT.get().encode()[:1] * min(65536, size - at)
        finally:
            self.streams_closed.set()


def submit(
    transaction: Transaction = SUBMIT, attributes: str = "", header: str = "", content: str = ""
) -> bytes:
    """A plain request of the transaction."""
    namespace, name = transaction.request[1:].split("}")
    body = f'<{name} xmlns="{namespace}" {attributes}>{content}</{name}>'
    return messages.envelope(messages.action(transaction.action) + header, body)


MULTIPART = (
    'multipart/related; boundary="b"; type="application/xop+xml"; start="<root>";'
    ' start-info="application/soap+xml"'
)


def part(content_id: str, data: bytes, content_type: str = "application/octet-stream") -> bytes:
    head = f"--b\r\nContent-ID: <{content_id}>\r\nContent-Type: {content_type}\r\n"
    return f"{head}Content-Transfer-Encoding: binary\r\n\r\n".encode() + data + b"\r\n"


def multipart(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--b--\r\n"


def root(data: bytes) -> bytes:
    return part("root", data, 'application/xop+xml; type="application/soap+xml"')
