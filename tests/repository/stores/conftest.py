from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from repository.store.blobs import BlobStore
from repository.store.encrypted import EncryptedBlobs
from repository.store.wrapping import LocalKeys
from tests.repository.stores.places import Folder, Place, Shelf

KEY = bytes(range(32))


@pytest.fixture(params=["filesystem", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty place of each kind in turn."""
    if request.param == "memory":
        return Shelf()
    return Folder(tmp_path / "blobs")


@pytest.fixture(params=["plain", "encrypted"])
def reopen(request: pytest.FixtureRequest, place: Place) -> Callable[[], BlobStore]:
    """What opens a store on that place, as each process does; with and without encryption."""
    if request.param == "plain":
        return place.open
    return lambda: EncryptedBlobs(place.open(), LocalKeys(KEY))


@pytest.fixture
def blobs(reopen: Callable[[], BlobStore]) -> BlobStore:
    return reopen()
