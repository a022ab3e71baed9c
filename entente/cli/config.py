"""`entente config`: the settings in force, and where each comes from."""

from __future__ import annotations

from collections.abc import Mapping

from rich.markup import escape
from rich.table import Table

from entente.cli.console import OUT
from entente.cli.options import ConfigFile
from entente.configuration import load, shown


def config(config: ConfigFile = None) -> None:
    """Print the settings in force and where each comes from (passwords are masked)."""
    settings, sources = load(config)
    table = Table("section", "key", "value", "from", box=None, pad_edge=False)
    for section in type(settings).model_fields:
        values = getattr(settings, section)
        for key in type(values).model_fields:
            said = shown(_said(getattr(values, key)))
            table.add_row(section, key, escape(said), escape(sources.origin(section, key)))
    OUT.print(table)


def _said(value: object) -> str:
    """Return a value as people write it: true, 5, a, b; or - for nothing."""
    match value:
        case bool():
            return str(value).lower()
        case Mapping():
            return "; ".join(f"{key} = {_said(one)}" for key, one in value.items()) or "-"
        case list() | tuple() | set() | frozenset():
            return ", ".join(map(_said, value)) or "-"
    return "-" if value is None else str(value)
