"""A PostgreSQL of a test's own, which can be stopped and started on the same data."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.databases import _binary, _free_port, _ordinary_user, _wait


@dataclass
class Cluster:
    """The folder of one, and its process while it runs."""

    folder: Path
    port: int = field(default_factory=_free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql://entente@127.0.0.1:{self.port}/postgres"

    def make(self) -> None:
        options = ["-U", "entente", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        self._run("initdb", "-D", str(self.folder / "data"), *options).wait(60)

    def start(self) -> None:
        settings = ("listen_addresses=127.0.0.1", f"unix_socket_directories={self.folder}")
        options = [word for setting in settings for word in ("-c", setting)]
        data = str(self.folder / "data")
        self.process = self._run("postgres", "-D", data, "-p", str(self.port), *options)
        _wait(self.url)

    def stop(self) -> None:
        """Stop, and cut every connection."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)
            self.process = None

    def _run(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [str(_binary(name)), *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=_ordinary_user(),
            cwd=self.folder,
        )


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Start one; skip where PostgreSQL is not installed."""
    if _binary("initdb") is None or _binary("postgres") is None:
        pytest.skip("needs the initdb of PostgreSQL")
    with tempfile.TemporaryDirectory(prefix="entente-pg-") as name:
        if user := _ordinary_user():
            shutil.chown(name, user)
        own = Cluster(Path(name))
        own.make()
        own.start()
        try:
            yield own
        finally:
            own.stop()
