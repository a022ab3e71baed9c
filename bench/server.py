"""A server of its own for a measurement: both actors on SQLite, with the stores of one folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from tests.servers import Server, settings_for

__all__ = ["Server", "resident", "running"]


@contextmanager
def running(
    folder: Path, before: tuple[str, ...] = (), **settings: Mapping[str, Any]
) -> Iterator[Server]:
    """Start a server on what `folder` holds, and stop it at the end unless it was killed."""
    server = Server(folder, settings_for(None, settings), before=before)
    if "database_url" in server.settings["registry"]:
        server.upgrade()
    server.start()
    try:
        yield server
    finally:
        server.stop()


def resident(server: Server) -> int:
    """The resident memory of the server's processes, in octets."""
    parent = psutil.Process(server.pid)
    return sum(p.memory_info().rss for p in (parent, *parent.children(recursive=True)))
