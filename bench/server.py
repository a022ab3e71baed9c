"""A server of its own for a measurement: `entente serve all` on SQLite, stopped at the end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import psutil

REPOSITORY = "1.2.3.4.5.6"
SECONDS = 60.0
"""How long a server may take to be ready or to settle."""


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


class Server:
    """A running server on the stores of `folder`; extra settings come as environment variables."""

    def __init__(
        self, folder: Path, settings: Mapping[str, str] | None = None, before: Sequence[str] = ()
    ) -> None:
        self.folder, self.repository = folder, REPOSITORY
        self.log = folder / "server.log"
        self._before = before
        self._settings = settings or {}

    def __enter__(self) -> Self:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        environment = {
            **os.environ,
            "ENTENTE_HTTP__PORT": str(port),
            "ENTENTE_REGISTRY__DATABASE_URL": f"sqlite:///{self.folder}/registry.sqlite",
            "ENTENTE_REPOSITORY__DATABASE_URL": f"sqlite:///{self.folder}/repository.sqlite",
            "ENTENTE_REPOSITORY__BLOB_URL": f"file:{self.folder}/blobs",
            "ENTENTE_REPOSITORY__UNIQUE_ID": REPOSITORY,
            "ENTENTE_DOMAIN__PATIENTS": "open",
            **self._settings,
        }
        command = [*self._before, str(Path(sys.executable).with_name("entente")), "serve", "all"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=self.folder,
            )
        try:
            self._wait("/ready", lambda answer: answer.status_code == 200)
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(SECONDS)

    def kill(self) -> None:
        """kill -9 of the server and all that it started."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(SECONDS)

    def resident(self) -> int:
        """The resident memory of the server's processes, in octets."""
        parent = psutil.Process(self.process.pid)
        return sum(p.memory_info().rss for p in (parent, *parent.children(recursive=True)))

    def wait_until_settled(self) -> None:
        """Wait until no document is pending any more."""
        self._wait("/metrics", lambda answer: "entente_pending_documents 0.0" in answer.text)

    def _wait(self, path: str, satisfied: object) -> None:
        assert callable(satisfied)
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended:\n{self.log.read_text()[-4000:]}")
            try:
                if satisfied(httpx.get(self.url + path, timeout=5)):
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise TimeoutError(f"{path} is not as awaited:\n{self.log.read_text()[-4000:]}")
