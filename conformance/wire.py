"""The ways in which a run talks to the system under test; all of them leave evidence."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cached_property
from typing import Final
from urllib.parse import urlsplit

import httpx

from conformance.evidence import Evidence, Exchange, RecordingTransport
from conformance.independent import ZeepCaller
from conformance.target import Target
from ihe_profiles.hl7 import mllp
from ihe_profiles.soap.client import Caller, HttpCaller

SOAP: Final = "application/soap+xml; charset=UTF-8"
_LONGEST: Final = 16 * 1024 * 1024
"""Octets of an answer that a raw exchange reads at most."""


class Wire:
    """Opens connections to one target as they are first needed; `close` ends them."""

    def __init__(self, target: Target, evidence: Evidence) -> None:
        self.target = target
        self.evidence = evidence
        verify: ssl.SSLContext | bool = target.tls or True
        self._http = httpx.Client(
            transport=RecordingTransport(httpx.HTTPTransport(verify=verify), evidence),
            timeout=target.timeout,
        )

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    @property
    def last(self) -> Exchange:
        """The exchange that was begun last."""
        return self.evidence.last

    @cached_property
    def registry(self) -> Caller:
        """The registry, through zeep."""
        return ZeepCaller("DocumentRegistry", _given(self.target.registry), self._http)

    @cached_property
    def registry_direct(self) -> Caller:
        """The registry, through our own client: also for what zeep would not send."""
        return HttpCaller(_given(self.target.registry), self._http)

    @cached_property
    def repository(self) -> Caller:
        """The repository, through our own client, which speaks MTOM."""
        return HttpCaller(_given(self.target.repository), self._http)

    @cached_property
    def repository_plain(self) -> Caller:
        """The repository, through zeep: documents as base64 in plain SOAP."""
        return ZeepCaller("DocumentRepository", _given(self.target.repository), self._http)

    @cached_property
    def feed_v3(self) -> Caller:
        """The receiver of ITI-44."""
        return HttpCaller(_given(self.target.pid_feed_v3), self._http)

    def post(
        self, url: str, content: bytes, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Send any octets by HTTP and return the answer, whatever it is.

        Raises httpx.TransportError.
        """
        return self._http.post(
            url, content=content, headers={"Content-Type": SOAP, **(headers or {})}
        )

    def post_chunks(self, url: str, chunks: Iterator[bytes]) -> httpx.Response:
        """Send octets in chunks of a Transfer-Encoding. Raises httpx.TransportError."""
        return self._http.post(url, content=chunks, headers={"Content-Type": SOAP})

    def request(self, method: str, url: str) -> httpx.Response:
        """Send a request without a body. Raises httpx.TransportError."""
        return self._http.request(method, url)

    @contextmanager
    def stalled(self, url: str, head: bytes, number: int) -> Iterator[None]:
        """Keep connections open that have sent the same beginning of a message. Raises OSError."""
        with ExitStack() as stack:
            for _ in range(number):
                connection = stack.enter_context(self._connect(*_address(url)))
                connection.sendall(head)
            yield

    def raw(self, url: str, *pieces: bytes, pause: float = 0.0, close: bool = False) -> Exchange:
        """Send octets as they are, `pause` seconds between pieces; hang up after them if `close`.

        The answer is read to its end; what breaks off is noted in the exchange, and raises nothing.
        """
        address, secure = _address(url)
        return self._stream(self.evidence.begin(url), address, secure, pieces, pause, close)

    def mllp(self, message: bytes) -> bytes:
        """Send one HL7 v2 message and return the answer; empty when none came."""
        assert self.target.pid_feed is not None
        host, port = self.target.pid_feed
        exchange = self.evidence.begin(f"mllp://{host}:{port}", "ITI-8")
        secure = self.target.tls is not None
        self._stream(exchange, (host, port), secure, [mllp.write(message)], 0.0, False, mllp.FS)
        return bytes(exchange.response.head).strip(mllp.VT + mllp.FS + mllp.CR)

    def _stream(
        self,
        exchange: Exchange,
        address: tuple[str, int],
        secure: bool,
        pieces: tuple[bytes, ...] | list[bytes],
        pause: float,
        close: bool,
        until: bytes = b"",
    ) -> Exchange:
        try:
            with self._connect(address, secure) as connection:
                for piece in pieces:
                    exchange.request.take(piece)
                    connection.sendall(piece)
                    time.sleep(pause)
                if not close:
                    _receive(connection, exchange, until)
        except OSError as error:
            exchange.note = f"{type(error).__name__}: {error}"
        exchange.seconds = time.time() - exchange.started
        exchange.status = _status(bytes(exchange.response.head[:64]))
        return exchange

    def _connect(self, address: tuple[str, int], secure: bool) -> socket.socket:
        plain = socket.create_connection(address, self.target.timeout)
        if not secure:
            return plain
        context = self.target.tls or ssl.create_default_context()
        return context.wrap_socket(plain, server_hostname=address[0])


def _given(url: str | None) -> str:
    assert url is not None, "a trial says what it needs"
    return url


def _address(url: str) -> tuple[tuple[str, int], bool]:
    """Return host and port of an address, and whether it is under TLS."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    return (parts.hostname or "", parts.port or (443 if secure else 80)), secure


def _receive(connection: socket.socket, exchange: Exchange, until: bytes) -> None:
    while exchange.response.size < _LONGEST:
        data = connection.recv(65536)
        exchange.response.take(data)
        if not data or (until and until in data):
            return


def _status(start: bytes) -> int | None:
    """Return the status of an HTTP answer, None for what does not begin as one."""
    words = start.split(b" ", 2)
    is_http = len(words) > 1 and words[0].startswith(b"HTTP/") and words[1].isdigit()
    return int(words[1]) if is_http else None
