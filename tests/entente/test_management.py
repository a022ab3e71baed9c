"""The operators' port keeps no connection that does not get on."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace

import pytest

from entente import management
from entente.asgi import page, text
from ihe_profiles.soap.http_protocol import DeadlineProtocol
from ihe_profiles.soap.limits import SoapLimits


async def _ask(sent: bytes) -> bytes:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        pages = {"/health": page(lambda: text(200, "up\n"))}
        async with management.serving(pages, listening):
            reader, writer = await asyncio.open_connection(*listening.getsockname())
            writer.write(sent)
            answer = await asyncio.wait_for(reader.read(), 20)
            writer.close()
            return answer


@pytest.mark.parametrize("sent", [b"", b"GET /health HTTP/1.1\r\nHost: "])
def test_half_a_request_is_not_waited_for(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = replace(SoapLimits(), idle_seconds=0.2, header_seconds=0.2)
    monkeypatch.setattr(DeadlineProtocol, "limits", limits)
    assert asyncio.run(_ask(sent)) == b""


def test_a_whole_one_is_answered() -> None:
    answer = asyncio.run(_ask(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
    assert answer.startswith(b"HTTP/1.1 200 OK")
