from __future__ import annotations

from pathlib import Path

import pytest

from repository.store.blobs import BlobStore
from tests.repository.stores.places import Folder, Place, Shelf


@pytest.fixture(params=["filesystem", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty place of each kind in turn."""
    if request.param == "memory":
        return Shelf()
    return Folder(tmp_path / "blobs")


@pytest.fixture
def blobs(place: Place) -> BlobStore:
    return place.open()
