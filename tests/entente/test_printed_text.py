"""What others wrote is printed as it is, though it may look like markup of the terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.table import Table

from entente import audit_report
from entente.audit_report import Row
from entente.cli import console, query
from tests.registry.samples import document, text

HOSTILE = "[/b] [red]form[/red] \\"


def _report() -> None:
    row = Row(1, "now", HOSTILE, "documents read", HOSTILE, HOSTILE, "done", "")
    made: Table = audit_report.table([row], "1^^^&1.2.3&ISO", "en")
    console.OUT.print(made)


def _found() -> None:
    query._table((replace(document(), title=text(HOSTILE)),))


@pytest.mark.parametrize("shown", [_report, _found])
def test_it_neither_stops_the_command_nor_changes_its_look(
    shown: Callable[[], None],
) -> None:
    with console.OUT.capture() as captured:
        shown()
    assert HOSTILE in captured.get()
