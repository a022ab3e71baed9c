"""The store is scrubbed against the index: each kind of damage is found and named."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from repository.digest import CHUNK
from repository.store.encrypted import EncryptedBlobs
from repository.store.filesystem import FilesystemBlobs
from repository.store.tables import document
from repository.store.wrapping import LocalKeys
from repository.verify import Condition, extent, verify
from tests.repository.conftest import World
from tests.repository.messages import a_message, provide

DATA = os.urandom(2 * CHUNK + 7)
SIZES = len(DATA) + 5

DAMAGE: dict[str, tuple[Callable[[Path], object], Condition]] = {
    "removed": (Path.unlink, Condition.MISSING),
    "bit of the first chunk": (lambda path: _flip(path, 3), Condition.DAMAGED),
    "bit of the last chunk": (lambda path: _flip(path, -1), Condition.DAMAGED),
    "cut off": (lambda path: os.truncate(path, CHUNK), Condition.DAMAGED),
    "emptied": (lambda path: os.truncate(path, 0), Condition.DAMAGED),
    "longer": (lambda path: path.write_bytes(path.read_bytes() + b"x"), Condition.DAMAGED),
    "a folder instead": (lambda path: (path.unlink(), path.mkdir()), Condition.UNREADABLE),
}


@pytest.fixture(params=["plain", "encrypted"])
def filled(world: World, request: pytest.FixtureRequest) -> World:
    """A repository with three documents, one of them empty."""
    if request.param == "encrypted":
        world.blobs = EncryptedBlobs(FilesystemBlobs(world.folder), LocalKeys(b"k" * 32))
        world.start()
    assert provide(world.caller, a_message(b"small", DATA, b"")).errors == ()
    return world


def _flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def _path(world: World) -> Path:
    """The largest blob."""
    return max(world.folder.glob("[0-9a-f][0-9a-f]/*"), key=lambda path: path.stat().st_size)


def _conditions(world: World) -> tuple[dict[str, Condition], int]:
    steps: list[int] = []
    found = list(verify(world.database, world.blobs, steps.append))
    assert all((one.condition is Condition.WHOLE) == (one.why == "") for one in found)
    assert all(one.blob_key in one.why or not one.why for one in found if one.condition != "whole")
    return {one.blob_key: one.condition for one in found}, sum(steps)


def test_a_store_in_order_is_whole(filled: World) -> None:
    assert extent(filled.database) == (3, SIZES)
    conditions, octets = _conditions(filled)
    assert list(conditions.values()) == [Condition.WHOLE] * 3
    assert octets == SIZES


@pytest.mark.parametrize("kind", DAMAGE)
def test_each_damage_is_found_and_named(filled: World, kind: str) -> None:
    path = _path(filled)
    work, condition = DAMAGE[kind]
    work(path)
    conditions, octets = _conditions(filled)
    assert conditions.pop(path.name) is condition
    assert list(conditions.values()) == [Condition.WHOLE] * 2
    assert octets == SIZES


def test_a_document_that_is_removed_meanwhile_is_not_missing(filled: World) -> None:
    def remove(_octets: int) -> None:
        filled.database.write(lambda c: c.execute(document.delete()))
        for key in filled.files():
            filled.blobs.delete(key)

    found = list(verify(filled.database, filled.blobs, remove))
    assert {one.condition for one in found} <= {Condition.WHOLE}


def test_a_missing_key_is_told_as_such(filled: World) -> None:
    keys = LocalKeys(b"x" * 32)
    blobs = EncryptedBlobs(FilesystemBlobs(filled.folder), keys)
    found = {one.condition for one in verify(filled.database, blobs, lambda _: None)}
    is_encrypted = isinstance(filled.blobs, EncryptedBlobs)
    assert found == {Condition.UNREADABLE if is_encrypted else Condition.WHOLE}


def test_nothing_is_no_problem(world: World) -> None:
    assert extent(world.database) == (0, 0)
    assert list(verify(world.database, world.blobs, lambda _: None)) == []
