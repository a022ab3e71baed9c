from __future__ import annotations

import pytest

from tests.registry.consumer import Consumer
from tests.registry.queries.world import World


@pytest.fixture
def world(registry: Consumer) -> World:
    """An empty registry on each dialect in turn."""
    return World(registry)
