from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select

import registry.store
from ihe_profiles.soap.client import Caller, LocalCaller
from ihe_profiles.soap.exchange import Peer
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.soap.spyne_port import SoapServer
from ledger import migrate
from ledger.database import Database
from ledger.tables import METADATA as LEDGER
from ledger.tables import answered_message
from registry.store.tables import METADATA as REGISTRY
from repository.limits import RepositoryLimits
from repository.media import MediaCheck
from repository.service import Repository
from repository.signatures import NO_RULES, Rules
from repository.store import TREE
from repository.store.blobs import BlobStore
from repository.store.filesystem import FilesystemBlobs
from repository.store.tables import METADATA, State, document
from tests.databases import new_database
from tests.repository.messages import REPOSITORY
from tests.repository.registry import StandIn

AT_ONCE = RepositoryLimits(
    pending_lease=-0.001,
    registry_timeout=-1,
    longest_backoff=0,
    stale_staging=0,
    soap=SoapLimits(total_seconds=0),
)
"""Every lease is over as soon as it begins."""


@dataclass
class World:
    """One repository, the registry that it believes in, and a client of it."""

    database: Database
    folder: Path
    registry: StandIn = field(default_factory=StandIn)
    limits: RepositoryLimits = field(default_factory=RepositoryLimits)
    media: MediaCheck = MediaCheck.OFF
    signatures: Rules = NO_RULES

    def __post_init__(self) -> None:
        self.blobs: BlobStore = FilesystemBlobs(self.folder)
        self.start()

    def start(self, limits: RepositoryLimits | None = None) -> None:
        """Begin again with what is on disk, as after a restart."""
        self.repository = Repository(
            self.database,
            self.blobs,
            self.registry,
            unique_id=REPOSITORY,
            limits=limits or self.limits,
            media=self.media,
            signatures=self.signatures,
        )
        server = SoapServer("DocumentRepository", self.repository.operations())
        self.caller: Caller = LocalCaller(server, Peer("127.0.0.1"))

    def states(self) -> list[State]:
        with self.database.read() as connection:
            rows = connection.execute(select(document.c.state).order_by(document.c.key))
            return [State(row.state) for row in rows]

    def messages(self) -> int:
        """How many messages are remembered or reserved."""
        with self.database.read() as connection:
            return len(connection.execute(select(answered_message)).all())

    def files(self) -> list[str]:
        """The names of the blobs that are in place."""
        return sorted(p.name for p in self.folder.glob("[0-9a-f][0-9a-f]/*"))

    def staged(self) -> list[str]:
        """The names of the blobs that the index is not sure of."""
        return sorted(p.name for p in (self.folder / "staging").iterdir())

    def assert_untouched(self) -> None:
        """Nothing is left of what was refused."""
        assert (self.states(), self.files(), self.staged()) == ([], [], [])
        assert self.messages() == 0


@pytest.fixture(scope="session")
def repository_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    yield from _migrated(f"sqlite:///{tmp_path_factory.mktemp('repository') / 'index.sqlite'}")


@pytest.fixture(scope="session")
def repository_on_postgresql(postgresql_server: str) -> Iterator[Database]:
    with new_database(postgresql_server) as url:
        yield from _migrated(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Tables of the ledger, the repository and the registry, empty, of each dialect in turn."""
    yield from _emptied(request.getfixturevalue(f"repository_on_{request.param}"))


@pytest.fixture
def on_sqlite(repository_on_sqlite: Database) -> Iterator[Database]:
    """The same for tests to which the dialect does not matter."""
    yield from _emptied(repository_on_sqlite)


def _emptied(database: Database) -> Iterator[Database]:
    yield database
    for metadata in (METADATA, LEDGER, REGISTRY):
        for table in reversed(metadata.sorted_tables):
            database.write(lambda c, table=table: c.execute(table.delete()))


def _migrated(url: str) -> Iterator[Database]:
    database = Database(url)
    migrate.upgrade(database, *migrate.TREES, TREE, registry.store.TREE)
    yield database
    database.close()


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    return World(database, tmp_path / "blobs")
