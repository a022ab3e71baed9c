"""`entente conformance`: judge any XDS.b system through the wire."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from conformance.assertions import catalogue
from conformance.report.document import document, results_of
from conformance.report.terminal import STYLES, show
from conformance.report.texts import say
from conformance.run import Choice, run
from conformance.trial import Trial
from conformance.trials import all_trials
from conformance.verdicts import Result, Verdict, verdict_of
from entente.cli.conformance_check import check
from entente.cli.conformance_listen import listen
from entente.cli.conformance_reports import Language, Reports, known, write, writers_of
from entente.cli.conformance_target import TargetOptions
from entente.cli.console import ERR, OUT, Failed
from entente.cli.options import grouped

app = typer.Typer(no_args_is_help=True, help="Judge any XDS.b system through the wire.")

Selected = Annotated[
    list[str] | None,
    typer.Option(help="Only assertions, transactions or trials that match (shell patterns)."),
]

app.command("check")(check)
app.command("listen")(grouped(listen))


@app.command("run")
@grouped
def run_(
    target: TargetOptions,
    select: Selected = None,
    report: Reports = None,
    resume: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Go on where this .json report ended."),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Choose the values of that run again.")] = None,
    language: Language = "en",
) -> None:
    """Carry out the trials and say what conforms; exit 1 when an assertion is broken.

    Patients and documents are invented for the run and listed in its reports.
    """
    writers = writers_of(report, language)
    system, trials = target.target(), all_trials()
    choice = Choice(tuple(select or ()), _earlier(resume))
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=ERR
    ) as progress:
        task = progress.add_task("", total=len(trials))

        def observe(trial: Trial, results: Sequence[Result]) -> None:
            verdict = verdict_of([check for result in results for check in result.checks])
            style = STYLES[verdict]
            progress.update(task, advance=1, description=f"[{style}]{trial.name}[/]")

        data = document(run(system, trials, choice, seed, observe))
    write(writers, data, language)
    show(data, language, OUT)
    if data["counts"][Verdict.FAILED]:
        raise typer.Exit(1)


@app.command("list")
def list_(select: Selected = None, language: Language = "en") -> None:
    """List the assertions: what a system must do, and where it is written."""
    known(language)
    table = Table("", *(say(key, language) for key in ("severity", "section", "assertion")))
    choice = Choice(tuple(select or ()))
    for one in catalogue().values():
        if choice.matches(one.id, one.transaction):
            text = f"{one.text(language)} {one.why(language)}".strip()
            table.add_row(one.id, say(one.severity, language), one.section, text)
    OUT.print(table)


def _earlier(resume: Path | None) -> tuple[Result, ...]:
    if resume is None:
        return ()
    try:
        return results_of(json.loads(resume.read_bytes()))
    except (KeyError, TypeError, ValueError) as error:
        raise Failed(f"--resume {resume}: is no report of a run ({error!r})") from error
