"""Copies of whole databases: each as it was at one moment, made while others write.

What a copy consists of depends on the dialect; it can be loaded into the same dialect only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import Connection, make_url

from ledger import snapshot_postgresql, snapshot_sqlite
from ledger.migrate import Tree
from ledger.snapshot_content import Content

Along = Callable[[Connection], None]


class _Kind(Protocol):
    def copy(self, url: str, trees: tuple[Tree, ...], folder: Path, along: Along) -> Content: ...

    def load(
        self, url: str, revisions: Mapping[Tree, str], folder: Path, content: Content
    ) -> None: ...

    def is_empty(self, url: str) -> bool: ...


_KINDS: Final[dict[str, _Kind]] = {
    "sqlite": snapshot_sqlite,
    "postgresql": snapshot_postgresql,
}


class NotLoadable(Exception):
    """A copy cannot be loaded there."""


def copy(url: str, trees: tuple[Tree, ...], folder: Path, along: Along) -> Content:
    """Copy the tables of `trees` into files in `folder`; `along` sees the database as copied.

    Raises Unavailable, OSError.
    """
    return _KINDS[dialect(url)].copy(url, trees, folder, along)


def load(url: str, revisions: Mapping[Tree, str], folder: Path, content: Content) -> None:
    """Load a copy into an empty database, at the revisions that it was copied at.

    Raises NotLoadable for another dialect, SchemaMismatch, Unavailable, OSError.
    """
    if content.dialect != dialect(url):
        raise NotLoadable(f"a copy of {content.dialect} cannot be loaded into {dialect(url)}")
    _KINDS[content.dialect].load(url, revisions, folder, content)


def is_empty(url: str) -> bool:
    """Tell whether a database has no table at all, or is not there yet. Raises Unavailable."""
    return _KINDS[dialect(url)].is_empty(url)


def dialect(url: str) -> str:
    """Return which kind of database a URL names."""
    return make_url(url).get_backend_name()
