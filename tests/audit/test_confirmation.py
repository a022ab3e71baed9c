"""When a record counts as delivered: what no real receiver does on command."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence

import pytest

from ledger import migrate
from ledger.audit import delivery
from ledger.audit.delivery import Delivery, Route
from ledger.audit.store import TREE, Store
from ledger.database import Database
from tests.audit.conftest import Seen
from tests.audit.receivers import until
from tests.audit.records import waiting

GRACE = 0.5
URL = "syslog+tls://receiver"


class Line:
    """A connection that is cut, or whose octets do not arrive, as told."""

    confirms = False

    def __init__(self) -> None:
        self.sent = 0
        self.messages: list[bytes] = []
        self.cut = threading.Event()
        self.under_way: int | None = None

    def send(self, messages: Sequence[bytes]) -> None:
        self.messages += messages
        self.sent += sum(map(len, messages))

    def check(self) -> int:
        if self.cut.is_set():
            raise ConnectionResetError("cut")
        return self.under_way or 0

    def close(self) -> bool:
        return False


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Store]:
    database = Database(sqlite_url)
    migrate.upgrade(database, TREE)
    store = Store(database)
    store.append([waiting(n) for n in range(3)])
    yield store
    database.close()


@pytest.fixture
def lines(store: Store, seen: Seen, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Line]]:
    """The connections of a delivery, one after the other."""
    monkeypatch.setattr(delivery, "FIRST_BACKOFF", 0.01)
    monkeypatch.setattr(delivery, "IDLE", 0.01)
    opened: list[Line] = []

    def connect() -> Line:
        opened.append(Line())
        return opened[-1]

    started = Delivery(store, Route(URL, connect, GRACE, 60), seen)
    yield opened
    started.stop()
    started.join(10)


def test_what_is_cut_within_the_grace_is_sent_again(store: Store, lines: list[Line]) -> None:
    until(lambda: bool(lines and lines[0].messages))
    lines[0].cut.set()
    until(lambda: len(lines) > 1 and len(lines[1].messages) == 3)
    assert store.confirmed(URL) == 0
    assert lines[1].messages == lines[0].messages
    until(lambda: store.confirmed(URL) == 3)
    lines[1].cut.set()
    until(lambda: len(lines) == 3)
    store.append([waiting(9)])
    until(lambda: len(lines[2].messages) == 1)  # and nothing of what was confirmed


def test_what_the_receivers_machine_has_not_acknowledged_is_not_confirmed(
    store: Store, lines: list[Line]
) -> None:
    until(lambda: bool(lines))
    lines[0].under_way = 1
    until(lambda: len(lines[0].messages) == 3)
    time.sleep(2 * GRACE)
    assert store.confirmed(URL) == 0
    lines[0].under_way = 0
    until(lambda: store.confirmed(URL) == 3)


def test_nothing_that_a_connection_does_ends_the_delivery(
    store: Store, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "FIRST_BACKOFF", 0.01)
    monkeypatch.setattr(delivery, "LONGEST_BACKOFF", 0.01)
    troubles: list[Exception] = [UnicodeError("a name"), OSError("a file"), ZeroDivisionError()]
    opened: list[Line] = []

    class Troublesome(Line):
        def send(self, messages: Sequence[bytes]) -> None:
            if troubles:
                raise troubles.pop()
            super().send(messages)

        def close(self) -> bool:
            raise OSError("the disk is full")

    def connect() -> Line:
        if len(troubles) == 1:
            raise troubles.pop()
        opened.append(Troublesome())
        return opened[-1]

    started = Delivery(store, Route(URL, connect, GRACE, 60), seen)
    until(lambda: store.confirmed(URL) == 3)
    assert (len(opened), troubles) == (3, [])
    opened[-1].cut.set()
    started.stop()
    started.join(10)


def test_an_end_without_agreement_confirms_nothing(store: Store, seen: Seen) -> None:
    opened: list[Line] = []

    def connect() -> Line:
        opened.append(Line())
        return opened[-1]

    started = Delivery(store, Route(URL, connect, 60, 60), seen)
    until(lambda: bool(opened and opened[0].messages))
    started.stop()
    started.join(10)
    assert store.confirmed(URL) == 0
