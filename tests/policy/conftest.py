from __future__ import annotations

from tests.registry.conftest import (  # noqa: F401
    database,
    registry,
    registry_on_postgresql,
    registry_on_sqlite,
)
