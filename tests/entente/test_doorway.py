"""What a port like the services' does with too many connections: the oldest makes room."""

from __future__ import annotations

import asyncio
import errno
import os
import ssl
from asyncio import StreamReader, StreamReaderProtocol, StreamWriter
from pathlib import Path
from typing import Any

import pytest

from entente.certificates import Authority, Subject
from entente.credentials import of_server
from entente.doorway import Doorway
from entente.tls import ServerFiles, client_context

AT_ONCE = 3


async def _greet(reader: StreamReader, writer: StreamWriter) -> None:
    writer.write(b"in")
    writer.close()


async def _try(files: ServerFiles, asking: ssl.SSLContext) -> tuple[bytes, bytes, list[str]]:
    """What the oldest of too many slow clients reads, then an honest one; and who was refused."""
    refused: list[str] = []
    door = Doorway(of_server(files), at_once=AT_ONCE, seconds=30)
    door.failed = lambda address, reason: refused.append(f"{address}: {reason}")
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(
        lambda: door.protocol(lambda: StreamReaderProtocol(StreamReader(), _greet)), "127.0.0.1", 0
    )
    port = listening.sockets[0].getsockname()[1]
    slow = []
    for number in range(AT_ONCE):
        slow.append(await asyncio.open_connection("127.0.0.1", port))
        while len(door._under_way) <= number:
            await asyncio.sleep(0.001)
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=asking, server_hostname="localhost"
    )
    honest = await asyncio.wait_for(reader.read(), 20)
    oldest = await asyncio.wait_for(slow[0][0].read(), 20)
    assert len(door._under_way) == AT_ONCE - 1  # the others wait on
    for each in (writer, *(mine for _, mine in slow)):
        each.close()
    door.close()
    listening.close()
    return oldest, honest, refused


async def _arrive(files: ServerFiles) -> bytes:
    """What a client reads for which the process has no more files."""
    door = Doorway(of_server(files), at_once=AT_ONCE, seconds=30)
    listening = await asyncio.get_running_loop().create_server(
        lambda: door.protocol(lambda: StreamReaderProtocol(StreamReader(), _greet)), "127.0.0.1", 0
    )
    port = listening.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    read = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    listening.close()
    return read


def test_a_connection_that_finds_no_room_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    authority = Authority(tmp_path)
    authority.issue("server", Subject("server", ("localhost",)))
    files = ServerFiles(tmp_path / "server.pem", tmp_path / "server.key", authority.certificate)

    def dup(_number: int) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(os, "dup", dup)
    assert asyncio.run(_arrive(files)) == b""
    assert "no room for a connection: [Errno 24] Too many open files" in caplog.text


def test_the_oldest_makes_room_for_an_honest_one(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    for name in ("server", "client"):
        authority.issue(name, Subject(name, ("localhost",)))
    files = ServerFiles(tmp_path / "server.pem", tmp_path / "server.key", authority.certificate)
    asking = client_context(authority.certificate, tmp_path / "client.pem", tmp_path / "client.key")
    oldest, honest, refused = asyncio.run(_try(files, asking))
    assert (oldest, honest) == (b"", b"in")
    assert refused == ["127.0.0.1: not done when others needed its place"]


async def _stop(files: ServerFiles, how: str) -> tuple[bytes, int]:
    """What a slow client reads when the server stops, and how many are waited for then."""
    door = Doorway(of_server(files), at_once=AT_ONCE, seconds=30)
    waited_for: set[Any] = set()
    listening = await asyncio.get_running_loop().create_server(
        lambda: door.protocol(asyncio.Protocol, waited_for), "127.0.0.1", 0
    )
    port = listening.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while not waited_for:
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.01)
    door.close() if how == "door" else next(iter(waited_for)).shutdown()
    read = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    listening.close()
    return read, len(waited_for)


@pytest.mark.parametrize("how", ["door", "connection"])
def test_a_server_that_stops_ends_handshakes(tmp_path: Path, how: str) -> None:
    authority = Authority(tmp_path)
    authority.issue("server", Subject("server", ("localhost",)))
    files = ServerFiles(tmp_path / "server.pem", tmp_path / "server.key", authority.certificate)
    assert asyncio.run(_stop(files, how)) == (b"", 0)


async def _dawdle(files: ServerFiles) -> list[str]:
    """Who was refused when a client says nothing."""
    refused: list[str] = []
    door = Doorway(of_server(files), at_once=AT_ONCE, seconds=0.1)
    door.failed = lambda address, reason: refused.append(f"{address}: {reason}")
    listening = await asyncio.get_running_loop().create_server(
        lambda: door.protocol(asyncio.Protocol), "127.0.0.1", 0
    )
    port = listening.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert await asyncio.wait_for(reader.read(), 20) == b""
    while not refused:
        await asyncio.sleep(0.001)
    writer.close()
    listening.close()
    return refused


def test_who_says_nothing_is_refused_and_told_of(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    authority.issue("server", Subject("server", ("localhost",)))
    files = ServerFiles(tmp_path / "server.pem", tmp_path / "server.key", authority.certificate)
    waiting = asyncio.wait_for(_dawdle(files), 20)
    assert asyncio.run(waiting) == ["127.0.0.1: not done within 0.1 seconds"]
