"""What every test may ask for: real databases, the shared facts where they are present, needed tools."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
SHARED = PROJECT.parent / "shared"

pytest_plugins = ["tests.databases"]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of facts and real messages beside the project; tests that want it skip without it."""
    if not SHARED.is_dir():
        pytest.skip("the folder `shared` with real messages is not beside the project")
    return SHARED


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for marker in item.iter_markers("needs"):
            tool = str(marker.args[0])
            if shutil.which(tool) is None:
                item.add_marker(pytest.mark.skip(reason=f"needs {tool}"))


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Block sockets outside loopback in every test."""
    config.option.allow_hosts = "127.0.0.1,::1,localhost"
    config.option.allow_unix_socket = True
