"""The client without a network, against a real SoapServer: the same answers, the same failures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest
from lxml.etree import _Element

from ihe_profiles.soap import trace
from ihe_profiles.soap.client import LocalCaller, RemoteFault, Unanswered
from ihe_profiles.soap.exchange import Binary, PartHead, Peer
from tests.soap.echo import LCM, PROVIDE, RETRIEVE, SUBMIT, XDS, Echo, Received

PEER = Peer("127.0.0.1", b"certificate")


def submit(attributes: str = "") -> list[bytes | Binary]:
    return [f'<SubmitObjectsRequest xmlns="{LCM}" {attributes}/>'.encode()]


def provide(*documents: Binary, attributes: str = "") -> list[bytes | Binary]:
    start = f'<Provide xmlns="{XDS}" {attributes}>'.encode()
    return [start, *documents, b"</Provide>"]


def binary(*chunks: bytes) -> Binary:
    return Binary("application/pdf", sum(map(len, chunks)), lambda: iter(chunks))


def test_a_plain_call():
    echo = Echo()
    with trace.working_on("0af7651916cd43dd8448eb211c80319c"):
        response = LocalCaller(echo.server, PEER).call(SUBMIT, submit(), message_id="urn:m:1")
    assert response.body.get("by") == "ITI-42"
    assert response.body.get("trace") == "0af7651916cd43dd8448eb211c80319c"
    assert response.addressing.relates_to == "urn:m:1"
    (exchange,) = echo.exchanges
    assert exchange.peer == PEER
    assert exchange.addressing.message_id == "urn:m:1"


def test_an_mtom_call_streams_its_documents():
    echo = Echo()
    chunks = [b"%PDF", b"x" * 300_000]
    LocalCaller(echo.server, PEER).call(PROVIDE, provide(binary(*chunks), binary()))
    (upload,) = echo.uploads
    assert upload.ended == ["finish"]
    assert [part.size for part in upload.parts] == [300_004, 0]
    assert upload.parts[0].digest.digest() == hashlib.sha256(b"".join(chunks)).digest()
    assert all(part.closed for part in upload.parts)


def test_attachments_of_the_answer_are_received():
    received: list[Received] = []

    def receive(body: _Element, head: PartHead) -> Received:
        assert body.tag == "Retrieved"
        received.append(Received(head))
        return received[-1]

    body = [f'<Retrieve xmlns="{XDS}" size="500000"/>'.encode()]
    echo = Echo()
    LocalCaller(echo.server, PEER).call(RETRIEVE, body, receive=receive)
    (document,) = received
    assert (document.size, document.closed) == (500_000, True)
    assert document.head.content_type == "application/pdf"
    assert echo.streams_closed.is_set()


@pytest.mark.parametrize(
    ("attributes", "code", "status"),
    [('fail="fault"', "Sender", 400), ('fail="handler"', "Receiver", 500)],
)
def test_faults_are_as_over_a_network(attributes, code, status):
    with pytest.raises(RemoteFault) as raised:
        LocalCaller(Echo().server, PEER).call(SUBMIT, submit(attributes))
    assert (raised.value.code, raised.value.status) == (code, status)
    assert "secret" not in raised.value.reason + raised.value.detail


def test_an_answer_that_breaks_off_is_unanswered():
    body = [f'<Retrieve xmlns="{XDS}" size="500000" broken="200000"/>'.encode()]
    received: list[Received] = []

    def receive(body: _Element, head: PartHead) -> Received:
        received.append(Received(head))
        return received[-1]

    with pytest.raises(Unanswered, match="broke off"):
        LocalCaller(Echo().server, PEER).call(RETRIEVE, body, receive=receive)
    assert not received[0].closed


def test_what_a_sink_raises_goes_through_and_the_server_is_told():
    class Full:
        def write(self, data: bytes) -> None:
            raise OSError("no space left")

        def close(self) -> None:
            raise AssertionError("the attachment did not come whole")

    echo = Echo()
    body = [f'<Retrieve xmlns="{XDS}" size="500000"/>'.encode()]
    with pytest.raises(OSError, match="no space left") as raised:
        LocalCaller(echo.server, PEER).call(RETRIEVE, body, receive=lambda body, head: Full())
    assert raised.traceback
    assert echo.streams_closed.is_set()


def test_a_document_that_breaks_off_aborts_the_upload():
    def broken() -> Iterator[bytes]:
        yield b"x" * 100_000
        raise OSError("a bad disk")

    echo = Echo()
    document = Binary("application/pdf", 200_000, broken)
    with pytest.raises(OSError, match="a bad disk"):
        LocalCaller(echo.server, PEER).call(PROVIDE, provide(document))
    (upload,) = echo.uploads
    assert upload.ended == ["abort"]
