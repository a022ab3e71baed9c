"""The one door to Spyne 2.14: service definitions, dispatch, call pipeline and fault plumbing.

Nothing else imports Spyne. Its own SOAP protocols cannot do XDS (two operations with one body
element, headers, MTOM), so the hooks below take their place; `tests/soap/test_spyne_port.py` holds
Spyne to them.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from lxml.etree import _Element

from ihe_profiles.soap import addressing, envelope, language, spyne_compat
from ihe_profiles.soap.digest import digest
from ihe_profiles.soap.exchange import (
    Answer,
    Binary,
    Exchange,
    FaultReport,
    Guard,
    OnFault,
    Operation,
    Peer,
    Transaction,
    Upload,
    no_guard,
    no_report,
)
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.soap.intake import Intake
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.xua.requester import Requester

spyne_compat.install()  # before the first import of Spyne
import spyne.const  # noqa: E402
from spyne import Application, Fault, MethodContext, ServiceBase, rpc  # noqa: E402
from spyne.model.primitive import AnyXml  # noqa: E402
from spyne.protocol import ProtocolBase  # noqa: E402
from spyne.server import ServerBase  # noqa: E402
from spyne.util.appreg import unregister_application  # noqa: E402

# Else Spyne runs a full garbage collection every second, in the middle of a call.
spyne.const.MIN_GC_INTERVAL = math.inf
# Spyne logs every fault with a traceback; here faults are answers, and the unforeseen is logged.
logging.getLogger("spyne").setLevel(logging.CRITICAL)

_LOG: Final = logging.getLogger(__name__)
_DEFAULTS: Final = SoapLimits()
_SPYNE_CODES: Final = {"Sender": "Client", "Receiver": "Server"}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An envelope ready to be sent: its pieces, its wsa:Action, the fault if it is one.

    `broken` is what to call when it is begun and not delivered whole.
    """

    pieces: Iterable[bytes | Binary]
    action: str
    fault: SoapFault | None
    broken: Callable[[], None] | None = None


class SoapServer:
    """The operations behind one address, told apart by wsa:Action. Thread-safe.

    `speaks` is the language of answers to requests that ask for none that is known; `guard` says
    who the user is, before an operation sees the request; `on_fault` is told of each fault.
    """

    def __init__(
        self,
        name: str,
        operations: Iterable[Operation],
        limits: SoapLimits = _DEFAULTS,
        speaks: str = language.ENGLISH,
        guard: Guard = no_guard,
        on_fault: OnFault = no_report,
    ) -> None:
        """Define the operations; two with one action, or of one name, are a ValueError."""
        offered = tuple(operations)
        actions = {operation.transaction.action: operation.transaction for operation in offered}
        if len(actions) < len(offered):
            raise ValueError(f"{name}: two operations have the same action")
        self.limits = limits
        self.transactions: Mapping[str, Transaction] = MappingProxyType(actions)
        application = Application(
            [_service(name, offered)],
            tns="urn:ihe:iti:xds-b:2007",
            name=name,
            in_protocol=ActionProtocol(guard),
            out_protocol=ActionProtocol(),
        )
        unregister_application(application)
        self._transport = _Transport(application)
        self._speaks = speaks
        self._on_fault = on_fault

    def intake(self, content_type: str, peer: Peer, traceparent: str | None = None) -> Intake:
        """Begin to take in one request."""
        return Intake(self, content_type, peer, traceparent)

    def call(self, peer: Peer, trace_id: str) -> Call:
        """Begin one call in Spyne's pipeline."""
        return Call(self._transport, _Origin(peer, trace_id, self._speaks), self._on_fault)


class Call:
    """One message on its way through Spyne's pipeline; for one thread at a time.

    `read`, `invoke`, `finish` in this order; `refuse` at any moment before `finish`. None raises:
    what goes wrong is the fault that `finish` gives.
    """

    def __init__(self, transport: _Transport, origin: _Origin, on_fault: OnFault) -> None:
        self._transport = transport
        self._on_fault: OnFault | None = on_fault
        self._context = MethodContext(transport, MethodContext.SERVER)
        self._context.udc = origin

    @property
    def transaction(self) -> Transaction | None:
        """The transaction that the message asks for, once known."""
        descriptor = self._context.descriptor
        return None if descriptor is None else descriptor.udd["transaction"]

    @property
    def fault(self) -> SoapFault | None:
        """Why the message is refused, if it is."""
        error = self._context.out_error
        return None if error is None else error.soap_fault

    @property
    def upload(self) -> Upload | None:
        """The operation that waits for attachments, if it does."""
        result = self._context.out_object
        if result is None or isinstance(result[0], Answer):
            return None
        upload: Upload = result[0]
        return upload

    def read(self, root: _Element) -> None:
        """Read the envelope and find its operation."""
        self._context.in_document = root
        self._context = self._transport.generate_contexts(self._context)[0]
        if self._context.in_error is None:
            self._transport.get_in_object(self._context)

    def invoke(self) -> None:
        """Carry out the operation, or as much of it as goes before the attachments."""
        if self._context.out_error is None:
            with language.speaking(self._context.udc.language):
                self._transport.get_out_object(self._context)

    def refuse(self, fault: SoapFault) -> None:
        """Answer with a fault, whatever was done before; the first one stands."""
        self.abort()
        if self._context.out_error is None:
            self._fail(Refused(fault))

    def abort(self) -> None:
        """Tell the operation that its attachments will not all come."""
        upload, self._context.out_object = self.upload, None
        if upload is None:
            return
        try:
            upload.abort()
        except Exception:
            _LOG.exception("an upload could not be undone")

    def finish(self) -> Outgoing:
        """End the call: every attachment has arrived, or the message is refused."""
        context, upload = self._context, self.upload
        if upload is not None:
            try:
                with (
                    _faults_for_spyne(context.udc.trace_id),
                    language.speaking(context.udc.language),
                ):
                    context.out_object = [upload.finish()]
            except Refused as refused:
                self._fail(refused)
        self._transport.get_out_string(context)
        context.close()
        outgoing: Outgoing = context.out_string
        self.report()
        return outgoing

    def report(self) -> None:
        """Tell of the fault, if there is one, once."""
        fault = self.fault
        if fault is None or self._on_fault is None:
            return
        tell, self._on_fault = self._on_fault, None
        context = self._context
        origin: _Origin = context.udc
        report = FaultReport(
            fault, origin.peer, self.transaction, context.in_body_doc, origin.requester
        )
        try:
            tell(report)
        except Exception:
            _LOG.exception("a fault could not be reported")

    def _fail(self, refused: Refused) -> None:
        context = self._context
        context.out_object = context.out_document = context.out_string = None
        context.out_error = refused
        context.fire_event("method_exception_object")


class Refused(Fault):  # type: ignore[misc]
    """A SoapFault on its way through Spyne."""

    def __init__(self, soap_fault: SoapFault) -> None:
        code = soap_fault.entry.code
        super().__init__(_SPYNE_CODES.get(code, code), str(soap_fault))
        self.soap_fault = soap_fault


class ActionProtocol(ProtocolBase):  # type: ignore[misc]
    """SOAP 1.2 with WS-Addressing for Spyne: dispatch by wsa:Action, the body element as it is."""

    def __init__(self, guard: Guard = no_guard) -> None:
        super().__init__()
        self._guard = guard

    def set_app(self, value: Application | None) -> None:
        """Learn the operations of the application; None while there is none yet."""
        super().set_app(value)
        descriptors = () if value is None else value.interface.method_id_map.values()
        self._by_action = {d.udd["transaction"].action: d for d in descriptors}

    def create_in_document(self, ctx: MethodContext, in_string_encoding: str | None = None) -> None:
        """Nothing to do: the transport hands over a parsed document."""

    def decompose_incoming_envelope(self, ctx: MethodContext, message: object) -> None:
        """Take the envelope apart; `method_request_string` is wsa:Action."""
        with _faults_for_spyne(ctx.udc.trace_id):
            read = envelope.read(ctx.in_document)
            addressing.require_anonymous(read.addressing)
            asked = language.take(read.body)
            ctx.udc = replace(ctx.udc, language=asked or ctx.udc.language)
        ctx.in_header_doc, ctx.in_body_doc = read.header, read.body
        ctx.in_header = read.addressing
        ctx.method_request_string = read.addressing.action

    def get_call_handles(self, ctx: MethodContext) -> list[Any]:
        """Find the operation of the action."""
        action = ctx.method_request_string
        if action not in self._by_action:
            served = ", ".join(sorted(self._by_action))
            raise Refused(SoapFault("action-not-supported", action=action, served=served))
        return [self._by_action[action]]

    def deserialize(self, ctx: MethodContext, message: object) -> None:
        """Make the Exchange, if the body is that of the transaction."""
        transaction: Transaction = ctx.descriptor.udd["transaction"]
        body: _Element = ctx.in_body_doc
        with _faults_for_spyne(ctx.udc.trace_id):
            if body.tag != transaction.request:
                raise _mismatch(transaction, str(body.tag))
            requester = self._guard(transaction, ctx.in_header_doc, ctx.udc.peer)
            ctx.udc = replace(ctx.udc, requester=requester)
            ctx.in_object = Exchange(
                transaction=transaction,
                addressing=ctx.in_header,
                header=ctx.in_header_doc,
                body=body,
                digest=digest(body),
                peer=ctx.udc.peer,
                trace_id=ctx.udc.trace_id,
                requester=requester,
            )

    def serialize(self, ctx: MethodContext, message: object) -> None:
        """Put the answer or the fault into an envelope."""
        refused: Refused | None = ctx.out_error
        ctx.out_document = _answer(ctx) if refused is None else _fault(ctx, refused.soap_fault)

    def create_out_string(self, ctx: MethodContext, out_string_encoding: str | None = None) -> None:
        """Hand the envelope over; it becomes bytes when it is sent."""
        ctx.out_string = ctx.out_document


class _Transport(ServerBase):  # type: ignore[misc]
    transport = "urn:entente:soap"


class _Service(ServiceBase):  # type: ignore[misc]
    @classmethod
    def call_wrapper(cls, ctx: MethodContext, args: Any = None) -> Any:
        with _faults_for_spyne(ctx.udc.trace_id):
            return super().call_wrapper(ctx, args)


@dataclass(frozen=True, slots=True)
class _Origin:
    """What Spyne carries along for us (its "user defined context")."""

    peer: Peer
    trace_id: str
    language: str
    requester: Requester | None = None


def _service(name: str, operations: Iterable[Operation]) -> type[_Service]:
    methods: dict[str, Any] = {}
    for operation in operations:
        key = operation.transaction.operation
        if key in methods:
            raise ValueError(f"{name}: two operations are called {key}")
        methods[key] = _method(operation)
    return type(name, (_Service,), methods)


def _method(operation: Operation) -> Any:
    def method(ctx: MethodContext, exchange: Exchange) -> Answer | Upload:
        return operation.handler(exchange)

    method.__name__ = operation.transaction.operation
    declare = rpc(
        AnyXml,
        _returns=AnyXml,
        _body_style="bare",
        _operation_name=operation.transaction.operation,
        _udd={"transaction": operation.transaction},
    )
    return declare(method)


@contextmanager
def _faults_for_spyne(trace_id: str) -> Iterator[None]:
    """Turn our refusals, and what nobody foresaw, into the faults that Spyne carries."""
    try:
        yield
    except SoapFault as fault:
        raise Refused(fault) from fault
    except Exception as error:
        _LOG.exception("an operation failed")
        raise Refused(SoapFault("internal-error", trace_id=trace_id)) from error


def _mismatch(transaction: Transaction, found: str) -> SoapFault:
    return SoapFault(
        "action-mismatch",
        action=transaction.action,
        transaction=f"{transaction.number} {transaction.name}",
        expected=transaction.request,
        found=found,
    )


def _answer(ctx: MethodContext) -> Outgoing:
    answer: Answer = ctx.out_object[0]
    action: str = ctx.descriptor.udd["transaction"].response_action
    pieces = envelope.write(action, answer.body, relates_to=ctx.in_header.message_id)
    is_ready = isinstance(answer.body, (list, tuple))
    return Outgoing(list(pieces) if is_ready else pieces, action, None, answer.broken)


def _fault(ctx: MethodContext, fault: SoapFault) -> Outgoing:
    root = ctx.in_document
    relates_to = None if root is None else envelope.message_id(root)
    data = envelope.fault(fault, ctx.udc.trace_id, relates_to)
    return Outgoing([data], envelope.fault_action(fault), fault)
