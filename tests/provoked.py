"""Proves that the tests provoke every error of the catalogue and every SOAP fault of the table.

Each process notes the keys that the project's own code asks for; a test that renders an entry by
itself does not count. When the whole suite ran, an entry that nothing provoked fails the session.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from ihe_profiles.soap import faults
from ihe_profiles.xds import errors

TESTS = Path(__file__).parent
_TABLES = {"error": set(errors.CATALOGUE), "fault": set(faults.FAULTS)}
_NOTED: set[tuple[str, str]] = set()


class _Noting(dict[str, Any]):
    """A table that notes who asks for which of its entries."""

    def __init__(self, kind: str, module: Any, entries: dict[str, Any]) -> None:
        super().__init__(entries)
        self.kind, self.file = kind, module.__file__

    def __getitem__(self, key: str) -> Any:
        if not _is_test(_asker(sys._getframe(1), self.file)):
            _NOTED.add((self.kind, key))
        return super().__getitem__(key)


def _asker(frame: FrameType | None, table: str) -> Path:
    """The file that asked, past the functions beside the table."""
    while frame is not None and frame.f_code.co_filename in (table, "<string>"):
        frame = frame.f_back
    return Path(frame.f_code.co_filename if frame else "")


def _is_test(file: Path) -> bool:
    return TESTS in file.parents


def _missing(noted: set[tuple[str, str]]) -> Iterator[str]:
    for kind, keys in _TABLES.items():
        yield from (f"{kind} {key}" for key in sorted(keys) if (kind, key) not in noted)


def pytest_configure(config: pytest.Config) -> None:
    errors.CATALOGUE = _Noting("error", errors, errors.CATALOGUE)
    faults.FAULTS = _Noting("fault", faults, faults.FAULTS)
    if config.pluginmanager.hasplugin("xdist") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_FromWorkers())


class _FromWorkers:
    """Takes over what the processes of xdist noted."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        _NOTED.update(map(tuple, getattr(node, "workeroutput", {}).get("provoked", ())))


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["provoked"] = sorted(_NOTED)
    elif _is_whole(session.config) and list(_missing(_NOTED)) and not session.exitstatus:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if not _is_whole(config):
        return
    missing = list(_missing(_NOTED))
    total = sum(map(len, _TABLES.values()))
    terminalreporter.section("errors provoked", sep="-")
    terminalreporter.line(f"{total - len(missing)} of {total} entries were provoked by a test.")
    for name in missing:
        terminalreporter.line(f"never provoked: {name}", red=True)


def _is_whole(config: pytest.Config) -> bool:
    """Whether every test was asked for."""
    option = config.option
    chosen = (option.keyword, option.markexpr, option.deselect, option.ignore, option.ignore_glob)
    lasting = (option.lf, option.failedfirst, option.collectonly, option.maxfail)
    everywhere = [str(config.rootpath / path) for path in config.getini("testpaths")]
    asked = [str((config.invocation_params.dir / path).resolve()) for path in config.args]
    return not any(chosen) and not any(lasting) and asked in (everywhere, [str(config.rootpath)])
