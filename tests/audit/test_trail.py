"""A record is kept with its work, or by itself, or in a file, or the work is refused."""

from __future__ import annotations

import errno
import fcntl
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event

from ihe_profiles.atna import syslog
from ledger.audit import AuditUnavailable, outbox
from ledger.audit.outbox import Waiting
from ledger.audit.spill import Spill
from ledger.audit.trail import NO_TRAIL, Fate, OutboxTrail, Pressure
from ledger.database import Database, Unavailable
from tests.audit.conftest import ORIGIN, Seen


def kept(database: Database) -> list[bytes]:
    with database.read() as connection:
        return [syslog.parse(w.message).body for w in outbox.take(connection, 1000)]


def spilled(spill: Spill) -> list[bytes]:
    found: list[Waiting] = []
    spill.take_in(found.extend)
    return [syslog.parse(w.message).body for w in found]


class Broken(Exception):
    pass


def test_a_noted_record_lives_and_dies_with_its_work(
    database: Database, trail: OutboxTrail
) -> None:
    database.write(lambda c: trail.note(c, [b"<a/>", b"<b/>"]))

    def broken(connection: object) -> None:
        trail.note(connection, [b"<c/>"])  # type: ignore[arg-type]
        raise Broken

    with pytest.raises(Broken):
        database.write(broken)
    assert kept(database) == [b"<a/>", b"<b/>"]


def test_a_recorded_one_is_kept_as_a_syslog_message(database: Database, trail: OutboxTrail) -> None:
    trail.record(["<é/>".encode()])
    with database.read() as connection:
        (waiting,) = outbox.take(connection, 10)
    head, _, body = waiting.message.partition(b" - ")
    assert head.startswith(b"<85>1 ")
    assert head.endswith(b"Z node.example.org entente 4711 IHE+RFC-3881")
    assert body == "<é/>".encode()


def test_those_who_wait_together_are_committed_together(
    database: Database, trail: OutboxTrail
) -> None:
    commits: list[object] = []
    committing, go_on = threading.Event(), threading.Event()

    @event.listens_for(database._writer._engine, "commit")
    def _(connection: object) -> None:
        commits.append(connection)
        committing.set()
        go_on.wait(10)

    with ThreadPoolExecutor(21) as pool:
        first = pool.submit(trail.record, [b"<first/>"])
        committing.wait(10)
        others = [pool.submit(trail.record, [b"<other/>"]) for _ in range(20)]
        while len(trail._group._waiting) < 20:
            threading.Event().wait(0.002)
        go_on.set()
        for future in (first, *others):
            future.result(10)
    assert len(commits) == 2
    assert len(kept(database)) == 21


class Down:
    """A database that is not there."""

    def __init__(self) -> None:
        self.tries = 0

    def write(self, _work: object) -> None:
        self.tries += 1
        raise Unavailable("it is down")


@pytest.fixture
def stranded(spill: Spill, seen: Seen) -> OutboxTrail:
    return OutboxTrail(Down(), spill, ORIGIN, seen)  # type: ignore[arg-type]


def test_without_a_database_reads_spill_and_then_are_refused(
    stranded: OutboxTrail, spill: Spill, seen: Seen
) -> None:
    number = 0
    while spill.size < 9_800:
        stranded.record([b"<r n='%d'/>" % number])
        number += 1
    with pytest.raises(AuditUnavailable, match="spill file is full"):
        stranded.record([b"<r>" + bytes(200) + b"</r>"])
    assert seen.fates == {Fate.SPILLED: number, Fate.REFUSED: 1}
    assert spilled(spill) == [b"<r n='%d'/>" % n for n in range(number)]
    stranded.record([b"<again/>"])  # there is room again


def test_a_database_that_is_down_holds_up_one_read_and_not_each(spill: Spill) -> None:
    down = Down()
    trail = OutboxTrail(down, spill, ORIGIN)  # type: ignore[arg-type]
    for _ in range(3):
        trail.record([b"<r/>"])
    assert down.tries == 1
    assert len(spilled(spill)) == 3


def test_a_line_is_on_disk_when_its_work_goes_on(
    stranded: OutboxTrail, spill: Spill, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr("os.fsync", lambda _: synced.append(spill.size))
    stranded.record([b"<r/>"])
    assert spill.size
    assert synced[-1] == spill.size


def test_a_disk_that_is_full_in_mid_line_keeps_nothing_of_what_is_refused(
    stranded: OutboxTrail, spill: Spill, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranded.record([b"<kept/>"])
    size, write, written = spill.size, os.write, [100]

    def fill(file: int, data: memoryview) -> int:
        room = min(written.pop() if written else 0, len(data))
        if not room:
            raise OSError(errno.ENOSPC, "no space left on device")
        return write(file, data[:room])

    with monkeypatch.context() as patch:
        patch.setattr("os.write", fill)
        with pytest.raises(AuditUnavailable, match="no space left"):
            stranded.record([b"<refused/>"] * 2)
    assert spill.size == size
    stranded.record([b"<again/>"])
    assert spilled(spill) == [b"<kept/>", b"<again/>"]


def test_processes_write_one_after_the_other(stranded: OutboxTrail, tmp_path: Path) -> None:
    with (tmp_path / "spill").open("ab") as other, ThreadPoolExecutor(1) as pool:
        fcntl.flock(other, fcntl.LOCK_EX)
        writing = pool.submit(stranded.record, [b"<r/>"])
        with pytest.raises(TimeoutError):
            writing.result(0.2)
        fcntl.flock(other, fcntl.LOCK_UN)
        writing.result(10)


def test_a_spill_file_that_cannot_be_written_refuses(stranded: OutboxTrail, tmp_path: Path) -> None:
    Path(tmp_path, "spill").mkdir()
    with pytest.raises(AuditUnavailable, match="spill"):
        stranded.record([b"<r/>"])


def test_at_the_limit_reads_spill_and_beyond_it_all_is_refused(
    database: Database, trail: OutboxTrail, spill: Spill, seen: Seen
) -> None:
    trail.pressure = Pressure.SPILL
    trail.record([b"<read/>"])
    database.write(lambda c: trail.note(c, [b"<write/>"]))
    assert kept(database) == [b"<write/>"]
    assert spilled(spill) == [b"<read/>"]
    trail.pressure = Pressure.REFUSE
    with pytest.raises(AuditUnavailable):
        trail.record([b"<r/>"])
    with pytest.raises(AuditUnavailable):
        database.write(lambda c: trail.note(c, [b"<w/>"]))
    assert seen.fates == {Fate.SPILLED: 1, Fate.REFUSED: 2}


def test_a_line_cut_off_is_left_out_and_hurts_no_other(spill: Spill, tmp_path: Path) -> None:
    one, two, three = (Waiting(outbox.new_id(), b"<%d/>" % n) for n in range(3))
    spill.append([one, two])
    file = tmp_path / "spill"
    file.write_bytes(file.read_bytes()[:-5])
    spill.append([three])
    found: list[Waiting] = []
    assert spill.take_in(found.extend) == 2
    assert found == [one, three]
    assert spill.size == 0


def test_what_cannot_be_taken_in_stays_in_the_file(spill: Spill) -> None:
    spill.append([Waiting(outbox.new_id(), syslog.message(0, ORIGIN, b"<1/>"))])
    with pytest.raises(Unavailable):
        spill.take_in(Down().write)
    assert len(spilled(spill)) == 1


def test_taking_in_twice_keeps_each_once(database: Database, spill: Spill) -> None:
    waiting = [Waiting(outbox.new_id(), syslog.message(0, ORIGIN, b"<1/>"))]
    for _ in range(2):
        database.write(lambda c: outbox.put(c, waiting))
    assert kept(database) == [b"<1/>"]


def test_the_null_trail_keeps_nothing(database: Database) -> None:
    database.write(lambda c: NO_TRAIL.note(c, [b"<a/>"]))
    NO_TRAIL.record([b"<b/>"])
    assert kept(database) == []
