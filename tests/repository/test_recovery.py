"""What becomes of pending documents: the registry is asked, and nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from ihe_profiles import iti18, iti42
from ihe_profiles.xds import encoding
from ihe_profiles.xds.metadata import RegistryObject, Submission
from ledger import lease
from ledger.clock import now
from ledger.tables import lease as jobs
from repository.limits import RepositoryLimits
from repository.recovery import Recovery
from repository.store.blobs import BlobStoreError
from repository.store.tables import State, document
from tests.repository.conftest import AT_ONCE, World
from tests.repository.messages import Message, a_message, provide, retrieve
from tests.repository.registry import (
    Behaviour,
    Call,
    StandIn,
    be_unreachable,
    fault,
    get_lost,
    obey_but_lose_the_answer,
    refuse_query,
    succeed_partly,
    talk_nonsense,
)

HOUR = 3_600_000


def leave_pending(world: World, *documents: bytes, registered: bool) -> Message:
    """Provide documents whose outcome the repository never hears; their lease is over."""
    first = obey_but_lose_the_answer if registered else get_lost
    world.registry.script.extend([first, get_lost])
    message = a_message(*documents)
    provide(world.caller, message)
    assert set(world.states()) == {State.PENDING}
    world.registry.calls.clear()
    return message


@pytest.fixture
def world(world: World) -> World:
    world.start(AT_ONCE)
    return world


def query_answers(make: Callable[[Submission], list[RegistryObject]]) -> Behaviour:
    """Answer the next query with what `make` makes of the one submission that is registered."""

    def behave(registry: StandIn, call: Call) -> bytes:
        assert call.transaction is iti18.TRANSACTION
        (submission,) = registry.registered.values()
        objects = [encoding.write(one) for one in make(submission)]
        return b"".join(p for p in iti18.answer([], objects).body if isinstance(p, bytes))

    return behave


def leases(world: World) -> list[int]:
    with world.database.read() as connection:
        return list(connection.execute(select(document.c.lease_until)).scalars())


def test_what_the_registry_has_is_committed(world: World) -> None:
    message = leave_pending(world, b"abc", b"def", registered=True)
    assert len(world.staged()) == 2
    assert world.repository.recover() == Recovery(committed=2)
    assert world.states() == [State.COMMITTED] * 2
    assert world.staged() == []
    assert list(retrieve(world.caller, *message.unique_ids).bytes_of.values()) == [b"abc", b"def"]
    assert len(world.registry.calls) == 1
    assert world.repository.recover() == Recovery()
    assert len(world.registry.calls) == 1


def test_what_the_registry_has_not_is_removed(world: World) -> None:
    leave_pending(world, b"abc", b"def", registered=False)
    assert world.repository.recover() == Recovery(removed=2)
    assert (world.states(), world.files(), world.staged()) == ([], [], [])


UNCERTAIN: dict[str, Behaviour] = {
    "unreachable": be_unreachable,
    "no answer": get_lost,
    "fault": fault("Receiver"),
    "fault of the sender": fault("Sender"),
    "failure": refuse_query,
    "partial success": succeed_partly,
    "nonsense": talk_nonsense,
    "other hash": query_answers(
        lambda s: [*s.submission_sets, replace(s.documents[0], hash="0" * 40)]
    ),
    "no hash": query_answers(lambda s: [*s.submission_sets, replace(s.documents[0], hash=None)]),
    "other repository": query_answers(
        lambda s: [*s.submission_sets, replace(s.documents[0], repository_unique_id="1.2.3")]
    ),
    "other submission": query_answers(
        lambda s: [replace(s.submission_sets[0], unique_id="1.2.3"), *s.documents]
    ),
    "document alone": query_answers(lambda s: [*s.documents]),
    "other documents alone": query_answers(lambda s: [replace(s.documents[0], unique_id="1.2.3")]),
    "submission alone": query_answers(lambda s: [*s.submission_sets]),
    "two sets": query_answers(lambda s: [*s.submission_sets * 2, *s.documents]),
}


@pytest.mark.parametrize("answer", UNCERTAIN.values(), ids=UNCERTAIN)
def test_anything_else_leaves_it_pending_to_be_asked_again(world: World, answer: Behaviour) -> None:
    message = leave_pending(world, b"abc", registered=True)
    world.registry.script.append(answer)
    assert world.repository.recover() == Recovery(pending=1)
    assert world.states() == [State.PENDING]
    assert retrieve(world.caller, *message.unique_ids).bytes_of == {message.unique_ids[0]: b"abc"}
    assert world.repository.recover() == Recovery(committed=1)


def test_the_hash_may_be_written_in_capitals(world: World) -> None:
    leave_pending(world, b"abc", registered=True)
    world.registry.script.append(
        query_answers(
            lambda s: [
                *s.submission_sets,
                replace(s.documents[0], hash=(s.documents[0].hash or "").upper()),
            ]
        )
    )
    assert world.repository.recover() == Recovery(committed=1)


def test_starting_up_and_leases_that_last_remove_nothing(world: World) -> None:
    world.start(RepositoryLimits())
    message = a_message(b"abc")
    world.registry.script.extend([get_lost, get_lost])
    provide(world.caller, message)
    world.registry.calls.clear()
    world.start(RepositoryLimits())
    assert world.repository.recover() == Recovery()
    assert world.registry.calls == []
    assert world.states() == [State.PENDING]


@pytest.mark.parametrize(("age", "pause"), [(0, 300_000), (HOUR // 2, HOUR // 2), (9 * HOUR, HOUR)])
def test_the_pause_grows_with_the_time_that_was_waited(world: World, age: int, pause: int) -> None:
    leave_pending(world, b"abc", registered=True)
    began = now() - age
    world.database.write(lambda c: c.execute(update(document).values(time=began)))
    world.start(RepositoryLimits())
    world.registry.script.append(be_unreachable)
    assert world.repository.recover() == Recovery(pending=1)
    (until,) = leases(world)
    assert until - now() == pytest.approx(pause, abs=20_000)
    assert world.repository.recover() == Recovery()


def test_one_process_at_a_time_recovers(world: World) -> None:
    leave_pending(world, b"abc", registered=True)
    assert world.database.write(lambda c: lease.acquire(c, "repository recovery", "other", 60))
    assert world.repository.recover() == Recovery()
    world.database.write(lambda c: lease.release(c, "repository recovery", "other"))
    assert world.repository.recover() == Recovery(committed=1)


def test_a_pass_gives_the_job_back(world: World) -> None:
    world.start(RepositoryLimits())
    world.repository.recover()
    with world.database.read() as connection:
        assert connection.execute(select(jobs)).all() == []


def test_who_has_lost_the_job_asks_no_further(world: World) -> None:
    for _ in range(2):
        leave_pending(world, b"abc", registered=True)

    def be_slow(registry: StandIn, call: Call) -> bytes:
        values = {"holder": "other", "lease_until": now() + HOUR}
        world.database.write(lambda c: c.execute(update(jobs).values(values)))
        return registry.query(call)

    world.registry.script.append(be_slow)
    assert world.repository.recover() == Recovery(committed=1, pending=1)
    assert len(world.registry.calls) == 1


def test_a_document_that_is_sent_again_meanwhile_is_left_alone(world: World) -> None:
    leave_pending(world, b"abc", registered=False)

    def prolong_first(registry: StandIn, call: Call) -> bytes:
        world.database.write(lambda c: c.execute(update(document).values(lease_until=now() + HOUR)))
        return registry.query(call)

    world.registry.script.append(prolong_first)
    world.repository.recover()
    assert world.states() == [State.PENDING]
    assert len(world.files()) == 1


def test_a_registry_that_does_not_answer_is_asked_once_a_pass(world: World) -> None:
    messages = [leave_pending(world, b"abc", registered=True) for _ in range(3)]
    world.registry.script.append(be_unreachable)
    assert world.repository.recover() == Recovery(pending=3)
    assert len(world.registry.calls) == 1
    assert world.repository.recover() == Recovery(committed=3)
    assert len(world.registry.calls) == 4
    found = retrieve(world.caller, *(i for m in messages for i in m.unique_ids))
    assert len(found.documents) == 3


def test_one_useless_answer_does_not_keep_the_others_waiting(world: World) -> None:
    for _ in range(2):
        leave_pending(world, b"abc", registered=True)
    world.registry.script.append(fault("Receiver"))
    assert world.repository.recover() == Recovery(committed=1, pending=1)


def test_the_registry_is_asked_for_the_submission(world: World) -> None:
    message = leave_pending(world, b"abc", registered=True)
    world.repository.recover()
    (call,) = world.registry.calls
    assert call.transaction is iti18.TRANSACTION
    assert (message.submission.submission_sets[0].unique_id or "").encode() in call.body
    assert b"urn:uuid:e8e3cb2c-e39c-46b9-99e4-c12f57260b83" in call.body
    assert b"LeafClass" in call.body


class TestSweep:
    """Blobs that no row knows."""

    def test_what_a_dead_process_left_is_removed(self, world: World) -> None:
        half, whole = world.blobs.create(), world.blobs.create()
        half.write(b"half")
        half.close()
        whole.close()
        whole.commit()
        assert world.repository.recover() == Recovery(swept=2)
        assert (world.files(), world.staged()) == ([], [])

    def test_what_is_young_stays(self, world: World) -> None:
        world.start(RepositoryLimits())
        writer = world.blobs.create()
        writer.close()
        assert world.repository.recover() == Recovery()
        assert world.staged() == [writer.key]

    def test_the_mark_of_a_committed_blob_goes_and_the_blob_stays(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        message = a_message(b"abc")
        with monkeypatch.context() as broken:
            broken.setattr(world.blobs, "settle", _fail)
            provide(world.caller, message)
        assert world.states() == [State.COMMITTED]
        assert len(world.staged()) == 1
        assert world.repository.recover() == Recovery()
        assert world.staged() == []
        assert retrieve(world.caller, *message.unique_ids).bytes_of == {
            message.unique_ids[0]: b"abc"
        }

    def test_a_pending_blob_stays_however_old_it_is(self, world: World) -> None:
        leave_pending(world, b"abc", registered=True)
        world.registry.script.append(be_unreachable)
        assert world.repository.recover() == Recovery(pending=1)
        assert len(world.files()) == len(world.staged()) == 1

    def test_a_blob_that_outlived_its_row_is_removed_the_next_time(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        leave_pending(world, b"abc", registered=False)
        with monkeypatch.context() as broken:
            broken.setattr(world.blobs, "delete", _fail)
            assert world.repository.recover() == Recovery(removed=1)
        assert world.states() == []
        assert len(world.files()) == 1
        assert world.repository.recover() == Recovery(swept=1)
        assert (world.files(), world.staged()) == ([], [])


def _fail(_key: str) -> None:
    raise BlobStoreError("input/output error")


def test_pending_documents_are_counted(world: World) -> None:
    assert world.repository.pending() == 0
    leave_pending(world, b"abc", b"def", registered=True)
    assert world.repository.pending() == 2
    world.repository.recover()
    assert world.repository.pending() == 0


def test_what_this_process_is_registering_is_let_be(world: World) -> None:
    """The registry denies a submission that it registers a moment later."""
    seen: list[Recovery] = []

    def be_slow(registry: StandIn, call: Call) -> bytes:
        seen.append(world.repository.recover())
        return registry.register(call)

    world.registry.script.append(be_slow)
    message = a_message(b"slow")
    answer = provide(world.caller, message)
    assert answer.errors == ()
    assert seen == [Recovery(pending=1)]
    assert [call.transaction for call in world.registry.calls] == [iti42.TRANSACTION]
    assert world.states() == [State.COMMITTED]


def test_what_another_process_is_registering_is_let_be(world: World) -> None:
    """It prolongs the lease of what it has in hand, however long its registry takes."""
    world.start(RepositoryLimits())
    other = World(world.database, world.folder, world.registry)
    seen: list[Recovery] = []

    def be_slow(registry: StandIn, call: Call) -> bytes:
        for is_alive in (False, True):
            world.database.write(lambda c: c.execute(update(document).values(lease_until=1)))
            if is_alive:
                world.repository.prolong()
            seen.append(other.repository.recover())
        return registry.register(call)

    world.registry.script.extend([be_slow, be_unreachable])
    answer = provide(world.caller, a_message(b"slow"))
    assert answer.errors == ()
    assert seen == [Recovery(pending=1), Recovery()]
    assert world.states() == [State.COMMITTED]


def test_nothing_in_hand_is_no_work(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    leave_pending(world, b"abc", registered=False)
    before = leases(world)
    monkeypatch.setattr(world.database, "write", _fail)
    world.repository.prolong()
    assert leases(world) == before
