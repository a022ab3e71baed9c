"""The verdicts on signatures in the index, and the only SQL about them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Row, bindparam, insert, select

from repository.store.tables import document, signature


@dataclass(frozen=True, slots=True)
class Why:
    """One ground for a verdict: a key of the table of reasons, its text, and the section."""

    reason: str
    text: str
    section: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was said of one signature of a document, or of its absence; times in milliseconds.

    `format` is xml, pdf, dsg or other, `form` what the signature is (XML, XAdES, PAdES, PDF, DSG),
    `verdict` valid, invalid, indeterminate, unsigned or not-judged. `claimed` is what the signer
    states, `proven` what a timestamp proves. `documents` are the uniqueIds that it lists.
    """

    format: str
    form: str
    name: str
    verdict: str
    signer: str | None
    claimed: int | None
    proven: int | None
    reasons: tuple[Why, ...]
    documents: tuple[str, ...]
    submission_set: str | None
    time: int


_PLAIN: Final = (
    "format",
    "form",
    "name",
    "verdict",
    "signer",
    "claimed",
    "proven",
    "submission_set",
    "time",
)
_ADD: Final = insert(signature)
_OF: Final = (
    select(document.c.blob_key.label("of"), signature)
    .select_from(document.outerjoin(signature, signature.c.blob_key == document.c.blob_key))
    .where(document.c.unique_id == bindparam("this"))
    .order_by(document.c.key, signature.c.number)
)


def add(connection: Connection, findings: Mapping[str, Sequence[Finding]]) -> None:
    """Add what was said of documents, by the keys of their blobs; the documents are there."""
    rows = [
        _values(one) | {"blob_key": blob_key, "number": number}
        for blob_key, some in findings.items()
        for number, one in enumerate(some)
    ]
    if rows:
        connection.execute(_ADD, rows)


def of(connection: Connection, unique_id: str) -> list[tuple[Finding, ...]]:
    """Return what was said of each document under a uniqueId, the oldest first."""
    found: dict[str, list[Finding]] = {}
    for row in connection.execute(_OF, {"this": unique_id}):
        some = found.setdefault(row.of, [])
        if row.verdict is not None:
            some.append(_finding(row))
    return [tuple(some) for some in found.values()]


def _values(finding: Finding) -> dict[str, object]:
    reasons = [[one.reason, one.text, one.section] for one in finding.reasons]
    return {name: getattr(finding, name) for name in _PLAIN} | {
        "reasons": json.dumps(reasons, ensure_ascii=False),
        "documents": json.dumps(finding.documents, ensure_ascii=False),
    }


def _finding(row: Row[tuple[object, ...]]) -> Finding:
    return Finding(
        **{name: getattr(row, name) for name in _PLAIN},
        reasons=tuple(Why(*one) for one in json.loads(row.reasons)),
        documents=tuple(json.loads(row.documents)),
    )
