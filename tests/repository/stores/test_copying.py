"""Blobs are copied out of any store and into any as they lie there, sealed ones sealed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from repository import copying
from repository.copying import Copied, State
from repository.digest import CHUNK
from repository.store.blobs import BlobStore, BlobStoreError, new_key
from repository.store.inventory import Blob
from tests.repository.stores.places import Place
from tests.repository.stores.use import Kept, keep

SIZES = (0, 3, 2 * CHUNK + 5)


def noted(kept: Kept, data: bytes) -> Blob:
    wrapping_key = kept.envelope and kept.envelope.wrapping_key
    return Blob(kept.key, len(data), hashlib.sha256(data).digest(), wrapping_key)


def test_what_is_taken_and_put_back_is_read_as_before(
    reopen: Callable[[], BlobStore], place: Place, tmp_path: Path
) -> None:
    blobs = reopen()
    documents = [os.urandom(size) for size in SIZES]
    kept = [keep(blobs, data) for data in documents]
    raw = {one.key: place.raw(one.key) for one in kept}
    wanted = [noted(one, data) for one, data in zip(kept, documents, strict=True)]
    folder, steps = tmp_path / "copy", list[int]()
    folder.mkdir()
    copied = list(copying.take(place.open(), wanted, folder, steps.append))
    assert [(one.key, one.state) for one in copied] == [(one.key, State.WHOLE) for one in kept]
    assert {one.key: copying.path(folder, one.key).read_bytes() for one in kept} == raw
    assert sum(steps) == sum(map(len, raw.values()))
    assert list(copying.check(folder, copied, lambda _: None)) == []
    for one in kept:
        blobs.delete(one.key)
    assert list(copying.put(folder, copied, place.open(), lambda _: None)) == copied
    assert [one.read() for one in kept] == documents
    assert list(reopen().stale(0)) == []


def test_what_is_not_there_or_not_right_is_said(
    reopen: Callable[[], BlobStore], place: Place, tmp_path: Path
) -> None:
    blobs = reopen()
    kept, cut, gone = keep(blobs, b"whole"), keep(blobs, b"whole"), new_key()
    place.put(kept.key, bytes(len(place.raw(kept.key))))
    place.put(cut.key, place.raw(cut.key)[:-1])
    wanted = [noted(kept, b"whole"), noted(cut, b"whole"), Blob(gone, 5, b"", None)]
    found = {
        one.key: one.state for one in copying.take(place.open(), wanted, tmp_path, lambda _: None)
    }
    is_plain = kept.envelope is None
    assert found == {
        kept.key: State.DAMAGED if is_plain else State.WHOLE,  # a sealed one takes its key
        cut.key: State.DAMAGED,
        gone: State.MISSING,
    }
    assert not copying.path(tmp_path, gone).exists()


@pytest.fixture
def copied(tmp_path: Path) -> Copied:
    key, data = new_key(), b"a copy"
    copying.path(tmp_path, key).parent.mkdir()
    copying.path(tmp_path, key).write_bytes(data)
    return Copied(key, len(data), hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize(
    ("harm", "state"),
    [
        (Path.unlink, State.MISSING),
        (lambda path: path.write_bytes(b"a c0py"), State.DAMAGED),
        (lambda path: path.write_bytes(b"a copy "), State.DAMAGED),
    ],
)
def test_harm_to_a_copy_is_found_and_not_put_back(
    copied: Copied, tmp_path: Path, harm: Callable[[Path], object], state: State
) -> None:
    from tests.repository.stores.memory import Memory, MemoryBlobs

    harm(copying.path(tmp_path, copied.key))
    (fault,) = copying.check(tmp_path, [copied], lambda _: None)
    assert (fault.key, fault.state) == (copied.key, state)
    memory = Memory()
    with pytest.raises((BlobStoreError, OSError)):
        list(copying.put(tmp_path, [copied], MemoryBlobs(memory), lambda _: None))
    assert memory == Memory()
