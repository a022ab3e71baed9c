"""The command line: `entente COMMAND`, one module per command."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from entente.cli import (
    config,
    db,
    demo,
    documents,
    domain,
    patients,
    query,
    replace,
    repository,
    retrieve,
    serve,
    sign,
    signature,
    submit,
)
from entente.cli.console import Failed, complain
from entente.configuration import Misconfigured

app = typer.Typer(
    name="entente",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (serve, submit, query, retrieve, replace, demo, config, sign):
    app.command()(getattr(command, command.__name__.rpartition(".")[2]))
app.add_typer(db.app, name="db")
app.add_typer(domain.app, name="domain")
app.add_typer(patients.app, name="patients")
app.add_typer(documents.app, name="documents")
app.add_typer(repository.app, name="repository")
app.add_typer(signature.app, name="signature")


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
