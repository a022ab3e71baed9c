"""The sender empties the outboxes into the store, and one process at a time delivers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ihe_profiles.atna import destinations, syslog, transport
from ihe_profiles.atna.transport import Connection
from ledger import lease, migrate
from ledger.audit import chain, outbox, sender
from ledger.audit.chain import Signer
from ledger.audit.delivery import Route
from ledger.audit.outbox import Waiting
from ledger.audit.sender import Plan, Sender
from ledger.audit.spill import Spill
from ledger.audit.store import Store
from ledger.audit.trail import OutboxTrail, Pressure
from ledger.audit.verification import Verification
from ledger.database import Database, Unavailable
from tests.audit.receivers import until
from tests.audit.records import access, waiting


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Database]:
    """The database of an actor."""
    database = Database(f"sqlite:///{tmp_path}/registry.sqlite")
    migrate.upgrade(database, *migrate.TREES)
    yield database
    database.close()


@dataclass
class Bench:
    """Starts senders over one audit database, which deliver to a file."""

    store: Store
    others: tuple[Database, ...]
    spill: Spill
    trail: OutboxTrail
    file: Path
    stack: ExitStack = field(default_factory=ExitStack)

    @property
    def url(self) -> str:
        return f"file://{self.file}"

    def plan(self, **more: object) -> Plan:
        connect: Callable[[], Connection] = transport.opener(
            destinations.parse(self.url), lambda: pytest.fail("a file needs no TLS")
        )
        values = {
            "routes": (Route(self.url, connect, 0.1, 60),),
            "signer": Signer(None),
            "most": 100,
            "head_seconds": 1000.0,
            "keep_seconds": None,
        }
        return Plan(**(values | more))  # type: ignore[arg-type]

    def start(self, **more: object) -> Sender:
        started = Sender(self.others, self.store, self.spill, self.trail, self.plan(**more))
        self.stack.callback(started.close, 10)
        return started

    def delivered(self) -> list[bytes]:
        lines = self.file.read_bytes().splitlines() if self.file.exists() else []
        return [syslog.parse(line).body for line in lines if b" IHE+RFC-3881 " in line]


@pytest.fixture
def bench(
    store: Store,
    other: Database,
    spill: Spill,
    trail: OutboxTrail,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Bench]:
    """Senders whose passes never break off, whatever befalls them."""
    monkeypatch.setattr(sender, "INTERVAL", 0.02)
    monkeypatch.setattr(sender, "LEASE", 1.0)
    bench = Bench(store, (other,), spill, trail, tmp_path / "audit.log")
    with bench.stack:
        yield bench
    said = [record for when in ("call", "teardown") for record in caplog.get_records(when)]
    assert not any("broke off" in record.message for record in said)


def in_outbox(database: Database) -> int:
    with database.read() as connection:
        return outbox.count(connection, 1000)


def test_records_of_every_database_are_delivered_once(bench: Bench, other: Database) -> None:
    other.write(lambda c: bench.trail.note(c, [access(document=f"2.25.{n}") for n in range(30)]))
    bench.trail.record([access(document=f"2.26.{n}") for n in range(30)])
    started = bench.start()
    until(lambda: len(bench.delivered()) == 60)
    assert len(set(bench.delivered())) == 60
    until(lambda: started.waiting() == {"store": 0, bench.url: 0})
    assert in_outbox(other) == in_outbox(bench.store.database) == 0
    assert list(Verification(bench.store, {}).findings()) == []


def test_who_dies_between_copying_and_removing_leaves_no_second_record(
    bench: Bench, other: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []
    remove = outbox.remove

    def dies_first(connection: object, records: list[Waiting]) -> None:
        tries.append(len(records))
        if len(tries) == 1:
            raise Unavailable("killed")
        remove(connection, records)  # type: ignore[arg-type]

    monkeypatch.setattr(outbox, "remove", dies_first)
    other.write(lambda c: outbox.put(c, [waiting(n) for n in range(10)]))
    bench.start()
    until(lambda: in_outbox(other) == 0)
    until(lambda: bench.store.confirmed(bench.url) >= 10)
    assert tries == [10, 10]
    assert len(bench.delivered()) == 10


def test_what_the_store_does_not_take_stays_where_it_is(
    bench: Bench, other: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []
    append = Store.append

    def fails_first(store: Store, records: list[Waiting]) -> int:
        tries.append(len(records))
        if len(tries) == 1:
            raise Unavailable("it is down")
        return append(store, records)

    monkeypatch.setattr(Store, "append", fails_first)
    other.write(lambda c: outbox.put(c, [waiting(n) for n in range(10)]))
    bench.start()
    until(lambda: len(bench.delivered()) == 10)
    assert tries == [10, 10]


def test_spilled_records_come_in_again(bench: Bench) -> None:
    bench.spill.append([waiting(n) for n in range(3)])
    bench.start()
    until(lambda: len(bench.delivered()) == 3)
    assert bench.spill.size == 0


def test_at_the_limit_reads_spill_then_all_is_refused_then_all_is_well(
    bench: Bench, other: Database
) -> None:
    bench.file.mkdir()  # so nothing can be delivered
    bench.start(most=10)
    for number, pressure in ((5, Pressure.NONE), (10, Pressure.SPILL), (10, Pressure.REFUSE)):
        other.write(lambda c, n=number: outbox.put(c, [waiting(k) for k in range(n)]))
        until(lambda p=pressure: bench.trail.pressure is p, pressure)  # type: ignore[misc]
        if pressure is Pressure.SPILL:
            bench.spill.append([waiting(99)])
    assert bench.spill.size  # it does not come back to where there is no room
    bench.file.rmdir()
    until(lambda: bench.trail.pressure is Pressure.NONE)
    until(lambda: bench.spill.size == 0)


def test_a_full_spill_file_at_the_limit_refuses_all(bench: Bench, other: Database) -> None:
    bench.file.mkdir()
    with bench.spill._path.open("wb") as full:
        full.write(bytes(10_000))
    other.write(lambda c: outbox.put(c, [waiting(n) for n in range(12)]))
    bench.start(most=10)
    until(lambda: bench.trail.pressure is Pressure.REFUSE)


def test_heads_are_stated_when_there_is_something_new(bench: Bench, other: Database) -> None:
    started = bench.start(head_seconds=0.05)
    other.write(lambda c: outbox.put(c, [waiting(1)]))

    def kinds() -> list[str]:
        return [syslog.parse(record.message).kind for record in bench.store.after(0, 100)]

    until(lambda: kinds().count(chain.HEAD) >= 1)
    other.write(lambda c: outbox.put(c, [waiting(2)]))
    until(lambda: kinds()[-2:] == [syslog.AUDIT, chain.HEAD])
    due = started._due["head"]
    until(lambda: started._due["head"] > due + 0.1)  # it was asked again, and had nothing to say
    assert len(kinds()) <= 4
    until(lambda: b"ENTENTE-HEAD" in bench.file.read_bytes())


def test_one_sender_delivers_and_the_next_one_follows(bench: Bench, other: Database) -> None:
    first, second = bench.start(), bench.start()
    until(lambda: first._deliveries or second._deliveries)
    assert not (first._deliveries and second._deliveries)
    (first if first._deliveries else second).close(10)
    other.write(lambda c: outbox.put(c, [waiting(1)]))
    until(lambda: len(bench.delivered()) == 1)


def test_old_records_are_pruned_when_they_are_delivered(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "PRUNING", 0.05)
    bench.store.append([waiting(n) for n in range(20)])
    bench.start(keep_seconds=60.0)
    until(lambda: bench.store.anchor().sequence >= 20)
    assert len(bench.delivered()) == 20
    assert list(Verification(bench.store, {}).findings()) == []


def test_old_records_are_pruned_a_few_in_each_pass(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "PRUNED", 7)
    bench.store.append([waiting(n) for n in range(20)])
    bench.store.confirm(bench.url, 20)
    bench.start(keep_seconds=60.0)
    until(lambda: bench.store.anchor().sequence >= 20)  # with no hour between
    assert list(Verification(bench.store, {}).findings()) == []


def test_closing_delivers_what_waits(
    bench: Bench, other: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "LEASE", 1000.0)
    started = bench.start()
    until(lambda: bool(started._deliveries))
    other.write(lambda c: outbox.put(c, [waiting(n) for n in range(700)]))
    started.close(30)
    assert len(bench.delivered()) == 700
    assert bench.store.confirmed(bench.url) >= 700
    with bench.store.database.read() as connection:  # the next one need not wait
        assert not lease.is_held(connection, sender.DELIVERING)


def test_a_database_that_is_away_stops_nothing_else(
    bench: Bench, other: Database, tmp_path: Path
) -> None:
    away = Database(f"sqlite:///{tmp_path}/nowhere/away.sqlite")
    bench.others = (away, other)
    bench.trail.record([access(document="2.25.1")])
    other.write(lambda c: bench.trail.note(c, [access(document="2.25.2")]))
    bench.start()
    until(lambda: len(bench.delivered()) == 2)
    away.close()
