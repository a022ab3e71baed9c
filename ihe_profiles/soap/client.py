"""The client: one call of a transaction, over HTTP or within the process (ITI TF-2 Appendix V)."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final, Protocol

import httpx

from ihe_profiles.soap import envelope, language, mtom, response, trace
from ihe_profiles.soap.addressing import ANONYMOUS
from ihe_profiles.soap.call_failures import (
    CallFailed,
    HttpFailure,
    NotOurAnswer,
    RemoteFault,
    Unanswered,
    Unreachable,
    Unreadable,
    WrongAction,
)
from ihe_profiles.soap.exchange import Binary, Peer, Transaction
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.soap.response import Arriving, Asked, Receive, Response, discard

if TYPE_CHECKING:
    from ihe_profiles.soap.spyne_port import SoapServer

__all__ = [
    "CallFailed",
    "Caller",
    "HttpCaller",
    "HttpFailure",
    "LocalCaller",
    "NotOurAnswer",
    "Receive",
    "RemoteFault",
    "Response",
    "Unanswered",
    "Unreachable",
    "Unreadable",
    "WrongAction",
    "discard",
]

_DEFAULTS: Final = SoapLimits()

_NOTHING_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class Caller(Protocol):
    """Whatever carries a request to an actor and brings the answer back."""

    def call(
        self,
        transaction: Transaction,
        body: Sequence[bytes | Binary],
        *,
        message_id: str | None = None,
        header: bytes = b"",
        receive: Receive = discard,
    ) -> Response:
        """Send one request and read its answer to the end.

        `body` is the request element in pieces, `header` further header blocks, `message_id` a
        fresh one unless given. `receive` is asked for each attachment of the answer. Raises
        CallFailed: Unreachable (not carried out), Unanswered (perhaps carried out), RemoteFault.
        """


class HttpCaller:
    """Calls the actor at `url`: plain SOAP or MTOM as the transaction says, the answer either.

    Timeouts and TLS are those of `http`. Redirects are not followed.
    """

    def __init__(self, url: str, http: httpx.Client, limits: SoapLimits = _DEFAULTS) -> None:
        self._url = httpx.URL(url)
        self._http = http
        self._limits = limits

    def call(
        self,
        transaction: Transaction,
        body: Sequence[bytes | Binary],
        *,
        message_id: str | None = None,
        header: bytes = b"",
        receive: Receive = discard,
    ) -> Response:
        """As Caller.call."""
        asked = Asked(transaction, message_id or uuid.uuid4().urn, self._limits)
        headers, chunks = _request(asked, body, header, to=str(self._url))
        headers += [("traceparent", _traceparent()), ("Accept-Encoding", "identity")]
        request = self._http.build_request("POST", self._url, headers=headers, content=chunks)
        with mtom.closed_after(chunks), _failures():
            answer = self._http.send(request, stream=True, follow_redirects=False)
        with closing(answer):
            content_type = answer.headers.get("Content-Type", "")
            arriving = Arriving(answer.status_code, content_type, self._chunks(answer))
            return response.read(arriving, asked, receive)

    def _chunks(self, answer: httpx.Response) -> Iterator[bytes]:
        encoding = answer.headers.get("Content-Encoding", "identity")
        if encoding.lower() != "identity":
            raise Unreadable(f"the answer has the Content-Encoding {encoding}, not asked for")
        deadline = time.monotonic() + self._limits.total_seconds
        size = 0
        with _failures():
            for chunk in answer.iter_raw():
                size += len(chunk)
                if size > self._limits.message:
                    raise Unreadable(f"the answer is larger than {self._limits.message} octets")
                if time.monotonic() > deadline:
                    seconds = self._limits.total_seconds
                    raise Unanswered(f"the answer was not complete after {seconds} seconds")
                yield chunk


class LocalCaller:
    """Calls a server in the same process, through all its layers but the network."""

    def __init__(self, server: SoapServer, peer: Peer) -> None:
        self._server = server
        self._peer = peer

    def call(
        self,
        transaction: Transaction,
        body: Sequence[bytes | Binary],
        *,
        message_id: str | None = None,
        header: bytes = b"",
        receive: Receive = discard,
    ) -> Response:
        """As Caller.call."""
        asked = Asked(transaction, message_id or uuid.uuid4().urn, self._server.limits)
        headers, chunks = _request(asked, body, header, to=None)
        content_type = dict(headers)["Content-Type"]
        intake = self._server.intake(content_type, self._peer, _traceparent())
        try:
            for chunk in chunks:
                intake.feed(chunk)
        except BaseException:
            intake.abort()
            raise
        reply = intake.finish()
        try:
            with mtom.closed_after(reply.chunks):
                content_type = dict(reply.headers)["Content-Type"]
                arriving = Arriving(reply.status, content_type, _unbroken(reply.chunks))
                return response.read(arriving, asked, receive)
        except RemoteFault:
            raise
        except BaseException:
            reply.abandon()
            raise


def _request(
    asked: Asked, body: Sequence[bytes | Binary], header: bytes, to: str | None
) -> tuple[mtom.Headers, Iterator[bytes]]:
    pieces = tuple(
        envelope.write(
            asked.transaction.action,
            body,
            message_id=asked.message_id,
            to=to,
            reply_to=ANONYMOUS,
            header=header,
            speaks=language.CURRENT.get(),
        )
    )
    write = mtom.write if asked.transaction.mtom else mtom.write_plain
    return write(pieces, asked.transaction.action)


def _traceparent() -> str:
    return trace.traceparent(trace.CURRENT.get() or trace.new())


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except _NOTHING_SENT as error:
        raise Unreachable(f"no connection: {error}") from error
    except httpx.TransportError as error:
        raise Unanswered(f"{type(error).__name__}: {error}") from error


def _unbroken(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """What breaks off an answer here would break a connection off elsewhere."""
    try:
        yield from chunks
    except Exception as error:
        raise Unanswered("the answer broke off") from error
