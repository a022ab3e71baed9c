"""Where a killed server keeps what it promised: each kind of blob store with each database."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg

import registry.store
import repository.store
from ledger import migrate
from ledger.database import Database
from repository.store.s3_address import parse
from repository.store.s3_client import connect
from tests.databases import postgresql
from tests.repository.stores.services import moto

Section = Mapping[str, Any]

BUCKET: Final = "invented-hospital"


@contextmanager
def _files(_folder: Path) -> Iterator[Section]:
    yield {}


@contextmanager
def _s3(folder: Path) -> Iterator[Section]:
    """An S3 service as a process, which keeps what is large on disk."""
    os.environ["MOTO_S3_DEFAULT_KEY_BUFFER_SIZE"] = str(1 << 16)
    (folder / "s3").mkdir()
    with moto(folder / "s3") as service:
        os.environ.update(service.environment)
        store = connect(parse(service.url(BUCKET, "")))
        store.client.create_bucket(Bucket=BUCKET)
        store.client.close()
        yield {"blob_url": service.url(BUCKET, "blobs")}


@contextmanager
def _sqlite(_folder: Path) -> Iterator[Section]:
    yield {}


@contextmanager
def _postgresql(_folder: Path) -> Iterator[Section]:
    """A database of its own, with its tables."""
    with postgresql() as server:
        name = f"entente_{uuid.uuid4().hex}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        url = server.replace("postgresql:", "postgresql+psycopg:", 1).rpartition("/")[0]
        database = Database(f"{url}/{name}")
        migrate.upgrade(database, *migrate.TREES, registry.store.TREE, repository.store.TREE)
        database.close()
        yield {"database_url": f"{url}/{name}"}


Place = Callable[[Path], AbstractContextManager[Section]]

STORES: Final[dict[str, Place]] = {"filesystem": _files, "s3": _s3}
DATABASES: Final[dict[str, Place]] = {"sqlite": _sqlite, "postgresql": _postgresql}
COMBINATIONS: Final = tuple((store, database) for store in STORES for database in DATABASES)


@contextmanager
def place(folder: Path, store: str, database: str) -> Iterator[dict[str, Section]]:
    """Lend the settings of a server whose blobs and tables outlive it."""
    with STORES[store](folder) as blobs, DATABASES[database](folder) as tables:
        yield {"repository": {**tables, **blobs}, "registry": tables}
