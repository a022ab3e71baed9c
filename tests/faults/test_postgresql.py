"""A PostgreSQL that is stopped and started, and one that may only be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pytest

import registry.store
import repository.store
from bench import traffic
from ledger import migrate
from ledger.database import Database
from ledger.migrate import Tree
from tests.faults.cluster import Cluster, cluster
from tests.faults.site import PATIENT, SHORT, Site, files, refused, taken, watching
from tests.servers import servers_in

INDEX, REGISTRY = "postgres", "registry"
"""Databases of the cluster."""


@dataclass
class Hospital:
    """A site whose index and registry are databases of a PostgreSQL of its own."""

    site: Site
    cluster: Cluster


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    with cluster() as own, servers_in(tmp_path_factory.mktemp("server")) as start:
        url = own.url.replace("postgresql:", "postgresql+psycopg:", 1)
        registry_url = url.replace("/postgres", f"/{REGISTRY}")
        _upgrade(url, repository.store.TREE)
        with psycopg.connect(own.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {REGISTRY}")
        _upgrade(registry_url, registry.store.TREE)
        server = start(
            repository={"database_url": url},
            registry={"database_url": registry_url},
            limits=SHORT,
        )
        blobs = files(server.folder / "var" / "blobs")
        with watching(server, server, url, blobs) as site:
            yield Hospital(site, own)


def _upgrade(url: str, tree: Tree) -> None:
    database = Database(url)
    migrate.upgrade(database, *migrate.TREES, tree)
    database.close()


@contextmanager
def _stopped(own: Cluster) -> Iterator[None]:
    own.stop()
    try:
        yield
    finally:
        own.start()


@contextmanager
def _read_only(own: Cluster, database: str) -> Iterator[None]:
    _set(own, database, "on")
    try:
        yield
    finally:
        _set(own, database, "off")


def _set(own: Cluster, database: str, value: str) -> None:
    """Set it for every session: those that there are hear of a reload at some time only."""
    may_write = "-c default_transaction_read_only=off"
    with psycopg.connect(own.url, autocommit=True, options=may_write) as connection:
        setting = f"default_transaction_read_only = {value}"
        connection.execute(f"ALTER DATABASE {database} SET {setting}")
        connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend' AND datname = %s",
            [database],
        )


@contextmanager
def _locked(own: Cluster) -> Iterator[None]:
    with psycopg.connect(own.url) as connection:
        connection.execute("LOCK TABLE document IN EXCLUSIVE MODE")
        yield


def test_a_database_that_is_stopped(hospital: Hospital) -> None:
    there = traffic.provide(PATIENT, b"here before")
    taken(hospital.site, there)

    @contextmanager
    def stopped() -> Iterator[None]:
        with _stopped(hospital.cluster):
            assert hospital.site.why_not(there) == ["XDSRepositoryBusy"]
            yield

    refused(hospital.site, stopped(), "XDSRepositoryBusy")
    assert hospital.site.whole(there)


def test_a_database_that_may_only_be_read(hospital: Hospital) -> None:
    there = traffic.provide(PATIENT, b"still here")
    taken(hospital.site, there)
    with _read_only(hospital.cluster, INDEX):
        assert hospital.site.whole(there)
    refused(hospital.site, _read_only(hospital.cluster, INDEX), "XDSRepositoryError")


def test_a_registry_that_may_only_be_read(hospital: Hospital) -> None:
    there = traffic.provide(PATIENT, b"found still")
    taken(hospital.site, there)
    with _read_only(hospital.cluster, REGISTRY):
        assert hospital.site.found(there)
        assert hospital.site.whole(there)
    refused(hospital.site, _read_only(hospital.cluster, REGISTRY), "XDSRegistryError")


def test_a_table_that_another_keeps_locked(hospital: Hospital) -> None:
    refused(hospital.site, _locked(hospital.cluster), "XDSRepositoryBusy")
