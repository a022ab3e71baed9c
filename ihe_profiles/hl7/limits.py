"""Every limit of the HL7 v2 feed, in one place; the server's settings fill it from `[limits]`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FeedLimits:
    """Sizes in octets, times in seconds."""

    mllp_message: int = 1024 * 1024
    """One message; a larger one is rejected and its connection ended."""
    mllp_junk: int = 64 * 1024
    """What may stand between the messages of one connection before it is ended.

    A message without end counts for 1024.
    """
    mllp_idle_seconds: float = 3600.0
    """A connection without a message."""
    mllp_message_seconds: float = 30.0
    """From the first octet of a message to its last, and for the sender to take the answer."""
    mllp_connections: int = 64
    """Connections at once; further ones are closed."""
    mllp_threads: int = 2
    """Of each process, for the messages of feeds."""
