"""`entente conformance check`: judge captured messages."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from conformance.evidence import Evidence
from conformance.judging import capture
from conformance.judging.judge import judge
from conformance.judging.tally import Tally
from conformance.judging.terminal import show
from conformance.report import Report
from conformance.report.document import document
from conformance.report.texts import say
from conformance.target import Target
from entente.cli.conformance_reports import Language, Reports, write, writers_of
from entente.cli.console import OUT, Failed
from ihe_profiles.xds.domain.affinity import AffinityDomain
from ihe_profiles.xds.domain.broken import BrokenDomain
from ihe_profiles.xds.domain.load import load

Codes = Annotated[
    str | None, typer.Option(help="Judge codes by a domain: a codes.xml, a TOML or a preset.")
]


def check(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="Captures.")],
    codes: Codes = None,
    report: Reports = None,
    language: Language = "en",
) -> None:
    """Judge captured messages: HTTP (headers and body), SOAP, MTOM or HL7 v2 (MLLP or bare).

    Each fault is named with its assertion, section, place and what to do; exit 1 when a message
    breaks a SHALL.
    """
    writers, domain = writers_of(report, language), domain_of(codes)
    evidence, tally, began = Evidence(), Tally("check", language), time.time()
    for file in files:
        data = _read(file)
        case = judge(capture.read(data), domain)
        exchange = evidence.begin(str(file), "capture")
        exchange.request.take(data)
        tally.add(case, exchange.number)
        show(case, str(file), language, OUT)
    OUT.print(say("messages", language, messages=tally.messages, broken=tally.broken), style="bold")
    made = Report(
        target=Target(name=", ".join(file.name for file in files)),
        seed=0,
        began=began,
        seconds=time.time() - began,
        patients=(),
        documents=(),
        results=tally.results(),
        exchanges=tuple(evidence.exchanges),
    )
    write(writers, document(made), language)
    if tally.broken:
        raise typer.Exit(1)


def domain_of(codes: str | None) -> AffinityDomain | None:
    """Return the affinity domain that is named; None without a name. Raises Failed."""
    try:
        return None if codes is None else load(codes)
    except BrokenDomain as error:
        raise Failed(*(f"--codes: {problem}" for problem in error.problems)) from error


def _read(file: Path) -> bytes:
    with file.open("rb") as opened:
        data = opened.read(capture.LARGEST + 1)
    if len(data) > capture.LARGEST:
        raise Failed(f"{file}: is larger than the {capture.LARGEST} octets that are judged")
    return data
