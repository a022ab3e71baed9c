"""A backup is made of a server at work, and restored into an empty place."""

from __future__ import annotations

import base64
import hashlib
import os
import random
import shutil
import threading
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, chdir, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from bench import traffic
from entente import backup, consumer, databases
from entente.actors import ALL, Actor
from entente.backup import NotEmpty
from entente.cli import app
from entente.cli.console import Failed
from entente.configuration import load
from entente.manifest import BackupUnusable
from entente.metrics import Metrics
from entente.node import open_node
from entente.restoration import restore
from ihe_profiles import iti41
from ihe_profiles.iti43 import DocumentRequest
from ihe_profiles.soap.client import Caller, LocalCaller
from ihe_profiles.soap.exchange import Binary, Peer
from ihe_profiles.xds import response
from ihe_profiles.xds.errors import Refusal
from ihe_profiles.xds.response import RegistryResponse
from ihe_profiles.xds.vocabulary import ResponseStatus, Status
from ledger.database import Database
from ledger.snapshot_content import Content
from ledger.tables import answered_message, lease
from repository.store.tables import document
from tests.databases import new_database
from tests.servers import (
    UNIQUE_ID,
    Server,
    callers,
    entente,
    servers_in,
    settings_for,
    toml,
)
from tests.soap.live import until

KEY = base64.b64encode(bytes(32)).decode()
PATIENT = traffic.patient(1)
SENDERS = 2
DATABASES = ("registry", "repository", "audit")
BOTH = (Actor.REGISTRY, Actor.REPOSITORY)
APPROVED = Status.APPROVED


@dataclass(frozen=True)
class Sides:
    """The ways to a registry and to a repository."""

    registry: Caller
    repository: Caller

    @classmethod
    def served(cls, server: Server, http: httpx.Client) -> Sides:
        return cls(*callers(server, http))

    def found(self) -> set[str]:
        answer = consumer.query(
            self.registry,
            "FindDocuments",
            {"$XDSDocumentEntryPatientId": str(PATIENT), "$XDSDocumentEntryStatus": [APPROVED]},
        )
        return {str(entry.unique_id) for entry in consumer.entries(consumer.read(answer))}

    def sha256s(self, unique_ids: Iterable[str]) -> dict[str, str]:
        """Return the SHA-256 of each document that comes back, by its uniqueId."""
        return {id: digest for id in unique_ids if (digest := self._sha256(id))}

    def _sha256(self, unique_id: str) -> str | None:
        digest = hashlib.sha256()
        request = DocumentRequest(None, UNIQUE_ID, unique_id)
        try:
            consumer.retrieve(self.repository, request, digest.update)
        except Refusal:
            return None
        return digest.hexdigest()


@dataclass
class Source:
    """A Document Source, and every document whose Success it has in hand: uniqueId, SHA-256."""

    repository: Caller
    acknowledged: dict[str, str] = field(default_factory=dict)

    def send(self, data: bytes) -> str:
        sending = traffic.provide(PATIENT, data)
        answer = self._provide(sending.body)
        assert answer.status is ResponseStatus.SUCCESS, answer.errors
        unique_id = str(sending.entry.unique_id)
        self.acknowledged[unique_id] = sending.sha256
        return unique_id

    def be_refused(self, unique_id: str) -> None:
        """Send other bytes under a known uniqueId: they are stored, and the registry refuses."""
        sending = traffic.provide(PATIENT, os.urandom(100))
        own, other = str(sending.entry.unique_id).encode(), unique_id.encode()
        body = [p.replace(own, other) if isinstance(p, bytes) else p for p in sending.body]
        assert self._provide(body).errors[0].code == "XDSNonIdenticalHash"

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Send without a pause, what is accepted and what is refused, from several threads."""
        over = threading.Event()

        def work(seed: int) -> None:
            chance = random.Random(seed)
            while not over.is_set():
                self.be_refused(self.send(chance.randbytes(chance.randint(0, 50_000))))

        with ThreadPoolExecutor(SENDERS) as pool:
            tasks = [pool.submit(work, seed) for seed in range(SENDERS)]
            try:
                yield
            finally:
                over.set()
                wait(tasks)
                for task in tasks:  # what stopped them says more than what was waited for in vain
                    task.result()

    def _provide(self, body: Sequence[bytes | Binary]) -> RegistryResponse:
        return response.read(self.repository.call(iti41.TRANSACTION, body).body)


@dataclass
class House:
    """A server that encrypts, and empty places of the same kind of databases."""

    folder: Path
    databases: Callable[[], dict[str, dict[str, str]]]
    server: Server
    sides: Sides

    def place(self, name: str) -> Path:
        """Make an empty place: a folder with settings like the server's, and empty databases."""
        place = self.folder / name
        place.mkdir()
        settings = settings_for(None, {**self.databases(), "limits": {}})
        settings["repository"] |= {"encryption_key": f"file:{self.folder / 'key'}"}
        (place / "entente.toml").write_text(toml(settings))
        return place

    def back_up(self, copy: Path) -> str:
        """Make a backup in this process, where a test can stop it in the middle."""
        return command("backup", copy, cwd=self.server.folder)


@contextmanager
def opened(place: Path) -> Iterator[Sides]:
    """Open what was restored, as a server does, in this process."""
    with chdir(place), ExitStack() as stack:
        servers = open_node(load()[0], ALL, stack, Metrics()).servers
        yield Sides(*(LocalCaller(servers[actor], Peer("127.0.0.1")) for actor in BOTH))


def command(*arguments: str | Path, cwd: Path) -> str:
    """Run a command in this process; what it complains of is raised."""
    with chdir(cwd):
        done = CliRunner().invoke(app, [str(one) for one in arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


class Silent:
    def begin(self, octets: int) -> None:
        pass

    def advance(self, octets: int) -> None:
        pass


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("backup")
    (folder / "key").write_text(KEY)
    with ExitStack() as stack:

        def databases() -> dict[str, dict[str, str]]:
            if request.param == "sqlite":
                return {}
            server = request.getfixturevalue("postgresql_server")
            return {
                name: {"database_url": stack.enter_context(new_database(server))}
                for name in DATABASES
            }

        start = stack.enter_context(servers_in(folder))
        settings: dict[str, dict[str, Any]] = dict(databases())
        if settings:
            (folder / "upgrade.toml").write_text(toml(settings))
            command("db", "upgrade", "--config", folder / "upgrade.toml", cwd=folder)
        own = {**settings.get("repository", {}), "encryption_key": f"file:{folder / 'key'}"}
        server = start(**{**settings, "repository": own})
        http = stack.enter_context(httpx.Client(timeout=60, trust_env=False))
        yield House(folder, databases, server, Sides.served(server, http))


def test_what_was_acknowledged_before_a_backup_began_comes_back(house: House) -> None:
    source, copy, place = Source(house.sides.repository), house.folder / "copy", house.place("new")
    source.send(b"")
    source.send(os.urandom(2_500_000))
    with source.busy():
        until(lambda: len(source.acknowledged) > 5, seconds=60)
        before = dict(source.acknowledged)
        done = house.back_up(copy)
        until(lambda: len(source.acknowledged) > len(before), seconds=60)
    assert "registry, repository, audit, " in done
    assert command("restore", copy, cwd=place).endswith("nothing stands alone\n")
    with opened(place) as restored:
        there = restored.found()
        assert set(before) <= there <= set(source.acknowledged)
        assert restored.sha256s(there) == {one: source.acknowledged[one] for one in there}
        Source(restored.repository).send(b"life goes on")  # sequences and all
    blobs = [path for path in (copy / "blobs").rglob("*") if path.is_file()]
    assert len(blobs) >= len(there)


def test_what_comes_in_between_is_asked_about_and_nothing_stands_alone(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, copy = Source(house.sides.repository), house.folder / "between"
    known = source.send(b"before")
    copy_of = backup.snapshot.copy
    later: list[str] = []

    def copying_one(url: str, trees: Any, folder: Path, along: Any) -> Content:
        content = copy_of(url, trees, folder, along)
        if folder.name == "registry":
            later.append(source.send(b"between"))
        return content

    with monkeypatch.context() as slowed:
        slowed.setattr(backup.snapshot, "copy", copying_one)
        house.back_up(copy)
    place = house.place("asked")
    said = command("restore", copy, cwd=place)
    assert "documents from around the backup: the registry was asked" in said
    with opened(place) as restored:
        assert later[0] not in restored.found()
        assert restored.sha256s([known, *later]) == {known: source.acknowledged[known]}


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a flipped bit of a document": (lambda copy: _flip(_blob(copy)), "is not what was written"),
    "a document that is gone": (lambda copy: _blob(copy).unlink(), "is missing"),
    "a database": (lambda copy: _flip(_largest(copy / "registry")), "is not what was written"),
    "the list of documents": (lambda copy: _flip(copy / "blobs.jsonl"), "blobs.jsonl: is not"),
    "no manifest": (lambda copy: (copy / "manifest.json").unlink(), "one that broke off"),
    "half a manifest": (lambda copy: os.truncate(copy / "manifest.json", 99), "is damaged"),
    "another format": (
        lambda copy: _replace(copy / "manifest.json", b'"format": 1', b'"format": 9'),
        "reads format 1 only",
    ),
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The folder of a server on SQLite with one document, and a backup of it."""
    folder = tmp_path_factory.mktemp("small")
    place = folder / "place"
    place.mkdir()
    (place / "entente.toml").write_text(toml(settings_for(None, {})))
    with chdir(place):
        databases.prepare(load()[0], ALL)
    with opened(place) as sides:
        Source(sides.repository).send(b"a letter")
    command("backup", folder / "copy", cwd=place)
    return place, folder / "copy"


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_backup_is_refused_by_name_and_nothing_is_written(
    small: tuple[Path, Path], tmp_path: Path, name: str
) -> None:
    harm, said = DAMAGE[name]
    origin, whole = small
    copy = tmp_path / "copy"
    shutil.copytree(whole, copy)
    harm(copy)
    with pytest.raises(BackupUnusable) as refused:
        restore_in(tmp_path / "place", origin, copy)
    assert said in str(refused.value)
    assert not (tmp_path / "place" / "var" / "registry.sqlite").exists()
    assert not list((tmp_path / "place").rglob("[0-9a-f][0-9a-f]/*"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"repository": {"unique_id": "1.2.3"}}, "unique_id is 1.2.3; the backup is of 2.25.4444"),
        (
            {"repository": {"database_url": "sqlite:///var/registry.sqlite"}},
            "a database for registry-repository; the backup has registry, repository, audit",
        ),
        (
            {"registry": {"database_url": "postgresql+psycopg://127.0.0.1:1/none"}},
            "registry: a copy of sqlite cannot be loaded into postgresql",
        ),
    ],
)
def test_a_backup_of_another_is_refused(
    small: tuple[Path, Path], tmp_path: Path, changes: dict[str, dict[str, str]], said: str
) -> None:
    origin, copy = small
    with pytest.raises(BackupUnusable) as refused:
        restore_in(tmp_path / "place", origin, copy, changes)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "something",
    [
        "registry.sqlite",
        "repository.sqlite",
        "audit.sqlite",
        "registry.sqlite-wal",  # SQLite would bring it into the restored file
        "repository.sqlite-journal",
    ],
)
def test_nothing_is_restored_over_a_database(
    small: tuple[Path, Path], tmp_path: Path, something: str
) -> None:
    origin, copy = small
    there = tmp_path / "place" / "var" / something
    there.parent.mkdir(parents=True)
    there.write_bytes(b"something")
    with pytest.raises(NotEmpty, match=something.partition(".")[0]):
        restore_in(tmp_path / "place", origin, copy)
    assert there.read_bytes() == b"something"


def test_nothing_is_restored_among_documents(small: tuple[Path, Path], tmp_path: Path) -> None:
    origin, copy = small
    folder = tmp_path / "place" / "var" / "blobs" / "ab"
    folder.mkdir(parents=True)
    (folder / ("ab" * 16)).touch()
    with pytest.raises(NotEmpty, match="the blob store is not empty"):
        restore_in(tmp_path / "place", origin, copy)


def test_a_backup_goes_into_a_folder_of_its_own(small: tuple[Path, Path], tmp_path: Path) -> None:
    origin, _ = small
    (tmp_path / "file").touch()
    with pytest.raises(Failed, match="is not empty: each backup has a folder of its own"):
        command("backup", tmp_path, cwd=origin)


def test_documents_that_are_not_whole_are_named_and_the_rest_is_copied(
    small: tuple[Path, Path], tmp_path: Path
) -> None:
    origin, _ = small
    shutil.copytree(origin / "var", tmp_path / "var")
    (blob,) = (tmp_path / "var" / "blobs").glob("[0-9a-f][0-9a-f]/*")
    blob.unlink()
    shutil.copy(origin / "entente.toml", tmp_path)
    done = entente("backup", "copy", cwd=tmp_path)
    assert done.returncode == 1
    assert f"the blob {blob.name} was found missing" in done.stderr
    done = entente("restore", "../copy", cwd=empty(tmp_path, origin))
    assert done.returncode == 1
    assert "document without blob" in done.stdout


@pytest.mark.parametrize(
    ("which", "state"),
    [(ALL, "committed"), (frozenset({Actor.REPOSITORY}), "pending")],
    ids=["with its registry", "alone"],
)
def test_only_documents_that_the_registry_may_not_know_are_pending_once_more(
    small: tuple[Path, Path], tmp_path: Path, which: frozenset[Actor], state: str
) -> None:
    """It may have been copied before it heard of them; no answer says so to a retry then."""
    origin, copy = small
    restore_in(tmp_path / "place", origin, copy, which=which)
    database = Database(f"sqlite:///{tmp_path}/place/var/repository.sqlite")
    with database.read() as connection:
        assert list(connection.scalars(select(document.c.state))) == [state]
        assert list(connection.execute(select(answered_message))) == []
        assert list(connection.execute(select(lease))) == []
    database.close()


def empty(folder: Path, origin: Path) -> Path:
    place = folder / "empty"
    place.mkdir()
    shutil.copy(origin / "entente.toml", place)
    return place


def restore_in(
    place: Path,
    origin: Path,
    copy: Path,
    changes: dict[str, dict[str, str]] | None = None,
    which: frozenset[Actor] = ALL,
) -> None:
    """Restore in this process, with settings like the origin's but for `changes`."""
    place.mkdir(exist_ok=True)
    settings = tomllib.loads((origin / "entente.toml").read_text())
    for name, section in (changes or {}).items():
        settings[name] |= section
    (place / "entente.toml").write_text(toml(settings))
    with chdir(place):
        restore(load()[0], which, copy, Silent())


def _blob(copy: Path) -> Path:
    (blob,) = (path for path in (copy / "blobs").rglob("*") if path.is_file())
    return blob


def _largest(folder: Path) -> Path:
    return max(folder.iterdir(), key=lambda path: path.stat().st_size)


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _replace(path: Path, old: bytes, new: bytes) -> None:
    path.write_bytes(path.read_bytes().replace(old, new))
