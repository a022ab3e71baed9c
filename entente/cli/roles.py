"""Which actors a command is about."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

import typer

from entente.actors import ALL, Actor


class Role(StrEnum):
    """What a server is to be."""

    ALL = "all"
    REGISTRY = "registry"
    REPOSITORY = "repository"


Which = Annotated[Role, typer.Argument(help="One actor, or both.")]

ACTORS: Final = {
    Role.ALL: ALL,
    Role.REGISTRY: frozenset({Actor.REGISTRY}),
    Role.REPOSITORY: frozenset({Actor.REPOSITORY}),
}
