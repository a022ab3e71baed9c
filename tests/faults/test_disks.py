"""A disk that is full or read-only: told by its code, nothing stays, no restart is needed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench import traffic
from tests.faults.disks import MIB, disk, full, no_large_files, read_only
from tests.faults.site import PATIENT, SHORT, Site, files, refused, taken, watching
from tests.servers import servers_in


@pytest.fixture(scope="module")
def disks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """Blobs, index and registry, each on a disk of its own."""
    root = tmp_path_factory.mktemp("disks")
    with disk(root / "blobs") as blobs, disk(root / "index") as index, disk(root / "registry") as r:
        yield {"blobs": blobs, "index": index, "registry": r}


@pytest.fixture(scope="module")
def site(disks: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    index = f"sqlite:///{disks['index'] / 'index.sqlite'}"
    with servers_in(tmp_path_factory.mktemp("server")) as start:
        server = start(
            repository={"database_url": index, "blob_url": f"file:{disks['blobs'] / 'blobs'}"},
            registry={"database_url": f"sqlite:///{disks['registry'] / 'registry.sqlite'}"},
            limits=SHORT,
        )
        with watching(server, server, index, files(disks["blobs"] / "blobs")) as site:
            yield site


@pytest.mark.parametrize(
    ("which", "code"),
    [
        ("blobs", "XDSRepositoryOutOfResources"),
        ("index", "XDSRepositoryOutOfResources"),
        ("registry", "XDSRegistryOutOfResources"),
    ],
)
def test_a_full_disk(site: Site, disks: dict[str, Path], which: str, code: str) -> None:
    answer = refused(site, full(disks[which]), code, size=20_000)
    assert "trace" in answer.errors[0].context


def test_a_document_that_fills_the_disk_leaves_room(site: Site, disks: dict[str, Path]) -> None:
    refused(site, _nearly_full(disks["blobs"]), "XDSRepositoryOutOfResources", size=3 * MIB)


@contextmanager
def _nearly_full(folder: Path) -> Iterator[None]:
    ballast = folder / "ballast"
    ballast.write_bytes(b"0" * (6 * MIB))
    yield
    ballast.unlink()


def test_a_disk_that_may_only_be_read_still_serves(site: Site, disks: dict[str, Path]) -> None:
    there = traffic.provide(PATIENT, b"here before")
    taken(site, there)
    with read_only(disks["blobs"]):
        assert site.whole(there)
    refused(site, read_only(disks["blobs"]), "XDSRepositoryError")


@pytest.fixture(scope="module")
def plain_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server that needs no mount."""
    with servers_in(tmp_path_factory.mktemp("server")) as start:
        server = start(limits=SHORT)
        var = server.folder / "var"
        index = f"sqlite:///{var / 'repository.sqlite'}"
        with watching(server, server, index, files(var / "blobs")) as site:
            yield site


def test_a_quota_that_is_used_up(plain_site: Site) -> None:
    quota = no_large_files(plain_site.repository.pid, 4 * MIB)
    refused(plain_site, quota, "XDSRepositoryOutOfResources", size=6 * MIB)


@contextmanager
def _locked(database: Path) -> Iterator[None]:
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("which", "code"), [("repository", "XDSRepositoryBusy"), ("registry", "XDSRegistryBusy")]
)
def test_a_database_that_another_keeps_locked(plain_site: Site, which: str, code: str) -> None:
    database = plain_site.repository.folder / "var" / f"{which}.sqlite"
    refused(plain_site, _locked(database), code)
