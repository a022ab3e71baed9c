"""The operators' pages on a port of their own, plain HTTP, in the services' event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from socket import socket
from typing import cast

import uvicorn

from entente.asgi import Routes, Site
from ihe_profiles.soap.http_protocol import DeadlineProtocol


@asynccontextmanager
async def serving(pages: Routes, listening: socket) -> AsyncIterator[None]:
    """Serve `pages` on a bound socket while the context lasts."""
    server = _Server(
        uvicorn.Config(
            Site(lambda: nullcontext(pages)),
            http=cast(type[asyncio.Protocol], DeadlineProtocol),
            lifespan="on",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
    )
    task = asyncio.create_task(server.serve([listening]))
    try:
        yield
    finally:
        server.should_exit = True
        await task


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the services' own server."""
        yield
