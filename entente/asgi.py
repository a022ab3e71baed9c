"""The little of ASGI that the top floor needs: a table of paths, plain pages, and a lifetime."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    """A finished answer: HTTP status, media type, body."""

    status: int
    media_type: str
    body: bytes


def text(status: int, body: str) -> Page:
    """Return a page of plain text."""
    return Page(status, "text/plain; charset=utf-8", body.encode())


def page(make: Callable[[], Page]) -> App:
    """Return the app that answers GET and HEAD with what `make` returns; it runs in a thread."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] in ("GET", "HEAD"):
            await _answer(scope, send, await asyncio.to_thread(make))
        else:
            await _answer(
                scope,
                send,
                text(405, "only GET and HEAD are answered here\n"),
                ("allow", "GET, HEAD"),
            )

    return app


Routes = Mapping[str, App]
"""What answers which path."""


class Site:
    """Routes each request by its path; an unknown path is told what there is.

    `lifetime` gives the routes at start-up, and takes down at the end what they stand on.
    """

    def __init__(self, lifetime: Callable[[], AbstractAsyncContextManager[Routes]]) -> None:
        self._routes: Routes = {}
        self._lifetime = lifetime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI scope."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            app = self._routes.get(scope["path"].rstrip("/"), self._unknown)
            await app(scope, receive, send)
        else:
            await send({"type": "websocket.close"})

    async def _unknown(self, scope: Scope, receive: Receive, send: Send) -> None:
        known = "\n".join(sorted(self._routes))
        await _answer(scope, send, text(404, f"there is nothing here; there is:\n{known}\n"))

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        phase = "startup"
        try:
            async with self._lifetime() as self._routes:
                await send({"type": "lifespan.startup.complete"})
                await receive()
                phase = "shutdown"
        except Exception:
            _log.exception("%s failed", phase)
            await send({"type": f"lifespan.{phase}.failed"})
        else:
            await send({"type": "lifespan.shutdown.complete"})


async def _answer(scope: Scope, send: Send, answer: Page, *more: tuple[str, str]) -> None:
    headers = [
        ("content-type", answer.media_type),
        ("content-length", str(len(answer.body))),
        *more,
    ]
    encoded = [(name.encode(), value.encode()) for name, value in headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    body = b"" if scope["method"] == "HEAD" else answer.body
    await send({"type": "http.response.body", "body": body})
