"""A thread that asks, now and then, about documents of unknown registration."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict

from entente.repeating import Repeating
from repository.recovery import Recovery

_log = logging.getLogger(__name__)


class RecoveryThread(Repeating):
    """Calls `recover` at once and then every `seconds`, until it is closed."""

    def __init__(
        self,
        recover: Callable[[], Recovery],
        seconds: float,
        done: Callable[[Recovery], None],
        failed: Callable[[], None],
    ) -> None:
        def work() -> None:
            recovery = recover()
            done(recovery)
            if recovery != Recovery():
                _log.info("recovery", extra=asdict(recovery))

        super().__init__("recovery", work, seconds, failed)
