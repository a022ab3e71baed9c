"""A process that dies, or a store that fails, at each step of ITI-41.

`Fate` stands around everything that an ITI-41 touches and counts the touches. At one of them the
process dies, before or after the touch took effect: from then on nothing it does has an effect.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from ihe_profiles.soap.client import LocalCaller
from ihe_profiles.soap.exchange import Peer
from ihe_profiles.soap.spyne_port import SoapServer
from ihe_profiles.xds.response import RegistryResponse
from ihe_profiles.xds.vocabulary import ResponseStatus
from ledger.database import Database, Unavailable
from repository.recovery import Recovery
from repository.service import Repository
from repository.store.filesystem import FileWriter
from repository.store.tables import State, document
from tests.repository.conftest import AT_ONCE, World
from tests.repository.messages import REPOSITORY, Message, a_message, codes, provide, retrieve
from tests.repository.registry import REFUSAL, Behaviour, be_unreachable, get_lost, refuse

SUCCESS = ResponseStatus.SUCCESS
TOUCHES = {"write", "create", "close", "commit", "abort", "settle", "delete", "call"}


class Killed(BaseException):
    """Not an Exception: nobody may handle it."""


class Fate:
    """Decides at which touch the process dies; -1 is never."""

    def __init__(self, last: int, *, after: bool) -> None:
        self.touched: list[str] = []
        self.dead = False
        self._last = last
        self._after = after
        self._writers: list[FileWriter] = []

    def around(self, target: Any) -> Any:
        return _Watched(target, self)

    def touch(self, name: str, act: Callable[[], Any]) -> Any:
        if self.dead:
            raise Killed
        number = len(self.touched)
        self.touched.append(name)
        self.dead = number == self._last
        result = None if self.dead and not self._after else act()
        if isinstance(result, FileWriter):
            self._writers.append(result)
        if self.dead:
            raise Killed
        return self.around(result) if isinstance(result, FileWriter) else result

    def end(self) -> None:
        """What the system does for a dead process: its files are closed, nothing is flushed."""
        for writer in self._writers:
            writer._file.raw.close()


class _Watched:
    """Another object, each touch of which is counted; the blob writers that it makes as well."""

    def __init__(self, target: Any, fate: Fate) -> None:
        self._target = target
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if not callable(found):
            return found

        def act(*args: Any, **kwargs: Any) -> Any:
            if self._fate.dead:
                raise Killed
            if name not in TOUCHES:
                return found(*args, **kwargs)
            return self._fate.touch(name, lambda: found(*args, **kwargs))

        return act


def live(world: World, message: Message, fate: Fate) -> RegistryResponse | None:
    """Send a message to a process with this fate; None when no answer came."""
    repository = Repository(
        fate.around(world.database),
        fate.around(world.blobs),
        fate.around(world.registry),
        unique_id=REPOSITORY,
        limits=AT_ONCE,
    )
    server = SoapServer("DocumentRepository", repository.operations())
    try:
        return provide(LocalCaller(server, Peer("127.0.0.1")), message)
    except Killed:
        return None
    finally:
        fate.end()


def test_the_steps_come_in_this_order(world: World) -> None:
    fate = Fate(-1, after=False)
    assert live(world, a_message(b"abc"), fate) == RegistryResponse(SUCCESS)
    assert fate.touched == [
        "create",
        "write",  # its bytes
        "close",
        "commit",
        "write",  # the reservation, and pending
        "call",
        "write",  # committed
        "settle",
    ]


ANSWERS: dict[str, list[Behaviour]] = {
    "yes": [],
    "no": [refuse(REFUSAL)],
    "lost": [get_lost, get_lost],
}


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("after", [False, True])
def test_after_any_death_recovery_brings_both_sides_together(
    database: Database, tmp_path: Path, answer: str, after: bool
) -> None:
    for step in range(100):
        world, message = World(database, tmp_path / str(step), limits=AT_ONCE), a_message(b"abc")
        world.registry.script.extend(ANSWERS[answer])
        fate = Fate(step, after=after)
        if live(world, message, fate) is not None:
            break
        world.registry.script.clear()
        world.start()
        world.repository.recover()
        _both_sides_agree(world, message)
        assert provide(world.caller, message) == RegistryResponse(SUCCESS), fate.touched
        world.repository.recover()
        assert len(world.registry.registered) == 1
        _both_sides_agree(world, message)
        database.write(lambda c: c.execute(delete(document)))
    assert step >= 8, "every step was tried"
    assert not fate.dead


def _both_sides_agree(world: World, message: Message) -> None:
    assert world.staged() == []
    assert len(world.files()) == len(world.states())
    if world.registry.registered:
        assert set(world.states()) == {State.COMMITTED}
        found = retrieve(world.caller, *message.unique_ids).bytes_of
        assert list(found.values()) == [data for _, data in message.documents]
    else:
        assert world.states() == []


class TestTheIndexFails:
    """The index is out of reach at one step, and the process lives on."""

    @pytest.fixture(autouse=True)
    def _writes(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.fail_at: set[int] = set()
        self.number = 0
        write = world.database.write

        def fail(work: Any) -> Any:
            self.number += 1
            if self.number in self.fail_at:
                raise Unavailable("no connection to db.example")
            return write(work)

        monkeypatch.setattr(world.database, "write", fail)

    def send(self, world: World, message: Message, *fail_at: int) -> RegistryResponse:
        self.number, self.fail_at = 0, set(fail_at)
        answer = provide(world.caller, message)
        self.fail_at = set()
        assert "db.example" not in "".join(error.context for error in answer.errors)
        return answer

    def test_when_the_documents_should_become_pending(self, world: World) -> None:
        assert codes(self.send(world, a_message(b"abc"), 1)) == ["XDSRepositoryBusy"]
        assert world.registry.calls == []
        world.assert_untouched()

    def test_for_longer_from_there_on(self, world: World) -> None:
        message = a_message(b"abc")
        assert codes(self.send(world, message, 1, 2, 3)) == ["XDSRepositoryBusy"]
        assert world.states() == []
        assert len(world.files()) == len(world.staged()) == 1
        world.start(AT_ONCE)
        assert world.repository.recover() == Recovery(swept=1)
        assert (world.files(), world.staged()) == ([], [])

    def test_when_they_should_be_committed(self, world: World) -> None:
        world.start(AT_ONCE)
        message = a_message(b"abc")
        answer = self.send(world, message, 2)
        assert codes(answer) == ["XDSRepositoryError"]
        assert "unchanged" in answer.errors[0].context
        assert world.states() == [State.PENDING]
        assert retrieve(world.caller, *message.unique_ids).response.status is SUCCESS
        assert world.repository.recover() == Recovery(committed=1)
        assert self.send(world, message) == RegistryResponse(SUCCESS)
        assert len(world.registry.registered) == 1

    def test_when_a_refused_submission_should_be_undone(self, world: World) -> None:
        world.start(AT_ONCE)
        world.registry.script.append(refuse(REFUSAL))
        answer = self.send(world, a_message(b"abc"), 2)
        assert answer == RegistryResponse(ResponseStatus.FAILURE, (REFUSAL,))
        assert world.states() == [State.PENDING]
        assert world.repository.recover() == Recovery(removed=1)
        assert (world.states(), world.files(), world.staged()) == ([], [], [])

    def test_when_the_lease_should_be_prolonged(self, world: World) -> None:
        world.registry.script.append(be_unreachable)
        assert self.send(world, a_message(b"abc"), 2) == RegistryResponse(SUCCESS)
        assert world.states() == [State.COMMITTED]

    def test_when_the_reservation_should_be_given_back(self, world: World) -> None:
        world.registry.script.append(refuse(REFUSAL))
        answer = self.send(world, a_message(b"abc"), 3)
        assert answer == RegistryResponse(ResponseStatus.FAILURE, (REFUSAL,))
        assert (world.states(), world.files()) == ([], [])


def test_documents_that_recovery_took_away_are_not_acknowledged(world: World) -> None:
    """The registry says no, and then registers what was under way to it all the time."""
    other = World(world.database, world.folder, limits=AT_ONCE)

    def recover_meanwhile(registry: Any, call: Any) -> bytes:
        assert other.repository.recover() == Recovery(removed=1)
        return bytes(registry.register(call))

    world.start(AT_ONCE)
    world.registry.script.append(recover_meanwhile)
    message = a_message(b"abc")
    answer = provide(world.caller, message)
    assert codes(answer) == ["XDSRepositoryError"]
    assert "unchanged" in answer.errors[0].context
    assert provide(world.caller, message) == RegistryResponse(SUCCESS)
    assert retrieve(world.caller, *message.unique_ids).bytes_of == {message.unique_ids[0]: b"abc"}
