"""Writes docs/audit-events.md: `python -m ihe_profiles.atna.events_page docs/audit-events.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ihe_profiles.atna.codes import Alert
from ihe_profiles.atna.events import EVENTS, Row, Side
from ihe_profiles.markdown import table

_HEAD: Final = """\
# Audit events

Made from the tables of `ihe_profiles/atna/` by `make docs`; edit those.

Each side of a transaction writes its own record, one for each patient, with the outcome 0, or 8 and
a description. A retrieval that succeeds in part writes two; a query of so many patients that their
records would hold more than 4 MiB of it, one. Actions are C(reate), R(ead), U(pdate), D(elete) and
E(xecute). Sections are those of ITI TF-2. Transactions that are not served yet have their row for
whoever will record them.
"""


def page() -> str:
    """Return the whole page as Markdown."""
    return "\n".join([_HEAD, *_transactions(), *_alerts()])


def _transactions() -> Iterator[str]:
    yield f"## Transactions ({len(EVENTS)})\n"
    yield from table(
        ("Transaction", "Name", "Initiator", "Responder", "Source of the data", "Section"),
        (_row(number, row) for number, row in EVENTS.items()),
    )


def _row(number: str, row: Row) -> tuple[str, ...]:
    source = "responder" if row.serves else "initiator"
    return number, row.name, _side(row.initiator), _side(row.responder), source, row.section


def _side(side: Side) -> str:
    return f"{side.event.text} ({side.event.code}) {' '.join(side.actions)}"


def _alerts() -> Iterator[str]:
    yield f"## Security alerts ({len(Alert)})\n"
    yield from table(("Code", "Name"), ((alert.value.code, alert.value.text) for alert in Alert))


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
