from __future__ import annotations

import http.client
import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from ihe_profiles.soap.endpoint import Observation, Outcome
from ihe_profiles.soap.limits import SoapLimits
from tests.soap import echo, live, messages, multipart
from tests.soap.echo import MULTIPART, PROVIDE, RETRIEVE
from tests.soap.live import Live, head, read_all, until

LIMITS = SoapLimits(message=3_000_000, refused_body=2_000_000, batch=64 * 1024)
HURRIED = replace(LIMITS, chunk_seconds=0.4, total_seconds=1.5, minimum_rate=20_000)
AT_ONCE = 5
"""Seconds; far from the deadlines of LIMITS, even on a busy machine."""
PROVIDED = echo.root(echo.submit(PROVIDE))


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    with live.serving(LIMITS) as server:
        yield server


@pytest.fixture
def fresh() -> Iterator[Live]:
    """A server of one's own, to look at what it observed."""
    with live.serving(LIMITS) as server:
        yield server


@pytest.fixture(scope="module")
def hurried() -> Iterator[Live]:
    with live.serving(HURRIED) as server:
        yield server


@pytest.fixture(autouse=True)
def nothing_left_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    yield
    assert list(tmp_path.iterdir()) == []


def observed(fresh: Live) -> Observation:
    """What was observed of the one exchange so far."""
    until(lambda: fresh.seen)
    return fresh.seen[0]


def fault_of(response: http.client.HTTPResponse, data: bytes) -> str:
    if "multipart" in response.headers["Content-Type"]:
        data = multipart.read(response.headers["Content-Type"], data)[0].data
    assert response.headers["X-Trace-Id"] == messages.first(data, ".//s:Detail/e:TraceId")
    return messages.fault_text(data)


def chunked(*pieces: bytes) -> Iterator[bytes]:
    yield from pieces


def post(length: int, content_type: str = MULTIPART, *more: str) -> bytes:
    return head(f"Content-Type: {content_type}", f"Content-Length: {length}", *more)


def test_an_exchange(fresh: Live, caplog: pytest.LogCaptureFixture) -> None:
    request = echo.submit()
    with caplog.at_level(logging.INFO, "ihe_profiles"):
        response, data = fresh.post(request, traceparent=f"00-{'5' * 32}-{'1' * 16}-01")
        seen = observed(fresh)
    assert response.status == 200
    assert response.headers["X-Trace-Id"] == "5" * 32
    assert f'trace="{"5" * 32}"'.encode() in data
    assert fresh.service.exchanges[-1].peer.address == "127.0.0.1"
    assert (seen.transaction, seen.outcome) == ("ITI-42", Outcome.ANSWERED)
    assert (seen.octets_in, seen.octets_out) == (len(request), len(data))
    assert seen.seconds > 0
    [line] = [r for r in caplog.records if r.message == "exchange"]
    fields = vars(line)
    assert {name: fields[name] for name in ("transaction", "status", "fault", "peer")} == {
        "transaction": "ITI-42",
        "status": 200,
        "fault": None,
        "peer": "127.0.0.1",
    }
    assert fields["trace_id"] == "5" * 32
    assert "SubmitObjectsRequest" not in str(fields)


def test_connections_are_kept_alive(server: Live) -> None:
    client = server.client()
    for _ in range(3):
        client.request("POST", "/soap", echo.submit(), {"Content-Type": "application/soap+xml"})
        first = client.sock
        response = client.getresponse()
        response.read()
        assert response.status == 200
        assert client.sock is first
    client.close()


def test_a_request_in_chunks(server: Live) -> None:
    request = echo.multipart(PROVIDED, echo.part("d1", b"x" * 500_000))
    pieces = [request[at : at + 1000] for at in range(0, len(request), 1000)]
    response, data = server.post(chunked(*pieces), MULTIPART)
    assert response.status == 200
    assert b'<p id="d1" size="500000"/>' in data


def test_a_large_answer(server: Live) -> None:
    request = echo.multipart(echo.root(echo.submit(RETRIEVE, 'size="5000000"')))
    response, data = server.post(request, MULTIPART)
    _, document = multipart.read(response.headers["Content-Type"], data)
    assert len(document.data) == 5_000_000
    assert response.headers["Content-Length"] == str(len(data))


def test_the_wsdl(server: Live) -> None:
    for query in ("wsdl", "WSDL"):
        client = server.client()
        client.request("GET", f"/soap?{query}")
        response = client.getresponse()
        assert (response.status, response.read()) == (200, live.WSDL)
        assert response.headers["Content-Type"].startswith("text/xml")
        client.close()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/soap", 404),
        ("GET", "/soap?xsd", 404),
        ("PUT", "/soap", 405),
        ("HEAD", "/soap?wsdl", 200),
        ("DELETE", "/soap?wsdl", 405),
    ],
)
def test_other_methods(server: Live, method: str, path: str, status: int) -> None:
    client = server.client()
    client.request(method, path)
    response = client.getresponse()
    response.read()
    assert response.status == status
    if status == 405:
        assert response.headers["Allow"] == "POST, GET, HEAD"
    client.close()


HOSTILE = {
    "nothing": (b"", "application/soap+xml", 400, "no content"),
    "blanks": (b" \n", "application/soap+xml", 400, "no content"),
    "empty body": (messages.envelope("", ""), "application/soap+xml", 400, "Body is empty"),
    "doctype": (b"<!DOCTYPE a><a/>", "application/soap+xml", 400, "DOCTYPE"),
    "laughs": (
        b'<!DOCTYPE a [<!ENTITY b "b"><!ENTITY c "&b;&b;">]><a>&c;</a>',
        "application/soap+xml",
        400,
        "DOCTYPE",
    ),
    "deep": (b"<a>" * 100_000, "application/soap+xml", 400, "nested deeper"),
    "random": (bytes(range(1, 256)), "application/soap+xml", 400, "not well-formed"),
    "random parts": (os.urandom(50_000), MULTIPART, 400, "does not appear"),
    "other media": (b"{}", "application/json", 415, "application/json"),
    "no boundary": (b"x", "multipart/related", 400, "boundary"),
    "10 000 parts": (
        PROVIDED + b"".join(echo.part(str(n), b"") for n in range(10_000)),
        MULTIPART,
        413,
        "more than the 1000 attachments",
    ),
    "twins": (
        echo.multipart(PROVIDED, echo.part("d", b"1"), echo.part("d", b"2")),
        MULTIPART,
        400,
        "Two parts",
    ),
    "no root": (echo.multipart(echo.part("d", b"1")), MULTIPART, 400, "no root part"),
    "truncated": (PROVIDED + echo.part("d", b"x" * 70_000), MULTIPART, 400, "too early"),
    "early parts, then truncated": (echo.part("d", b"x" * 70_000), MULTIPART, 400, "too early"),
    "unknown action": (
        messages.envelope(messages.action("urn:x"), "<x/>"),
        "application/soap+xml",
        400,
        "urn:x",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_requests_are_told_what_is_wrong(server: Live, name: str) -> None:
    request, content_type, status, words = HOSTILE[name]
    response, data = server.post(request, content_type)
    assert response.status == status
    assert words in fault_of(response, data)
    assert b"Traceback" not in data
    assert b'File "' not in data
    assert server.post(echo.submit())[0].status == 200


def test_an_error_inside_is_not_told(fresh: Live) -> None:
    response, data = fresh.post(echo.submit(attributes='fail="handler"'))
    assert response.status == 500
    assert "secret" not in fault_of(response, data)
    assert observed(fresh).outcome is Outcome.FAULT


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_compressed_requests_are_refused(server: Live, encoding: str) -> None:
    response, data = server.post(b"x" * 100, Content_Encoding=encoding)
    assert response.status == 415
    assert f"Content-Encoding {encoding}" in fault_of(response, data)


def test_identity_is_no_compression(server: Live) -> None:
    assert server.post(echo.submit(), Content_Encoding="identity")[0].status == 200


def test_a_length_over_the_limit_is_refused_before_anything_is_sent(server: Live) -> None:
    with server.connect() as connection:
        connection.sendall(post(3_000_001, "application/soap+xml", "Expect: 100-continue"))
        started = time.monotonic()
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"3000000 octets" in answer
    assert time.monotonic() - started < AT_ONCE


def test_a_length_over_the_limit_is_refused_while_it_is_sent(server: Live) -> None:
    response, data = server.post(b"x" * 3_000_001)
    assert response.status == 413
    assert response.headers["Connection"] == "close"
    assert "3000000 octets" in fault_of(response, data)


def test_chunks_over_the_limit_are_refused(server: Live) -> None:
    request = PROVIDED + echo.part("d", b"x" * 3_500_000)
    pieces = [request[at : at + 100_000] for at in range(0, len(request), 100_000)]
    response, data = server.post(chunked(*pieces), MULTIPART)
    assert response.status == 413
    assert "3000000 octets" in fault_of(response, data)
    until(lambda: server.service.uploads[-1].ended == ["abort"])


def test_an_accepted_sender_is_asked_to_continue(server: Live) -> None:
    request = echo.submit()
    with server.connect() as connection:
        connection.sendall(post(len(request), "application/soap+xml", "Expect: 100-continue"))
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(request)
        assert live.read_answer(connection)[0] == 200


def test_the_sender_of_a_refused_upload_gets_to_see_the_answer(server: Live) -> None:
    """A sender that looks only when it has sent everything, as many do."""
    root = echo.root(echo.submit(PROVIDE, 'fail="handler-fault"'))
    request = echo.multipart(root, echo.part("d", b"x" * 1_500_000))
    response, data = server.post(request, MULTIPART)
    assert response.status == 400
    assert response.headers["Connection"] == "close"
    assert "MessageID urn:m" in fault_of(response, data)


def test_a_refusal_is_answered_while_the_upload_goes_on(server: Live) -> None:
    root = echo.root(echo.submit(PROVIDE, 'fail="handler-fault"'))
    with server.connect() as connection:
        connection.sendall(post(2_500_000) + root + echo.part("d", b"x" * 100_000))
        started = time.monotonic()
        assert live.read_answer(connection)[0] == 400
        assert time.monotonic() - started < AT_ONCE
        connection.sendall(b"x" * 100_000)


def trickle(connection: socket.socket, data: bytes) -> tuple[bytes, float]:
    """Send the data again and again until an answer comes; the answer, and after how long."""
    connection.settimeout(0.05)
    started = time.monotonic()
    while time.monotonic() - started < 5:
        with suppress(OSError):
            connection.sendall(data)
        with suppress(TimeoutError):
            return connection.recv(65536), time.monotonic() - started
    raise AssertionError("no answer came")


def test_no_more_than_a_part_of_a_refused_body_is_read(fresh: Live) -> None:
    root = echo.root(echo.submit(PROVIDE, 'fail="handler-fault"'))
    with fresh.connect() as connection, suppress(OSError):
        connection.sendall(post(2_990_000) + root + echo.part("d", b"")[:-2])
        for _ in range(29):
            connection.sendall(b"x" * 100_000)
            time.sleep(0.01)
    seen = observed(fresh)
    assert seen.transaction == "ITI-41"
    assert 2_000_000 <= seen.octets_in < 2_600_000


def test_a_body_that_stalls(hurried: Live) -> None:
    with hurried.connect() as connection:
        connection.sendall(post(1000) + PROVIDED[:100])
        started = time.monotonic()
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"0.4 seconds" in answer
    assert 0.3 < time.monotonic() - started < HURRIED.total_seconds - 0.1


def test_an_upload_that_stalls_is_undone(hurried: Live) -> None:
    with hurried.connect() as connection:
        connection.sendall(post(1_000_000) + PROVIDED + echo.part("d", b"x" * 100_000)[:-2])
        assert read_all(connection).startswith(b"HTTP/1.1 408 ")
    until(lambda: hurried.service.uploads[-1].ended == ["abort"])


def test_a_body_below_the_minimum_rate(hurried: Live) -> None:
    with hurried.connect() as connection:
        connection.sendall(post(1_000_000))
        answer, seconds = trickle(connection, b"x" * 100)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"slower than 20000 octets" in answer
    assert seconds > 0.35


def test_a_body_that_takes_too_long(hurried: Live) -> None:
    with hurried.connect() as connection:
        connection.sendall(post(2_900_000) + PROVIDED + echo.part("d", b"")[:-2])
        answer, seconds = trickle(connection, b"x" * 20_000)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"not complete after 1.5 seconds" in answer
    assert seconds > 1.4
    until(lambda: hurried.service.uploads[-1].ended == ["abort"])


def test_a_sender_that_goes_away(fresh: Live) -> None:
    with fresh.connect() as connection:
        uploads = len(fresh.service.uploads)
        connection.sendall(post(1_000_000) + PROVIDED + echo.part("d", b"x" * 200_000))
        until(lambda: len(fresh.service.uploads) > uploads)
    until(lambda: fresh.service.uploads[-1].ended == ["abort"])
    seen = observed(fresh)
    assert (seen.outcome, seen.transaction) == (Outcome.ABANDONED, "ITI-41")


def test_a_receiver_that_goes_away(fresh: Live) -> None:
    fresh.service.streams_closed.clear()
    request = echo.multipart(echo.root(echo.submit(RETRIEVE, f'size="{1 << 32}"')))
    with fresh.connect() as connection:
        connection.sendall(post(len(request)) + request)
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
    assert fresh.service.streams_closed.wait(10)
    seen = observed(fresh)
    assert (seen.outcome, seen.transaction) == (Outcome.ABANDONED, "ITI-43")


@pytest.mark.parametrize("content_type", [MULTIPART, "application/soap+xml"])
def test_an_answer_that_breaks_does_not_end_properly(fresh: Live, content_type: str) -> None:
    request = echo.submit(RETRIEVE, 'size="3000000" broken="2000000"')
    if content_type == MULTIPART:
        request = echo.multipart(echo.root(request))
    with pytest.raises(http.client.IncompleteRead):
        fresh.post(request, content_type)
    assert observed(fresh).outcome is Outcome.BROKEN
    assert fresh.post(echo.submit())[0].status == 200


def test_an_answer_that_breaks_before_anything_was_sent_is_a_fault(server: Live) -> None:
    response, data = server.post(echo.submit(RETRIEVE, 'size="300000" broken="100000"'))
    assert response.status == 500
    assert "secret" not in fault_of(response, data)


def stalled(server: Live) -> socket.socket:
    """An upload whose operation already takes its attachment, and that sends no more."""
    connection = server.connect()
    connection.sendall(post(2_000_000) + PROVIDED + echo.part("d", b"x" * 300_000)[:-2])
    return connection


def test_forty_stalled_uploads_hold_up_nobody() -> None:
    limits = SoapLimits(chunk_seconds=30)
    with live.serving(limits, threads=2) as server:
        uploads = [stalled(server) for _ in range(40)]
        until(lambda: len(server.service.uploads) == 40)
        started = time.monotonic()
        assert server.post(echo.submit())[0].status == 200
        request = echo.multipart(PROVIDED, echo.part("d", b"x" * 300_000))
        assert b'<p id="d" size="300000"/>' in server.post(request, MULTIPART)[1]
        assert time.monotonic() - started < AT_ONCE
        assert all(upload.ended == [] for upload in server.service.uploads[:40])
        for connection in uploads:
            connection.close()
        until(lambda: [u.ended for u in server.service.uploads[:40]] == [["abort"]] * 40)


def test_busy_uploads_do_not_hold_up_queries() -> None:
    """Every thread of the upload pool is at work; queries have their own."""
    busy, release = threading.Event(), threading.Event()

    def work() -> None:
        busy.set()
        assert release.wait(60)

    with live.serving(SoapLimits(batch=1000), threads=1) as server:
        try:
            with server.connect() as connection:
                start = PROVIDED + echo.part("d", b"")[:-2] + b"x" * 5000
                connection.sendall(post(2_000_000) + start)
                until(lambda: server.service.uploads and server.service.uploads[0].parts)
                server.service.uploads[0].parts[0].on_write = work
                connection.sendall(b"x" * 10_000)
                assert busy.wait(10)
                assert server.post(echo.submit())[0].status == 200
        finally:
            release.set()


def test_a_server_that_stops_undoes_its_uploads() -> None:
    with live.serving(SoapLimits()) as server:
        connection = stalled(server)
        until(lambda: server.service.uploads)
    until(lambda: server.service.uploads[0].ended == ["abort"])
    connection.close()
