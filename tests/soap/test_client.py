"""What the client sends to a real HTTP server on loopback, and the answers that it takes."""

from __future__ import annotations

import base64
import os
import tempfile
import tracemalloc

import pytest

from ihe_profiles.soap import envelope, mtom, trace, xml
from ihe_profiles.soap.addressing import ANONYMOUS
from ihe_profiles.soap.client import HttpCaller
from ihe_profiles.soap.exchange import Binary
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.soap.mime import content_id_of, parse_content_type
from tests.soap.calls import PDF, Kept, answer, call, done, envelope_of, message_id, pdf, plain
from tests.soap.echo import PROVIDE, SUBMIT
from tests.soap.loopback import Request, Script, serving
from tests.soap.multipart import crlf, read


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
    "relates_to",
    [" ", "<wsa:RelatesTo>http://www.w3.org/2005/08/addressing/unspecified</wsa:RelatesTo>"],
)
def test_an_answer_that_relates_to_nothing_is_taken(http, relates_to):
    with serving(
        lambda r: answer(plain(r, SUBMIT.response_action, relates_to=relates_to))
    ) as loopback:
        assert call(loopback, http).body.tag == "Done"


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
