"""The registry's tables, what is read from them and written to them."""

from __future__ import annotations

from typing import Final

from ledger.migrate import Tree

TREE: Final = Tree("registry", "registry.store.migrations")
