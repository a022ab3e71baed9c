"""Copies of blobs as they lie in their store: what is encrypted stays encrypted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import Connection

from repository.digest import CHUNK
from repository.store import inventory
from repository.store.blobs import BlobMissing, BlobStore, BlobStoreError, checked
from repository.store.encrypted import sealed_size
from repository.store.inventory import Blob

T = TypeVar("T")
R = TypeVar("R")
Advance = Callable[[int], object]

_THREADS: Final = 8
_BATCH: Final = 256


class State(StrEnum):
    """How a blob was found when it was copied."""

    WHOLE = "whole"
    MISSING = "missing"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Copied:
    """One blob of a copy: octets and SHA-256 (hex) as stored."""

    key: str
    size: int
    sha256: str
    state: State = State.WHOLE


def note_blobs(connection: Connection, file: Path) -> None:
    """Write down, line by line, the blob of each document of the index as `connection` sees it."""
    with file.open("w") as lines:
        for blob in inventory.blobs(connection):
            said = asdict(blob) | {"sha256": blob.sha256.hex()}
            lines.write(json.dumps(said) + "\n")


def noted(file: Path) -> Iterator[Blob]:
    """Read what `note_blobs` wrote."""
    with file.open() as lines:
        for line in lines:
            said = json.loads(line)
            yield Blob(**said | {"sha256": bytes.fromhex(said["sha256"])})


def take(
    blobs: BlobStore, wanted: Iterable[Blob], folder: Path, advance: Advance
) -> Iterator[Copied]:
    """Copy blobs into a folder, several at once, and yield each; `advance` is told of octets.

    Raises BlobStoreError but for a blob that is missing, and OSError.
    """
    yield from _several(partial(_take, blobs, folder, advance), wanted)


def put(
    folder: Path, wanted: Iterable[Copied], blobs: BlobStore, advance: Advance
) -> Iterator[Copied]:
    """Put copied blobs into a store under their keys; yield each when it is durable there.

    Raises BlobStoreError, OSError.
    """
    yield from _several(partial(_put, blobs, folder, advance), wanted)


def check(folder: Path, wanted: Iterable[Copied], advance: Advance) -> Iterator[Copied]:
    """Yield those among the copied blobs that are not what was copied. Raises OSError."""
    for found in _several(partial(_check, folder, advance), wanted):
        if found.state is not State.WHOLE:
            yield found


def path(folder: Path, key: str) -> Path:
    """Return where a copied blob is."""
    return folder / key[:2] / checked(key)


def _several(work: Callable[[T], R], values: Iterable[T]) -> Iterator[R]:
    """Do the work for each value, some at once, in order; never more than a batch ahead."""
    rest = iter(values)
    with ThreadPoolExecutor(_THREADS, "blobs") as pool:
        while some := list(islice(rest, _BATCH)):
            yield from pool.map(work, some)


def _take(blobs: BlobStore, folder: Path, advance: Advance, blob: Blob) -> Copied:
    digest, size = hashlib.sha256(), 0
    place = path(folder, blob.key)
    place.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        with place.open("xb") as file:
            for piece in blobs.read(blob.key):
                digest.update(piece)
                size += file.write(piece)
                advance(len(piece))
    except BlobMissing:
        place.unlink()
        return Copied(blob.key, 0, "", State.MISSING)
    if blob.wrapping_key is None:
        is_whole = digest.digest() == blob.sha256
    else:  # what is sealed takes its key; that it was cut shows without
        is_whole = size == sealed_size(blob.size)
    state = State.WHOLE if is_whole else State.DAMAGED
    return Copied(blob.key, size, digest.hexdigest(), state)


def _put(blobs: BlobStore, folder: Path, advance: Advance, copied: Copied) -> Copied:
    writer = blobs.create(copied.key)
    digest = hashlib.sha256()
    try:
        for piece in _pieces(path(folder, copied.key)):
            digest.update(piece)
            writer.write(piece)
            advance(len(piece))
        writer.close()
        if digest.hexdigest() != copied.sha256:
            raise BlobStoreError(f"the copy of the blob {copied.key} changed while it was read")
        writer.commit()
    except BaseException:
        writer.abort()
        raise
    blobs.settle(copied.key)
    return copied


def _check(folder: Path, advance: Advance, copied: Copied) -> Copied:
    digest, size = hashlib.sha256(), 0
    try:
        for piece in _pieces(path(folder, copied.key)):
            digest.update(piece)
            size += len(piece)
            advance(len(piece))
    except FileNotFoundError:
        return Copied(copied.key, copied.size, copied.sha256, State.MISSING)
    is_same = (size, digest.hexdigest()) == (copied.size, copied.sha256)
    state = State.WHOLE if is_same else State.DAMAGED
    return Copied(copied.key, copied.size, copied.sha256, state)


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb", buffering=0) as opened:
        while piece := opened.read(CHUNK):
            yield piece
