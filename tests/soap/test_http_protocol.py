from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from ihe_profiles.soap.limits import SoapLimits
from tests.soap import live
from tests.soap.certificates import Authority
from tests.soap.live import head, read_all, read_answer

LIMITS = SoapLimits(header_seconds=0.4, idle_seconds=0.8, chunk_seconds=0.3, minimum_rate=1 << 20)
HURRIED = SoapLimits(chunk_seconds=0.3, minimum_rate=1 << 28)
GET = head(method="GET")


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answers what it read; /early does not read, /slow takes its time, /large answers much."""
    body = b""
    more = scope["path"] != "/early"
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message.get("body", b"")
        more = message.get("more_body", False)
    if scope["path"] == "/slow":
        await asyncio.sleep(0.8)
    tls = scope.get("extensions", {}).get("tls", {})
    pieces = [tls.get("client_cert_der", b"") + body]
    if scope["path"] == "/large":
        pieces = [b"x" * (256 << 10)] * 128
    length = (b"content-length", str(sum(map(len, pieces))).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    for piece in pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture(scope="module", params=["asyncio", "uvloop"])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    with live.running(app, LIMITS, loop=request.param) as port:
        yield port


@pytest.fixture
def connection(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        yield connection


def closed_after(connection: socket.socket) -> float:
    started = time.monotonic()
    read_all(connection)
    return time.monotonic() - started


def drip(connection: socket.socket, data: bytes, seconds: float = 8) -> float:
    """Send a byte again and again until the other side closes; how long that took."""
    started = time.monotonic()
    try:
        while time.monotonic() - started < seconds:
            connection.sendall(data)
            time.sleep(0.05)
    except OSError:
        pass
    return time.monotonic() - started


def answered(connection: socket.socket, request: bytes) -> bytes:
    connection.sendall(request)
    status, body = read_answer(connection)
    assert status == 200
    return body


def test_an_idle_connection_is_closed(connection: socket.socket) -> None:
    assert 0.6 < closed_after(connection) < 5


def test_an_idle_connection_is_closed_after_an_answer(connection: socket.socket) -> None:
    answered(connection, GET)
    assert 0.6 < closed_after(connection) < 5


@pytest.mark.parametrize("requests_before", [0, 1, 2])
def test_slow_headers_are_cut_on_every_request(
    connection: socket.socket, requests_before: int
) -> None:
    for _ in range(requests_before):
        answered(connection, GET)
    connection.sendall(b"POST / HTTP/1.1\r\nX: ")
    assert drip(connection, b"y") < 5


def test_headers_that_stop_are_cut(connection: socket.socket) -> None:
    connection.sendall(head("X: y")[:-2])
    assert 0.3 < closed_after(connection) < 5


@pytest.mark.parametrize("requests_before", [0, 1])
def test_empty_lines_do_not_hold_a_connection(
    connection: socket.socket, requests_before: int
) -> None:
    for _ in range(requests_before):
        answered(connection, GET)
    assert drip(connection, b"\r\n") < 5


def test_slow_headers_behind_a_pipelined_request_are_cut(connection: socket.socket) -> None:
    answered(connection, GET + b"POST / HTTP/1.1\r\nX: ")
    assert drip(connection, b"y") < 5


def test_slow_headers_behind_a_request_do_not_cost_its_answer(connection: socket.socket) -> None:
    connection.sendall(head(method="GET", path="/slow") + b"POST / HTTP/1.1\r\nX: ")
    time.sleep(0.1)
    connection.sendall(b"y")
    assert read_answer(connection) == (200, b"")
    assert drip(connection, b"y") < 5


def test_endless_headers_are_refused(connection: socket.socket) -> None:
    try:
        for _ in range(100):
            connection.sendall(b"GET / HTTP/1.1\r\nX: " + b"y" * 4096)
    except OSError:
        return
    assert read_all(connection).startswith(b"HTTP/1.1 400")


def test_headers_of_many_requests_do_not_add_up(connection: socket.socket) -> None:
    request = head("X: " + "y" * 30_000, method="GET")
    for _ in range(4):
        connection.sendall(request[:20_000])
        time.sleep(0.05)
        answered(connection, request[20_000:])


def test_a_body_that_nobody_reads_does_not_hold_a_connection(connection: socket.socket) -> None:
    request = head("Content-Length: 1000000", path="/early")
    answered(connection, request)
    assert drip(connection, b"y") < 5


def test_a_slow_body_is_not_the_protocol_s_business(connection: socket.socket) -> None:
    connection.sendall(head("Content-Length: 3"))
    for _ in range(3):
        time.sleep(0.4)
        connection.sendall(b"z")
    assert read_answer(connection) == (200, b"zzz")


def test_keep_alive(connection: socket.socket) -> None:
    for number in range(5):
        body = str(number).encode()
        assert answered(connection, head("Content-Length: 1") + body) == body


def test_pipelining(connection: socket.socket) -> None:
    connection.sendall(b"".join(head("Content-Length: 1") + b"%d" % n for n in range(5)))
    received = b""
    while received.count(b"HTTP/1.1 200") < 5 or not received.endswith(b"4"):
        received += connection.recv(65536)
    assert [answer[-1:] for answer in received.split(b"HTTP/1.1 200")[1:]] == [
        b"0",
        b"1",
        b"2",
        b"3",
        b"4",
    ]


@pytest.mark.parametrize(
    "headers",
    [
        ["Content-Length: 4", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: chunked", "Content-Length: 4"],
        ["Content-Length: 4", "Content-Length: 5"],
    ],
)
def test_two_lengths_are_refused(connection: socket.socket, headers: list[str]) -> None:
    connection.sendall(head(*headers) + b"0\r\n\r\n")
    assert read_all(connection).startswith(b"HTTP/1.1 400")


def slow_reader(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.sendall(head(path="/large", method="GET"))
    time.sleep(1)
    return connection


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_peer_that_takes_its_answer_late_gets_it(loop: str) -> None:
    """A piece of 256 KiB waits, for at least four seconds at 64 KiB a second."""
    limits = SoapLimits(chunk_seconds=0.3, minimum_rate=64 << 10)
    with live.running(app, limits, loop=loop) as port, slow_reader(port) as connection:
        assert read_answer(connection) == (200, b"x" * (32 << 20))


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_peer_that_does_not_take_its_answer_is_cut(loop: str) -> None:
    with live.running(app, HURRIED, loop=loop) as port, slow_reader(port) as connection:
        assert len(read_all(connection)) < 32 << 20


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_peer_that_leaves_the_end_of_a_short_answer_is_cut(loop: str) -> None:
    body = b"z" * 60_000
    with (
        live.running(app, HURRIED, send_buffer=4096, loop=loop) as port,
        socket.socket() as connection,
    ):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(10)
        connection.connect(("127.0.0.1", port))
        connection.sendall(head(f"Content-Length: {len(body)}") + body)
        time.sleep(1)
        assert len(read_all(connection)) < len(body)


class Mutual:
    """A server that wants certificates, and a client that has one."""

    def __init__(self, folder: Path) -> None:
        authority = Authority(folder)
        server, self.client = authority.issue("localhost"), authority.issue("source.example")
        self.settings = {
            "ssl_certfile": server.certificate,
            "ssl_keyfile": server.key,
            "ssl_ca_certs": authority.certificate,
            "ssl_cert_reqs": ssl.CERT_REQUIRED,
        }
        self._context = ssl.create_default_context(cafile=authority.certificate)
        self._context.load_cert_chain(self.client.certificate, self.client.key)

    def connect(self, port: int) -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", port), timeout=10)
        return self._context.wrap_socket(plain, server_hostname="localhost")


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_the_peer_certificate_is_in_the_scope(tmp_path: Path, loop: str) -> None:
    mutual = Mutual(tmp_path)
    with (
        live.running(app, LIMITS, loop=loop, **mutual.settings) as port,
        mutual.connect(port) as connection,
    ):
        for _ in range(2):
            assert answered(connection, GET) == mutual.client.der


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_peer_that_does_not_take_its_answer_is_cut_under_tls(tmp_path: Path, loop: str) -> None:
    mutual = Mutual(tmp_path)
    received = 0
    with (
        live.running(app, HURRIED, loop=loop, **mutual.settings) as port,
        mutual.connect(port) as connection,
    ):
        connection.sendall(head(path="/large", method="GET"))
        time.sleep(1)
        with suppress(OSError):
            while data := connection.recv(65536):
                received += len(data)
    assert 0 < received < 32 << 20


def test_without_tls_there_is_no_certificate(connection: socket.socket) -> None:
    assert answered(connection, GET) == b""
