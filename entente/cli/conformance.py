"""`entente conformance`: judge any XDS.b system."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from conformance.assertions import catalogue
from conformance.run import Choice, run
from conformance.target import Target
from conformance.trials import all_trials
from conformance.verdicts import Verdict
from entente.cli.console import OUT

app = typer.Typer(no_args_is_help=True, help="Judge any XDS.b system through the wire.")


@app.command("run")
def run_(
    registry: Annotated[str | None, typer.Option(help="The registry's address.")] = None,
    repository: Annotated[str | None, typer.Option(help="The repository's address.")] = None,
    repository_id: Annotated[str | None, typer.Option(help="Its repositoryUniqueId.")] = None,
    select: Annotated[list[str] | None, typer.Option(help="Ids, transactions, trials.")] = None,
    seed: Annotated[int | None, typer.Option(help="Chooses the same values again.")] = None,
) -> None:
    """Carry out the trials and say what conforms."""
    target = Target(registry=registry, repository=repository, repository_id=repository_id)
    report = run(target, all_trials(), Choice(tuple(select or ())), seed)
    for result in report.results:
        if result.verdict in (Verdict.FAILED, Verdict.INCONCLUSIVE):
            OUT.print(result)
    passed = sum(result.verdict is Verdict.PASSED for result in report.results)
    OUT.print(f"{passed} of {len(report.results)} assertions passed")
    if report.failed:
        raise typer.Exit(1)


@app.command("list")
def list_() -> None:
    """List the assertions."""
    table = Table("id", "section", "assertion")
    for assertion in catalogue().values():
        table.add_row(assertion.id, assertion.section, assertion.en)
    OUT.print(table)
