"""What every blob store promises, whatever it stands on."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from repository.digest import CHUNK
from repository.store.blobs import BlobMissing, BlobStore, new_key
from tests.repository.stores.places import Place
from tests.repository.stores.use import keep

_SIZES = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 9 * CHUNK + 5)


@pytest.mark.parametrize("size", _SIZES)
def test_a_blob_is_read_back_whole_and_from_any_offset(blobs: BlobStore, size: int) -> None:
    data = os.urandom(size)
    kept = keep(blobs, data)
    assert kept.size() == size
    for offset in {0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, size - 1, size, size + CHUNK}:
        if offset >= 0:
            assert kept.read(offset) == data[offset:], offset


@pytest.mark.parametrize("piece", [1000, 65_537, CHUNK, 3 * CHUNK])
def test_the_pieces_of_writing_do_not_matter(blobs: BlobStore, piece: int) -> None:
    data = os.urandom(3 * CHUNK + 17)
    kept = keep(blobs, *(data[at : at + piece] for at in range(0, len(data), piece)))
    assert kept.read() == data


def test_equal_bytes_are_blobs_of_their_own(blobs: BlobStore) -> None:
    first, second = keep(blobs, b"same"), keep(blobs, b"same")
    assert first.key != second.key
    blobs.delete(first.key)
    assert second.read() == b"same"
    with pytest.raises(BlobMissing):
        first.size()


def test_nothing_is_readable_before_commit(blobs: BlobStore) -> None:
    writer = blobs.create()
    writer.write(b"half")
    with pytest.raises(BlobMissing):
        blobs.size(writer.key)
    with pytest.raises(ValueError, match="closed"):
        writer.commit()
    writer.close()
    with pytest.raises(BlobMissing) as missing:
        next(blobs.read(writer.key))
    assert missing.value.key == writer.key
    writer.abort()


def test_nothing_of_a_large_blob_is_readable_before_commit(blobs: BlobStore) -> None:
    writer = blobs.create()
    writer.write(bytes(9 * CHUNK))
    writer.close()
    with pytest.raises(BlobMissing):
        blobs.size(writer.key)
    writer.commit()
    assert blobs.size(writer.key) >= 9 * CHUNK


@pytest.mark.parametrize("size", [5, 9 * CHUNK])
@pytest.mark.parametrize("progress", ["created", "written", "closed", "committed"])
def test_abort_leaves_nothing_at_any_point(
    blobs: BlobStore, place: Place, progress: str, size: int
) -> None:
    writer = blobs.create()
    if progress != "created":
        writer.write(bytes(size))
    if progress in ("closed", "committed"):
        writer.close()
    if progress == "committed":
        writer.commit()
    writer.abort()
    writer.abort()
    assert place.everything() == {}
    assert list(blobs.stale(0)) == []


def test_a_blob_is_staged_until_it_is_settled(blobs: BlobStore) -> None:
    kept = keep(blobs, b"x")
    assert list(blobs.stale(0)) == [kept.key]
    assert list(blobs.stale(3600)) == []
    blobs.settle(kept.key)
    blobs.settle(kept.key)
    assert list(blobs.stale(0)) == []
    assert kept.read() == b"x"


@pytest.mark.parametrize("size", [5, 9 * CHUNK])
@pytest.mark.parametrize("progress", ["created", "written", "closed", "committed"])
def test_another_process_lists_and_removes_what_a_dead_one_left(
    place: Place, reopen: Callable[[], BlobStore], progress: str, size: int
) -> None:
    writer = reopen().create()
    if progress != "created":
        writer.write(bytes(size))
    if progress in ("closed", "committed"):
        writer.close()
    if progress == "committed":
        writer.commit()
    other = reopen()
    assert list(other.stale(0)) == [writer.key]
    other.delete(writer.key)
    assert list(other.stale(0)) == []
    assert place.everything() == {}
    writer.abort()


def test_a_blob_is_placed_from_its_commit_on(blobs: BlobStore) -> None:
    writer = blobs.create()
    writer.write(b"x")
    writer.close()
    assert list(blobs.placed(0)) == []
    writer.commit()
    assert list(blobs.placed(0)) == [writer.key]
    assert list(blobs.placed(3600)) == []
    blobs.settle(writer.key)
    assert list(blobs.placed(0)) == [writer.key]
    blobs.delete(writer.key)
    assert list(blobs.placed(0)) == []


def test_a_blob_can_have_the_key_that_it_had_elsewhere(blobs: BlobStore) -> None:
    key = new_key()
    writer = blobs.create(key)
    writer.write(b"as before")
    writer.close()
    writer.commit()
    assert b"".join(blobs.read(key, 0, writer.envelope)) == b"as before"


def test_deleting_or_settling_what_is_not_there_is_no_error(blobs: BlobStore) -> None:
    blobs.delete(new_key())
    blobs.settle(new_key())


def test_deleting_a_settled_blob_leaves_nothing(blobs: BlobStore, place: Place) -> None:
    kept = keep(blobs, b"x")
    blobs.settle(kept.key)
    blobs.delete(kept.key)
    assert place.everything() == {}


def test_a_reader_may_stop_in_the_middle(blobs: BlobStore) -> None:
    kept = keep(blobs, os.urandom(3 * CHUNK))
    for _ in range(30):
        pieces = blobs.read(kept.key, 0, kept.envelope)
        next(pieces)
        pieces.close()  # type: ignore[attr-defined]
    assert len(kept.read()) == 3 * CHUNK


def test_threads_do_not_disturb_each_other(blobs: BlobStore) -> None:
    def work(number: int) -> bool:
        data = bytes([number]) * (CHUNK + number)
        kept = keep(blobs, data)
        blobs.settle(kept.key)
        return kept.read() == data

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(work, range(32)))
