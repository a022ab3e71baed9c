"""One trace id per exchange, carried into errors, logs and onward calls (W3C Trace Context)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

CURRENT: Final[ContextVar[str]] = ContextVar("trace_id", default="")
"""The trace id of the exchange that this thread is working on; empty outside of one."""

_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def new(traceparent: str | None = None) -> str:
    """Return the trace id that a `traceparent` header carries, or a fresh one (32 hex digits)."""
    match = _TRACEPARENT.fullmatch(traceparent or "")
    return match[1] if match else secrets.token_hex(16)


def traceparent(trace_id: str) -> str:
    """Return the `traceparent` header for an onward call of the exchange `trace_id`."""
    return f"00-{trace_id}-{secrets.token_hex(8)}-01"


@contextmanager
def working_on(trace_id: str) -> Iterator[None]:
    """Let `CURRENT` be `trace_id` for a while, on this thread."""
    token = CURRENT.set(trace_id)
    try:
        yield
    finally:
        CURRENT.reset(token)
