"""Every exchange with the system under test, kept as it went over the wire."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import httpx

KEPT: Final = 64 * 1024
"""Octets of a body that a report shows; of longer ones it has size and SHA-256."""


@dataclass(slots=True)
class Body:
    """One direction of an exchange: its first octets, its size and SHA-256."""

    head: bytearray = field(default_factory=bytearray)
    size: int = 0
    _hash: hashlib._Hash = field(default_factory=hashlib.sha256, repr=False)

    def take(self, data: bytes) -> None:
        """Take the next octets."""
        self.head += data[: max(KEPT - len(self.head), 0)]
        self.size += len(data)
        self._hash.update(data)

    @property
    def sha256(self) -> str:
        """The SHA-256 of all octets, as hex."""
        return self._hash.hexdigest()

    @property
    def whole(self) -> bool:
        """Whether `head` is all of it."""
        return len(self.head) == self.size


@dataclass(slots=True)
class Exchange:
    """One request and what came back; `status` is that of HTTP, None when nothing came.

    `seconds` runs from the first octet sent to the last one received. `note` says what broke off.
    """

    number: int
    address: str
    started: float
    method: str = "POST"
    request_headers: tuple[tuple[str, str], ...] = ()
    request: Body = field(default_factory=Body)
    status: int | None = None
    response_headers: tuple[tuple[str, str], ...] = ()
    response: Body = field(default_factory=Body)
    seconds: float = 0.0
    note: str = ""

    def header(self, name: str) -> str:
        """Return a header of the response, empty when it has none of that name."""
        return next((v for n, v in self.response_headers if n.lower() == name.lower()), "")


class Evidence:
    """The exchanges of a run, in order."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    def begin(self, address: str, method: str = "POST") -> Exchange:
        """Begin to keep an exchange."""
        exchange = Exchange(len(self.exchanges) + 1, address, time.time(), method)
        self.exchanges.append(exchange)
        return exchange

    @property
    def last(self) -> Exchange:
        """The exchange that was begun last."""
        return self.exchanges[-1]


class RecordingTransport(httpx.BaseTransport):
    """Keeps what passes through another transport, streams included."""

    def __init__(self, inner: httpx.BaseTransport, evidence: Evidence) -> None:
        self._inner = inner
        self._evidence = evidence

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, keeping both directions as they flow."""
        exchange = self._evidence.begin(str(request.url), request.method)
        exchange.request_headers = _headers(request.headers)
        assert isinstance(request.stream, httpx.SyncByteStream)
        sent = httpx.Request(
            request.method,
            request.url,
            headers=request.headers,
            stream=_Kept(request.stream, exchange.request, exchange),
            extensions=request.extensions,
        )
        try:
            response = self._inner.handle_request(sent)
        except httpx.TransportError as error:
            exchange.note = f"{type(error).__name__}: {error}"
            exchange.seconds = time.time() - exchange.started
            raise
        exchange.status = response.status_code
        exchange.response_headers = _headers(response.headers)
        assert isinstance(response.stream, httpx.SyncByteStream)
        response.stream = _Kept(response.stream, exchange.response, exchange)
        return response

    def close(self) -> None:
        """Close the transport underneath."""
        self._inner.close()


class _Kept(httpx.SyncByteStream):
    def __init__(self, stream: httpx.SyncByteStream, body: Body, exchange: Exchange) -> None:
        self._stream = stream
        self._body = body
        self._exchange = exchange

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._stream:
                self._body.take(chunk)
                yield chunk
        except httpx.TransportError as error:
            self._exchange.note = f"{type(error).__name__}: {error}"
            raise
        finally:
            self._exchange.seconds = time.time() - self._exchange.started

    def close(self) -> None:
        self._stream.close()


def _headers(headers: httpx.Headers) -> tuple[tuple[str, str], ...]:
    shown: Iterable[tuple[bytes, bytes]] = headers.raw
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in shown)
