"""Real servers for the tests: `entente serve` as a process, on a free port of loopback."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from ihe_profiles.soap.client import HttpCaller

UNIQUE_ID = "2.25.4444"
"""repositoryUniqueId of every server of the tests."""

PATIENCE = 60.0
"""How long a server may take to be ready, and to stop, on a busy machine; in seconds."""

ENTENTE = str(Path(sys.executable).with_name("entente"))

Settings = Mapping[str, Mapping[str, Any]]


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@dataclass
class Server:
    """A server in `folder`, which can be stopped, killed and started again on the same data.

    `log` is everything that it wrote; `management_url` is where /ready is; `before` is a command
    that the server is started by.
    """

    folder: Path
    settings: dict[str, dict[str, Any]]
    role: str = "all"
    before: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        scheme = "https" if "tls_certificate" in self.settings["http"] else "http"
        return f"{scheme}://127.0.0.1:{self.settings['http']['port']}"

    @property
    def management_url(self) -> str:
        port = self.settings["management"].get("port")
        return f"http://127.0.0.1:{port}" if port else self.url

    @property
    def config(self) -> Path:
        return self.folder / "entente.toml"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def upgrade(self) -> None:
        """Make its tables, which a server does by itself in SQLite only."""
        self.config.write_text(toml(self.settings))
        done = entente("db", "upgrade", "--config", self.config, cwd=self.folder)
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        """Start, and wait until it is ready."""
        self.config.write_text(toml(self.settings))
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self.before, ENTENTE, "serve", self.role, "--config", str(self.config)],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=environment(),
                start_new_session=True,
            )
        self._wait_until_ready()

    def stop(self) -> int:
        """Ask it to stop, and return its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it without any notice."""
        self._end(signal.SIGKILL)

    def cli(self, command: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a client command against it."""
        return entente(command, *arguments, cwd=self.folder, ENTENTE_URL=self.url)

    def wait_for(self, path: str, satisfied: Callable[[httpx.Response], bool]) -> None:
        """Wait until an operators' page is as awaited."""
        assert self.process is not None
        end = time.monotonic() + PATIENCE
        with httpx.Client(trust_env=False) as http:  # one: each reads every certificate anew
            while True:
                assert self.process.poll() is None, f"the server ended:\n{self.log}"
                assert time.monotonic() < end, f"{path} is not as awaited:\n{self.log}"
                try:
                    if satisfied(http.get(f"{self.management_url}{path}")):
                        return
                except httpx.TransportError:
                    pass
                time.sleep(0.05)

    def _wait_until_ready(self) -> None:
        self.wait_for("/ready", lambda answer: answer.status_code == 200)

    def _end(self, by: signal.Signals) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            os.killpg(self.process.pid, by)
        return self.process.wait(PATIENCE)


def environment(**more: str) -> dict[str, str]:
    """Return the environment without the settings of whoever runs the tests."""
    own = {k: v for k, v in os.environ.items() if not k.startswith("ENTENTE_")}
    return own | {"TERM": "dumb", "NO_COLOR": "1"} | more


def entente(
    *arguments: str | Path, cwd: Path, patience: float = 150, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run the command line, for `patience` seconds at most."""
    return subprocess.run(
        [ENTENTE, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment(**more),
        timeout=patience,
    )


def toml(settings: Settings) -> str:
    """Write settings as TOML."""
    return "".join(
        f"[{section}]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in keys.items())
        for section, keys in settings.items()
    )


def _toml(value: object) -> str:
    """JSON's scalars and lists are also TOML's."""
    if not isinstance(value, Mapping):
        return json.dumps(value)
    return f"{{{', '.join(f'{json.dumps(key)} = {_toml(own)}' for key, own in value.items())}}}"


def settings_for(database_url: str | None, more: Settings) -> dict[str, dict[str, Any]]:
    """Return the settings of a test's server; `more` wins."""
    database = {"database_url": database_url} if database_url else {}
    return {name: {**keys} for name, keys in more.items()} | {
        "http": {"port": free_port(), **more.get("http", {})},
        "management": {**more.get("management", {})},
        "registry": {**database, **more.get("registry", {})},
        "repository": {"unique_id": UNIQUE_ID, **database, **more.get("repository", {})},
        "domain": {"patients": "open", **more.get("domain", {})},
        "audit": {**more.get("audit", {})},
        "limits": {**more.get("limits", {})},
    }


StartServer = Callable[..., Server]


@contextmanager
def servers_in(folder: Path) -> Iterator[StartServer]:
    """Lend what starts servers, each in a folder of its own; kill those that run at the end."""
    started: list[Server] = []

    def start(
        database_url: str | None = None, role: str = "all", **settings: Mapping[str, Any]
    ) -> Server:
        own = folder / f"server-{len(started)}"
        own.mkdir()
        started.append(Server(own, settings_for(database_url, settings), role))
        started[-1].start()
        return started[-1]

    try:
        yield start
    finally:
        for server in started:
            if server.process is not None and server.process.poll() is None:
                server.kill()


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[StartServer]:
    """Start servers: `start_server(database_url=None, role="all", limits={"depth": 3}, ...)`.

    Settings are given by section. A database must have its tables, unless it is a new SQLite file.
    """
    with servers_in(tmp_path) as start:
        yield start


@pytest.fixture
def server(start_server: StartServer) -> Server:
    """A new server of both actors on SQLite."""
    return start_server()


@pytest.fixture(scope="module")
def standing_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server of both actors on SQLite for all tests of a file that leave it as it is."""
    with servers_in(tmp_path_factory.mktemp("standing")) as start:
        yield start()


def callers(server: Server, http: httpx.Client) -> tuple[HttpCaller, HttpCaller]:
    """Return the callers of its registry and its repository."""
    return HttpCaller(f"{server.url}/registry", http), HttpCaller(f"{server.url}/repository", http)
