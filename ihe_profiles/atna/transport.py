"""Connections to the receivers of audit records: TLS, UDP, a file."""

from __future__ import annotations

import fcntl
import os
import socket
import ssl
import struct
import termios
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

from ihe_profiles.atna.destinations import Destination, OverTls, OverUdp, ToFile
from ihe_profiles.atna.syslog import framed

PATIENCE: Final = 10.0
"""Seconds to connect, and in which a receiver must take something."""

LARGEST_DATAGRAM: Final = 65_507
"""Octets that one datagram of IPv4 carries; a message is never cut (RFC 5426, 3.2)."""

_ENOUGH: Final = 64 * 1024


class Oversized(Exception):
    """The message is too large for this way of sending; `index` says which one it is."""

    def __init__(self, index: int, size: int) -> None:
        super().__init__(f"a message of {size} octets does not fit in a datagram")
        self.index = index


class Connection(Protocol):
    """An open way to a receiver. Every method raises OSError when the way is broken."""

    confirms: bool
    """True when what was sent has arrived, as far as can ever be known."""

    def send(self, messages: Sequence[bytes]) -> None:
        """Send syslog messages, in this order. Raises Oversized."""
        ...

    sent: int
    """How many octets were sent, where that is counted."""

    def check(self) -> int:
        """Return how many of the last octets the receiver's machine may not have; at most."""
        ...

    def close(self) -> bool:
        """End it; return True when the receiver had read everything before it agreed."""
        ...


class TlsConnection:
    """Syslog over TLS: octets counted, one connection for many messages (RFC 5425)."""

    confirms = False

    def __init__(self, to: OverTls, context: ssl.SSLContext) -> None:
        self.sent = 0
        plain = socket.create_connection((to.host, to.port), PATIENCE)
        try:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if hasattr(socket, "TCP_USER_TIMEOUT"):
                limit = int(PATIENCE * 3000)
                plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, limit)
            self._socket = context.wrap_socket(plain, server_hostname=to.host)
        except BaseException:
            plain.close()
            raise

    def send(self, messages: Sequence[bytes]) -> None:
        """Send messages; several small ones go in one piece."""
        waiting: list[bytes] = []
        size = 0
        for message in messages:
            waiting.append(framed(message))
            size += len(waiting[-1])
            if size >= _ENOUGH:
                self._send(waiting)
                waiting, size = [], 0
        self._send(waiting)

    def _send(self, frames: list[bytes]) -> None:
        data = b"".join(frames)
        self._socket.sendall(data)
        self.sent += len(data)

    def check(self) -> int:
        """Return the octets that are not acknowledged; a receiver that closed is a broken way."""
        self._socket.setblocking(False)
        try:
            while self._socket.recv(4096):
                pass  # syslog receivers say nothing, and whatever this is changes nothing
            raise ConnectionResetError("the receiver closed the connection")
        except ssl.SSLWantReadError:
            return _under_way(self._socket)
        finally:
            self._socket.settimeout(PATIENCE)

    def close(self) -> bool:
        """Say the end, and wait until the receiver, who reads in order, has said it too."""
        try:
            plain = self._socket.unwrap()
            plain.shutdown(socket.SHUT_WR)
            plain.settimeout(PATIENCE)
            with plain:
                return plain.recv(1) == b""
        except OSError:
            return False
        finally:
            self._socket.close()


class UdpConnection:
    """Syslog over UDP: one datagram for each message, and nobody confirms any (RFC 5426)."""

    confirms = True
    sent = 0

    def __init__(self, to: OverUdp) -> None:
        family, kind, protocol, _, address = socket.getaddrinfo(
            to.host, to.port, type=socket.SOCK_DGRAM
        )[0]
        self._socket = socket.socket(family, kind, protocol)
        try:
            self._socket.settimeout(PATIENCE)
            self._socket.connect(address)
        except BaseException:
            self._socket.close()
            raise

    def send(self, messages: Sequence[bytes]) -> None:
        """Send each message. Raises Oversized."""
        for index, message in enumerate(messages):
            if len(message) > LARGEST_DATAGRAM:
                raise Oversized(index, len(message))
            self._socket.send(message)

    def check(self) -> int:
        """Raise when the receiver's machine has said that nobody listens."""
        if error := self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(error, os.strerror(error))
        return 0

    def close(self) -> bool:
        """Close the socket."""
        self._socket.close()
        return True


class FileConnection:
    """A file with one line for each message, on disk when `send` returns."""

    confirms = True
    sent = 0

    def __init__(self, to: ToFile) -> None:
        self._path = to.path
        self._file = _open(to.path)

    def send(self, messages: Sequence[bytes]) -> None:
        """Append a line for each message; to a new file when the old one was rotated away."""
        self._follow_rotation()
        data = memoryview(b"".join(message + b"\n" for message in messages))
        while data:
            data = data[os.write(self._file, data) :]
        os.fsync(self._file)

    def check(self) -> int:
        """Return 0: what was sent is on disk."""
        return 0

    def close(self) -> bool:
        """Close the file."""
        os.close(self._file)
        return True

    def _follow_rotation(self) -> None:
        try:
            same = os.path.samestat(os.fstat(self._file), self._path.stat())
        except FileNotFoundError:
            same = False
        if not same:
            new = _open(self._path)
            os.close(self._file)
            self._file = new


def opener(to: Destination, context: Callable[[], ssl.SSLContext]) -> Callable[[], Connection]:
    """Return what connects to a destination; it raises OSError. TLS asks for `context` each time,
    so that a renewed certificate is used.
    """
    if isinstance(to, OverTls):
        return lambda: TlsConnection(to, context())
    if isinstance(to, OverUdp):
        return lambda: UdpConnection(to)
    return lambda: FileConnection(to)


def _open(path: Path) -> int:
    """Open a file for appending; a line that was cut off is ended."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
    size = os.fstat(file).st_size
    if size and os.pread(file, 1, size - 1) != b"\n":
        os.write(file, b"\n")
    return file


def _under_way(connection: socket.socket) -> int:
    """Return the octets that the receiver's machine has not acknowledged."""
    answer = fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, struct.pack("i", 0))
    return int(struct.unpack("i", answer)[0])
