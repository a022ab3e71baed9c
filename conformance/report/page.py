"""A run as one HTML page that needs nothing else: to be read, mailed, filed and printed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from conformance.report.terminal import summary, tested
from conformance.report.texts import say
from conformance.verdicts import Verdict


def page(data: Mapping[str, Any], language: str) -> str:
    """Write a run's data as an HTML page in `en` or `fr`."""
    return (
        _environment()
        .get_template("page.html.jinja")
        .render(
            data=data,
            language=language,
            say=partial(_say, language),
            verdicts=[verdict.value for verdict in Verdict],
            summary=summary(data["counts"], language, "summary"),
            more=summary(data["counts"], language, "summary more"),
            declares=_declares(data, language),
        )
    )


@cache
def _environment() -> Environment:
    loader = PackageLoader("conformance", "report")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)


def _say(language: str, key: str) -> str:
    return say(key, language)


def _declares(data: Mapping[str, Any], language: str) -> str:
    counts, system = data["counts"], data["system"]
    return say(
        "declares",
        language,
        date=data["began"],
        system=system["name"] or say("unnamed", language),
        version=system["version"] or "–",
        bench=data["bench"],
        tested=tested(counts),
        passed=counts[Verdict.PASSED],
        failed=counts[Verdict.FAILED],
        inconclusive=counts[Verdict.INCONCLUSIVE],
    )
