"""Migrations make the tables that the code describes, and each index begins with the patient."""

from __future__ import annotations

from ledger.database import Database
from registry.store import TREE
from registry.store.tables import METADATA
from tests.ledger.schema import differences

# Found by their own value, or so few that no patient shares them.
_NOT_BY_PATIENT = {"identifier", "further_patient", "patient", "code", "registry_transaction"}


def test_migrated_tables_are_those_of_the_code(database: Database, database_url: str) -> None:
    assert differences(database_url, TREE, METADATA) == []


def test_each_key_and_index_begins_with_the_patient() -> None:
    for table in METADATA.sorted_tables:
        if table.name not in _NOT_BY_PATIENT:
            unique = [c for c in table.constraints if hasattr(c, "columns") and c.columns]
            for index in [*unique, *table.indexes]:
                first = next(iter(index.columns)).name
                assert (
                    first in ("patient", "made_by")
                    or first.endswith(("_code", "_patient"))
                    or (first == "code")
                ), (table.name, index.name)
