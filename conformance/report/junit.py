"""A run as JUnit XML, for whatever shows tests: one suite for each actor and transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lxml import etree
from lxml.builder import E

from conformance.verdicts import Verdict

_TAGS: Final = {
    Verdict.FAILED: "failure",
    Verdict.INCONCLUSIVE: "error",
    Verdict.NOT_RUN: "skipped",
    Verdict.OUTSIDE: "skipped",
}


def junit(data: Mapping[str, Any], language: str) -> bytes:
    """Write a run's data as JUnit XML."""
    suites: dict[str, list[Any]] = {}
    for row in data["results"]:
        suites.setdefault(f"{row['actor']} {row['transaction']}", []).append(row)
    root = E.testsuites(name="conformance", time=str(data["seconds"]))
    for name, rows in suites.items():
        root.append(_suite(name, rows, language))
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _suite(name: str, rows: list[Any], language: str) -> etree._Element:
    tags = [_TAGS.get(Verdict(row["verdict"])) for row in rows]
    return E.testsuite(
        *(_case(row, language) for row in rows),
        name=name,
        tests=str(len(rows)),
        failures=str(tags.count("failure")),
        errors=str(tags.count("error")),
        skipped=str(tags.count("skipped")),
    )


def _case(row: Mapping[str, Any], language: str) -> etree._Element:
    case = E.testcase(
        classname=row["transaction"], name=f"{row['assertion']} {row['text'][language]}"
    )
    tag = _TAGS.get(Verdict(row["verdict"]))
    if tag is not None:
        message = _clean(row["note"] or row["why"][language] or row["verdict"])
        case.append(E(tag, _clean("\n".join(_lines(row))), message=message))
    return case


def _lines(row: Mapping[str, Any]) -> list[str]:
    return [
        f"{row['section']}: expected {check['expected']}; found {check['found']}; "
        f"place {check['place']}; exchange {check['exchange']}"
        for check in row["checks"]
        if not check["ok"]
    ]


def _clean(text: str) -> str:
    """Leave out what XML cannot hold."""
    return "".join(c for c in text if c in "\t\n\r" or " " <= c <= "\ud7ff" or c > "\udfff")
