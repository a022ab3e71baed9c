"""Compares a migrated database with the tables that the code describes."""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, create_engine

from ledger.migrate import Tree


def differences(url: str, tree: Tree, metadata: MetaData) -> list[Any]:
    """Return what Alembic would have to change to get from the database to `metadata`."""

    def is_ours(_object: object, name: str | None, kind: str, *_: object) -> bool:
        return kind != "table" or name in metadata.tables

    options = {
        "version_table": tree.version_table,
        "include_object": is_ours,
        "compare_type": True,
        "compare_server_default": True,
    }
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        found = list(compare_metadata(context, metadata))
    engine.dispose()
    return found
