"""`entente conformance`: judge any XDS.b system through the wire."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from conformance.assertions import catalogue
from conformance.report.document import document, results_of
from conformance.report.junit import junit
from conformance.report.page import page
from conformance.report.terminal import STYLES, show
from conformance.report.texts import say
from conformance.run import Choice, run
from conformance.trial import Trial
from conformance.trials import all_trials
from conformance.verdicts import Result, Verdict, verdict_of
from entente.cli.conformance_target import TargetOptions
from entente.cli.console import ERR, OUT, Failed
from entente.cli.options import grouped

app = typer.Typer(no_args_is_help=True, help="Judge any XDS.b system through the wire.")

Language = Annotated[str, typer.Option(help="en or fr.")]
Selected = Annotated[
    list[str] | None,
    typer.Option(help="Only assertions, transactions or trials that match (shell patterns)."),
]

_WRITERS: Final[Mapping[str, Callable[[Mapping[str, Any], str], bytes]]] = {
    ".json": lambda data, _: json.dumps(data, indent=1, ensure_ascii=False).encode() + b"\n",
    ".xml": junit,
    ".html": lambda data, language: page(data, language).encode(),
}


@app.command("run")
@grouped
def run_(
    target: TargetOptions,
    select: Selected = None,
    report: Annotated[
        list[Path] | None,
        typer.Option(dir_okay=False, help="Write .json, .xml (JUnit) or .html; may be repeated."),
    ] = None,
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
    writers = _writers(report or [], language)
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
    for path, write in writers.items():
        path.write_bytes(write(data, language))
    show(data, language, OUT)
    if data["counts"][Verdict.FAILED]:
        raise typer.Exit(1)


@app.command("list")
def list_(select: Selected = None, language: Language = "en") -> None:
    """List the assertions: what a system must do, and where it is written."""
    _known(language)
    table = Table("", *(say(key, language) for key in ("severity", "section", "assertion")))
    choice = Choice(tuple(select or ()))
    for one in catalogue().values():
        if choice.matches(one.id, one.transaction):
            text = f"{one.text(language)} {one.why(language)}".strip()
            table.add_row(one.id, say(one.severity, language), one.section, text)
    OUT.print(table)


def _writers(paths: Sequence[Path], language: str) -> dict[Path, Callable[..., bytes]]:
    _known(language)
    for path in paths:
        if path.suffix not in _WRITERS:
            raise Failed(f"--report {path}: allowed are names that end in {', '.join(_WRITERS)}")
    return {path: _WRITERS[path.suffix] for path in paths}


def _known(language: str) -> None:
    if language not in ("en", "fr"):
        raise Failed(f"--language {language}: allowed are en and fr")


def _earlier(resume: Path | None) -> tuple[Result, ...]:
    if resume is None:
        return ()
    try:
        return results_of(json.loads(resume.read_bytes()))
    except (KeyError, TypeError, ValueError) as error:
        raise Failed(f"--resume {resume}: is no report of a run ({error!r})") from error
