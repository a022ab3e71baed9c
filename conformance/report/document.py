"""A run as plain data: what JSON holds, and what the other forms are made of."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Final

from conformance.assertions import Assertion, catalogue
from conformance.evidence import Body, Exchange
from conformance.report import Report
from conformance.target import Target
from conformance.verdicts import Check, Result, Verdict

FORMAT: Final = 1
_SECRET: Final = b"<!-- the assertion is left out -->"
_ASSERTION: Final = re.compile(
    rb"<((?:[\w.-]+:)?)Assertion[\s>].*?(?:</\1Assertion>|\Z)", re.DOTALL
)

Data = dict[str, Any]


def document(report: Report) -> Data:
    """Return the run as data that JSON can hold; the user assertion is left out of the evidence."""
    results = [_result(result) for result in report.results]
    shown = {c.exchange for result in report.results for c in result.checks if c.exchange}
    exchanges = [_exchange(exchange) for exchange in report.exchanges if exchange.number in shown]
    return {
        "format": FORMAT,
        "bench": version("entente"),
        "system": _system(report.target),
        "began": datetime.fromtimestamp(report.began, UTC).isoformat(timespec="seconds"),
        "seconds": round(report.seconds, 1),
        "seed": report.seed,
        "patients": list(report.patients),
        "documents": list(report.documents),
        "totals": _totals(report),
        "counts": _counts(report.results),
        "results": results,
        "exchanges": exchanges,
        "evidence_sha256": evidence_hash(results, exchanges),
    }


def evidence_hash(results: Iterable[Data], exchanges: Iterable[Data]) -> str:
    """Return the SHA-256 of results and exchanges: of their JSON with sorted keys, no blanks."""
    content = {"results": list(results), "exchanges": list(exchanges)}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def results_of(data: Mapping[str, Any]) -> tuple[Result, ...]:
    """Read the results back, those that were run (to go on where a run ended).

    Raises KeyError, ValueError for what `document` did not write.
    """
    return tuple(
        Result(
            assertion=row["assertion"],
            verdict=Verdict(row["verdict"]),
            checks=tuple(Check(**check) for check in row["checks"]),
            trial=row["trial"],
            note=row["note"],
        )
        for row in data["results"]
        if row["trial"] and row["verdict"] != Verdict.NOT_RUN
    )


def _system(target: Target) -> Data:
    return {
        "name": target.name,
        "version": target.version,
        "registry": target.registry,
        "repository": target.repository,
        "repository_id": target.repository_id,
        "pid_feed": target.pid_feed and "{}:{}".format(*target.pid_feed),
        "pid_feed_v3": target.pid_feed_v3,
        "options": sorted(target.offers),
        "domain": target.domain.name,
    }


def _totals(report: Report) -> list[Data]:
    return [
        {"actor": actor, "transaction": transaction}
        | {verdict.value: counter[verdict] for verdict in Verdict}
        for (actor, transaction), counter in report.totals().items()
    ]


def _counts(results: Iterable[Result]) -> Data:
    found = [result.verdict for result in results]
    return {verdict.value: found.count(verdict) for verdict in Verdict}


def _result(result: Result) -> Data:
    return {
        **_assertion(catalogue()[result.assertion]),
        "verdict": result.verdict.value,
        "trial": result.trial,
        "note": result.note,
        "checks": [
            {
                "ok": check.ok,
                "expected": check.expected,
                "found": check.found,
                "place": check.place,
                "exchange": check.exchange,
            }
            for check in result.checks
        ],
    }


def _assertion(assertion: Assertion) -> Data:
    return {
        "assertion": assertion.id,
        "transaction": assertion.transaction,
        "actor": assertion.actor.value,
        "severity": assertion.severity.value,
        "how": assertion.how.value,
        "section": assertion.section,
        "text": {"en": assertion.en, "fr": assertion.fr},
        "why": {"en": assertion.why_en, "fr": assertion.why_fr},
    }


def _exchange(exchange: Exchange) -> Data:
    return {
        "number": exchange.number,
        "address": exchange.address,
        "method": exchange.method,
        "seconds": round(exchange.seconds, 4),
        "status": exchange.status,
        "note": exchange.note,
        "request": _body(exchange.request, exchange.request_headers),
        "response": _body(exchange.response, exchange.response_headers),
    }


def _body(body: Body, headers: Iterable[tuple[str, str]]) -> Data:
    octets = _ASSERTION.sub(_SECRET, bytes(body.head))
    try:
        content: Data = {"text": octets.decode()}
    except UnicodeDecodeError:
        content = {"base64": base64.b64encode(octets).decode()}
    return {
        "headers": [list(header) for header in headers],
        "size": body.size,
        "sha256": body.sha256,
        "whole": body.whole,
        **content,
    }
