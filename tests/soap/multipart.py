"""Reading a whole multipart message in a test, cut into pieces anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.soap.mime import Event, MultipartReader, PartData, PartEnd, PartStart


@dataclass
class Part:
    """One part as it was read."""

    content_id: str
    content_type: str
    is_root: bool
    data: bytes = b""
    complete: bool = False


def cut(body: bytes, places: Sequence[int]) -> list[bytes]:
    """Cut a body at the given places."""
    edges = [0, *sorted(min(place, len(body)) for place in places), len(body)]
    return [body[a:b] for a, b in pairwise(edges)]


def collect(events: Iterable[Event]) -> list[Part]:
    """Make whole parts of events, checking that the events come in a possible order."""
    parts: list[Part] = []
    for event in events:
        if isinstance(event, PartStart):
            assert not parts or parts[-1].complete
            parts.append(Part(event.head.content_id, event.head.content_type, event.is_root))
        elif isinstance(event, PartData):
            assert event.data
            assert not parts[-1].complete
            parts[-1].data += event.data
        else:
            assert isinstance(event, PartEnd)
            parts[-1].complete = True
    return parts


def read(
    content_type: str,
    body: bytes,
    places: Sequence[int] = (),
    limits: SoapLimits | None = None,
) -> list[Part]:
    """Read a message that arrives in pieces; raises what the reader raises."""
    reader = MultipartReader(content_type, limits or SoapLimits())
    parts = collect(event for piece in cut(body, places) for event in reader.feed(piece))
    reader.close()
    return parts


def crlf(text: str) -> bytes:
    """A message written with the line ends of this file, as it is on the wire."""
    return text.replace("\n", "\r\n").encode()
