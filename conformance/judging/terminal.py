"""One judged message in the terminal."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.markup import escape

from conformance.assertions import Severity
from conformance.judging.case import Case, Finding
from conformance.report.texts import say

_STYLES: Final = {Severity.SHALL: "bold red", Severity.SHOULD: "yellow", Severity.ROBUST: "yellow"}


def show(case: Case, name: str, language: str, console: Console) -> None:
    """Print what a message is, the verdict on it, and each fault with what to do."""
    verdict = "failed" if case.broken else "passed" if case.seen else "inconclusive"
    style = {"failed": "bold red", "passed": "green"}.get(verdict, "yellow")
    kind = case.transaction or say("no transaction", language)
    told = say("judged", language, seen=len(case.seen), faults=len(case.findings))
    label = say(f"message {verdict}", language)
    console.print(f"[{style}]{label}[/] {escape(name)}: {kind}, {case.kind}; {told}")
    for finding in case.findings:
        _explain(finding, language, console)


def _explain(finding: Finding, language: str, console: Console) -> None:
    one = finding.assertion
    style, severity = _STYLES[one.severity], say(one.severity, language)
    console.print(f"  [{style}]{one.id}[/] ({severity}; {escape(one.section)})")
    console.print(f"    {escape(one.text(language))}")
    rows = (
        ("found", finding.found.said(language)),
        ("place", finding.place),
        ("hint", finding.hint.said(language)),
    )
    for key, text in rows:
        if text:
            console.print(f"      {say(key, language)}: {escape(text)}")
