"""The client when connections do not come about or break: was the request carried out?"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from ihe_profiles.soap import envelope, mtom
from ihe_profiles.soap.client import HttpCaller, Unanswered, Unreachable
from ihe_profiles.soap.exchange import Binary
from ihe_profiles.soap.limits import SoapLimits
from tests.soap import messages
from tests.soap.calls import PDF, SOAP, Kept, answer, call, done, pdf
from tests.soap.echo import PROVIDE, SUBMIT
from tests.soap.loopback import Request, Script, serving


def test_a_refused_connection_sent_nothing(http):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(Unreachable):
        HttpCaller(f"http://127.0.0.1:{port}/", http).call(SUBMIT, [b"<Submit/>"])


def test_no_free_connection_sent_nothing():
    started, finish = threading.Event(), threading.Event()

    def slow(request: Request) -> Script:
        return replace(done(request), pause=1.0)

    limits = httpx.Limits(max_connections=1)
    with serving(slow) as loopback, httpx.Client(limits=limits, timeout=0.2) as http:
        stream = http.stream("POST", loopback.url, content=_waiting(started, finish), timeout=9)
        holder = threading.Thread(target=lambda: stream.__enter__().close())
        holder.start()
        assert started.wait(5)
        with pytest.raises(Unreachable):
            call(loopback, http)
        finish.set()
        holder.join(5)


def _waiting(started: threading.Event, finish: threading.Event) -> Iterator[bytes]:
    started.set()
    finish.wait(5)
    yield messages.envelope("<wsa:MessageID>urn:m</wsa:MessageID>", "<x/>")


def test_a_server_that_never_answers_leaves_the_outcome_unknown():
    def never(request: Request) -> Script:
        return replace(done(request), pause=1.0)

    with serving(never) as loopback, httpx.Client(timeout=0.3) as http:
        with pytest.raises(Unanswered, match="ReadTimeout"):
            call(loopback, http)
        assert loopback.requests[0].whole


def test_an_answer_that_drips_is_given_up(http):
    limits = replace(SoapLimits(), total_seconds=0.3)

    def drips(request: Request) -> Script:
        data = done(request).pieces[0]
        script = answer(b"")
        return replace(script, pieces=[bytes([byte]) for byte in data], pause=0.05)

    begin = time.monotonic()
    with serving(drips) as loopback, pytest.raises(Unanswered, match=r"after 0\.3 seconds"):
        HttpCaller(loopback.url, http, limits).call(SUBMIT, [b"<Submit/>"])
    assert time.monotonic() - begin < 3


@pytest.mark.parametrize("announced", [True, False])
def test_a_plain_answer_that_is_cut(http, announced):
    def cut(request: Request) -> Script:
        data = done(request).pieces[0]
        length = [("Content-Length", str(len(data)))] if announced else []
        return Script(200, [("Content-Type", SOAP), *length], [data[:100]], breaks_off=True)

    with serving(cut) as loopback, pytest.raises(Unanswered, match="RemoteProtocolError"):
        call(loopback, http)


def test_an_mtom_answer_that_is_cut_leaves_its_attachment_open(http):
    def cut(request: Request) -> Script:
        pieces = envelope.write(SUBMIT.response_action, [b"<Done>", pdf(), pdf(), b"</Done>"])
        headers, chunks = mtom.write(pieces, "a")
        return Script(200, headers, [b"".join(chunks)[:-100_000]], breaks_off=True)

    kept = Kept()
    with serving(cut) as loopback, pytest.raises(Unanswered):
        call(loopback, http, receive=kept)
    assert kept.data[0] == PDF
    assert kept.closed == [True, False]


def test_a_document_of_another_size_never_arrives_whole(http):
    wrong = Binary("a/b", 300_000, lambda: iter([b"x" * 100_000] * 2))
    with serving(done) as loopback:
        with pytest.raises(mtom.SizeDiffers):
            HttpCaller(loopback.url, http).call(PROVIDE, [b"<P>", wrong, b"</P>"])
        assert loopback.came.wait(5)
    assert [request.whole for request in loopback.requests] == [False]


def test_a_document_is_told_when_the_connection_breaks_while_it_is_sent(http):
    closed = threading.Event()

    def chunks() -> Iterator[bytes]:
        try:
            while True:
                yield b"x" * 100_000
        finally:
            closed.set()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        breaking = threading.Thread(target=lambda: _read_a_little_and_break(listener), daemon=True)
        breaking.start()
        held = chunks()
        caller = HttpCaller(f"http://127.0.0.1:{listener.getsockname()[1]}/", http)
        with pytest.raises(Unanswered) as raised:
            caller.call(PROVIDE, [b"<P>", Binary("a/b", 1 << 40, lambda: held), b"</P>"])
        breaking.join(5)
    assert raised.traceback
    assert closed.is_set()


def _read_a_little_and_break(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    connection.recv(100_000)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def test_what_a_sink_raises_goes_through_and_the_connection_is_let_go():
    class Full:
        def write(self, data: bytes) -> None:
            raise OSError("no space left")

    def reply(request: Request) -> Script:
        pieces = envelope.write(SUBMIT.response_action, [b"<Done>", pdf(), b"</Done>"])
        headers, chunks = mtom.write(pieces, "a")
        return Script(200, headers, list(chunks))

    limits = httpx.Limits(max_connections=1)
    with serving(reply) as loopback, httpx.Client(limits=limits, timeout=5) as http:
        with pytest.raises(OSError, match="no space left") as raised:
            call(loopback, http, receive=lambda body, head: Full())
        assert raised.traceback
        assert call(loopback, http).body.tag == "Done", "the only connection is free again"


def test_a_url_that_cannot_be_called_sent_nothing(http):
    with pytest.raises(httpx.InvalidURL):
        HttpCaller("http://[::1/", http)
    with pytest.raises(Unreachable):
        HttpCaller("ftp://127.0.0.1/", http).call(SUBMIT, [b"<Submit/>"])
