"""`entente` without an audit trail, which no setting allows: what trust is measured against.

`python bench/unaudited.py entente serve ...` makes no record and keeps none.
"""

from __future__ import annotations

import sys
from typing import Any

from entente.cli import main
from ihe_profiles.atna import requests
from ledger.audit.audit import Audit
from ledger.audit.trail import OutboxTrail
from registry import access


def _nothing(*_: Any, **__: Any) -> None:
    pass


def _no_record(*_: Any, **__: Any) -> bytes:
    return b""


def _no_objects(*_: Any, **__: Any) -> tuple[()]:
    return ()


def without_audit() -> None:
    """Take out of this process what makes records and keeps them."""
    replacements: tuple[tuple[Any, str, Any], ...] = (
        (OutboxTrail, "record", _nothing),
        (OutboxTrail, "note", _nothing),
        (Audit, "of", _no_record),
        (access, "records", _no_objects),
        (requests, "submission", _no_objects),
    )
    for place, name, nothing in replacements:
        setattr(place, name, nothing)


if __name__ == "__main__":
    without_audit()
    sys.argv = sys.argv[1:]
    main()
