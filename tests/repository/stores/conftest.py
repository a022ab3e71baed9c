from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from repository.store.blobs import BlobStore, new_key
from repository.store.encrypted import EncryptedBlobs
from repository.store.s3 import S3Blobs
from repository.store.s3_address import parse
from repository.store.s3_client import connect
from repository.store.wrapping import LocalKeys
from tests.repository.stores.places import Bucket, Folder, Place, Shelf
from tests.repository.stores.services import SERVICES, needed

KEY = bytes(range(32))


BUCKET = "invented-hospital"


def _running(name: str, factory: pytest.TempPathFactory) -> Iterator[S3Blobs]:
    """A service of its own for each process of tests, seen from the root of its one bucket."""
    with SERVICES[name][1](factory.mktemp(name)) as service:
        with pytest.MonkeyPatch.context() as patch:
            for variable, value in service.environment.items():
                patch.setenv(variable, value)
            root = connect(parse(service.url(BUCKET, "")))
            root.client.create_bucket(Bucket=BUCKET)
        yield root


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Blobs]:
    yield from _running("moto", tmp_path_factory)


@pytest.fixture(scope="session")
def swift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Blobs]:
    yield from _running("swift", tmp_path_factory)


SERVED = [pytest.param(name, marks=needed(name)) for name in SERVICES]


@pytest.fixture(params=["filesystem", "memory", *SERVED])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty place of each kind in turn."""
    if request.param == "memory":
        return Shelf()
    if request.param == "filesystem":
        return Folder(tmp_path / "blobs")
    return _folder_of(request.getfixturevalue(request.param))


@pytest.fixture(params=SERVED)
def bucket(request: pytest.FixtureRequest) -> Bucket:
    """An empty folder in the bucket of each service in turn."""
    return _folder_of(request.getfixturevalue(request.param))


def _folder_of(root: S3Blobs) -> Bucket:
    return Bucket(root.client, BUCKET, f"tests/{new_key()}")


@pytest.fixture(params=["plain", "encrypted"])
def reopen(request: pytest.FixtureRequest, place: Place) -> Callable[[], BlobStore]:
    """What opens a store on that place, as each process does; with and without encryption."""
    if request.param == "plain":
        return place.open
    return lambda: EncryptedBlobs(place.open(), LocalKeys(KEY))


@pytest.fixture
def blobs(reopen: Callable[[], BlobStore]) -> BlobStore:
    return reopen()
