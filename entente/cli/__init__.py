"""The command line: `entente COMMAND`, one module per command.

A command's module is imported when the command is given: what one of them needs (signatures of PDF,
databases) must not slow the others down.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

from entente.cli.console import Failed, complain
from entente.misconfigured import Misconfigured

COMMANDS: Final = {
    "serve": (
        "Serve ITI-18 and ITI-42 at /registry, ITI-41 and ITI-43 at /repository, until stopped."
    ),
    "submit": "Submit documents, each in a submission of its own.",
    "query": "Find documents of a patient, or get documents by their ids.",
    "retrieve": (
        "Retrieve one document, and compare its bytes with the registered hash where that is known."
    ),
    "replace": "Replace a registered document.",
    "demo": (
        "Start a server; submit, find, retrieve and compare every sample; leave the server running."
    ),
    "config": "Print the settings in force and where each comes from (passwords are masked).",
    "sign": "Sign a document (XAdES or PAdES), or list several in a detached signature (IHE DSG).",
    "db": "Look after the databases.",
    "domain": "Try an affinity domain, and compare two.",
    "patients": "Add, list and merge the registry's patients.",
    "documents": "Correct what was registered by mistake.",
    "consent": "Write down what patients say about who may see their documents.",
    "policy": "Say why somebody may see a document, or may not.",
    "repository": "Look after the documents of a repository.",
    "backup": "Copy databases and documents into an empty folder, while servers run.",
    "restore": "Put a backup into an empty place, and compare registry and repository there.",
    "audit": "Verify, search and report the audit records.",
    "signature": "Verify signatures, and show what was said of them.",
    "certificates": (
        "Make an authority, certificates of nodes, a revoked one and a CRL: for tests only."
    ),
    "conformance": "Judge any XDS.b system through the wire.",
}
"""Each command and what `entente --help` says of it; its module has the same name.

The module has a Typer `app` of commands, or a function of the same name.
"""


class _Commands(TyperGroup):
    """Knows every command by name, and imports the one that is given."""

    def __init__(self, **more: Any) -> None:
        stubs = {name: TyperCommand(name, help=says) for name, says in COMMANDS.items()}
        super().__init__(**more | {"commands": stubs})

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, stub, rest = super().resolve_command(ctx, args)
        return name, stub and _load(str(name)), rest


def _load(name: str) -> Any:
    module = import_module(f"entente.cli.{name}")
    if hasattr(module, "app"):
        return get_group(module.app)
    single = typer.Typer(add_completion=False)
    single.command(name)(getattr(module, name))
    return get_command(single)


app = typer.Typer(
    name="entente",
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"entente {version('entente')}")
        raise typer.Exit


@app.callback()
def _entente(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Run an IHE XDS.b Document Registry and Document Repository, and talk to any."""


def main() -> None:
    """Run a command: exit 0 when all is right, 1 when something was refused or failed, 2 usage."""
    try:
        app()
    except Misconfigured as error:
        complain(*error.problems)
        sys.exit(2)
    except Failed as error:
        complain(*error.lines)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
