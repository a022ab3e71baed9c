"""What the repository keeps: its index of documents, and their bytes."""

from typing import Final

from ledger.migrate import Tree

TREE: Final = Tree("repository", "repository.store.migrations")
"""The revisions of the index."""
