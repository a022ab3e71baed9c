from __future__ import annotations

import hashlib
import io
import os
import threading
from pathlib import Path

import psutil
import pytest
from lxml import etree

from ihe_profiles.soap import trace
from ihe_profiles.soap.digest import digest
from ihe_profiles.soap.intake import Intake, Reply
from ihe_profiles.soap.limits import SoapLimits
from tests.soap import echo, messages, multipart
from tests.soap.echo import MULTIPART, PROVIDE, RETRIEVE, SUBMIT, Echo

PROVIDED = echo.root(echo.submit(PROVIDE))
NEXT = b"--b\r\n"


def reply_parts(reply: Reply, data: bytes) -> list[multipart.Part]:
    return multipart.read(dict(reply.headers)["Content-Type"], data)


def test_a_plain_request_gets_a_plain_answer() -> None:
    reply, data = Echo().send(echo.submit(RETRIEVE, 'size="3"'))
    assert reply.status == 200
    assert dict(reply.headers)["Content-Type"].startswith("application/soap+xml;")
    assert dict(reply.headers)["Content-Length"] == str(len(data))
    assert len(messages.first(data, ".//Retrieved")) == 4


def test_an_mtom_request_gets_an_mtom_answer() -> None:
    request = echo.multipart(echo.root(echo.submit(RETRIEVE, 'size="100000"')))
    reply, data = Echo().send(request, MULTIPART)
    assert dict(reply.headers)["Content-Length"] == str(len(data))
    root, attachment = reply_parts(reply, data)
    assert b"Retrieved>" in root.data
    assert len(attachment.data) == 100_000
    assert attachment.content_type == "application/pdf"


@pytest.mark.parametrize("content", [b"", b"<x", echo.submit(PROVIDE, 'fail="handler-fault"')])
def test_an_mtom_request_gets_its_faults_in_mtom(content: bytes) -> None:
    reply, data = Echo().send(echo.multipart(echo.root(content)), MULTIPART)
    assert reply.status == 400
    [root] = reply_parts(reply, data)
    assert messages.fault_code(root.data) == "Sender"


@pytest.mark.parametrize("content_type", ["text/xml", "application/soap+xml", MULTIPART])
def test_soap_11_is_answered_as_text_xml(content_type: str) -> None:
    request = messages.envelope("", "<x/>", messages.S11)
    if content_type == MULTIPART:
        request = echo.multipart(echo.root(request))
    reply, data = Echo().send(request, content_type)
    assert reply.status == 500
    assert dict(reply.headers)["Content-Type"] == "text/xml; charset=UTF-8"
    assert etree.fromstring(data).tag == f"{{{messages.S11}}}Envelope"


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/json", "multipart/mixed"])
def test_other_media_types_are_refused_at_once(content_type: str) -> None:
    intake = Echo().intake(content_type)
    assert intake.refused
    reply = intake.finish()
    text = messages.fault_text(b"".join(reply.chunks))
    assert reply.status == 415
    assert (content_type or "missing") in text
    assert "application/soap+xml" in text


def test_attachments_stream_into_the_operation() -> None:
    service = Echo()
    intake = service.intake(MULTIPART)
    request = echo.multipart(PROVIDED, echo.part("d1", b"x" * 1000), echo.part("d2", b""))
    half = request.index(b"x" * 500) + 500
    intake.feed(request[:half])
    [upload] = service.uploads
    assert intake.uploading
    assert 0 < upload.parts[0].size < 1000
    intake.feed(request[half:])
    reply = intake.finish()
    assert reply.status == 200
    assert [(p.head.content_id, p.size, p.closed) for p in upload.parts] == [
        ("d1", 1000, True),
        ("d2", 0, True),
    ]
    assert upload.parts[0].digest.digest() == hashlib.sha256(b"x" * 1000).digest()
    assert upload.ended == ["finish"]
    assert upload.traces == {intake.trace_id}
    [root] = reply_parts(reply, b"".join(reply.chunks))
    assert b'<p id="d1" size="1000"/><p id="d2" size="0"/>' in root.data


def test_a_byte_at_a_time() -> None:
    service = Echo()
    intake = service.intake(MULTIPART)
    for byte in echo.multipart(PROVIDED, echo.part("d1", b"abc")):
        intake.feed(bytes([byte]))
    assert b'<p id="d1" size="3"/>' in b"".join(intake.finish().chunks)


def test_an_attachment_that_is_not_wanted_falls() -> None:
    service = Echo()
    request = echo.multipart(PROVIDED, echo.part("unwanted", b"x"), echo.part("d", b"y"))
    reply, _ = service.send(request, MULTIPART)
    assert reply.status == 200
    assert [part.head.content_id for part in service.uploads[0].parts] == ["d"]


def test_attachments_before_the_envelope_wait_for_it() -> None:
    service = Echo()
    intake = service.intake(MULTIPART)
    intake.feed(echo.part("d1", b"x" * 100_000) + echo.part("d2", b"y"))
    assert service.uploads == []
    assert intake.uploading
    intake.feed(echo.multipart(PROVIDED, echo.part("d3", b"z")))
    reply = intake.finish()
    assert reply.status == 200
    sizes = [(part.head.content_id, part.size) for part in service.uploads[0].parts]
    assert sizes == [("d1", 100_000), ("d2", 1), ("d3", 1)]


def test_attachments_before_the_envelope_have_a_limit() -> None:
    service = Echo(SoapLimits(early_parts=1000))
    reply, data = service.send(echo.multipart(echo.part("d", b"x" * 2000), PROVIDED), MULTIPART)
    assert reply.status == 413
    assert b"1000 octets" in data
    reply, _ = service.send(echo.multipart(echo.part("d", b"x" * 900), PROVIDED), MULTIPART)
    assert reply.status == 200


def test_an_operation_without_attachments_waits_for_the_whole_message() -> None:
    service = Echo()
    intake = service.intake(MULTIPART)
    intake.feed(echo.root(echo.submit()) + b"--b--")
    assert intake.transaction is SUBMIT
    assert service.exchanges == []
    assert intake.finish().status == 200
    assert len(service.exchanges) == 1


def test_a_cut_message_carries_nothing_out() -> None:
    service = Echo()
    intake = service.intake(MULTIPART)
    intake.feed(echo.root(echo.submit()) + NEXT)
    assert intake.finish().status == 400
    assert service.exchanges == []


def test_a_cut_upload_is_undone() -> None:
    service = Echo()
    reply, data = service.send(PROVIDED + echo.part("d1", b"x" * 10), MULTIPART)
    assert reply.status == 400
    assert service.uploads[0].ended == ["abort"]
    assert b"ends too early" in data


def test_abort_tells_the_operation_once() -> None:
    service = Echo()
    intake = service.intake(MULTIPART)
    intake.feed(PROVIDED + NEXT)
    intake.abort()
    intake.abort()
    assert service.uploads[0].ended == ["abort"]
    assert service.uploads[0].traces == {intake.trace_id}


def test_abort_after_the_reply_does_nothing() -> None:
    service = Echo()
    intake = service.intake(MULTIPART)
    intake.feed(echo.multipart(PROVIDED))
    intake.finish()
    intake.abort()
    assert service.uploads[0].ended == ["finish"]


@pytest.mark.parametrize(
    ("fail", "status", "ended"),
    [
        ("part", 500, ["abort"]),
        ("part-fault", 400, ["abort"]),
        ("write", 500, ["abort"]),
        ("write-fault", 400, ["abort"]),
        ("finish", 500, ["finish"]),
        ("finish-fault", 400, ["finish"]),
    ],
)
def test_an_upload_that_fails(fail: str, status: int, ended: list[str]) -> None:
    service = Echo()
    root = echo.root(echo.submit(PROVIDE, f'fail="{fail}"'))
    request = echo.multipart(root, echo.part("d1", b"x"), echo.part("d2", b"x"))
    reply, data = service.send(request, MULTIPART)
    assert reply.status == status
    assert service.uploads[0].ended == ended
    assert b"secret" not in data


def test_an_upload_that_cannot_even_be_undone(caplog: pytest.LogCaptureFixture) -> None:
    service = Echo()
    intake = service.intake(MULTIPART)
    intake.feed(echo.root(echo.submit(PROVIDE, 'fail="abort"')) + NEXT)
    intake.abort()
    assert [r.message for r in caplog.records] == ["an upload could not be undone"]


def test_the_rest_of_a_refused_message_falls() -> None:
    service = Echo()
    intake = service.intake(MULTIPART)
    intake.feed(echo.root(echo.submit(PROVIDE, 'fail="part-fault"')) + echo.part("d1", b""))
    assert intake.refused
    intake.feed(b"anything")
    reply = intake.finish()
    assert reply.status == 400
    assert len(service.uploads) == 1


def test_an_answer_that_cannot_be_written_is_a_fault(caplog: pytest.LogCaptureFixture) -> None:
    request = echo.multipart(echo.root(echo.submit(RETRIEVE, 'type="caf\u00e9"')))
    reply, data = Echo().send(request, MULTIPART)
    assert reply.status == 500
    [root] = reply_parts(reply, data)
    assert messages.fault_code(root.data) == "Receiver"
    assert len(caplog.records) == 1


def test_an_answer_that_breaks_while_it_is_sent_does_not_end_properly() -> None:
    service = Echo()
    intake = service.intake(MULTIPART)
    request = echo.submit(RETRIEVE, 'size="300000" broken="200000"')
    intake.feed(echo.multipart(echo.root(request)))
    chunks = intake.finish().chunks
    sent = io.BytesIO()
    with pytest.raises(ZeroDivisionError):
        sent.writelines(chunks)
    assert b"xop:Include" in sent.getvalue()
    assert not sent.getvalue().endswith(b"--\r\n")


def test_closing_the_reply_closes_what_makes_it() -> None:
    service = Echo()
    intake = service.intake(MULTIPART)
    intake.feed(echo.multipart(echo.root(echo.submit(RETRIEVE, 'size="9000000"'))))
    chunks = intake.finish().chunks
    next(chunks)
    assert not service.streams_closed.is_set()
    chunks.close()
    assert service.streams_closed.is_set()


def test_what_is_made_while_it_is_sent_knows_its_trace() -> None:
    intake = Echo().intake(traceparent=f"00-{'7' * 32}-{'1' * 16}-01")
    assert intake.trace_id == "7" * 32
    intake.feed(echo.submit(RETRIEVE, 'size="3"'))
    assert b"Nzc3" in b"".join(intake.finish().chunks)  # base64 of 777
    assert trace.CURRENT.get() == ""


def test_an_envelope_that_is_too_large() -> None:
    service = Echo(SoapLimits(root_part=1000))
    for content_type, request in (
        ("application/soap+xml", echo.submit(content="x" * 1000)),
        (MULTIPART, echo.multipart(echo.root(echo.submit(content="x" * 1000)))),
    ):
        reply, data = service.send(request, content_type)
        assert reply.status == 413
        assert b"1000 octets" in data


def test_two_calls_do_not_run_at_once() -> None:
    """The endpoint may abort from one thread while another still feeds."""
    service = Echo()
    intake = service.intake(MULTIPART)
    intake.feed(PROVIDED + echo.part("d1", b"")[:-2])
    inside, release = threading.Event(), threading.Event()

    def hold() -> None:
        inside.set()
        assert release.wait(10)

    service.uploads[0].parts[0].on_write = hold
    feeding = threading.Thread(target=intake.feed, args=[b"x" * 1000])
    feeding.start()
    assert inside.wait(10)
    aborting = threading.Thread(target=intake.abort)
    aborting.start()
    aborting.join(0.05)
    assert aborting.is_alive()
    assert service.uploads[0].ended == []
    release.set()
    feeding.join(10)
    aborting.join(10)
    assert service.uploads[0].ended == ["abort"]


XOP = "http://www.w3.org/2004/08/xop/include"
INCLUDE = '<x xmlns:p="http://www.w3.org/2004/08/xop/include">{}<p:Include href="cid:{}"/></x>'


def digest_of(text: str) -> bytes:
    return digest(etree.fromstring(text))


def test_the_digest_does_not_depend_on_how_the_xml_is_written() -> None:
    one = digest_of('<a:x xmlns:a="urn:a" xmlns:unused="urn:u" q="1" b="2"><a:y/></a:x>')
    two = digest_of("<a:x b='2'  q='1' xmlns:a='urn:a'><a:y></a:y></a:x>")
    assert one == two
    assert len(one) == 32
    assert digest_of('<a:x xmlns:a="urn:a" q="1" b="3"><a:y/></a:x>') != one


def test_the_digest_does_not_depend_on_the_names_of_attachments() -> None:
    assert digest_of(INCLUDE.format("t", "1@a")) == digest_of(INCLUDE.format("t", "2@b"))
    assert digest_of(INCLUDE.format("t", "1@a")) != digest_of(INCLUDE.format("u", "1@a"))
    element = etree.fromstring(INCLUDE.format("t", "1@a"))
    digest(element)
    assert element[0].get("href") == "cid:1@a"


def test_the_digest_is_of_the_body_alone() -> None:
    service = Echo()
    for header in ("<wsa:MessageID>urn:1</wsa:MessageID>", "<wsa:MessageID>urn:2</wsa:MessageID>"):
        service.send(echo.submit(header=header))
    one, two = service.exchanges
    assert one.digest == two.digest


def hostile(intake: Intake, request: bytes) -> tuple[int, str]:
    intake.feed(request)
    reply = intake.finish()
    data = b"".join(reply.chunks)
    assert b"Traceback" not in data
    if dict(reply.headers)["Content-Type"].startswith("multipart"):
        data = reply_parts(reply, data)[0].data
    return reply.status, messages.fault_text(data)


def test_hostile_attachments_leave_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    early = echo.part("early", b"x" * 300_000)
    cases = {
        "10 000 parts": PROVIDED + b"".join(echo.part(f"{i}", b"") for i in range(10_000)),
        "no root": echo.multipart(early),
        "cut before the root": early + echo.root(b"")[:20],
        "cut in the root": early + PROVIDED[:-200],
        "cut in an attachment": early + PROVIDED + echo.part("d", b"x" * 1000)[:-100],
        "two parts of one id": echo.multipart(PROVIDED, echo.part("d", b""), echo.part("d", b"")),
        "two parts of one early id": echo.multipart(early, early, PROVIDED),
        "random": os.urandom(200_000),
        "bad XML in the root": echo.multipart(early, echo.root(b"<x>")),
        "a DOCTYPE in the root": echo.multipart(early, echo.root(b"<!DOCTYPE x><x/>")),
    }
    service = Echo()
    descriptors = psutil.Process().num_fds()
    for name, request in cases.items():
        status, text = hostile(service.intake(MULTIPART), request)
        assert status in {400, 413}, name
        assert text, name
    assert list(tmp_path.iterdir()) == []
    assert psutil.Process().num_fds() == descriptors
    assert all(upload.ended == ["abort"] for upload in service.uploads)
    assert service.send(echo.submit())[0].status == 200
