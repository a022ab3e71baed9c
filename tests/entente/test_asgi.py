"""The table of paths, and what is answered beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Any

from entente.asgi import Routes, Site, page, text


async def lived(site: Site) -> list[str]:
    """Start and stop a site; the types of what it said."""
    said: list[str] = []
    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

    async def receive() -> dict[str, Any]:
        return next(messages)

    async def send(message: Any) -> None:
        said.append(message["type"])

    await site({"type": "lifespan"}, receive, send)
    return said


async def asked(site: Site, path: str, method: str = "GET") -> tuple[int, dict[str, str], str]:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        raise AssertionError("nothing to receive")

    async def send(message: Any) -> None:
        sent.append(message)

    await site({"type": "http", "path": path, "method": method}, receive, send)
    start, body = sent
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], headers, body["body"].decode()


def answers(path: str, method: str = "GET") -> tuple[int, dict[str, str], str]:
    async def run() -> tuple[int, dict[str, str], str]:
        site = Site(lambda: nullcontext({"/page": page(lambda: text(200, "here\n"))}))
        await lived(site)
        return await asked(site, path, method)

    return asyncio.run(run())


def test_a_page() -> None:
    status, headers, body = answers("/page")
    assert (status, body) == (200, "here\n")
    assert headers["content-length"] == "5"
    assert answers("/page/")[0] == 200


def test_head_has_no_body() -> None:
    status, headers, body = answers("/page", "HEAD")
    assert (status, headers["content-length"], body) == (200, "5", "")


def test_other_methods_are_refused() -> None:
    status, headers, _ = answers("/page", "POST")
    assert (status, headers["allow"]) == (405, "GET, HEAD")


def test_an_unknown_path_is_told_what_there_is() -> None:
    status, _, body = answers("/elsewhere")
    assert status == 404
    assert "/page" in body


def test_a_life_ends_what_it_began() -> None:
    ended: list[bool] = []

    @asynccontextmanager
    async def lifetime() -> AsyncIterator[Routes]:
        yield {}
        ended.append(True)

    said = asyncio.run(lived(Site(lifetime)))
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert ended == [True]


def test_a_life_that_cannot_begin_is_told() -> None:
    @asynccontextmanager
    async def lifetime() -> AsyncIterator[Routes]:
        raise OSError("no disk")
        yield {}

    assert asyncio.run(lived(Site(lifetime))) == ["lifespan.startup.failed"]


def test_a_life_that_cannot_end_well_is_told() -> None:
    @asynccontextmanager
    async def lifetime() -> AsyncIterator[Routes]:
        yield {}
        raise OSError("no disk")

    said = asyncio.run(lived(Site(lifetime)))
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.failed"]
