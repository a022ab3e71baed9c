"""A real uvicorn on loopback, and raw connections to it."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import uvicorn

from ihe_profiles.soap.endpoint import Observation, Pools, SoapEndpoint
from ihe_profiles.soap.http_protocol import DeadlineProtocol
from ihe_profiles.soap.limits import SoapLimits
from tests.soap.echo import Echo

WSDL = b"<definitions/>"


@dataclass
class Live:
    """A server that runs, and what it observed."""

    port: int
    service: Echo
    seen: list[Observation] = field(default_factory=list)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def client(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def post(
        self, data: Any, content_type: str = "application/soap+xml", **headers: str
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """One request on a connection of its own; `data` that is an iterator is sent in chunks."""
        client = self.client()
        try:
            more = {name.replace("_", "-"): value for name, value in headers.items()}
            client.request("POST", "/soap", data, {"Content-Type": content_type} | more)
            response = client.getresponse()
            return response, response.read()
        finally:
            client.close()


@contextmanager
def running(
    app: Any, limits: SoapLimits, send_buffer: int | None = None, **settings: Any
) -> Iterator[int]:
    """Serve an ASGI application on a free port of loopback."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=100)
    if send_buffer is not None:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
    config = uvicorn.Config(
        app,
        http=type("Protocol", (DeadlineProtocol,), {"limits": limits}),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
        **settings,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        until(lambda: server.started)
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()
        assert not thread.is_alive()


@contextmanager
def serving(limits: SoapLimits, threads: int = 2, **settings: Any) -> Iterator[Live]:
    """Serve the echo operations."""
    service = Echo(limits)
    seen: list[Observation] = []
    with ThreadPoolExecutor(threads) as uploads, ThreadPoolExecutor(threads) as queries:
        pools = Pools(uploads, queries)
        app = SoapEndpoint(service.server, WSDL, limits, pools, seen.append)
        with running(app, limits, **settings) as port:
            yield Live(port, service, seen)


def until(condition: Callable[[], object], seconds: float = 10) -> None:
    """Wait for something that other threads bring about."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


def head(*headers: str, method: str = "POST", path: str = "/soap") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", *headers, "", ""]).encode()


def read_all(connection: socket.socket) -> bytes:
    """Everything until the other side closes."""
    received = bytearray()
    with suppress(ConnectionResetError):
        while data := connection.recv(65536):
            received += data
    return bytes(received)


def read_answer(connection: socket.socket) -> tuple[int, bytes]:
    """Read one response that has a Content-Length; its status and body."""
    received = bytearray()
    while b"\r\n\r\n" not in received:
        received += _some(connection)
    top, _, body = received.partition(b"\r\n\r\n")
    lines = top.decode().lower().split("\r\n")
    [length] = [int(line[15:]) for line in lines if line.startswith("content-length:")]
    while len(body) < length:
        body += _some(connection)
    assert len(body) == length, "more came than one answer"
    return int(lines[0].split()[1]), bytes(body)


def _some(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    assert data, "the connection ended inside an answer"
    return data
