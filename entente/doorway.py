"""The way into TLS ports: handshakes under a deadline and a number, and failures that are told.

uvicorn and asyncio end a connection whose handshake fails without a word to anybody. Here a plain
listener hands each connection over before a byte of it is read; the handshake is awaited, and its
failure has an address and a reason (ITI TF-2 3.19.6).
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import ssl
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final, cast

from entente.credentials import Credentials
from entente.tls import TELL, ServerContext

_log = logging.getLogger(__name__)

OnFailure = Callable[[str, str], None]
"""Takes an address and a reason; it must return at once."""

_PLAIN: Final = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 33\r\n"
    b"Connection: close\r\n\r\nThis port speaks HTTPS, not HTTP\n"
)
_REASONS: Final = {
    "HTTP_REQUEST": "plain HTTP, where TLS is spoken",
    "WRONG_VERSION_NUMBER": "no TLS",
    "UNSUPPORTED_PROTOCOL": "a version of TLS before 1.2",
    "NO_SHARED_CIPHER": "no cipher suite that is allowed here",
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": "no certificate of the client",
}


class Doorway:
    """What stands before the TLS ports of one process; `failed` is told of refused handshakes.

    When `at_once` handshakes are under way the oldest makes room: an honest one takes
    milliseconds.
    """

    def __init__(
        self, credentials: Credentials[ServerContext], *, at_once: int, seconds: float
    ) -> None:
        self.credentials = credentials
        self.seconds = seconds
        self.failed: OnFailure = lambda address, reason: None
        self._at_once = at_once
        self._under_way: dict[asyncio.Task[None], str] = {}

    def protocol(
        self, make: Callable[[], asyncio.BaseProtocol], stopping: set[Any] | None = None
    ) -> asyncio.Protocol:
        """Return what a plain listener needs for a connection that `make` goes on with, secured.

        While the handshake lasts the connection is in `stopping`, and its `shutdown()` ends it.
        """
        return _Arrival(self, make, set() if stopping is None else stopping)

    def begin(self, run: Coroutine[Any, Any, None], address: str) -> asyncio.Task[None]:
        """Start a handshake, if need be in place of the oldest."""
        if len(self._under_way) >= self._at_once:
            oldest = next(iter(self._under_way))
            self.refuse(self._under_way.pop(oldest), "not done when others needed its place")
            oldest.cancel()
        task = asyncio.get_running_loop().create_task(run)
        self._under_way[task] = address
        task.add_done_callback(lambda done: self._under_way.pop(done, None))
        return task

    def close(self) -> None:
        """End the handshakes under way."""
        for task in list(self._under_way):
            task.cancel()

    def refuse(self, address: str, reason: str) -> None:
        """Tell of a failure."""
        _log.info("a handshake failed", extra={"peer": address, "reason": reason})
        self.failed(address, reason)


class _Arrival(asyncio.Protocol):
    """A plain connection, until its socket is taken from the listener's transport."""

    def __init__(
        self, door: Doorway, make: Callable[[], asyncio.BaseProtocol], stopping: set[Any]
    ) -> None:
        self._door = door
        self._make = make
        self._stopping = stopping

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the socket over, before anything is read of it."""
        plain = cast(asyncio.Transport, transport)
        peer = plain.get_extra_info("peername")
        address = peer[0] if peer else ""
        try:
            own = socket.socket(fileno=os.dup(plain.get_extra_info("socket").fileno()))
        except OSError as error:
            _log.warning("no room for a connection: %s", error, extra={"peer": address})
            return
        finally:
            plain.abort()  # closes its handle, not the connection
        handshake = _Handshake(self._door, self._make, own, address)
        pending = _Pending(self._door.begin(handshake.run(), handshake.address))
        self._stopping.add(pending)
        pending.task.add_done_callback(lambda _: self._stopping.discard(pending))


class _Pending:
    def __init__(self, task: asyncio.Task[None]) -> None:
        self.task = task

    def shutdown(self) -> None:
        self.task.cancel()


class _Handshake:
    """A plain connection on its way to a secured one."""

    def __init__(
        self,
        door: Doorway,
        make: Callable[[], asyncio.BaseProtocol],
        connection: socket.socket,
        address: str,
    ) -> None:
        self.address = address
        self._door = door
        self._make = make
        self._connection = connection

    async def run(self) -> None:
        """Carry the handshake out; the connection is then its protocol's, or closed."""
        TELL.set(self._tell)
        done = False
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                self._make,
                self._connection,
                ssl=self._door.credentials.context,
                ssl_handshake_timeout=self._door.seconds,
            )
            done = True
        except ssl.SSLError as error:
            self._door.refuse(self.address, reason(error))
        except ConnectionAbortedError:
            self._door.refuse(self.address, f"not done within {self._door.seconds:g} seconds")
        except OSError:
            _log.debug("a connection ended before its handshake", extra={"peer": self.address})
        finally:
            if not done:
                self._connection.close()

    def _tell(self, outgoing: ssl.MemoryBIO, error: ssl.SSLError) -> None:
        """Send the alert, which event loops do not."""
        words = _PLAIN if error.reason == "HTTP_REQUEST" else outgoing.read()
        with suppress(OSError):
            self._connection.send(words)


def reason(error: ssl.SSLError) -> str:
    """Say in words why a handshake failed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        said = getattr(error, "verify_message", None) or error.strerror
        return f"the certificate of the client: {said}"
    name = error.reason or str(error)
    if "ALERT" in name:
        said = name.rpartition("ALERT_")[2].replace("_", " ").lower()
        return f"the client ended it: {said}"
    return _REASONS.get(name, name.replace("_", " ").lower())
