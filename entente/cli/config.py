"""`entente config`: the settings in force, and where each comes from."""

from __future__ import annotations

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
            value = getattr(values, key)
            said = "-" if value is None else shown(value)
            table.add_row(section, key, said, sources.origin(section, key))
    OUT.print(table)
