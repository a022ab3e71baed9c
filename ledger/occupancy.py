"""A database file that one process at a time serves: told by a lock, which ends with the process.

The lock is on a file beside it. Its holder may die in any way; the system then takes it away.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Occupied(Exception):
    """Another process serves this database file."""


@contextmanager
def occupying(file: Path) -> Iterator[None]:
    """Be the process that serves a database file. Raises Occupied, OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f"{file.name}-served")
    handle = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            other = os.pread(handle, 20, 0).decode().strip()
            raise Occupied(
                f"{file} is served by another process ({other or 'just started'}): SQLite is for "
                "one server; stop that one, or move to PostgreSQL"
            ) from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)
