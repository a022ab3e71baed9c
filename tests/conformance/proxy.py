"""Stands between the bench and a good server, and makes a bad one of it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from urllib.parse import urlsplit

import httpx
from lxml import etree

from ihe_profiles.hl7 import mllp
from tests.servers import Server


@dataclass
class Passing:
    """A request on its way, and its answer once there is one; bodies may be changed."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int = 0
    reply_headers: dict[str, str] = field(default_factory=dict)
    reply: bytes = b""

    @property
    def xml(self) -> etree._Element:
        """The request, plain SOAP."""
        return etree.fromstring(self.body)

    @property
    def reply_xml(self) -> etree._Element:
        """The answer, plain SOAP."""
        return etree.fromstring(self.reply)

    def answer(self, status: int, body: bytes, media_type: str = "application/soap+xml") -> None:
        """Answer without the server, or instead of it."""
        self.status, self.reply = status, body
        self.reply_headers = {"content-type": media_type}


Alter = Callable[[Passing], None]


def nothing(passing: Passing) -> None:
    """Change nothing."""


@dataclass
class Proxy:
    """What is changed before a request is passed on, and after its answer came.

    `feed` changes an acknowledgement of ITI-8; given the message and None it may answer itself.
    """

    url: str
    port: int
    before: Alter = nothing
    after: Alter = nothing
    feed: Callable[[bytes, bytes | None], bytes | None] = lambda message, answer: answer


@contextmanager
def proxy_of(server: Server) -> Iterator[Proxy]:
    """Lend a proxy in front of a server's services and of its feed."""
    with httpx.Client(trust_env=False, timeout=30) as upstream:
        proxy = Proxy("", 0)
        http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(proxy, server.url, upstream))
        feed = _Feed(("127.0.0.1", 0), _feed_handler(proxy, server))
        proxy.url = f"http://127.0.0.1:{http.server_port}"
        proxy.port = feed.server_address[1]
        for one in (http, feed):
            threading.Thread(target=one.serve_forever, daemon=True).start()
        try:
            yield proxy
        finally:
            for one in (http, feed):
                one.shutdown()
                one.server_close()


class _Feed(ThreadingTCPServer):
    daemon_threads = True


def _handler(proxy: Proxy, url: str, upstream: httpx.Client) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            passing = Passing("POST", self.path, headers, self._body(headers))
            proxy.before(passing)
            if not passing.status:
                _pass_on(passing, url, upstream)
                proxy.after(passing)
            self.send_response(passing.status)
            for name, value in passing.reply_headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(passing.reply)))
            self.end_headers()
            self.wfile.write(passing.reply)

        def _body(self, headers: dict[str, str]) -> bytes:
            if "content-length" in headers:
                return self.rfile.read(int(headers["content-length"]))
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        def log_message(self, *args: object) -> None:
            pass

    return Handler


def _pass_on(passing: Passing, url: str, upstream: httpx.Client) -> None:
    kept = {k: v for k, v in passing.headers.items() if k in ("content-type", "traceparent")}
    answer = upstream.post(
        f"{url}{urlsplit(passing.path).path}", content=passing.body, headers=kept
    )
    passing.status, passing.reply = answer.status_code, answer.content
    passing.reply_headers = {"content-type": answer.headers["content-type"]}


def _feed_handler(proxy: Proxy, server: Server) -> type[StreamRequestHandler]:
    port = server.settings["registry"]["mllp_port"]

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            framer = mllp.Framer(1_000_000)
            while data := self.connection.recv(65536):
                for event in framer.feed(data):
                    assert isinstance(event, mllp.Frame)
                    self.connection.sendall(mllp.write(self._answer(event.data)))

        def _answer(self, message: bytes) -> bytes:
            made = proxy.feed(message, None)
            if made is None:
                made = proxy.feed(message, exchange(port, message))
            assert made is not None
            return made

    return Handler


def exchange(port: int, message: bytes) -> bytes:
    """Send one message to a feed and return the acknowledgement."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(mllp.write(message))
        framer = mllp.Framer(1_000_000)
        while data := connection.recv(65536):
            for event in framer.feed(data):
                assert isinstance(event, mllp.Frame)
                return event.data
    raise AssertionError("no acknowledgement came")
