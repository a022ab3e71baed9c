"""While a copy is made no blob goes that a row of it may need."""

from __future__ import annotations

import pytest

from ledger.database import Database, Unavailable
from repository import removal
from repository.recovery import Recovery
from repository.removal import AlreadyPaused, PauseLost
from tests.repository.conftest import AT_ONCE, World
from tests.repository.messages import a_message, provide
from tests.repository.registry import REFUSAL, get_lost, refuse


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


def test_one_pause_at_a_time(on_sqlite: Database) -> None:
    with removal.paused(on_sqlite) as pause:
        pause.renew()
        pause.keep()
        with pytest.raises(AlreadyPaused, match="under way"), removal.paused(on_sqlite):
            pass
        assert removal.is_paused(on_sqlite)
    assert not removal.is_paused(on_sqlite)


def test_a_pause_that_ran_out_is_noticed(
    on_sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "_SECONDS", -0.001)
    with removal.paused(on_sqlite) as pause:
        assert not removal.is_paused(on_sqlite)
        with pytest.raises(PauseLost):
            pause.keep()


def test_when_nobody_can_say_blobs_are_kept(tmp_path: object) -> None:
    database = Database(f"sqlite:///{tmp_path}/none/index.sqlite")
    with pytest.raises(Unavailable), database.read():
        pass
    assert removal.is_paused(database)
    database.close()
