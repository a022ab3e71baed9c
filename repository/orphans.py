"""What can be amiss between a repository's index, its blobs, and its registry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """In which way something stands alone, or does not fit its counterpart."""

    OVERDUE = "pending over its lease"
    STAGED = "staged blob left behind"
    STRAY = "blob without document"
    MISSING = "document without blob"
    DAMAGED = "damaged document"
    UNREADABLE = "unreadable document"
    UNKNOWN = "document unknown to the registry"
    DIFFERENT = "entry unlike its document"
    DANGLING = "entry without document"


@dataclass(frozen=True, slots=True)
class Orphan:
    """One find; the ids that it has no place for are empty. `why` says more, for people."""

    kind: Kind
    why: str
    unique_id: str = ""
    blob_key: str = ""
    entry_uuid: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A DocumentEntry of this repository as the registry's tables have it, seen or withdrawn."""

    entry_uuid: str
    unique_id: str
    is_withdrawn: bool


class Census(Protocol):
    """What the registry's operator can say and no query tells."""

    def entries(self) -> Iterator[Sequence[Entry]]:
        """Yield every entry of this repository, some at a time."""
        ...

    def having(self, unique_ids: Sequence[str]) -> set[str]:
        """Return those of the uniqueIds that some entry of this repository has."""
        ...
