from __future__ import annotations

from pathlib import Path

import pytest

from ledger.database import Database
from tests.atna.records import Outbox
from tests.repository.conftest import (  # noqa: F401
    database,
    on_sqlite,
    repository_on_postgresql,
    repository_on_sqlite,
)


@pytest.fixture
def outbox(database: Database, tmp_path: Path) -> Outbox:  # noqa: F811
    """The audit trail in the actors' own database, of each dialect in turn."""
    return Outbox(database, tmp_path)
