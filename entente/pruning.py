"""Threads that forget answered messages once nobody can repeat them any more."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import ExitStack
from functools import partial
from typing import Final

from entente.repeating import Repeating
from entente.settings import Limits
from ledger.database import Database
from ledger.pruning import prune

_log = logging.getLogger(__name__)

SECONDS: Final = 3600.0
"""Between two looks."""


def start(databases: Iterable[Database], limits: Limits, stack: ExitStack) -> None:
    """Start a thread for each database; the exit stack ends them."""
    for database in databases:
        thread = Repeating("pruning", partial(_prune, database, limits.answered_seconds), SECONDS)
        stack.callback(thread.close, limits.stop_seconds)


def _prune(database: Database, keep_seconds: float) -> None:
    number = prune(database, keep_seconds)
    if number:
        _log.info("answered messages were forgotten", extra={"number": number})
