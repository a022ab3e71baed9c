"""A killed server keeps what it acknowledged and leaves nothing half done.

`make crash-test` does the same a thousand times, on every kind of store.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import kill
from tests.repository.stores.services import needed


@pytest.mark.slow
@pytest.mark.parametrize(
    ("store", "database"),
    [("filesystem", "sqlite"), pytest.param("s3", "postgresql", marks=needed("moto"))],
)
def test_kills_lose_nothing_and_leave_nothing_half_there(
    tmp_path: Path, store: str, database: str
) -> None:
    verdict = kill.campaign(tmp_path, store, database, kills=2, seed=20261121, sweep=5)
    assert verdict.acknowledged > 0
    assert verdict.is_kept, verdict
