"""While a copy is made no blob goes that a row of it may need."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ledger.database import Database, Unavailable
from ledger.tables import lease
from repository import copying, removal
from repository.recovery import Recovery
from repository.removal import AlreadyPaused, PauseLost
from tests.repository.conftest import AT_ONCE, World
from tests.repository.messages import a_message, provide
from tests.repository.registry import REFUSAL, Call, StandIn, get_lost, refuse


def test_a_refused_document_loses_its_row_and_keeps_its_blob_in_a_pause(world: World) -> None:
    world.start(AT_ONCE)
    with removal.paused(world.database):
        world.registry.script.append(refuse(REFUSAL))
        provide(world.caller, a_message(b"refused"))
        assert (world.states(), len(world.files()), len(world.staged())) == ([], 1, 1)
        assert world.repository.recover() == Recovery()
        assert len(world.files()) == 1
    assert world.repository.recover() == Recovery(swept=1)
    world.assert_untouched()


def test_what_the_registry_never_heard_of_keeps_its_blob_in_a_pause(world: World) -> None:
    world.start(AT_ONCE)
    world.registry.script.extend([get_lost, get_lost])
    provide(world.caller, a_message(b"lost"))
    with removal.paused(world.database):
        assert world.repository.recover() == Recovery(removed=1)
        assert (world.states(), len(world.files())) == ([], 1)
    assert world.repository.recover() == Recovery(swept=1)
    world.assert_untouched()


def test_a_copy_has_the_blob_of_a_document_that_is_refused_meanwhile(
    world: World, tmp_path: Path
) -> None:
    def copy_the_index_and_refuse(registry: StandIn, call: Call) -> bytes:
        with world.database.read() as connection:
            copying.note_blobs(connection, tmp_path / "wanted")
        return refuse(REFUSAL)(registry, call)

    world.start(AT_ONCE)
    (tmp_path / "copy").mkdir()
    with removal.paused(world.database):
        world.registry.script.append(copy_the_index_and_refuse)
        provide(world.caller, a_message(b"refused"))
        assert world.states() == []
        wanted = copying.noted(tmp_path / "wanted")
        found = list(copying.take(world.blobs, wanted, tmp_path / "copy", lambda _: None))
    assert [(one.size, one.state) for one in found] == [(7, copying.State.WHOLE)]


def test_one_pause_at_a_time(on_sqlite: Database) -> None:
    with removal.paused(on_sqlite) as pause:
        pause.check()
        with pytest.raises(AlreadyPaused, match="under way"), removal.paused(on_sqlite):
            pass
        assert removal.is_paused(on_sqlite)
    assert not removal.is_paused(on_sqlite)


def test_a_pause_that_ran_out_is_noticed(on_sqlite: Database) -> None:
    pause = removal.Pause(on_sqlite)
    pause.begin()
    pause.check()
    on_sqlite.write(lambda c: c.execute(lease.delete()))
    with pytest.raises(PauseLost):
        pause.check()
    pause.end()
    with pytest.raises(PauseLost), removal.paused(on_sqlite):
        on_sqlite.write(lambda c: c.execute(lease.delete()))
    with removal.paused(on_sqlite):
        pass


def test_a_pause_is_prolonged_as_long_as_it_is_held(
    on_sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "_SECONDS", 0.3)
    with removal.paused(on_sqlite):
        time.sleep(0.7)
        assert removal.is_paused(on_sqlite)
    assert not removal.is_paused(on_sqlite)


def test_when_nobody_can_say_blobs_are_kept(tmp_path: object) -> None:
    database = Database(f"sqlite:///{tmp_path}/none/index.sqlite")
    with pytest.raises(Unavailable), database.read():
        pass
    assert removal.is_paused(database)
    database.close()
