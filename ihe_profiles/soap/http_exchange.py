"""One POST under ASGI: its bytes into an Intake, the reply's out, no thread held in between."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from http import HTTPStatus
from typing import Any, Final, ParamSpec, TypeVar

from ihe_profiles.soap import trace
from ihe_profiles.soap.deadlines import Message, Pace, Receive
from ihe_profiles.soap.exchange import Peer
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.soap.intake import Chunks, Intake, Reply
from ihe_profiles.soap.limits import KIB, SoapLimits
from ihe_profiles.soap.spyne_port import SoapServer

Scope = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]
P = ParamSpec("P")
T = TypeVar("T")

_LOG: Final = logging.getLogger(__name__)
_PIECE: Final = 256 * KIB
"""What one visit to a worker thread makes of a reply."""


@dataclass(frozen=True, slots=True)
class Pools:
    """The worker threads: uploads cannot take those of queries."""

    uploads: Executor
    queries: Executor


class Outcome(StrEnum):
    """How an exchange ended."""

    ANSWERED = "answered"
    FAULT = "fault"
    ABANDONED = "abandoned"
    """The other side went away."""
    BROKEN = "broken"
    """The reply failed on its way, so the connection was ended."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One exchange, for metrics: the transaction's number if known, times in seconds, octets."""

    transaction: str | None
    outcome: Outcome
    seconds: float
    octets_in: int
    octets_out: int


class _Gone(Exception):
    """The other side closed the connection."""


class HttpExchange:
    """Carries one request through; `run` it once."""

    def __init__(self, server: SoapServer, limits: SoapLimits, pools: Pools, scope: Scope) -> None:
        self._limits = limits
        self._pools = pools
        self._headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        self._peer = _peer(scope)
        self._intake: Intake = server.intake(
            self._headers.get(b"content-type", ""),
            self._peer,
            self._headers.get(b"traceparent"),
        )
        self._pace = Pace(limits)
        self._more = True
        self._has_read = False
        self._is_over = False
        self._hangup: asyncio.Future[None] | None = None
        self._status: int | None = None
        self._octets_in = 0
        self._octets_out = 0

    async def run(self, receive: Receive, send: Send) -> Observation:
        """Take the request in, answer it, and say how it went."""
        started = time.monotonic()
        outcome = Outcome.ABANDONED
        try:
            await self._take_in(receive)
            outcome = await self._answer(receive, send)
        except _Gone:
            pass
        finally:
            if self._hangup is not None:
                self._hangup.cancel()
            if not self._is_over:
                self._submit(self._intake.abort)
        transaction = self._intake.transaction
        number = None if transaction is None else transaction.number
        seconds = time.monotonic() - started
        seen = Observation(number, outcome, seconds, self._octets_in, self._octets_out)
        self._log(seen)
        return seen

    async def _take_in(self, receive: Receive) -> None:
        try:
            self._judge_headers()
            while self._more and not self._intake.refused:
                batch = await self._batch(receive)
                await self._in_pool(self._intake.feed, batch)
        except SoapFault as fault:
            await self._in_pool(self._intake.refuse, fault)

    def _judge_headers(self) -> None:
        """Refuse what the HTTP headers alone show to be wrong, before anything is read."""
        length = self._headers.get(b"content-length", "0")
        if int(length) > self._limits.message:
            raise SoapFault("message-too-large", limit=self._limits.message)
        encoding = self._headers.get(b"content-encoding", "identity").strip()
        if encoding.lower() != "identity":
            raise SoapFault("content-encoding", found=encoding)

    async def _batch(self, receive: Receive) -> bytes:
        pieces: list[bytes] = []
        size = 0
        while self._more and size < self._limits.batch:
            pieces.append(await self._next(receive))
            size += len(pieces[-1])
            if self._octets_in > self._limits.message:
                raise SoapFault("message-too-large", limit=self._limits.message)
        return b"".join(pieces)

    async def _next(self, receive: Receive) -> bytes:
        message = await self._pace.next(receive)
        if message["type"] == "http.disconnect":
            raise _Gone
        self._has_read = True
        self._more = message.get("more_body", False)
        body: bytes = message.get("body", b"")
        self._octets_in += len(body)
        return body

    async def _answer(self, receive: Receive, send: Send) -> Outcome:
        if not self._more:
            self._watch(receive)
        reply, piece, is_last = await self._in_pool(self._begin_reply)
        self._is_over = True
        self._status = reply.status
        headers = [(name.lower().encode(), value.encode()) for name, value in reply.headers]
        if self._more:
            headers.append((b"connection", b"close"))
        outcome = Outcome.ABANDONED
        try:
            if self._has_gone:
                return outcome
            await send({"type": "http.response.start", "status": reply.status, "headers": headers})
            if self._more:
                await self._drain_while_answering(piece, receive, send)
                piece = b""
            await self._send_piece(piece, is_last, send)
            outcome = self._whole if is_last else await self._stream(reply.chunks, receive, send)
        finally:
            if outcome in (Outcome.ABANDONED, Outcome.BROKEN):
                self._submit(reply.abandon)
            elif not is_last:
                self._submit(reply.chunks.close)
        return outcome

    @property
    def _whole(self) -> Outcome:
        return Outcome.ANSWERED if self._intake.fault is None else Outcome.FAULT

    def _begin_reply(self) -> tuple[Reply, bytes, bool]:
        reply = self._intake.finish()
        try:
            return reply, *_pull(reply.chunks)
        except Exception:
            # Nothing was sent yet, so that a fault can still take the reply's place.
            self._log_broken()
        trace_id = self._intake.trace_id
        self._intake.refuse(SoapFault("internal-error", trace_id=trace_id))
        reply = self._intake.finish()
        return reply, *_pull(reply.chunks)

    async def _drain_while_answering(self, piece: bytes, receive: Receive, send: Send) -> None:
        """Answer at once, and read on for a while: many senders look only when they have sent."""
        await self._send_piece(piece, False, send)
        waits_for_us = not self._has_read and b"expect" in self._headers
        if waits_for_us or self._status == HTTPStatus.REQUEST_TIMEOUT:
            return
        last = self._octets_in + self._limits.refused_body
        with suppress(SoapFault, _Gone):
            while self._more and self._octets_in < last:
                await self._next(receive)

    def _watch(self, receive: Receive) -> None:
        """Notice from now on when the other side goes away."""
        self._hangup = self._hangup or asyncio.ensure_future(_hangup(receive))

    @property
    def _has_gone(self) -> bool:
        return self._hangup is not None and self._hangup.done()

    async def _stream(self, chunks: Chunks, receive: Receive, send: Send) -> Outcome:
        self._watch(receive)
        is_last = False
        try:
            while not is_last:
                piece, is_last = await self._in_pool(_pull, chunks)
                if self._has_gone:
                    return Outcome.ABANDONED
                await self._send_piece(piece, is_last, send)
        except Exception:
            self._log_broken()
            return Outcome.BROKEN
        return self._whole

    async def _send_piece(self, piece: bytes, is_last: bool, send: Send) -> None:
        self._octets_out += len(piece)
        await send({"type": "http.response.body", "body": piece, "more_body": not is_last})

    def _pool(self) -> Executor:
        return self._pools.uploads if self._intake.uploading else self._pools.queries

    async def _in_pool(self, work: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool(), partial(work, *args, **more))

    def _submit(self, work: Callable[[], None]) -> None:
        """Let a worker thread do it, and do not wait: the request may be cancelled already."""
        try:
            self._pool().submit(work)
        except RuntimeError:  # the pool was shut down
            work()

    def _log_broken(self) -> None:
        with trace.working_on(self._intake.trace_id):
            _LOG.exception("a reply broke off")

    def _log(self, seen: Observation) -> None:
        fault = self._intake.fault
        fields = {
            "transaction": seen.transaction,
            "outcome": seen.outcome.value,
            "status": self._status,
            "fault": None if fault is None else fault.key,
            "seconds": round(seen.seconds, 6),
            "octets_in": seen.octets_in,
            "octets_out": seen.octets_out,
            "trace_id": self._intake.trace_id,
        }
        with trace.working_on(self._intake.trace_id):
            _LOG.info("exchange", extra={**fields, **self._peer.logged})


async def _hangup(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _pull(chunks: Iterator[bytes]) -> tuple[bytes, bool]:
    """Make the next bytes of a reply, and say whether they are the last."""
    pieces: list[bytes] = []
    size = 0
    for chunk in chunks:
        pieces.append(chunk)
        size += len(chunk)
        if size >= _PIECE:
            return b"".join(pieces), False
    return b"".join(pieces), True


def _peer(scope: Scope) -> Peer:
    client = scope.get("client")
    tls = scope.get("extensions", {}).get("tls", {})
    return Peer("" if client is None else client[0], tls.get("client_cert_der"))
