"""`entente domain`: the affinity domain before it goes live."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from entente.cli.console import OUT, Failed
from entente.cli.options import ConfigFile
from entente.configuration import load
from entente.domain import affinity_domain, judge
from entente.settings import Domain
from ihe_profiles.xds.domain.affinity import utc_now
from ihe_profiles.xds.domain.comparison import Change, compare
from ihe_profiles.xds.domain.judge import FIRM, SECTIONS
from ihe_profiles.xds.domain.self_test import Tested, self_test
from ihe_profiles.xds.domain.strictness import PROFILES, Level

app = typer.Typer(no_args_is_help=True, help="Try an affinity domain, and compare two.")

_MARKS = {Change.ADDED: "+", Change.REMOVED: "-", Change.RENAMED: "~", Change.VALIDITY: "~"}
_HEADINGS = ("attribute", "level", "schemes", "values", "register", "outdated", "wrong refused")

Codes = Annotated[
    str, typer.Argument(metavar="CODES", help="A preset, or the path of a codes.xml or TOML.")
]


@app.callback()
def _domain() -> None:
    pass


@app.command()
def check(
    codes: Annotated[
        str | None, typer.Option(help="A preset or a path; without it that of the settings.")
    ] = None,
    strictness: Annotated[
        str | None, typer.Option(help=f"A profile: {', '.join(PROFILES)}.")
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Load a domain and see that each of its codes registers and that wrong ones do not."""
    settings = load(config)[0].domain
    given = {"codes": codes, "strictness": strictness}
    judging = judge(_changed(settings, {key: text for key, text in given.items() if text}))
    table = Table(*_HEADINGS, box=None, pad_edge=False)
    tested = list(self_test(judging, utc_now()))
    for row in tested:
        table.add_row(*_cells(row))
    domain = judging.domain
    version = f" {domain.version}" if domain.version else ""
    OUT.print(f"{domain.name}{version}, strictness {judging.strictness.name}", markup=False)
    OUT.print(table)
    if problems := [problem for row in tested for problem in row.problems]:
        raise Failed(*problems)
    values = sum(row.accepted for row in tested)
    refused = sum(row.refused for row in tested)
    OUT.print(f"{values} values register; {refused} wrong ones are refused", markup=False)


@app.command()
def diff(old: Codes, new: Codes) -> None:
    """Print what changes from one version of a domain to another: +, -, ~ (name or validity)."""
    before, after = (affinity_domain(Domain(codes=codes)) for codes in (old, new))
    found = list(compare(before, after))
    for one in found:
        line = f"{_MARKS[one.change]} {one.attribute} {one.value} {one.detail}"
        OUT.print(line.rstrip(), markup=False)
    OUT.print(f"{len(found)} differences" if found else "no difference", markup=False)


@app.command()
def rules() -> None:
    """Print every rule and what each strictness profile makes of it."""
    table = Table("rule", *PROFILES, "section", box=None, pad_edge=False)
    for rule, section in SECTIONS.items():
        levels = ("always" if rule in FIRM else p.level(rule) for p in PROFILES.values())
        table.add_row(rule, *levels, section)
    OUT.print(table)


def _changed(settings: Domain, given: dict[str, str]) -> Domain:
    """Return the settings with what the command line says, judged as the settings are."""
    wrong = given.get("strictness", "ihe")
    if wrong not in PROFILES:
        raise typer.BadParameter(f"{wrong!r} is no profile; allowed: {', '.join(PROFILES)}")
    return settings.model_copy(update=given)


def _cells(row: Tested) -> tuple[str, ...]:
    refused = f"{row.refused} of {row.schemes}" if row.level is Level.REFUSE else row.level
    counts = (row.schemes, row.values, row.accepted, row.outdated)
    return (row.attribute, row.level, *map(str, counts), refused)
