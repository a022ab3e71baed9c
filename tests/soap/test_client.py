"""The client against a real HTTP server on loopback."""

from __future__ import annotations

import base64
import os
import socket
import struct
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from lxml.etree import _Element

from ihe_profiles.soap import envelope, mtom, trace, xml
from ihe_profiles.soap.addressing import ANONYMOUS
from ihe_profiles.soap.client import (
    HttpCaller,
    HttpFailure,
    NotOurAnswer,
    RemoteFault,
    Response,
    Unanswered,
    Unreachable,
    Unreadable,
    WrongAction,
)
from ihe_profiles.soap.exchange import Binary, PartHead
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.soap.mime import content_id_of, parse_content_type
from tests.soap import messages
from tests.soap.echo import PROVIDE, SUBMIT
from tests.soap.loopback import Loopback, Request, Script, serving
from tests.soap.multipart import crlf, read

PDF = b"%PDF-1.7\r\n\x00\xff" + os.urandom(200_000)
SOAP = "application/soap+xml; charset=UTF-8"


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=httpx.Timeout(5.0), follow_redirects=True) as client:
        yield client


def pdf() -> Binary:
    return Binary("application/pdf", len(PDF), lambda: iter([PDF[:10], PDF[10:]]))


def message_id(request: Request) -> str:
    _, root = envelope_of(request)
    found = envelope.message_id(root)
    assert found
    return found


def envelope_of(request: Request) -> tuple[bytes, _Element]:
    content_type = request.headers["content-type"]
    data = request.body
    if content_type.startswith("multipart/"):
        data = read(content_type, data)[0].data
    return data, xml.parse(data, SoapLimits())


def plain(request: Request, action: str, body: str = "<Done/>", relates_to: str = "") -> bytes:
    related = relates_to or f"<wsa:RelatesTo>{message_id(request)}</wsa:RelatesTo>"
    return messages.envelope(messages.action(action) + related, body)


def answer(data: bytes, content_type: str = SOAP, status: int = 200) -> Script:
    return Script(status, [("Content-Type", content_type)], [data])


def done(request: Request) -> Script:
    action = parse_content_type(request.headers["content-type"])[1]["action"]
    return answer(plain(request, action + "Response"))


class Kept:
    """Keeps what an attachment holds, and what the answer's body was when it began."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.heads: list[PartHead] = []
        self.data: list[bytearray] = []
        self.closed: list[bool] = []

    def __call__(self, body: _Element, head: PartHead) -> Kept:
        self.bodies.append(str(body.tag))
        self.heads.append(head)
        self.data.append(bytearray())
        self.closed.append(False)
        return self

    def write(self, data: bytes) -> None:
        self.data[-1] += data

    def close(self) -> None:
        self.closed[-1] = True


def call(loopback: Loopback, http: httpx.Client, **more: object) -> Response:
    return HttpCaller(loopback.url, http).call(SUBMIT, [b"<Submit/>"], **more)  # type: ignore[arg-type]


def test_a_plain_request_as_it_arrives(http):
    with serving(done) as loopback, trace.working_on("0af7651916cd43dd8448eb211c80319c"):
        body = [b"<Submit>", pdf(), b"</Submit>"]
        response = HttpCaller(loopback.url, http).call(SUBMIT, body, header=b"<x:X xmlns:x='x'/>")
    (request,) = loopback.requests
    assert parse_content_type(request.headers["content-type"]) == (
        "application/soap+xml",
        {"charset": "UTF-8", "action": SUBMIT.action},
    )
    assert request.headers["content-length"] == str(len(request.body))
    assert "transfer-encoding" not in request.headers
    assert request.headers["traceparent"].startswith("00-0af7651916cd43dd8448eb211c80319c-")
    data, root = envelope_of(request)
    assert b'<wsa:Action s:mustUnderstand="true">urn:test:Register</wsa:Action>' in data
    assert b"<x:X xmlns:x='x'/></s:Header>" in data
    message = envelope.read(root)
    assert message.addressing.to == loopback.url
    assert message.addressing.reply_to == ANONYMOUS
    assert (message.addressing.message_id or "").startswith("urn:uuid:")
    assert base64.b64decode(message.body.text or "") == PDF
    assert response.body.tag == "Done"
    assert response.addressing.action == SUBMIT.response_action


def test_an_mtom_request_as_it_arrives(http):
    body = [b"<Provide>", pdf(), b"<x/>", pdf(), b"</Provide>"]
    with serving(done) as loopback:
        HttpCaller(loopback.url, http).call(PROVIDE, body, message_id="urn:m:1")
    (request,) = loopback.requests
    assert request.headers["content-length"] == str(len(request.body))
    assert "transfer-encoding" not in request.headers
    root, *parts = read(request.headers["content-type"], request.body)
    message = envelope.read(xml.parse(root.data, SoapLimits()))
    assert message.addressing.message_id == "urn:m:1"
    hrefs = [include.get("href") or "" for include in message.body.iter("{*}Include")]
    assert [content_id_of(href) for href in hrefs] == [part.content_id for part in parts]
    assert [part.data for part in parts] == [PDF, PDF]
    assert {part.content_type for part in parts} == {"application/pdf"}


@pytest.mark.parametrize("transaction", [SUBMIT, PROVIDE])
@pytest.mark.parametrize("in_mtom", [True, False])
def test_the_answer_may_be_plain_or_mtom(http, transaction, in_mtom):
    def reply(request: Request) -> Script:
        pieces = envelope.write(
            transaction.response_action,
            [b"<Done>", pdf(), b"</Done>"],
            relates_to=message_id(request),
        )
        headers, chunks = mtom.write(pieces, "a") if in_mtom else mtom.write_plain(pieces)
        return Script(200, headers, list(chunks))

    kept = Kept()
    with serving(reply) as loopback:
        caller = HttpCaller(loopback.url, http)
        response = caller.call(transaction, [b"<Submit/>"], receive=kept)
    if in_mtom:
        assert kept.data == [PDF]
        assert kept.heads[0].content_type == "application/pdf"
        assert (kept.bodies, kept.closed) == (["Done"], [True])
    else:
        assert kept.data == []
        assert base64.b64decode(response.body.text or "") == PDF


def test_parts_before_the_root_are_received_after_it_and_leave_nothing(http, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def reply(request: Request) -> Script:
        root = plain(request, SUBMIT.response_action)
        body = (
            crlf("--b\nContent-ID: <a>\nContent-Type: text/plain\n\n")
            + PDF
            + crlf("\n--b\nContent-ID: <empty>\n\n\n--b\nContent-ID: <r>\n")
            + crlf("Content-Type: application/xop+xml\n\n")
            + root
            + crlf("\n--b\nContent-ID: <z>\n\nlast\n--b--\n")
        )
        content_type = 'multipart/related; boundary=b; start="<r>"; type="application/xop+xml"'
        return Script(200, [("Content-Type", content_type)], [body[:30_000], body[30_000:]])

    kept = Kept()
    with serving(reply) as loopback:
        assert call(loopback, http, receive=kept).body.tag == "Done"
    assert [head.content_id for head in kept.heads] == ["a", "empty", "z"]
    assert kept.heads[0].content_type == "text/plain"
    assert kept.data == [PDF, b"", b"last"]
    assert kept.closed == [True, True, True]
    assert set(kept.bodies) == {"Done"}
    assert list(tmp_path.iterdir()) == []


def test_attachments_nobody_asked_for_fall(http):
    def reply(request: Request) -> Script:
        pieces = envelope.write(SUBMIT.response_action, [b"<Done>", pdf(), b"</Done>"])
        headers, chunks = mtom.write(pieces, "a")
        return Script(200, headers, list(chunks))

    with serving(reply) as loopback:
        assert call(loopback, http).body.tag == "Done"
        assert call(loopback, http, receive=lambda body, head: None).body.tag == "Done"


@pytest.mark.parametrize(
    ("key", "fields", "status", "code", "subcode"),
    [
        ("mime-parts", {"limit": 7}, 413, "Sender", None),
        (
            "action-not-supported",
            {"action": "urn:x", "served": "urn:y"},
            400,
            "Sender",
            "{http://www.w3.org/2005/08/addressing}ActionNotSupported",
        ),
        ("internal-error", {"trace_id": "t1"}, 500, "Receiver", None),
    ],
)
@pytest.mark.parametrize("in_mtom", [True, False])
def test_a_fault_is_taken_apart(http, key, fields, status, code, subcode, in_mtom):
    def reply(request: Request) -> Script:
        data = envelope.fault(SoapFault(key, **fields), "t1", message_id(request))
        headers, chunks = mtom.write([data], "a") if in_mtom else mtom.write_plain([data])
        return Script(status, headers, list(chunks))

    with serving(reply) as loopback, pytest.raises(RemoteFault) as raised:
        call(loopback, http)
    fault = raised.value
    assert (fault.code, fault.subcode, fault.status) == (code, subcode, status)
    assert fault.reason == str(SoapFault(key, **fields))
    assert fault.detail.startswith("t1")
    assert fault.reason in str(fault)


def test_a_fault_in_two_languages_and_one_of_soap_11(http):
    scripts = [
        answer(
            messages.envelope(
                "",
                '<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value xmlns:q="urn:q">'
                'q:Bad</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="fr">Non</s:Text>'
                '<s:Text xml:lang="en-CA">No</s:Text></s:Reason>'
                "<s:Detail><a>one</a> <b> two\n</b></s:Detail></s:Fault>",
            ),
            status=500,
        ),
        answer(
            messages.envelope(
                "",
                "<s:Fault><faultcode>s:Client</faultcode><faultstring>Old</faultstring>"
                "<detail><x>why</x></detail></s:Fault>",
                messages.S11,
            ),
            "text/xml; charset=utf-8",
            500,
        ),
        answer(messages.envelope("", "<s:Fault/>"), status=200),
    ]
    faults = []
    with serving(lambda request: scripts.pop(0)) as loopback:
        for _ in range(3):
            with pytest.raises(RemoteFault) as raised:
                call(loopback, http)
            faults.append(raised.value)
    told = [(f.code, f.subcode, f.reason, f.detail, f.status) for f in faults]
    assert told == [
        ("Sender", "{urn:q}Bad", "No", "one two", 500),
        ("Client", None, "Old", "why", 500),
        ("nameless", None, "", "", 200),
    ]


@pytest.mark.parametrize(
    "script",
    [
        answer(b"<html>not here</html>", "text/html", 404),
        Script(503),
        Script(202),
        Script(302, [("Location", "/elsewhere")]),
        Script(500, [("Content-Type", SOAP)], [messages.envelope(messages.action("a"), "<Done/>")]),
    ],
)
def test_an_http_failure_names_its_status(http, script):
    with serving(lambda request: script) as loopback, pytest.raises(HttpFailure) as raised:
        call(loopback, http)
    assert raised.value.status == script.status
    assert str(script.status) in str(raised.value)
    assert len(loopback.requests) == 1


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (answer(b"<html/>", "text/html"), "text/html"),
        (Script(200), "unknown"),
        (answer(b"<s:Envelope"), "not well-formed"),
        (answer(b""), "no content"),
        (answer(messages.envelope("", "<Done/>")), "Action is missing"),
        (answer(b"<!DOCTYPE x><x/>"), "DOCTYPE"),
        (answer(b"--c--", "multipart/related; boundary=b"), 'boundary "b"'),
        (answer(b"x" * 200, "multipart/related; type=text/xml"), "no parameter boundary"),
        (
            answer(crlf("--b\nContent-Type: text/xml\n\n<x"), "multipart/related; boundary=b"),
            "inside part 1",
        ),
        (
            Script(200, [("Content-Type", SOAP), ("Content-Encoding", "gzip")], [b"\x1f\x8b"]),
            "gzip",
        ),
        (answer(b"x" * 1001), "larger than 1000 octets"),
        (answer(b"x" * 5001), "larger than 5000 octets"),
    ],
)
def test_what_cannot_be_read_says_why(http, script, words):
    limits = replace(SoapLimits(), root_part=1000, message=5000)
    with serving(lambda request: script) as loopback, pytest.raises(Unreadable) as raised:
        HttpCaller(loopback.url, http, limits).call(SUBMIT, [b"<Submit/>"])
    assert words in str(raised.value)


def test_the_answer_must_be_ours(http):
    header = messages.action(SUBMIT.response_action) + "<wsa:RelatesTo>urn:m:2</wsa:RelatesTo>"
    scripts = [
        answer(messages.envelope(header, "<Done/>")),
        answer(envelope.fault(SoapFault("empty-body"), "t", "urn:m:2"), status=400),
    ]
    with serving(lambda request: scripts.pop(0)) as loopback:
        for _ in range(2):
            with pytest.raises(NotOurAnswer, match=r"urn:m:2.*urn:m:1"):
                call(loopback, http, message_id="urn:m:1")


@pytest.mark.parametrize(
    "relates_to",
    [" ", "<wsa:RelatesTo>http://www.w3.org/2005/08/addressing/unspecified</wsa:RelatesTo>"],
)
def test_an_answer_that_relates_to_nothing_is_taken(http, relates_to):
    with serving(
        lambda r: answer(plain(r, SUBMIT.response_action, relates_to=relates_to))
    ) as loopback:
        assert call(loopback, http).body.tag == "Done"


def test_the_answer_must_be_of_the_transaction(http):
    kept = Kept()

    def reply(request: Request) -> Script:
        pieces = envelope.write(PROVIDE.response_action, [b"<Done>", pdf(), b"</Done>"])
        headers, chunks = mtom.write(pieces, "a")
        return Script(200, headers, list(chunks))

    with serving(reply) as loopback, pytest.raises(WrongAction) as raised:
        call(loopback, http, receive=kept)
    assert PROVIDE.response_action in str(raised.value)
    assert SUBMIT.response_action in str(raised.value)
    assert kept.heads == []


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


def test_large_documents_pass_both_ways_in_little_memory(http):
    size = 48 * 1024 * 1024
    block = os.urandom(1 << 16)
    large = Binary("a/b", size, lambda: iter([block] * (size >> 16)))

    class Counted:
        size = 0

        def write(self, data: bytes) -> None:
            self.size += len(data)

        def close(self) -> None:
            self.closed = True

    def reply(request: Request) -> Script:
        pieces = envelope.write(PROVIDE.response_action, [b"<Done>", large, b"</Done>"])
        headers, chunks = mtom.write(pieces, "a")
        return Script(200, headers, chunks)  # type: ignore[arg-type]

    counted = Counted()
    with serving(reply, keep=False) as loopback:
        tracemalloc.start()
        try:
            body = [b"<P>", large, b"</P>"]
            HttpCaller(loopback.url, http).call(PROVIDE, body, receive=lambda b, h: counted)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert counted.size == size
    assert counted.closed
    assert peak < 8 * 1024 * 1024


def test_a_connection_is_used_again_after_an_answer_read_to_its_end(http):
    with serving(done) as loopback:
        for _ in range(3):
            call(loopback, http)
        (connection,) = http._transport._pool.connections  # type: ignore[attr-defined]
        assert connection._connection._request_count == 3


def test_a_url_that_cannot_be_called_sent_nothing(http):
    with pytest.raises(httpx.InvalidURL):
        HttpCaller("http://[::1/", http)
    with pytest.raises(Unreachable):
        HttpCaller("ftp://127.0.0.1/", http).call(SUBMIT, [b"<Submit/>"])
