"""What the registry's own tables say about a repository's documents, for reconciling both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ledger.database import Database
from registry.store import census
from repository.orphans import Entry


@dataclass(frozen=True, slots=True)
class RegistryCensus:
    """A Census of one repository, from the registry's database."""

    database: Database
    repository_unique_id: str

    def entries(self) -> Iterator[Sequence[Entry]]:
        """Yield every entry of the repository, some at a time. Raises Unavailable."""
        for rows in census.entries(self.database, self.repository_unique_id):
            yield [Entry(r.entry_uuid, r.unique_id, r.withdrawn is not None) for r in rows]

    def having(self, unique_ids: Sequence[str]) -> set[str]:
        """Return those of the uniqueIds that some entry has. Raises Unavailable."""
        with self.database.read() as connection:
            return census.having(connection, self.repository_unique_id, unique_ids)
