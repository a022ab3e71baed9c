"""A proxy on loopback that passes bytes on, stalls, or cuts connections at a given octet."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.servers import free_port

FOREVER = 1 << 62


@dataclass
class Way:
    """How connections fare: octets that pass in each direction, and what happens after them."""

    request: int = FOREVER
    answer: int = FOREVER
    cuts: bool = True
    """The connection is cut after them; else it stays open and nothing moves any more."""


@dataclass
class Proxy:
    """Listens on `port`; what becomes of new connections is said by `ways`: the last one lasts."""

    target: int
    port: int = field(default_factory=free_port)
    ways: list[Way] = field(default_factory=lambda: [Way()])
    _open: list[socket.socket] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def faring(self, *ways: Way) -> Iterator[None]:
        """Let new connections fare so in turn; those that are open are cut now and at the end."""
        self._cut_all()
        self.ways = list(ways)
        try:
            yield
        finally:
            self.ways = [Way()]
            self._cut_all()

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Let nobody connect."""
        self.close()
        try:
            yield
        finally:
            self.open()

    def open(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._listener.close()
        self._cut_all()

    def _serve(self) -> None:
        while True:
            try:
                here, _ = self._listener.accept()
            except OSError:
                return
            try:
                there = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                here.close()
                continue
            self._open += (here, there)
            way = self.ways.pop(0) if len(self.ways) > 1 else self.ways[0]
            for source, sink, most in ((here, there, way.request), (there, here, way.answer)):
                work = (source, sink, most, way.cuts)
                threading.Thread(target=self._pass, args=work, daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, most: int, cuts: bool) -> None:
        with suppress(OSError):
            while most and (data := source.recv(min(most, 1 << 16))):
                sink.sendall(data)
                most -= len(data)
            if most == 0 and not cuts:
                return
            for end in (source, sink):
                end.shutdown(socket.SHUT_RDWR)

    def _cut_all(self) -> None:
        while self._open:
            end = self._open.pop()
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def proxying(target: int) -> Iterator[Proxy]:
    """Stand before the server on that port of loopback."""
    proxy = Proxy(target)
    proxy.open()
    try:
        yield proxy
    finally:
        proxy.close()
