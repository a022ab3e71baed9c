"""Refused handshakes become records: at once, then as numbers, and never without end."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from entente.handshake_alerts import HandshakeAlerts
from tests.soap.live import until


class Kept(list[tuple[str, str]]):
    """What was recorded; `gate` keeps the recorder waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, address: str, text: str) -> None:
        assert self.gate.wait(10)
        if text == "unlucky":
            raise OSError("disk full")
        self.append((address, text))


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def alerts(kept: Kept) -> Iterator[HandshakeAlerts]:
    alerts = HandshakeAlerts(kept, window=0.2, most=3)
    yield alerts
    kept.gate.set()
    alerts.close()


def test_the_first_is_recorded_at_once_and_the_rest_counted(
    alerts: HandshakeAlerts, kept: Kept
) -> None:
    for _ in range(5):
        alerts("192.0.2.1", "no certificate")
    until(lambda: len(kept) == 2)
    assert kept == [
        ("192.0.2.1", "no certificate"),
        ("192.0.2.1", "no certificate (4 times more)"),
    ]


def test_a_scanner_of_many_addresses_is_counted_together(
    alerts: HandshakeAlerts, kept: Kept
) -> None:
    for number in range(100):
        alerts(f"192.0.2.{number}", "no certificate")
    until(lambda: len(kept) == 5)
    assert kept[3] == ("", "further addresses and reasons")
    assert kept[4] == ("", "further addresses and reasons (96 times more)")


def test_it_never_waits_for_the_recorder(alerts: HandshakeAlerts, kept: Kept) -> None:
    kept.gate.clear()
    for number in range(1000):
        alerts(f"192.0.2.{number}", "no certificate")
    assert kept == []
    assert len(alerts._new) <= 4


def test_a_failure_to_record_is_no_end(
    alerts: HandshakeAlerts, kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    alerts("192.0.2.1", "unlucky")
    alerts("192.0.2.2", "no certificate")
    until(lambda: kept)
    assert "could not be recorded" in caplog.text


def test_the_end_records_what_was_counted(kept: Kept) -> None:
    alerts = HandshakeAlerts(kept, window=3600.0)
    for _ in range(3):
        alerts("192.0.2.1", "no certificate")
    alerts.close()
    assert kept[-1] == ("192.0.2.1", "no certificate (2 times more)")


def test_a_quiet_window_ends_the_count(alerts: HandshakeAlerts, kept: Kept) -> None:
    for _ in range(3):
        alerts("192.0.2.1", "no certificate")
    until(lambda: len(kept) == 2)
    until(lambda: not alerts._seen)
    alerts("192.0.2.1", "no certificate")
    until(lambda: len(kept) == 3)
    assert kept[2] == ("192.0.2.1", "no certificate")
