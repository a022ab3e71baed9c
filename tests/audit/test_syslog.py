"""The syslog message around a record (RFC 5424), and its frame (RFC 5425)."""

from __future__ import annotations

import pytest

from ihe_profiles.atna import syslog
from ihe_profiles.atna.syslog import Message, Origin

XML = "<AuditMessage>é</AuditMessage>".encode()


def test_a_message() -> None:
    made = syslog.message(1_700_000_000_123, Origin("node.example.org", "entente", "4711"), XML)
    assert made == (
        b"<85>1 2023-11-14T22:13:20.123Z node.example.org entente 4711 IHE+RFC-3881 - " + XML
    )
    assert syslog.parse(made) == Message(
        1_700_000_000_123, "node.example.org", "entente", "4711", "IHE+RFC-3881", XML
    )


@pytest.mark.parametrize(
    ("origin", "header"),
    [
        (Origin("", "", ""), "- - -"),
        (Origin("my node", "en tente", "4 7"), "mynode entente 47"),
        (Origin("h" * 300, "a" * 300, "p" * 300), f"{'h' * 255} {'a' * 48} {'p' * 128}"),
        (Origin("nœud", "é", "\n"), "nud - -"),
    ],
)
def test_what_a_field_of_the_header_cannot_hold_is_left_out(origin: Origin, header: str) -> None:
    assert origin.header == header


@pytest.mark.parametrize("body", [b"<a>\n</a>", b"<a>\r</a>"])
def test_a_record_with_a_line_break_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match="line breaks"):
        syslog.message(0, Origin("h", "a", "p"), body)


def test_what_is_no_message_is_refused() -> None:
    with pytest.raises(ValueError, match="no syslog message"):
        syslog.parse(b"<85>1 now")


def test_the_frame_counts_octets_and_not_characters() -> None:
    assert syslog.framed("é".encode()) == "2 é".encode()
