"""The time that leases are measured in."""

from __future__ import annotations

import time


def now() -> int:
    """Return the milliseconds since 1970; servers that share a database share one time."""
    return time.time_ns() // 1_000_000
