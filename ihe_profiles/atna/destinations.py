"""Where audit records can be sent, as URLs (ITI TF-2 3.20.4.1.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

ALLOWED: Final = "allowed are syslog+tls://host[:port], syslog+udp://host[:port] and file:///path"


@dataclass(frozen=True, slots=True)
class OverTls:
    """A receiver of syslog over TLS (RFC 5425)."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class OverUdp:
    """A receiver of syslog over UDP (RFC 5426)."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class ToFile:
    """A file with one line for each message."""

    path: Path


Destination = OverTls | OverUdp | ToFile

_PORTS: Final[dict[str, tuple[Callable[[str, int], Destination], int]]] = {
    "syslog+tls": (OverTls, 6514),
    "syslog+udp": (OverUdp, 514),
}


def parse(url: str) -> Destination:
    """Read a destination's URL. Raises ValueError."""
    parts = urlsplit(url)
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError(ALLOWED)
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        return ToFile(Path(unquote(parts.path)))
    if parts.scheme in _PORTS and _is_host(parts.hostname) and parts.path in ("", "/"):
        kind, usual = _PORTS[parts.scheme]
        return kind(parts.hostname or "", usual if parts.port is None else parts.port)
    raise ValueError(ALLOWED)


def _is_host(name: str | None) -> bool:
    """Tell whether a name can be looked up: no resolver takes empty or endless labels."""
    try:
        return bool(name and name.encode("idna"))
    except UnicodeError:
        return False
