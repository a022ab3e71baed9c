"""Takes patient identity feeds (ITI-8) over MLLP, plain or TLS, in the services' event loop."""

from __future__ import annotations

import asyncio
import logging
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from socket import socket
from typing import Final

from entente.doorway import Doorway
from entente.settings import Settings
from ihe_profiles import iti8
from ihe_profiles.hl7 import mllp
from ihe_profiles.hl7.limits import FeedLimits
from ihe_profiles.hl7.mllp import BrokenOff, Event, Frame, Framer
from ihe_profiles.soap import trace
from ihe_profiles.soap.exchange import Peer
from ihe_profiles.soap.http_exchange import Observation, Outcome
from registry.patients.iti8 import PatientIdentityFeed

_log = logging.getLogger(__name__)

_CHUNK: Final = 64 * 1024


@asynccontextmanager
async def serving(
    feed: PatientIdentityFeed,
    listening: socket,
    settings: Settings,
    observe: Callable[[Observation], None],
    door: Doorway | None = None,
) -> AsyncIterator[None]:
    """Serve a bound socket while the context lasts; then finish the messages in hand.

    With a `door` under TLS.
    """
    limits = settings.limits.feed()
    with ThreadPoolExecutor(limits.mllp_threads, "feed") as pool:
        listener = _Listener(feed, limits, pool, observe)
        streams = partial(_streams, listener)
        secured = streams if door is None else partial(door.protocol, streams)
        server = await asyncio.get_running_loop().create_server(secured, sock=listening)
        try:
            yield
        finally:
            server.close()
            await listener.stop(settings.limits.stop_seconds)


def _streams(listener: _Listener) -> asyncio.BaseProtocol:
    return asyncio.StreamReaderProtocol(StreamReader(_CHUNK), listener.connected)


class _Listener:
    """The connections of one process."""

    def __init__(
        self,
        feed: PatientIdentityFeed,
        limits: FeedLimits,
        pool: ThreadPoolExecutor,
        observe: Callable[[Observation], None],
    ) -> None:
        self.feed = feed
        self.limits = limits
        self.pool = pool
        self.observe = observe
        self._open: dict[asyncio.Task[None], _Connection] = {}

    async def connected(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Serve one connection to its end."""
        task = asyncio.current_task()
        assert task is not None
        connection = _Connection(self, reader, writer)
        if len(self._open) >= self.limits.mllp_connections:
            _log.warning("too many feed connections", extra={"peer": connection.peer.address})
            writer.close()
            return
        self._open[task] = connection
        try:
            await connection.run()
        except asyncio.CancelledError:
            pass  # the server stops, and nothing was in hand
        except (OSError, TimeoutError) as error:
            _log.info(
                "a feed connection ended", extra={"reason": f"{type(error).__name__} {error}"}
            )
        finally:
            del self._open[task]
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def stop(self, patience: float) -> None:
        """End idle connections at once, the others with the answer that they wait for."""
        for task, connection in self._open.items():
            connection.stopping = True
            if not connection.working:
                task.cancel()
        if self._open:
            _done, late = await asyncio.wait(self._open, timeout=patience)
            for task in late:
                task.cancel()


class _Connection:
    """One sender: messages are answered in their order, one at a time."""

    def __init__(self, listener: _Listener, reader: StreamReader, writer: StreamWriter) -> None:
        self.peer = _peer(writer)
        self.working = False
        self.stopping = False
        self._listener = listener
        self._limits = listener.limits
        self._reader = reader
        self._writer = writer
        self._framer = Framer(self._limits.mllp_message)
        self._deadline = 0.0

    async def run(self) -> None:
        """Read until the sender ends, is too slow, or sends what is no message."""
        self._extend()
        while data := await self._read():
            goes_on = self._framer.inside
            for event in self._framer.feed(data):
                goes_on = False
                if not await self._take(event):
                    return
            if self._sends_junk():
                return
            if not goes_on:
                self._extend()

    async def _read(self) -> bytes:
        async with asyncio.timeout(self._deadline - time.monotonic()):
            return await self._reader.read(_CHUNK)

    def _extend(self) -> None:
        """Set the time until when more must have come."""
        limits = self._limits
        inside = self._framer.inside
        seconds = limits.mllp_message_seconds if inside else limits.mllp_idle_seconds
        self._deadline = time.monotonic() + seconds

    async def _take(self, event: Event) -> bool:
        """Answer what the framer found; say whether the connection goes on."""
        if isinstance(event, BrokenOff):
            said = {"peer": self.peer.address, "octets": event.octets}
            _log.warning("a feed message has no end", extra=said)
            return not self._sends_junk()
        self.working = True
        started = time.monotonic()
        trace_id = trace.new()
        answer = await asyncio.get_running_loop().run_in_executor(
            self._listener.pool, self._work, event, trace_id
        )
        self._writer.write(mllp.write(answer))
        async with asyncio.timeout(self._limits.mllp_message_seconds):
            await self._writer.drain()
        self.working = False
        octets = len(event.data if isinstance(event, Frame) else event.head)
        seconds = time.monotonic() - started
        seen = Observation(iti8.NUMBER, Outcome.ANSWERED, seconds, octets, len(answer))
        self._listener.observe(seen)
        self._log(seen, answer, trace_id)
        return isinstance(event, Frame) and not self.stopping

    def _sends_junk(self) -> bool:
        if self._framer.junk <= self._limits.mllp_junk:
            return False
        _log.warning("a feed sends no messages", extra={"peer": self.peer.address})
        return True

    def _work(self, event: Event, trace_id: str) -> bytes:
        feed = self._listener.feed
        with trace.working_on(trace_id):
            if isinstance(event, Frame):
                return feed(event.data, self.peer)
            assert isinstance(event, mllp.TooLong)
            return feed.too_long(event.head, self.peer, self._limits.mllp_message)

    def _log(self, seen: Observation, answer: bytes, trace_id: str) -> None:
        fields = {
            "transaction": seen.transaction,
            "outcome": seen.outcome.value,
            "acknowledgement": answer.partition(b"\rMSA|")[2][:2].decode(),
            "seconds": round(seen.seconds, 6),
            "octets_in": seen.octets_in,
            "octets_out": seen.octets_out,
            "trace_id": trace_id,
        }
        _log.info("exchange", extra={**fields, **self.peer.logged})


def _peer(writer: StreamWriter) -> Peer:
    secured = writer.get_extra_info("ssl_object")
    certificate = secured.getpeercert(True) if secured else None
    address = writer.get_extra_info("peername")
    return Peer(address[0] if address else "", certificate)
