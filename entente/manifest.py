"""What a backup says of itself: written last, so that a backup that broke off has none."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from entente.databases import Store
from ledger import durable, migrate
from ledger.snapshot_content import Content, TableFile
from repository.copying import Copied, State

FORMAT: Final = 1
FILE: Final = "manifest.json"
BLOB_LIST: Final = "blobs.jsonl"
BLOBS: Final = "blobs"
_CHUNK: Final = 1024 * 1024


class BackupUnusable(Exception):
    """A backup is not whole, or of another kind than what is asked for; one reason each line."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("; ".join(self.reasons))


@dataclass(frozen=True, slots=True)
class Digest:
    """Octets and SHA-256 (hex) of a file."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A whole backup: its databases by name, and the digest of each file but the blobs.

    `started` is in milliseconds since 1970; what was acknowledged before it is in the backup.
    """

    program: str
    started: int
    repository_unique_id: str | None
    databases: dict[str, Content]
    files: dict[str, Digest]
    blobs: int
    octets: int


def name_of(store: Store) -> str:
    """Name a database by what it holds beside the ledger: `registry`, `registry-repository`..."""
    return "-".join(tree.name for tree in store.trees if tree not in migrate.TREES)


def write(folder: Path, manifest: Manifest) -> None:
    """Complete a backup. Raises OSError."""
    said = {"format": FORMAT} | asdict(manifest)
    durable.write(folder / FILE, [json.dumps(said, indent=1).encode() + b"\n"])


def read(folder: Path) -> Manifest:
    """Read what a backup says of itself. Raises BackupUnusable."""
    try:
        said = json.loads((folder / FILE).read_bytes())
        if said.pop("format") != FORMAT:
            raise BackupUnusable([f"{folder / FILE}: this program reads format {FORMAT} only"])
        said["databases"] = {name: _content(one) for name, one in said["databases"].items()}
        said["files"] = {name: Digest(**one) for name, one in said["files"].items()}
        return Manifest(**said)
    except OSError as error:
        raise BackupUnusable(
            [f"{folder / FILE}: {error.strerror}: this is no backup, or one that broke off"]
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupUnusable([f"{folder / FILE}: is damaged: {error!r}"]) from error


def digest(file: Path) -> Digest:
    """Digest a file. Raises OSError."""
    found, size = hashlib.sha256(), 0
    with file.open("rb", buffering=0) as opened:
        while piece := opened.read(_CHUNK):
            found.update(piece)
            size += len(piece)
    return Digest(size, found.hexdigest())


def damaged_files(folder: Path, manifest: Manifest) -> Iterator[str]:
    """Name every file but the blobs that is not what was written."""
    for name, expected in manifest.files.items():
        try:
            if digest(folder / name) != expected:
                yield f"{folder / name}: is not what was written"
        except OSError as error:
            yield f"{folder / name}: {error.strerror}"


def copied_blobs(folder: Path) -> Iterator[Copied]:
    """Yield the blobs of a backup that were there to be copied."""
    with (folder / BLOB_LIST).open() as lines:
        for line in lines:
            said = json.loads(line)
            if said["state"] != State.MISSING:
                yield Copied(**said | {"state": State(said["state"])})


def _content(said: dict[str, Any]) -> Content:
    tables = tuple(
        TableFile(**one | {"columns": tuple(one["columns"])}) for one in said.pop("tables")
    )
    return Content(**said | {"files": tuple(said["files"]), "tables": tables})
