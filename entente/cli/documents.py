"""`entente documents`: corrections of documents that should never have been registered."""

from __future__ import annotations

import time
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from entente.cli.console import OUT
from entente.cli.options import ConfigFile

app = typer.Typer(no_args_is_help=True, help="Correct what was registered by mistake.")

EntryUuid = Annotated[str, typer.Argument(metavar="UUID", help="entryUUID: urn:uuid:...")]


@app.command()
def withdraw(
    entry_uuid: EntryUuid,
    reason: Annotated[str, typer.Option(help="Why; it stays on record.")],
    config: ConfigFile = None,
) -> None:
    """Hide a document of a wrong patient, or a wrong document, from every query."""
    from entente.cli.operation import opened
    from registry.corrections import Corrections

    if not reason.strip():
        raise typer.BadParameter("say why", param_hint="--reason")
    with opened(config, "documents withdraw") as registry:
        corrections = Corrections(registry.database, registry.audit)
        corrections.withdraw(entry_uuid, reason.strip(), registry.source)
    OUT.print(f"{entry_uuid} is in no answer any more", markup=False)


@app.command()
def restore(entry_uuid: EntryUuid, config: ConfigFile = None) -> None:
    """Take a withdrawal back."""
    from entente.cli.operation import opened
    from registry.corrections import Corrections

    with opened(config, "documents restore") as registry:
        Corrections(registry.database, registry.audit).restore(entry_uuid, registry.source)
    OUT.print(f"{entry_uuid} is found again", markup=False)


@app.command("list")
def list_(config: ConfigFile = None) -> None:
    """Print every withdrawal: when, by whom, why, and whether it was taken back."""
    from entente.cli.operation import opened
    from registry.corrections import Corrections

    with opened(config, "documents list") as registry:
        registry.reads()
        found = Corrections(registry.database).listed()
    table = Table("document", "withdrawn", "by", "reason", "restored", box=None, pad_edge=False)
    for row in found:
        restored = "-" if row.restored_time is None else _when(row.restored_time)
        undone = restored if row.restored_by is None else f"{restored} by {row.restored_by}"
        table.add_row(row.entry_uuid, _when(row.time), row.by, escape(row.reason), undone)
    OUT.print(table)


def _when(milliseconds: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(milliseconds / 1000))
