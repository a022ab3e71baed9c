"""The time that leases are measured in, and the one that metadata speaks of."""

from __future__ import annotations

import time


def now() -> int:
    """Return the milliseconds since 1970; servers that share a database share one time."""
    return time.time_ns() // 1_000_000


def moment() -> int:
    """Return the time in UTC as a 14-digit integer, the form that metadata's times have."""
    return int(time.strftime("%Y%m%d%H%M%S", time.gmtime()))
