"""Moments that may be the last there are: certificates without an end end in 9999 (RFC 5280)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_LAST: Final = datetime.max.replace(tzinfo=UTC)


def later(moment: datetime, span: timedelta) -> datetime:
    """Return a moment so much later, or the last one (UTC)."""
    return moment + span if span < _LAST - moment else _LAST
