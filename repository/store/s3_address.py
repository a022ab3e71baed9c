"""Where an S3 store is: `s3://BUCKET/PREFIX?endpoint=URL&region=NAME&timeout=SECONDS`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlsplit

_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_KEYS: Final = ("endpoint", "region", "timeout")
_REGION: Final = "us-east-1"
_TIMEOUT: Final = 20.0


@dataclass(frozen=True, slots=True)
class S3Address:
    """A bucket and a folder in it; without an endpoint it is Amazon's. `timeout` in seconds."""

    bucket: str
    prefix: str = ""
    endpoint: str | None = None
    region: str = _REGION
    timeout: float = _TIMEOUT


def parse(url: str) -> S3Address:
    """Read an address; ValueError says what is wrong with it."""
    parts = urlsplit(url)
    if parts.scheme != "s3" or not _BUCKET.fullmatch(parts.netloc):
        raise ValueError("allowed is s3://bucket/prefix?endpoint=https://host")
    given = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    if unknown := set(given) - set(_KEYS):
        raise ValueError(f"there is no {min(unknown)!r}; allowed are {', '.join(_KEYS)}")
    endpoint = given.get("endpoint")
    if endpoint is not None and not re.fullmatch(r"https?://[^/?#@]+/?", endpoint):
        raise ValueError("endpoint is http://host[:port] or https://host[:port]")
    return S3Address(
        parts.netloc,
        parts.path.strip("/"),
        endpoint,
        given.get("region") or _REGION,
        _seconds(given.get("timeout", str(_TIMEOUT))),
    )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= 3600:
        raise ValueError("timeout is a number of seconds, up to 3600")
    return seconds
