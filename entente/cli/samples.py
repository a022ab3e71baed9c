"""The sample documents and what their manifest says of them."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from entente.cli import values
from entente.cli.console import Failed
from entente.cli.description import Description

FOLDER: Final = Path(__file__).resolve().parents[2] / "samples" / "documents"
"""Beside the packages: the samples belong to the project, not to what is installed of it."""

MANIFEST: Final = "manifest.toml"


@dataclass(frozen=True, slots=True)
class Sample:
    """One document; `description` holds what its bytes do not say."""

    path: Path
    title: str
    description: Description


def read(folder: Path) -> Iterator[Sample]:
    """Yield the samples in the manifest's order. Raises Failed when there is none to read."""
    manifest = folder / MANIFEST
    try:
        rows = tomllib.loads(manifest.read_text("utf-8"))["document"]
    except OSError as error:
        raise Failed(f"{manifest}: {error.strerror}") from error
    for row in rows:
        yield Sample(folder / row["file"], row["description"], _description(row))


def _same(text: str) -> str:
    return text


def _codes(text: str) -> list[Any]:
    return [values.code(text)]


_KEYS: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    "patient": ("patient", values.patient),
    "source_patient": ("source_patient", values.patient),
    "title": ("title", _same),
    "unique_id": ("unique_id", _same),
    "class_code": ("class_", values.code),
    "type_code": ("type_", values.code),
    "format_code": ("format_", values.code),
    "healthcare_facility_type_code": ("facility", values.code),
    "practice_setting_code": ("practice", values.code),
    "confidentiality_code": ("confidentiality", _codes),
    "author": ("author", values.person),
    "institution": ("institution", _same),
    "creation_time": ("creation_time", values.time),
    "service_start_time": ("service_start", values.time),
    "service_stop_time": ("service_stop", values.time),
    "mime_type": ("mime", _same),
    "language": ("language", values.language),
}
"""Keys of the manifest: the field of a Description that each fills, and how it is read."""

_OF_NO_DOCUMENT: Final = frozenset({"file", "description", "replaces"})


def _description(row: Mapping[str, str]) -> Description:
    """Read what a row says; a CDA without a patient in its row speaks for itself."""
    if "patient" not in row:
        return Description()
    said = {key: value for key, value in row.items() if key not in _OF_NO_DOCUMENT}
    return Description(**{_KEYS[key][0]: _KEYS[key][1](value) for key, value in said.items()})
