"""Messages are found in a stream, however it is cut and whatever stands between them."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from ihe_profiles.hl7.mllp import BROKEN, HEAD, BrokenOff, Event, Frame, Framer, TooLong, write

LIMIT = 10_000
octets = st.binary(max_size=60)
messages = octets.map(lambda data: data.replace(b"\x0b", b"").replace(b"\x1c", b""))
junk = octets.map(lambda data: data.replace(b"\x0b", b""))


def events(framer: Framer, *chunks: bytes) -> list[Event]:
    return [event for chunk in chunks for event in framer.feed(chunk)]


@given(st.lists(st.tuples(junk, messages), max_size=5), st.lists(st.integers(0, 600), max_size=20))
def test_any_messages_in_any_pieces(sent: list[tuple[bytes, bytes]], cuts: list[int]) -> None:
    stream = b"".join(between + write(message) for between, message in sent)
    ends = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    pieces = [stream[a:b] for a, b in itertools.pairwise(ends)]
    framer = Framer(LIMIT)
    assert events(framer, *pieces) == [Frame(message) for _between, message in sent]
    outside = b"".join(between for between, _message in sent)
    assert framer.junk == len(outside.replace(b"\r", b"").replace(b"\n", b""))
    assert not framer.inside


@given(st.lists(octets, max_size=20))
def test_any_octets_are_survived_and_cuts_change_nothing(chunks: list[bytes]) -> None:
    whole, cut = Framer(LIMIT), Framer(LIMIT)
    assert events(whole, b"".join(chunks)) == events(cut, *chunks)
    assert (whole.junk, whole.inside) == (cut.junk, cut.inside)


def test_each_octet_alone() -> None:
    stream = write(b"first") + b"\r\n" + write(b"second")
    framer = Framer(LIMIT)
    found = events(framer, *(bytes([octet]) for octet in stream))
    assert found == [Frame(b"first"), Frame(b"second")]
    assert framer.junk == 0


def test_a_message_ends_without_the_carriage_return() -> None:
    assert events(Framer(LIMIT), b"\x0bone\x1c\x0btwo\x1c") == [Frame(b"one"), Frame(b"two")]


def test_a_message_without_end_is_told_when_the_next_begins() -> None:
    framer = Framer(LIMIT)
    assert events(framer, b"\x0bhalf") == []
    assert framer.inside
    assert events(framer, write(b"whole")) == [BrokenOff(4), Frame(b"whole")]
    assert framer.junk == BROKEN


def test_a_message_that_is_too_long_is_told_once_and_skipped() -> None:
    framer = Framer(LIMIT)
    found = events(framer, b"\x0b", *[b"x" * 1000] * 30, b"\x1c\r", write(b"next"))
    assert found == [TooLong(b"x" * HEAD), Frame(b"next")]
    assert events(framer, write(b"x" * LIMIT)) == [Frame(b"x" * LIMIT)]
    assert events(framer, write(b"x" * (LIMIT + 1))) == [TooLong(b"x" * HEAD)]
