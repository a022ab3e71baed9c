"""The IHE actors that a server can be."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Actor(StrEnum):
    """One actor; its value is its path, its settings' section and its place on the command line."""

    REGISTRY = "registry"
    REPOSITORY = "repository"


ALL: Final = frozenset(Actor)
