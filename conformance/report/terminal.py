"""A run in the terminal: totals, what failed, and one line at the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from conformance.report.texts import say
from conformance.verdicts import Verdict

STYLES: Final = {
    Verdict.PASSED: "green",
    Verdict.FAILED: "bold red",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.NOT_RUN: "dim",
    Verdict.OUTSIDE: "dim",
}


def show(data: Mapping[str, Any], language: str, console: Console) -> None:
    """Print a run's data; the last line says how many assertions passed of how many tested."""
    for row in data["results"]:
        if row["verdict"] in (Verdict.FAILED, Verdict.INCONCLUSIVE):
            _explain(row, language, console)
    console.print(_totals(data, language))
    console.print(summary(data["counts"], language, "summary more"), style="dim")
    console.print(summary(data["counts"], language, "summary"), style="bold")


def summary(counts: Mapping[str, int], language: str, key: str) -> str:
    """Say one line about the counts of verdicts."""
    told = {verdict.value.replace(" ", "_"): counts[verdict] for verdict in Verdict}
    return say(key, language, tested=tested(counts), **told)


def tested(counts: Mapping[str, int]) -> int:
    """Return how many assertions were tested, to whatever verdict."""
    return sum(counts[v] for v in (Verdict.PASSED, Verdict.FAILED, Verdict.INCONCLUSIVE))


def _explain(row: Mapping[str, Any], language: str, console: Console) -> None:
    verdict = Verdict(row["verdict"])
    style = STYLES[verdict]
    label = say(verdict.value, language)
    console.print(f"[{style}]{label}[/] {row['assertion']} ({escape(row['section'])})")
    console.print(f"    {escape(row['text'][language])}")
    if row["note"]:
        console.print(f"    {escape(row['note'])}", style="yellow")
    for check in row["checks"]:
        if not check["ok"]:
            for key in ("expected", "found", "place", "exchange"):
                if check[key]:
                    console.print(f"      {say(key, language)}: {escape(str(check[key]))}")


def _totals(data: Mapping[str, Any], language: str) -> Table:
    heads = [say(verdict.value, language) for verdict in Verdict]
    table = Table(say("actor", language), say("transaction", language), *heads)
    for row in data["totals"]:
        numbers = [str(row[verdict.value] or "") for verdict in Verdict]
        table.add_row(row["actor"], row["transaction"], *numbers)
    return table
