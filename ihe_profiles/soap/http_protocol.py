"""uvicorn's HTTP/1.1 protocol with what it lacks: deadlines outside bodies, and who the peer is."""

from __future__ import annotations

import asyncio
import socket
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from ihe_profiles.soap.limits import KIB, SoapLimits


class DeadlineProtocol(HttpToolsProtocol):
    """Cuts connections that keep the server waiting, and shows the peer's certificate.

    - idle: `idle_seconds` until the first byte of a request;
    - headers: `header_seconds` from that byte until they are complete, on every request;
    - a body that nobody reads any more: `header_seconds` after its answer;
    - answers that the peer does not take: `chunk_seconds`, and `minimum_rate` for what waits.

    A server derives a class with its own `limits` and gives it to uvicorn as `http`. The peer's
    certificate (DER) is `scope["extensions"]["tls"]["client_cert_der"]`. Bodies that are read have
    their deadlines in `deadlines.Pace`.
    """

    limits: ClassVar[SoapLimits] = SoapLimits()
    header_octets: ClassVar[int] = 64 * KIB
    """The request line and headers of one request."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.timeout_keep_alive = self.limits.idle_seconds  # type: ignore[assignment]
        self._deadline: asyncio.TimerHandle | None = None
        self._write_deadline: asyncio.TimerHandle | None = None
        self._before_body = True
        self._has_begun = False
        self._requests = 0
        self._header_size = 0
        self._certificate: bytes | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Note the peer and wait for its first request."""
        super().connection_made(transport)
        # What waits pauses the writer, so that its deadline sees it; 0 would pause TLS for nothing.
        transport.set_write_buffer_limits(high=1)
        tls = transport.get_extra_info("ssl_object")
        self._certificate = None if tls is None else tls.getpeercert(binary_form=True)
        self._expect_within(self.limits.idle_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        _cancel(self._deadline)
        _cancel(self._write_deadline)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take the next bytes of the connection."""
        requests, before_body = self._requests, self._before_body
        if before_body:
            self._begin()
        super().data_received(data)
        if before_body and requests == self._requests:
            self._header_size += len(data)
            if self._header_size > self.header_octets and not self.transport.is_closing():
                self.send_400_response(f"The headers exceed {self.header_octets} octets.")

    def on_message_begin(self) -> None:
        """Let the application see who the peer is."""
        super().on_message_begin()
        if self._certificate is not None:
            self.scope["extensions"] = {"tls": {"client_cert_der": self._certificate}}

    def on_headers_complete(self) -> None:
        """The headers came in time; the application waits for the body."""
        self._before_body = self._has_begun = False
        self._header_size = 0
        self._requests += 1
        _cancel(self._deadline)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The body is complete; the next bytes are another request's."""
        self._before_body = True
        _cancel(self._deadline)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The answer is written; what is left of the body is waited for, but not for long."""
        super().on_response_complete()
        if self.cycle.response_complete and not self._before_body:
            self._expect_within(self.limits.header_seconds)

    def pause_writing(self) -> None:
        """The peer does not take what it asked for; it has to before long."""
        super().pause_writing()
        waiting = self.transport.get_write_buffer_size() + self._kernel_buffer()
        seconds = self.limits.chunk_seconds + waiting / self.limits.minimum_rate
        self._write_deadline = self.loop.call_later(seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The peer took it."""
        super().resume_writing()
        _cancel(self._write_deadline)

    def _kernel_buffer(self) -> int:
        """What may wait below us, unseen: the writer goes on when part of it has gone."""
        connection: socket.socket = self.transport.get_extra_info("socket")
        return connection.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)

    def _begin(self) -> None:
        if not self._has_begun:
            self._has_begun = True
            self._expect_within(self.limits.header_seconds)

    def _expect_within(self, seconds: float) -> None:
        _cancel(self._deadline)
        self._deadline = self.loop.call_later(seconds, self._cut, seconds)

    def _cut(self, seconds: float) -> None:
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete:
            self._expect_within(seconds)  # it is we who keep the peer waiting
        elif not self.transport.is_closing():
            self.transport.close()


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
