"""ITI-41 when the registry does not say what became of the submission."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from ihe_profiles.xds.errors import RegistryError
from ihe_profiles.xds.response import RegistryResponse
from ihe_profiles.xds.vocabulary import ResponseStatus
from repository.store.tables import State, document
from tests.repository.conftest import World
from tests.repository.messages import (
    a_message,
    codes,
    provide,
    retrieve,
)
from tests.repository.registry import (
    BUSY,
    REFUSAL,
    WARNING,
    Behaviour,
    Call,
    StandIn,
    be_unreachable,
    fault,
    get_lost,
    obey_but_lose_the_answer,
    refuse,
    succeed_partly,
    talk_nonsense,
)

SUCCESS, FAILURE = ResponseStatus.SUCCESS, ResponseStatus.FAILURE


@pytest.mark.parametrize(
    "first", [get_lost, obey_but_lose_the_answer, be_unreachable, fault("Receiver")]
)
def test_the_second_attempt_has_the_same_message_id(world: World, first: Behaviour) -> None:
    world.registry.script.append(first)
    message = a_message(b"abc")
    assert provide(world.caller, message) == RegistryResponse(SUCCESS)
    once, again = world.registry.message_ids
    assert once == again
    assert once.startswith("urn:uuid:")
    assert world.states() == [State.COMMITTED]


@pytest.mark.parametrize(
    "behaviours",
    [
        (get_lost, get_lost),
        (obey_but_lose_the_answer, get_lost),
        (get_lost, be_unreachable),
        (be_unreachable, get_lost),
        (fault("Receiver"), fault("Receiver")),
        (talk_nonsense, talk_nonsense),
        (succeed_partly,),
    ],
)
def test_the_documents_stay_pending_and_are_served(
    world: World, behaviours: tuple[Behaviour, ...]
) -> None:
    world.registry.script.extend(behaviours)
    message = a_message(b"abc")
    answer = provide(world.caller, message)
    assert codes(answer) == ["XDSRegistryNotAvailable"]
    assert "unchanged" in answer.errors[0].context
    assert len(world.registry.calls) == len(behaviours)
    assert world.states() == [State.PENDING]
    assert retrieve(world.caller, *message.unique_ids).bytes_of == {message.unique_ids[0]: b"abc"}


@pytest.mark.parametrize("lost", [get_lost, obey_but_lose_the_answer])
def test_the_same_message_sent_again_is_registered_once(world: World, lost: Behaviour) -> None:
    world.registry.script.extend([lost, get_lost])
    message = a_message(b"abc")
    assert provide(world.caller, message).status is FAILURE
    assert provide(world.caller, message) == RegistryResponse(SUCCESS)
    assert len(set(world.registry.message_ids)) == 1
    assert len(world.registry.entries) == 1
    assert world.states() == [State.PENDING, State.COMMITTED]


def test_a_registry_that_never_heard_of_it_leaves_nothing(world: World) -> None:
    world.registry.script.extend([be_unreachable, be_unreachable])
    answer = provide(world.caller, a_message(b"abc"))
    assert codes(answer) == ["XDSRegistryNotAvailable"]
    assert "nothing was stored" in answer.errors[0].context
    world.assert_untouched()


def test_a_refusal_after_a_lost_message_is_not_certain(world: World) -> None:
    world.registry.script.extend([get_lost, refuse(REFUSAL)])
    assert provide(world.caller, a_message(b"abc")) == RegistryResponse(FAILURE, (REFUSAL,))
    assert world.states() == [State.PENDING]


@pytest.mark.parametrize(
    ("reasons", "state"),
    [
        ((BUSY,), [State.PENDING]),
        ((), [State.PENDING]),
        ((BUSY, WARNING), [State.PENDING]),
        ((BUSY, REFUSAL), []),
    ],
)
def test_a_registry_in_trouble_may_not_know_how_far_it_came(
    world: World, reasons: tuple[RegistryError, ...], state: list[State]
) -> None:
    world.registry.script.append(refuse(*reasons))
    assert provide(world.caller, a_message(b"abc")) == RegistryResponse(FAILURE, reasons)
    assert world.states() == state


def test_a_message_that_the_registry_does_not_understand_is_not_repeated(world: World) -> None:
    world.registry.script.append(fault("Sender"))
    assert codes(provide(world.caller, a_message(b"abc"))) == ["XDSRepositoryError"]
    assert len(world.registry.calls) == 1
    assert world.states() == [State.PENDING]


def test_the_lease_begins_anew_before_the_second_attempt(world: World) -> None:
    seen: list[int] = []

    def look(registry: StandIn, call: Call) -> bytes:
        with world.database.read() as connection:
            seen.append(connection.execute(select(document.c.lease_until)).scalar_one())
        threading.Event().wait(0.01)
        return get_lost(registry, call)

    world.registry.script.extend([look, look])
    provide(world.caller, a_message(b"abc"))
    assert seen[0] < seen[1]
