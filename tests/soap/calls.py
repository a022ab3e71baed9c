"""What tests of the HTTP client send, let a server answer, and keep of it."""

from __future__ import annotations

import os

import httpx
from lxml.etree import _Element

from ihe_profiles.soap import envelope, xml
from ihe_profiles.soap.client import HttpCaller, Response
from ihe_profiles.soap.exchange import Binary, PartHead
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.soap.mime import parse_content_type
from tests.soap import messages
from tests.soap.echo import SUBMIT
from tests.soap.loopback import Loopback, Request, Script
from tests.soap.multipart import read

PDF = b"%PDF-1.7\r\n\x00\xff" + os.urandom(200_000)
SOAP = "application/soap+xml; charset=UTF-8"


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
