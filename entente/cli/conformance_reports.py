"""The reports that the commands of `entente conformance` write, and their language."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from conformance.report.junit import junit
from conformance.report.page import page
from entente.cli.console import Failed

Language = Annotated[str, typer.Option(help="en or fr.")]
Reports = Annotated[
    list[Path] | None,
    typer.Option(
        "--report", dir_okay=False, help="Write .json, .xml (JUnit) or .html; may be repeated."
    ),
]
Writers = Mapping[Path, Callable[[Mapping[str, Any], str], bytes]]

_WRITERS: Final[Mapping[str, Callable[[Mapping[str, Any], str], bytes]]] = {
    ".json": lambda data, _: json.dumps(data, indent=1, ensure_ascii=False).encode() + b"\n",
    ".xml": junit,
    ".html": lambda data, language: page(data, language).encode(),
}


def writers_of(paths: list[Path] | None, language: str) -> Writers:
    """Return how each report is written. Raises Failed for a name or language that is unknown."""
    known(language)
    for path in paths or ():
        if path.suffix not in _WRITERS:
            raise Failed(f"--report {path}: allowed are names that end in {', '.join(_WRITERS)}")
    return {path: _WRITERS[path.suffix] for path in paths or ()}


def write(writers: Writers, data: Mapping[str, Any], language: str) -> None:
    """Write each report."""
    for path, make in writers.items():
        path.write_bytes(make(data, language))


def known(language: str) -> None:
    """Raise Failed for a language that nothing is written in."""
    if language not in ("en", "fr"):
        raise Failed(f"--language {language}: allowed are en and fr")
