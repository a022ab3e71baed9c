"""The file for records that no database takes: a line for each, on disk when `append` returns.

Several processes may share the file: each holds its lock while it writes or takes in.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import logging
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from ledger.audit.outbox import Waiting
from ledger.audit.unavailable import AuditUnavailable

_log = logging.getLogger(__name__)

BATCH: Final = 1000
"""How many lines are taken in at once."""


class Spill:
    """The file at `path`, which grows to `most` octets."""

    def __init__(self, path: Path, most: int) -> None:
        self._path = path
        self._most = most

    @property
    def size(self) -> int:
        """Its octets now."""
        try:
            return self._path.stat().st_size
        except OSError:
            return 0

    @property
    def full(self) -> bool:
        """True when it takes no more."""
        return self.size >= self._most

    def append(self, waiting: Sequence[Waiting]) -> None:
        """Write records to disk. Raises AuditUnavailable when that fails: none of them is kept."""
        lines = b"".join(map(_line, waiting))
        try:
            with self._locked() as file:
                _append(file, lines, self._most)
        except OSError as error:
            raise AuditUnavailable(f"{self._path}: {error.strerror or error}") from error

    def take_in(self, put: Callable[[Sequence[Waiting]], None]) -> int:
        """Hand every record to `put` and then empty the file; return how many there were.

        What `put` raises is raised here, and the file stays as it is. Raises OSError.
        """
        if not self.size:
            return 0
        number = 0
        with self._locked() as file:
            file.seek(0)
            for batch in _batched(_records(file), BATCH):
                put(batch)
                number += len(batch)
            file.truncate(0)
            os.fsync(file.fileno())
        return number

    @contextmanager
    def _locked(self) -> Iterator[IO[bytes]]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = not self._path.exists()
        descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if fresh:
                _sync_folder(self._path.parent)
            yield file


def _append(file: IO[bytes], lines: bytes, most: int) -> None:
    before = file.seek(0, os.SEEK_END)
    if before + len(lines) > most:
        raise AuditUnavailable(f"the spill file is full: {before} octets of {most}")
    if before:
        file.seek(-1, os.SEEK_END)
        lines = lines if file.read(1) == b"\n" else b"\n" + lines  # after a write that was cut off
    try:
        left = memoryview(lines)
        while left:
            left = left[os.write(file.fileno(), left) :]
        os.fsync(file.fileno())
    except OSError:
        os.ftruncate(file.fileno(), before)
        raise


def _line(waiting: Waiting) -> bytes:
    data = base64.b64encode(waiting.id + waiting.message)
    return b"%08x %b\n" % (zlib.crc32(data), data)


def _records(file: IO[bytes]) -> Iterator[Waiting]:
    for line in file:
        try:
            check, data = line.rstrip(b"\n").split(b" ")
            whole = int(check, 16) == zlib.crc32(data)
            value = base64.b64decode(data, validate=True)
        except (ValueError, binascii.Error):
            whole = False
        if whole:
            yield Waiting(value[:16], value[16:])
        elif line.strip():
            # Its writer died before the line was whole, so nobody was answered on its strength.
            _log.warning("spill file: a line that is not whole was left out")


def _batched(records: Iterator[Waiting], number: int) -> Iterator[list[Waiting]]:
    batch: list[Waiting] = []
    for record in records:
        batch.append(record)
        if len(batch) == number:
            yield batch
            batch = []
    if batch:
        yield batch


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
