"""MLLP, the framing of HL7 v2 on a stream: <VT> message <FS><CR> (ITI TF-2 3.8, HL7 MLLP R1).

A message ends with FS, so that a sender who leaves out the CR is answered too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

VT: Final = b"\x0b"
FS: Final = b"\x1c"
CR: Final = b"\r"

HEAD: Final = 4096
"""How many octets are kept of a message that is too long: enough to answer it."""

BROKEN: Final = 1024
"""How much junk a message without end counts for, however short: each costs its receiver a line."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A whole message."""

    data: bytes


@dataclass(frozen=True, slots=True)
class TooLong:
    """The first octets of a message that is longer than allowed; the rest is skipped."""

    head: bytes


@dataclass(frozen=True, slots=True)
class BrokenOff:
    """A message of which `octets` had come when the next one began: it has no end."""

    octets: int


Event = Frame | TooLong | BrokenOff


def write(message: bytes) -> bytes:
    """Put a message into its frame."""
    return b"".join((VT, message, FS, CR))


class Framer:
    """Finds the messages in a stream, however it is cut; none may have more than `limit` octets.

    `junk` counts the octets outside of messages, but no ends of lines, and messages without end.
    """

    def __init__(self, limit: int) -> None:
        self.junk = 0
        self._limit = limit
        self._message: bytearray | None = None
        self._skipping = False

    @property
    def inside(self) -> bool:
        """True while a message has begun and not ended."""
        return self._message is not None or self._skipping

    def feed(self, data: bytes) -> Iterator[Event]:
        """Take the next octets and yield what has become complete; to be read to its end."""
        rest = data
        while rest:
            step = self._take if self.inside else self._seek
            event, rest = step(rest)
            if event is not None:
                yield event

    def _seek(self, data: bytes) -> tuple[Event | None, bytes]:
        """Skip to the next VT."""
        outside, found, rest = data.partition(VT)
        self.junk += len(outside) - outside.count(CR) - outside.count(b"\n")
        if found:
            self._message = bytearray()
        return None, rest

    def _take(self, data: bytes) -> tuple[Event | None, bytes]:
        """Take what belongs to the message: up to FS, or to a VT where another one begins."""
        ends = [at for mark in (FS, VT) if (at := data.find(mark)) >= 0]
        end = min(ends, default=len(data))
        too_long = self._append(data[:end])
        if too_long is not None:
            return too_long, data[end:]
        if not ends:
            return None, b""
        message, self._message, self._skipping = self._message, None, False
        if data[end : end + 1] == VT:
            self._message = bytearray()
            self.junk += BROKEN
            return BrokenOff(len(message or b"")), data[end + 1 :]
        return (None if message is None else Frame(bytes(message))), data[end + 1 :]

    def _append(self, data: bytes) -> TooLong | None:
        if self._message is None:
            return None
        self._message += data
        if len(self._message) <= self._limit:
            return None
        head, self._message, self._skipping = bytes(self._message[:HEAD]), None, True
        return TooLong(head)
