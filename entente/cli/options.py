"""Options that several commands share, and groups of options as dataclasses."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

R = TypeVar("R")

ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", help="Settings (TOML). Without one: ./entente.toml where it exists."),
]


def grouped(command: Callable[..., R]) -> Callable[..., R]:
    """Give a command the fields of each dataclass among its parameters as options."""
    parameters = inspect.signature(command, eval_str=True).parameters
    kinds: dict[str, Any] = {
        name: p.annotation for name, p in parameters.items() if is_dataclass(p.annotation)
    }

    @functools.wraps(command)
    def run(**values: Any) -> R:
        groups = {
            name: kind(**{field.name: values.pop(field.name) for field in fields(kind)})
            for name, kind in kinds.items()
        }
        return command(**values, **groups)

    own = [p for name, p in parameters.items() if name not in kinds]
    options = [option for kind in kinds.values() for option in _options(kind)]
    run.__signature__ = inspect.Signature([*own, *options])  # type: ignore[attr-defined]
    return run


def _options(kind: Any) -> list[inspect.Parameter]:
    hints = get_type_hints(kind, include_extras=True)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if field.default is MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in fields(kind)
    ]
