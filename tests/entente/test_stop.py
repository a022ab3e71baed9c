"""SIGTERM: what has begun is finished, nothing new begins."""

from __future__ import annotations

import os
import signal
import socket
import time
from urllib.parse import urlsplit

import httpx

from ihe_profiles import iti41
from ihe_profiles.soap import envelope, mtom
from ihe_profiles.soap.exchange import Binary
from ihe_profiles.xds import encoding
from tests.repository.messages import a_submission, an_entry
from tests.servers import Server, StartServer


def a_message(document: bytes) -> tuple[str, bytes]:
    submission = a_submission(an_entry())
    body = iti41.request(
        encoding.write_submission(submission),
        [("Document01", Binary("text/plain", len(document), lambda: iter([document])))],
    )
    action = iti41.TRANSACTION.action
    headers, chunks = mtom.write(tuple(envelope.write(action, body)), action)
    return dict(headers)["Content-Type"], b"".join(chunks)


def test_an_exchange_in_flight_is_finished(server: Server) -> None:
    content_type, message = a_message(b"x" * 1_000_000)
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        head = (
            f"POST /repository HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\n"
            f"Content-Length: {len(message)}\r\n\r\n"
        )
        half = len(message) // 2
        connection.sendall(head.encode() + message[:half])
        time.sleep(0.5)
        os.kill(server.pid, signal.SIGTERM)
        _wait_until_closed(address.hostname, address.port)
        time.sleep(1)
        connection.sendall(message[half:])
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"ResponseStatusType:Success" in answer
    assert server.process is not None
    assert server.process.wait(20) == 0
    server.start()
    assert "entente_pending_documents 0.0" in _metrics(server)


def test_a_stalled_exchange_is_not_waited_for_for_ever(start_server: StartServer) -> None:
    server = start_server(limits={"stop_seconds": 1, "chunk_seconds": 300})
    content_type, message = a_message(b"x" * 1000)
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        head = f"POST /repository HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\n"
        connection.sendall(f"{head}Content-Length: {len(message)}\r\n\r\n".encode() + message[:-9])
        time.sleep(0.5)
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 25
    assert list((server.folder / "var/blobs/staging").iterdir()) == []


def test_a_hangup_ends_no_server_that_has_no_certificates_to_read(server: Server) -> None:
    os.kill(server.pid, signal.SIGHUP)
    assert httpx.get(f"{server.url}/health", trust_env=False).status_code == 200
    assert server.stop() == 0


def _wait_until_closed(host: str | None, port: int | None) -> None:
    """Wait until nobody listens any more."""
    for _ in range(200):
        try:
            socket.create_connection((host, port), timeout=1).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.05)
    raise AssertionError("the server still takes connections")


def _metrics(server: Server) -> str:
    return httpx.get(f"{server.url}/metrics", trust_env=False).text
