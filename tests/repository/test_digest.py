"""The digests of a document: the same however its bytes are cut, and strict on the way out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repository import digest
from repository.digest import CHUNK, Damaged, Digester, verified

SIZES = st.sampled_from([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 17])


def _document(size: int, seed: int = 0) -> bytes:
    pattern = hashlib.sha256(seed.to_bytes(8, "big")).digest()
    return (pattern * (size // len(pattern) + 1))[:size]


def _pieces(document: bytes, cuts: list[int]) -> Iterator[bytes]:
    start = 0
    for cut in [*sorted({c % (len(document) + 1) for c in cuts}), len(document)]:
        yield document[start:cut]
        start = cut


def _digests(document: bytes, cuts: list[int] | None = None) -> digest.Digests:
    digester = Digester()
    for piece in _pieces(document, cuts or []):
        digester.update(piece)
    return digester.digests()


@given(SIZES, st.lists(st.integers(0, 4 * CHUNK), max_size=6))
def test_the_digests_do_not_depend_on_how_the_bytes_are_cut(size: int, cuts: list[int]) -> None:
    document = _document(size)
    found = _digests(document, cuts)
    assert found.size == size
    assert found.sha1 == hashlib.sha1(document).hexdigest()
    assert found.sha256 == hashlib.sha256(document).digest()
    assert found.chunks == b"".join(
        hashlib.sha256(document[at : at + CHUNK]).digest() for at in range(0, size, CHUNK)
    )


@given(SIZES, st.lists(st.integers(0, 4 * CHUNK), max_size=6))
def test_right_bytes_come_through_unchanged_in_chunks(size: int, cuts: list[int]) -> None:
    document = _document(size)
    chunks = list(verified(_pieces(document, cuts), _digests(document).chunks))
    assert b"".join(chunks) == document
    assert all(len(chunk) == CHUNK for chunk in chunks[:-1])
    assert all(0 < len(chunk) <= CHUNK for chunk in chunks)


@given(SIZES.filter(bool), st.integers(0, 4 * CHUNK), st.integers(1, 255))
def test_no_byte_of_a_changed_chunk_leaves(size: int, where: int, change: int) -> None:
    document = _document(size)
    at = where % size
    changed = document[:at] + bytes([document[at] ^ change]) + document[at + 1 :]
    out: list[bytes] = []
    with pytest.raises(Damaged) as caught:
        out.extend(verified([changed], _digests(document).chunks))
    assert caught.value.chunk == at // CHUNK
    assert b"".join(out) == document[: at // CHUNK * CHUNK]


@pytest.mark.parametrize("size", [1, CHUNK, CHUNK + 1, 2 * CHUNK])
def test_bytes_that_are_missing_or_too_many_are_noticed(size: int) -> None:
    document = _document(size)
    digests = _digests(document).chunks
    for wrong in (b"", document[:-1], document + b"x", document + document):
        with pytest.raises(Damaged):
            list(verified([wrong], digests))
