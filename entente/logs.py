"""Logs: every line of every floor, with the trace id of the exchange that it belongs to.

Lower floors log with the standard library; structlog only renders. JSON lines on standard error,
readable lines when that is a terminal. Tracebacks never show the values of variables.
"""

from __future__ import annotations

import logging
import sys
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from ihe_profiles.soap import trace
from ihe_profiles.xds.masking import mask

_QUIET = ("httpx", "httpcore", "alembic")
"""Libraries whose lines of level INFO say nothing that ours do not."""


def configure(stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Send every log line of this process to `stream` (without one: standard error)."""
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(readable=stream.isatty()))
    logging.root.handlers = [handler]
    logging.root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Writes lines without the identifiers that nobody may see, wherever they stand."""

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))


def _formatter(*, readable: bool) -> logging.Formatter:
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _trace_id,
        _without_colours,
    ]
    return _Formatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *(_readable() if readable else _json()),
        ],
    )


def _readable() -> list[Processor]:
    plain = structlog.dev.plain_traceback
    return [_without_controls, structlog.dev.ConsoleRenderer(exception_formatter=plain)]


def _json() -> list[Processor]:
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=str)]


def _without_colours(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Drop what uvicorn adds to its lines for its own formatter."""
    event.pop("color_message", None)
    return event


def _without_controls(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Let no text from elsewhere move the cursor or begin a line, as JSON does by itself."""
    event["event"] = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in event["event"])
    return event


def _trace_id(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Add the trace id of the current exchange, unless the line names one."""
    if current := trace.CURRENT.get():
        event.setdefault("trace_id", current)
    return event
