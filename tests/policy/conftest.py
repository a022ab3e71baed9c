from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.policy.site import Site, opened
from tests.registry.conftest import (  # noqa: F401
    database,
    registry,
    registry_on_postgresql,
    registry_on_sqlite,
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    yield from opened(tmp_path_factory.mktemp("site"))
