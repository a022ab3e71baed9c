"""The listener itself: HTTP and MLLP on the wire, each message judged as its octets came."""

from __future__ import annotations

import asyncio
import signal
import ssl
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from socket import socket
from typing import Any, Final

import uvicorn

from conformance.evidence import Evidence, Exchange
from conformance.judging import capture
from conformance.judging.case import Case
from conformance.judging.judge import judge
from conformance.judging.tally import Tally
from conformance.listening.actors import Actors, acknowledge
from ihe_profiles.hl7 import mllp
from ihe_profiles.soap.exchange import Peer
from ihe_profiles.xds.domain.affinity import AffinityDomain

Scope = dict[str, Any]
Observe = Callable[[Case, int], None]

KEPT: Final = 1000
"""Exchanges that a report may show; later ones are judged all the same."""
_CHUNK: Final = 64 * 1024
_MLLP: Final = 1024 * 1024
_MOST: Final = 32
"""Connections at once."""
_PATIENCE: Final = 60.0
"""Seconds for the next octets of a message."""


@dataclass(slots=True)
class Listener:
    """Judges what comes; `observe` hears of each message with its number.

    After `most` messages it stops. `domain` is what codes are judged by, None for any.
    """

    actors: Actors
    tally: Tally
    observe: Observe
    domain: AffinityDomain | None = None
    most: int | None = None
    evidence: Evidence = field(default_factory=Evidence)
    stop: Callable[[], None] = lambda: None

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            return
        if scope["method"] in ("GET", "HEAD"):
            await _send(send, 404, [(b"content-type", b"text/plain")], b"POST messages here.\n")
            return
        try:
            body = await _body(receive)
        except (_Gone, TimeoutError):
            return
        if body is None:
            await _send(send, 413, [(b"content-type", b"text/plain")], b"Too large.\n")
            return
        await asyncio.to_thread(self._take, scope, body)
        status, headers, answer = await asyncio.to_thread(self._answer, scope, body)
        await _send(send, status, headers, answer)
        self._stop_after_the_last()

    async def feed(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Serve one MLLP connection."""
        framer = mllp.Framer(_MLLP)
        raw = bytearray()
        with suppress(OSError, TimeoutError, asyncio.CancelledError):
            while data := await asyncio.wait_for(reader.read(_CHUNK), _PATIENCE):
                raw += data
                for event in framer.feed(data):
                    octets = _octets(event)
                    await asyncio.to_thread(self._judge_feed, octets, bytes(raw))
                    writer.write(mllp.write(acknowledge(octets)))
                    await writer.drain()
                    raw.clear()
                    self._stop_after_the_last()
                del raw[: max(len(raw) - _MLLP, 0)]
        writer.close()

    def _take(self, scope: Scope, body: bytes) -> None:
        headers = _headers(scope)
        captured = capture.received(scope["method"], headers, body)
        case = judge(captured, self.domain)
        exchange = self._begin(scope.get("path", "/"), scope["method"])
        exchange.request_headers = headers
        exchange.request.take(body)
        scope["exchange"] = exchange
        self._tell(case, exchange)

    def _answer(self, scope: Scope, body: bytes) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        exchange: Exchange = scope["exchange"]
        content_type = next((v for n, v in _headers(scope) if n == "content-type"), "")
        client = scope.get("client") or ("", 0)
        intake = self.actors.server.intake(content_type, Peer(client[0]))
        intake.feed(body)
        reply = intake.finish()
        answer = b"".join(reply.chunks)
        exchange.status = reply.status
        exchange.response_headers = tuple(reply.headers)
        exchange.response.take(answer)
        exchange.seconds = time.time() - exchange.started
        return reply.status, [(n.encode(), v.encode()) for n, v in reply.headers], answer

    def _judge_feed(self, octets: bytes, raw: bytes) -> None:
        """Judge a message as it came: with its frame, where it is alone in what was read."""
        alone = raw.count(mllp.VT) == 1
        case = judge(capture.Captured(capture.Kind.HL7, raw if alone else octets), self.domain)
        exchange = self._begin("mllp", "MLLP")
        exchange.request.take(octets)
        self._tell(case, exchange)

    def _begin(self, address: str, method: str) -> Exchange:
        if len(self.evidence.exchanges) < KEPT:
            return self.evidence.begin(address, method)
        return Exchange(0, address, time.time(), method)

    def _tell(self, case: Case, exchange: Exchange) -> None:
        self.tally.add(case, exchange.number or None)
        self.observe(case, self.tally.messages)

    def _stop_after_the_last(self) -> None:
        if self.most is not None and self.tally.messages >= self.most:
            self.stop()


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the listener listens; `feed` is None without MLLP."""

    http: socket
    feed: socket | None = None
    tls: ssl.SSLContext | None = None


def serve(listener: Listener, doors: Doors) -> None:
    """Listen until the last message has come, or until a signal."""
    asyncio.run(_serve(listener, doors))


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the listener, which reports when it ends."""
        yield


async def _serve(listener: Listener, doors: Doors) -> None:
    config = uvicorn.Config(
        listener,
        log_config=None,
        access_log=False,
        lifespan="off",
        limit_concurrency=_MOST,
        timeout_graceful_shutdown=2,
    )
    config.load()
    config.ssl = doors.tls
    server = _Server(config)

    def stop() -> None:
        server.should_exit = True

    listener.stop = stop
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    feed = None
    if doors.feed is not None:
        feed = await asyncio.start_server(listener.feed, sock=doors.feed, ssl=doors.tls)
    try:
        await server.serve([doors.http])
    finally:
        if feed is not None:
            feed.close()


class _Gone(Exception):
    """The sender went before its message was complete."""


async def _body(receive: Any) -> bytes | None:
    """Return the whole body; None for one that is too large. Raises _Gone, TimeoutError."""
    body = bytearray()
    while True:
        message = await asyncio.wait_for(receive(), _PATIENCE)
        if message["type"] == "http.disconnect":
            raise _Gone
        body += message.get("body", b"")
        if len(body) > capture.LARGEST:
            return None
        if not message.get("more_body"):
            return bytes(body)


async def _send(send: Any, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _headers(scope: Scope) -> capture.Headers:
    return tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in scope["headers"])


def _octets(event: mllp.Event) -> bytes:
    if isinstance(event, mllp.Frame):
        return event.data
    return event.head if isinstance(event, mllp.TooLong) else b""
