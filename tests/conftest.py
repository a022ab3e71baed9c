"""What every test may ask for: real databases, the shared facts where present, needed tools."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import hypothesis
import pytest

PROJECT = Path(__file__).resolve().parents[1]
SHARED = PROJECT.parent / "shared"

hypothesis.settings.register_profile("untimed", deadline=None)  # the machine may be busy
hypothesis.settings.load_profile("untimed")

pytest_plugins = ["tests.databases", "tests.provoked", "tests.servers"]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real messages beside the project; tests that want it skip without it."""
    if not SHARED.is_dir():
        pytest.skip("the folder `shared` with real messages is not beside the project")
    return SHARED


def pytest_configure() -> None:
    """Let nobody inherit an ignored SIGINT, as what a shell runs in the background would."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a missing tool, by name; where every tool is promised, refuse to skip."""
    wanted = {(item, str(m.args[0])) for item in items for m in item.iter_markers("needs")}
    missing = {(item, tool) for item, tool in wanted if shutil.which(tool) is None}
    if missing and os.environ.get("ENTENTE_EVERY_TOOL"):
        raise pytest.UsageError(f"tools are missing: {sorted({tool for _, tool in missing})}")
    for item, tool in missing:
        item.add_marker(pytest.mark.skip(reason=f"needs {tool}"))
