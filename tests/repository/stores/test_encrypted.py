"""Encryption at rest: nothing lies there in the clear, and nothing that was tampered with opens."""

from __future__ import annotations

import io
import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from repository.digest import CHUNK
from repository.store.blobs import BlobDamaged, BlobSealed, BlobStore, BlobStoreError, Envelope
from repository.store.encrypted import EncryptedBlobs, sealed_size
from repository.store.wrapping import LocalKeys
from tests.repository.stores.memory import Memory, MemoryBlobs
from tests.repository.stores.places import Place
from tests.repository.stores.use import Kept, keep

SEALED = CHUNK + 16
OLD, NEW = LocalKeys(b"o" * 32), LocalKeys(b"n" * 32, [b"o" * 32])


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def blobs(memory: Memory) -> EncryptedBlobs:
    return EncryptedBlobs(MemoryBlobs(memory), OLD)


@settings(max_examples=40, deadline=None)
@given(
    size=st.integers(0, 3 * CHUNK + 100)
    | st.sampled_from([0, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK]),
    cuts=st.lists(st.integers(0, 3 * CHUNK + 100), max_size=5),
    offset=st.integers(0, 4 * CHUNK),
)
@example(size=0, cuts=[], offset=CHUNK)
@example(size=CHUNK, cuts=[], offset=CHUNK)
@example(size=CHUNK + 1, cuts=[], offset=3 * CHUNK)
def test_whatever_the_size_the_pieces_and_the_offset(
    size: int, cuts: list[int], offset: int
) -> None:
    memory = Memory()
    data = os.urandom(size)
    ends = [0, *sorted(min(cut, size) for cut in cuts), size]
    pieces = (data[start:end] for start, end in itertools.pairwise(ends))
    kept = keep(EncryptedBlobs(MemoryBlobs(memory), OLD), *pieces)
    assert kept.size() == size
    assert kept.read() == data
    assert kept.read(offset) == data[offset:]
    assert len(memory.blobs[kept.key]) == sealed_size(size)


@pytest.mark.parametrize("progress", ["written", "closed", "committed", "settled"])
def test_nothing_lies_there_in_the_clear_at_any_point(place: Place, progress: str) -> None:
    writer = EncryptedBlobs(place.open(), OLD).create()
    secret = b"Madeleine Invented, born 1950-01-01. "
    writer.write(secret * (9 * CHUNK // len(secret)))
    if progress != "written":
        writer.close()
    if progress in ("committed", "settled"):
        writer.commit()
    if progress == "settled":
        place.open().settle(writer.key)
    there = place.everything()
    assert there
    assert not any(secret[:12] in data for data in there.values())
    writer.abort()


def test_each_blob_has_a_data_key_of_its_own(blobs: EncryptedBlobs, memory: Memory) -> None:
    first, second = keep(blobs, b"same"), keep(blobs, b"same")
    assert memory.blobs[first.key] != memory.blobs[second.key]
    assert first.envelope != second.envelope


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def _chunks(data: bytes) -> list[bytes]:
    return [data[at : at + SEALED] for at in range(0, len(data), SEALED)]


def _moved(*order: int) -> Callable[[bytes], bytes]:
    return lambda data: b"".join(_chunks(data)[number] for number in order)


TAMPERED: dict[str, Callable[[bytes], bytes]] = {
    "first bit": lambda data: _flipped(data, 0),
    "bit of the second chunk": lambda data: _flipped(data, SEALED + 7),
    "bit of a tag": lambda data: _flipped(data, SEALED - 1),
    "last bit": lambda data: _flipped(data, len(data) - 1),
    "emptied": lambda data: b"",
    "a tag alone": lambda data: data[:16],
    "less than a tag": lambda data: data[:5],
    "last octet cut off": lambda data: data[:-1],
    "last chunk cut off": lambda data: data[: 2 * SEALED],
    "two chunks cut off": lambda data: data[:SEALED],
    "cut off within a chunk": lambda data: data[: SEALED + 100],
    "first chunk left out": _moved(1, 2),
    "middle chunk left out": _moved(0, 2),
    "chunks swapped": _moved(1, 0, 2),
    "last chunk moved forward": _moved(2, 0, 1),
    "chunk twice": _moved(0, 0, 1, 2),
    "last chunk twice": _moved(0, 1, 2, 2),
    "octet added": lambda data: data + b"\0",
    "chunk added": lambda data: data + bytes(SEALED),
    "all but zeros": lambda data: bytes(len(data)),
}


def _prefix(pieces: Iterator[bytes]) -> bytes:
    """Everything that is given out before the refusal."""
    given = io.BytesIO()
    with pytest.raises(BlobDamaged):
        given.writelines(pieces)
    return given.getvalue()


@pytest.mark.parametrize("last", [5, CHUNK])
@pytest.mark.parametrize("kind", TAMPERED)
def test_a_blob_that_was_tampered_with_is_refused(
    blobs: EncryptedBlobs, memory: Memory, kind: str, last: int
) -> None:
    data = os.urandom(2 * CHUNK + last)
    kept = keep(blobs, data)
    memory.blobs[kept.key] = TAMPERED[kind](memory.blobs[kept.key])
    given = _prefix(blobs.read(kept.key, 0, kept.envelope))
    assert data.startswith(given)
    assert len(given) < len(data)


@pytest.mark.parametrize("offset", [1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK, 9 * CHUNK])
@pytest.mark.parametrize("kept_chunks", [0, 1, 2])
def test_what_was_cut_off_is_noticed_from_every_offset(
    blobs: EncryptedBlobs, memory: Memory, offset: int, kept_chunks: int
) -> None:
    kept = keep(blobs, os.urandom(2 * CHUNK + 5))
    memory.blobs[kept.key] = memory.blobs[kept.key][: kept_chunks * SEALED]
    _prefix(blobs.read(kept.key, offset, kept.envelope))


@pytest.mark.parametrize("size", [0, 5, CHUNK, 2 * CHUNK])
def test_blobs_that_were_swapped_are_refused(
    blobs: EncryptedBlobs, memory: Memory, size: int
) -> None:
    one, two = keep(blobs, os.urandom(size)), keep(blobs, os.urandom(size))
    stored = memory.blobs
    stored[one.key], stored[two.key] = stored[two.key], stored[one.key]
    for kept in (one, two):
        assert _prefix(blobs.read(kept.key, 0, kept.envelope)) == b""


def test_blobs_and_envelopes_that_were_swapped_together_are_refused(
    blobs: EncryptedBlobs, memory: Memory
) -> None:
    one, two = keep(blobs, b"one"), keep(blobs, b"two")
    memory.blobs[one.key] = memory.blobs[two.key]
    assert _prefix(blobs.read(one.key, 0, two.envelope)) == b""


def test_keys_that_bind_nothing_still_open_no_other_blob(memory: Memory) -> None:
    class Unbound:
        current = "bare"

        def wrap(self, data_key: bytes, blob_key: str) -> Envelope:
            return Envelope("bare", data_key)

        def unwrap(self, envelope: Envelope, blob_key: str) -> bytes:
            return envelope.wrapped_key

    blobs = EncryptedBlobs(MemoryBlobs(memory), Unbound())
    one, two = keep(blobs, b"one"), keep(blobs, b"two")
    assert two.read() == b"two"
    memory.blobs[one.key] = memory.blobs[two.key]
    assert _prefix(blobs.read(one.key, 0, two.envelope)) == b""


def test_an_envelope_opens_for_its_own_blob_only() -> None:
    envelope = OLD.wrap(b"d" * 32, "a" * 32)
    assert OLD.unwrap(envelope, "a" * 32) == b"d" * 32
    with pytest.raises(BlobDamaged):
        OLD.unwrap(envelope, "b" * 32)


def test_a_chunk_of_another_blob_is_refused(blobs: EncryptedBlobs, memory: Memory) -> None:
    one, two = keep(blobs, bytes(2 * CHUNK)), keep(blobs, bytes(2 * CHUNK))
    stored = memory.blobs
    stored[one.key] = stored[one.key][:SEALED] + stored[two.key][SEALED:]
    assert len(_prefix(blobs.read(one.key, 0, one.envelope))) == CHUNK


@pytest.mark.parametrize("at", [0, 11, 12, 40, -1])
def test_an_envelope_that_was_altered_is_refused(blobs: EncryptedBlobs, at: int) -> None:
    kept = keep(blobs, b"x")
    assert kept.envelope is not None
    wrapped = kept.envelope.wrapped_key
    altered = replace(kept.envelope, wrapped_key=_flipped(wrapped, at % len(wrapped)))
    assert _prefix(blobs.read(kept.key, 0, altered)) == b""


@pytest.mark.parametrize("length", [0, 5, 12, 27])
def test_an_envelope_that_was_cut_is_refused(blobs: EncryptedBlobs, length: int) -> None:
    kept = keep(blobs, b"x")
    assert kept.envelope is not None
    cut = replace(kept.envelope, wrapped_key=kept.envelope.wrapped_key[:length])
    assert _prefix(blobs.read(kept.key, 0, cut)) == b""


@pytest.mark.parametrize("size", [1, 15, SEALED + 1, SEALED + 16])
def test_a_size_that_no_content_has_is_refused(
    blobs: EncryptedBlobs, memory: Memory, size: int
) -> None:
    kept = keep(blobs, b"x")
    memory.blobs[kept.key] = bytes(size)
    with pytest.raises(BlobDamaged):
        kept.size()


def test_a_key_that_is_not_at_hand_is_named(blobs: EncryptedBlobs, memory: Memory) -> None:
    kept = keep(blobs, b"x")
    without = EncryptedBlobs(MemoryBlobs(memory), LocalKeys(b"n" * 32))
    with pytest.raises(BlobSealed, match=OLD.current):
        list(without.read(kept.key, 0, kept.envelope))


def test_a_store_without_encryption_refuses_what_is_encrypted(place: Place) -> None:
    kept = keep(EncryptedBlobs(place.open(), OLD), b"x")
    plain = Kept(place.open(), kept.key, kept.envelope)
    for use in (plain.size, plain.read):
        with pytest.raises(BlobSealed, match=OLD.current):
            use()


def test_what_was_there_before_encryption_is_read_as_it_is(memory: Memory) -> None:
    kept = keep(MemoryBlobs(memory), b"plain")
    later: BlobStore = EncryptedBlobs(MemoryBlobs(memory), OLD)
    assert later.size(kept.key, kept.envelope) == 5
    assert b"".join(later.read(kept.key, 2, kept.envelope)) == b"ain"


def test_a_former_key_opens_and_the_current_one_seals(memory: Memory) -> None:
    kept = keep(EncryptedBlobs(MemoryBlobs(memory), OLD), b"x")
    later = EncryptedBlobs(MemoryBlobs(memory), NEW)
    assert b"".join(later.read(kept.key, 0, kept.envelope)) == b"x"
    envelope = keep(later, b"y").envelope
    assert envelope is not None
    assert envelope.wrapping_key == NEW.current != OLD.current


def test_a_service_of_keys_that_fails_leaves_nothing(memory: Memory) -> None:
    class Down:
        current = "far away"

        def wrap(self, data_key: bytes, blob_key: str) -> Envelope:
            raise BlobStoreError("the keys cannot be reached")

        def unwrap(self, envelope: Envelope, blob_key: str) -> bytes:
            raise BlobStoreError("the keys cannot be reached")

    with pytest.raises(BlobStoreError, match="reached"):
        EncryptedBlobs(MemoryBlobs(memory), Down()).create()
    assert memory == Memory()
