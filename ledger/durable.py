"""Files that are on the disk when they are said to be written."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def write(path: Path, pieces: Iterable[bytes]) -> int:
    """Write a new file for its owner only, and return its octets once it is durable.

    A file of that name is replaced; nothing stays of one that fails. Raises OSError, and what
    `pieces` raise.
    """
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        size = _write(unfinished, pieces)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    unfinished.replace(path)
    sync_folder(path.parent)
    return size


def _write(path: Path, pieces: Iterable[bytes]) -> int:
    size = 0
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        for piece in pieces:
            size += file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return size


def sync(file: Path) -> None:
    """Bring a file that others wrote to the disk. Raises OSError."""
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
    sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """Bring to the disk which files a folder has. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
