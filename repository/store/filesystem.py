"""Blobs as files: `KK/KEY` under the root, KK being the first two digits of the key.

A staged blob has a folder `staging/KEY`. Its bytes are in there until `commit` moves them to their
place; the empty folder stays as the mark that the index is not sure of the blob yet.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from repository.digest import CHUNK
from repository.store.blobs import (
    BlobMissing,
    BlobStoreError,
    BlobStoreFull,
    Envelope,
    checked,
    new_key,
    refuse_sealed,
)

log = logging.getLogger(__name__)

_KEY: Final = re.compile(r"[0-9a-f]{32}")
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_PRIVATE: Final = 0o700
_BYTES: Final = "bytes"


class FilesystemBlobs:
    """A BlobStore in the folder `root`, which is made when it is missing.

    Files and folders are the owner's alone. Raises BlobStoreError when the folder cannot be made.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._staging = self._root / "staging"
        self._durable: set[Path] = set()
        with _translating():
            for folder in (*reversed(self._root.parents), self._root):
                if not folder.is_dir():
                    folder.mkdir(mode=_PRIVATE, exist_ok=True)
                    _fsync_folder(folder.parent)
            self._make_durable(self._staging)

    def create(self, key: str | None = None) -> FileWriter:
        """Begin a blob under a fresh key, or a given one; raises BlobStoreError."""
        key = key or new_key()
        with _translating():
            staged = self._mark(key)
            staged.mkdir(mode=_PRIVATE)
            return FileWriter(self, key, staged / _BYTES)

    def size(self, key: str, envelope: Envelope | None = None) -> int:
        """Return the octets of a blob; raises BlobMissing."""
        refuse_sealed(key, envelope)
        with _translating(key):
            return self._place(key).stat().st_size

    def read(self, key: str, offset: int = 0, envelope: Envelope | None = None) -> Iterator[bytes]:
        """Yield a blob's bytes from `offset` on, in pieces; raises BlobMissing at the first one."""
        refuse_sealed(key, envelope)
        with _translating(key), self._place(key).open("rb", buffering=0) as file:
            file.seek(offset)
            while piece := file.read(CHUNK):
                yield piece

    def settle(self, key: str) -> None:
        """Note that the index has committed to this blob: it is not staged any more."""
        with _translating(), suppress(FileNotFoundError):
            self._mark(key).rmdir()

    def delete(self, key: str) -> None:
        """Remove a blob, staged or not; one that is not there is no error."""
        mark = self._mark(key)
        with _translating():
            self._place(key).unlink(missing_ok=True)
            (mark / _BYTES).unlink(missing_ok=True)
            with suppress(FileNotFoundError):
                mark.rmdir()

    def stale(self, seconds: float) -> Iterator[str]:
        """Yield the keys of blobs that are staged and unchanged since `seconds`."""
        limit = time.time() - seconds
        with _translating():
            for mark in self._staging.iterdir():
                if _KEY.fullmatch(mark.name) and _last_change(mark) <= limit:
                    yield mark.name

    def placed(self, seconds: float) -> Iterator[str]:
        """Yield the keys of blobs that can be read and are unchanged since `seconds`."""
        limit = time.time() - seconds
        with _translating():
            for folder in self._root.glob("[0-9a-f][0-9a-f]"):
                for place in folder.iterdir():
                    with suppress(FileNotFoundError):
                        if _KEY.fullmatch(place.name) and place.stat().st_ctime <= limit:
                            yield place.name

    def put(self, staged: Path, key: str) -> None:
        """Move a staged file, itself durable already, to its place for good."""
        place = self._place(key)
        self._make_durable(place.parent)
        staged.rename(place)
        _fsync_folder(place.parent)

    def _place(self, key: str) -> Path:
        return self._root / key[:2] / checked(key)

    def _mark(self, key: str) -> Path:
        return self._staging / self._place(key).name

    def _make_durable(self, folder: Path) -> None:
        """Make a folder under the root that a power cut does not take away.

        A folder that is there already may be another process's, which has not synced it yet: so
        each process syncs the parent once for itself.
        """
        if folder not in self._durable:
            folder.mkdir(mode=_PRIVATE, exist_ok=True)
            _fsync_folder(folder.parent)
            self._durable.add(folder)


class FileWriter:
    """A BlobWriter onto one file."""

    envelope: Final = None

    def __init__(self, store: FilesystemBlobs, key: str, staged: Path) -> None:
        self._store = store
        self.key: Final = key
        self._staged = staged
        self._file = staged.open("xb")

    def write(self, data: bytes) -> None:
        """Append the next bytes; raises BlobStoreError."""
        with _translating():
            self._file.write(data)

    def close(self) -> None:
        """Bring the bytes to the disk and give the file handle back; raises BlobStoreError."""
        with _translating():
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()

    def commit(self) -> None:
        """Return once the closed blob is durable under its key; raises BlobStoreError."""
        if not self._file.closed:
            raise ValueError("a blob is closed before it is committed")
        with _translating():
            self._store.put(self._staged, self.key)

    def abort(self) -> None:
        """Remove the blob at whatever point it is; raises nothing."""
        with suppress(OSError):
            self._file.close()  # may fail again at what it still holds, and is closed then
        try:
            self._store.delete(self.key)
        except BlobStoreError:
            log.exception("a blob could not be removed", extra={"blob_key": self.key})


def _last_change(mark: Path) -> float:
    """Return when a staged blob was last written or moved; 0 when it is gone meanwhile."""
    times = [0.0]
    for path in (mark / _BYTES, mark):  # in this order a move in between is not missed
        with suppress(FileNotFoundError):
            times.append(path.stat().st_mtime)
    return max(times)


def _fsync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _translating(key: str | None = None) -> Iterator[None]:
    """Raise the store's own exceptions instead of the system's; `key` is the blob that is read."""
    try:
        yield
    except FileNotFoundError as error:
        raise (BlobMissing(key) if key else BlobStoreError(str(error))) from error
    except OSError as error:
        kind = BlobStoreFull if error.errno in _FULL else BlobStoreError
        raise kind(str(error)) from error
