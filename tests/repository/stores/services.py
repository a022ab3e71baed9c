"""S3 services of other makers, each as a process of its own: moto, and OpenStack Swift."""

from __future__ import annotations

import getpass
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from tests.servers import environment, free_port

_BIN = Path(sys.executable).parent
_KINDS = ("account", "container", "object")
_PIPELINES = {"proxy": "catch_errors gatekeeper healthcheck s3api tempauth slo"}


@dataclass(frozen=True)
class Service:
    """A service that runs, and who may use it."""

    endpoint: str
    access_key: str
    secret_key: str

    def url(self, bucket: str, prefix: str, **more: str) -> str:
        return f"s3://{bucket}/{prefix}?{urlencode({'endpoint': self.endpoint, **more})}"

    @property
    def environment(self) -> dict[str, str]:
        return {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key}


@contextmanager
def moto(folder: Path, port: int | None = None) -> Iterator[Service]:
    port = port or free_port()
    with _process(folder, "moto", _BIN / "moto_server", "-H", "127.0.0.1", "-p", str(port)):
        endpoint = f"http://127.0.0.1:{port}"
        _wait(f"{endpoint}/moto-api/")
        yield Service(endpoint, "invented", "invented")


@contextmanager
def swift(folder: Path) -> Iterator[Service]:
    """A proxy with the s3api middleware, and a server each for accounts, containers, objects."""
    (folder / "disks" / "disk").mkdir(parents=True)
    (folder / "swift.conf").write_text("[swift-hash]\nswift_hash_path_suffix = invented\n")
    ports = {kind: free_port() for kind in (*_KINDS, "proxy")}
    with ExitStack() as stack:
        for kind in (*_KINDS, "proxy"):
            if kind in _KINDS:
                _ring(folder, kind, ports[kind])
            configuration = folder / f"{kind}-server.conf"
            configuration.write_text(_configuration(folder, kind, ports[kind]))
            command = (_BIN / f"swift-{kind}-server", str(configuration))
            stack.enter_context(_process(folder, kind, *command))
        endpoint = f"http://127.0.0.1:{ports['proxy']}"
        _wait(f"{endpoint}/healthcheck")
        for kind in _KINDS:
            _wait(f"http://127.0.0.1:{ports[kind]}/healthcheck")
        yield Service(endpoint, "invented:hospital", "invented")


SERVICES: dict[str, tuple[str, Callable[[Path], AbstractContextManager[Service]]]] = {
    "moto": ("moto_server", moto),
    "swift": ("swift-proxy-server", swift),
}
"""How each is called, which command it needs, and what starts it."""


def needed(name: str) -> pytest.MarkDecorator:
    """The mark of a test that wants a service."""
    return pytest.mark.needs(str(_BIN / SERVICES[name][0]))


def _configuration(folder: Path, kind: str, port: int) -> str:
    lines = [
        "[DEFAULT]",
        "bind_ip = 127.0.0.1",
        f"bind_port = {port}",
        "workers = 0",
        f"user = {getpass.getuser()}",
        f"swift_dir = {folder}",
        f"devices = {folder / 'disks'}",
        "mount_check = false",
        "fallocate_reserve = 0",
        "[pipeline:main]",
        f"pipeline = {_PIPELINES.get(kind, 'healthcheck')} {kind}-server",
        f"[app:{kind}-server]",
        f"use = egg:swift#{kind}",
    ]
    if kind == "proxy":
        lines.append("account_autocreate = true")
    for name in ("catch_errors", "gatekeeper", "healthcheck", "slo"):
        lines += [f"[filter:{name}]", f"use = egg:swift#{name}"]
    lines += ["[filter:s3api]", "use = egg:swift#s3api", "s3_acl = false"]
    lines += ["auth_pipeline_check = false"]
    lines += ["[filter:tempauth]", "use = egg:swift#tempauth"]
    lines += ["user_invented_hospital = invented .admin"]
    return "\n".join(lines) + "\n"


def _ring(folder: Path, kind: str, port: int) -> None:
    for arguments in (
        ("create", "1", "1", "0"),
        ("add", f"r1z1-127.0.0.1:{port}/disk", "1"),
        ("rebalance",),
    ):
        subprocess.run(
            [_BIN / "swift-ring-builder", folder / f"{kind}.builder", *arguments],
            check=True,
            capture_output=True,
            env=environment(),
        )


@contextmanager
def _process(folder: Path, name: str, *command: str | Path) -> Iterator[None]:
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env=environment())
    try:
        yield
    finally:
        process.kill()
        process.wait(30)


def _wait(url: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            if httpx.get(url, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < end, f"{url} does not answer"
        time.sleep(0.1)
