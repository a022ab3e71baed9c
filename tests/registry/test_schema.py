"""Migrations make the tables that the code describes, and each index begins with the patient.

But those for the queries of ITI-51 that name no patient.
"""

from __future__ import annotations

from ledger import migrate
from ledger.database import Database
from registry.store import TREE
from registry.store.tables import METADATA
from tests.ledger.schema import differences

# What arbitrates between patients, or is no patient's.
_OF_NOBODY = {
    "identifier",
    "further_patient",
    "patient",
    "code",
    "registry_transaction",
    "withdrawal",
}


def test_migrated_tables_are_those_of_the_code(database_url: str) -> None:
    database = Database(database_url)
    migrate.upgrade(database, *migrate.TREES, TREE)
    database.close()
    assert differences(database_url, TREE, METADATA) == []


def test_each_key_and_index_begins_with_the_patient() -> None:
    of_patients = [t for t in METADATA.sorted_tables if t.name not in _OF_NOBODY]
    assert len(of_patients) == 10
    for table in of_patients:
        unique = [c for c in table.constraints if type(c).__name__ == "UniqueConstraint"]
        indexes = [index for index in table.indexes if not str(index.name).endswith("_of_all")]
        for columns in [table.primary_key.columns, *(i.columns for i in (*unique, *indexes))]:
            assert columns[0].name == "patient", table.name
