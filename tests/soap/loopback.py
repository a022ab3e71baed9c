"""A real HTTP server on 127.0.0.1 that answers what a test tells it to."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn


@dataclass(frozen=True)
class Request:
    """What came: header names in lower case, the body, and whether it came whole."""

    headers: dict[str, str]
    body: bytes
    whole: bool


@dataclass
class Script:
    """What is answered: the pieces, a pause before each, and whether it breaks off after them."""

    status: int = 200
    headers: Sequence[tuple[str, str]] = ()
    pieces: Sequence[bytes] = ()
    breaks_off: bool = False
    pause: float = 0.0


@dataclass
class Loopback:
    """The server's address and what it was sent; `answer` makes the script from the request."""

    answer: Callable[[Request], Script]
    port: int = 0
    keep: bool = True
    requests: list[Request] = field(default_factory=list)
    came: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/registry"

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        body = bytearray()
        more, whole = True, True
        while more:
            message = await receive()
            whole = message["type"] == "http.request"
            more = whole and message["more_body"]
            body += message.get("body", b"") if self.keep else b""
        request = Request(headers, bytes(body), whole)
        self.requests.append(request)
        self.came.set()
        if whole:
            await self._send(self.answer(request), send)

    async def _send(
        self, script: Script, send: Callable[[dict[str, Any]], Awaitable[None]]
    ) -> None:
        names = [(name.encode(), value.encode()) for name, value in script.headers]
        await send({"type": "http.response.start", "status": script.status, "headers": names})
        for piece in script.pieces:
            await asyncio.sleep(script.pause)
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        if script.breaks_off:
            await asyncio.sleep(0.05)
            raise ConnectionAbortedError("the test's server breaks the answer off")
        await asyncio.sleep(script.pause)
        await send({"type": "http.response.body", "body": b""})


@contextmanager
def serving(answer: Callable[[Request], Script], *, keep: bool = True) -> Iterator[Loopback]:
    """Serve on a free port until the end of the block."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        loopback = Loopback(answer, listener.getsockname()[1], keep)
        config = uvicorn.Config(
            loopback,  # type: ignore[arg-type]
            lifespan="off",
            ws="none",
            log_config=None,
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield loopback
        finally:
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive()
