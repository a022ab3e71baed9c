"""What the copy of a database consists of."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TableFile:
    """One table's rows: the file's name, and the columns in its order."""

    table: str
    columns: tuple[str, ...]
    file: str
    rows: int


@dataclass(frozen=True, slots=True)
class Content:
    """The files of a copy, and what is said of them; `sequences` are their last values."""

    dialect: str
    revisions: dict[str, str]
    files: tuple[str, ...]
    tables: tuple[TableFile, ...] = ()
    sequences: dict[str, int] = field(default_factory=dict)
