"""What the commands print: results on standard output, complaints on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Final

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from ihe_profiles.xds.errors import RegistryError, Severity

OUT: Final = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 160)
ERR: Final = Console(stderr=True, highlight=False, soft_wrap=True)


class Failed(Exception):
    """The command could not do its work; each line says one thing that is wrong."""

    def __init__(self, *lines: str) -> None:
        super().__init__("; ".join(lines))
        self.lines = lines


def complain(*lines: str) -> None:
    """Print lines on standard error."""
    for line in lines:
        ERR.print(line, style="red", markup=False)


def explained(errors: Iterable[RegistryError]) -> list[str]:
    """Say each error or warning in full: severity, code, text, and where."""
    return [
        f"{'warning' if error.severity is Severity.WARNING else 'error'} {error.code}: "
        f"{error.context}" + (f" (at {error.location})" if error.location else "")
        for error in errors
    ]


def octets_progress() -> Progress:
    """Return a progress bar of octets, on standard error."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    return Progress(*columns, TransferSpeedColumn(), TimeRemainingColumn(), console=ERR)
