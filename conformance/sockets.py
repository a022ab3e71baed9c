"""Connections without any protocol above them: octets out, octets in, as they are."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from conformance.evidence import Exchange

_LONGEST: Final = 16 * 1024 * 1024
"""Octets of an answer that are read at most."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to connect to, and the TLS to do it with, None for none."""

    host: str
    port: int
    tls: ssl.SSLContext | None

    @classmethod
    def of(cls, url: str, tls: ssl.SSLContext | None) -> Place:
        """Return the place of a web address; `tls` is what https uses, else the system's trust."""
        parts = urlsplit(url)
        if parts.scheme != "https":
            return cls(parts.hostname or "", parts.port or 80, None)
        return cls(parts.hostname or "", parts.port or 443, tls or ssl.create_default_context())

    def connect(self, timeout: float) -> socket.socket:
        """Open a connection. Raises OSError."""
        plain = socket.create_connection((self.host, self.port), timeout)
        if self.tls is None:
            return plain
        return self.tls.wrap_socket(plain, server_hostname=self.host)


def talk(
    place: Place,
    timeout: float,
    exchange: Exchange,
    pieces: Iterable[bytes],
    enough: Callable[[bytes], bool],
) -> None:
    """Send pieces, then read until it is `enough` or the other side closes; keep it all.

    What breaks off is noted in the exchange, and raises nothing.
    """
    try:
        with place.connect(timeout) as connection:
            for piece in pieces:
                exchange.request.take(piece)
                connection.sendall(piece)
            _receive(connection, exchange, enough)
    except OSError as error:
        exchange.note = f"{type(error).__name__}: {error}"
    exchange.seconds = time.time() - exchange.started


def _receive(
    connection: socket.socket, exchange: Exchange, enough: Callable[[bytes], bool]
) -> None:
    while not enough(bytes(exchange.response.head)) and exchange.response.size < _LONGEST:
        data = connection.recv(65536)
        if not data:
            return
        exchange.response.take(data)
