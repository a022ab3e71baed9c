"""The ways in which a run talks to the system under test; all of them leave evidence."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from typing import Final

import httpx

from conformance.evidence import Evidence, Exchange, RecordingTransport
from conformance.independent import ZeepCaller
from conformance.sockets import Place, talk
from conformance.target import Target
from ihe_profiles.hl7 import mllp
from ihe_profiles.soap.client import Caller, HttpCaller
from ihe_profiles.xua.presenting import Presenting

SOAP: Final = "application/soap+xml; charset=UTF-8"


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
        return self._presenting(
            ZeepCaller("DocumentRegistry", _given(self.target.registry), self._http)
        )

    @cached_property
    def registry_direct(self) -> Caller:
        """The registry, through our own client: also for what zeep would not send."""
        return self._presenting(HttpCaller(_given(self.target.registry), self._http))

    @cached_property
    def repository(self) -> Caller:
        """The repository, through our own client, which speaks MTOM."""
        return self._presenting(HttpCaller(_given(self.target.repository), self._http))

    @cached_property
    def repository_plain(self) -> Caller:
        """The repository, through zeep: documents as base64 in plain SOAP."""
        return self._presenting(
            ZeepCaller("DocumentRepository", _given(self.target.repository), self._http)
        )

    @cached_property
    def feed_v3(self) -> Caller:
        """The receiver of ITI-44."""
        return self._presenting(HttpCaller(_given(self.target.pid_feed_v3), self._http))

    def _presenting(self, caller: Caller) -> Caller:
        token = self.target.token
        return caller if token is None else Presenting(caller, token)

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
        place = Place.of(url, self.target.tls)
        with ExitStack() as stack:
            for _ in range(number):
                connection = stack.enter_context(place.connect(self.target.timeout))
                connection.sendall(head)
            yield

    def raw(self, url: str, *pieces: bytes, close: bool = False) -> Exchange:
        """Send octets as they are; hang up after them if `close`, else read until the end."""
        exchange = self.evidence.begin(url)
        place = Place.of(url, self.target.tls)
        talk(place, self.target.timeout, exchange, pieces, lambda _: close)
        exchange.status = _status(bytes(exchange.response.head[:64]))
        return exchange

    def mllp(self, message: bytes) -> bytes:
        """Send one HL7 v2 message and return the answer; empty when none came."""
        answers = self.mllp_stream([mllp.write(message)], 1)
        return answers[0] if answers else b""

    def mllp_stream(self, pieces: Sequence[bytes], number: int) -> list[bytes]:
        """Send octets piece by piece on one connection; return up to `number` answers."""
        assert self.target.pid_feed is not None
        host, port = self.target.pid_feed
        exchange = self.evidence.begin(f"mllp://{host}:{port}", "ITI-8")
        place = Place(host, port, self.target.tls)
        timeout = self.target.timeout
        talk(place, timeout, exchange, pieces, lambda head: head.count(mllp.FS) >= number)
        answers = bytes(exchange.response.head).split(mllp.FS)
        return [answer.strip(mllp.VT + mllp.CR) for answer in answers if answer.strip()]


def _given(url: str | None) -> str:
    assert url is not None, "a trial says what it needs"
    return url


def _status(start: bytes) -> int | None:
    """Return the status of an HTTP answer, None for what does not begin as one."""
    words = start.split(b" ", 2)
    is_http = len(words) > 1 and words[0].startswith(b"HTTP/") and words[1].isdigit()
    return int(words[1]) if is_http else None
