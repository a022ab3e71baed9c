"""Syslog messages that carry audit records (ITI TF-2 3.20.4.1.3; RFC 5424, 5425)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

AUDIT: Final = "IHE+RFC-3881"
"""MSGID of an audit record, kept by IHE for DICOM content too (ITI TF-2 3.20.4.1.3.1)."""

PRIORITY: Final = 85
"""Facility 10 (security), severity 5 (notice)."""

_NOT_A_NAME: Final = re.compile(r"[^!-~]+")
_HEADER: Final = re.compile(
    rb"<\d{1,3}>1 (?P<time>\S+) (?P<host>\S+) (?P<app>\S+) (?P<process>\S+) (?P<kind>\S+) - "
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose records they are: HOSTNAME, APP-NAME and PROCID (RFC 5424, 6.2.4 to 6.2.6)."""

    host: str
    app: str
    process: str

    @property
    def header(self) -> str:
        """The three fields; what no field may hold is left out, an empty one is `-`."""
        limits = ((self.host, 255), (self.app, 48), (self.process, 128))
        return " ".join(_NOT_A_NAME.sub("", value)[:most] or "-" for value, most in limits)


@dataclass(frozen=True, slots=True)
class Message:
    """A message taken apart; `time` in milliseconds since 1970."""

    time: int
    host: str
    app: str
    process: str
    kind: str
    body: bytes


def message(time: int, origin: Origin, body: bytes, kind: str = AUDIT) -> bytes:
    """Return one RFC 5424 message; `time` in milliseconds since 1970, `body` without line breaks.

    Raises ValueError for a body with a line break: a file has one line for each.
    """
    if b"\n" in body or b"\r" in body:
        raise ValueError("an audit record has no line breaks")
    stamp = datetime.fromtimestamp(time / 1000, UTC).isoformat(timespec="milliseconds")
    stamp = stamp.replace("+00:00", "Z")
    return f"<{PRIORITY}>1 {stamp} {origin.header} {kind} - ".encode("ascii") + body


def parse(message: bytes) -> Message:
    """Take apart what `message` made. Raises ValueError for anything else."""
    header = _HEADER.match(message)
    if header is None:
        raise ValueError("no syslog message of RFC 5424 without structured data")
    time = datetime.fromisoformat(header["time"].decode())
    host, app, process, kind = (
        header[name].decode() for name in ("host", "app", "process", "kind")
    )
    body = message[header.end() :]
    return Message(round(time.timestamp() * 1000), host, app, process, kind, body)


def framed(message: bytes) -> bytes:
    """Return a message as it goes through TLS: its length in octets before it (RFC 5425, 4.3)."""
    return b"%d %b" % (len(message), message)
