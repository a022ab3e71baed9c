"""The sender's side of MLLP over a real socket."""

from __future__ import annotations

import socket
import ssl

from ihe_profiles.hl7.mllp import Frame, Framer, write


class Sender:
    """One connection to a feed's port."""

    def __init__(self, port: int, context: ssl.SSLContext | None = None) -> None:
        plain = socket.create_connection(("127.0.0.1", port), timeout=20)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = (
            plain if context is None else context.wrap_socket(plain, server_hostname="localhost")
        )
        self._framer = Framer(1 << 20)
        self._waiting: list[bytes] = []

    def __enter__(self) -> Sender:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self) -> bytes:
        """The next acknowledgement; EOFError when the connection ends instead."""
        while not self._waiting:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError
            events = list(self._framer.feed(data))
            self._waiting += [event.data for event in events if isinstance(event, Frame)]
        return self._waiting.pop(0)

    def ask(self, message: bytes) -> bytes:
        self.send(write(message))
        return self.answer()

    def has_ended(self) -> bool:
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True
