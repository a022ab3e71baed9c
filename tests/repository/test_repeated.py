"""ITI-41: one message is carried out once."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from ihe_profiles.soap.client import LocalCaller, RemoteFault
from ihe_profiles.soap.exchange import Peer
from ihe_profiles.soap.spyne_port import SoapServer
from ihe_profiles.xds.response import RegistryResponse
from ihe_profiles.xds.vocabulary import ResponseStatus
from repository.store.tables import State
from tests.repository.conftest import World
from tests.repository.messages import (
    a_message,
    provide,
)
from tests.repository.registry import (
    WARNING,
    Call,
    StandIn,
    obey,
    warn,
)

SUCCESS, FAILURE = ResponseStatus.SUCCESS, ResponseStatus.FAILURE


def test_it_gets_the_first_answer(world: World) -> None:
    world.registry.script.append(warn)
    message = a_message(b"abc")
    first = provide(world.caller, message)
    assert provide(world.caller, message) == first == RegistryResponse(SUCCESS, (WARNING,))
    assert len(world.registry.calls) == 1
    assert world.states() == [State.COMMITTED]
    assert len(world.files()) == 1
    assert world.staged() == []


def test_other_bytes_under_the_same_message_id_are_refused(world: World) -> None:
    message = a_message(b"abc")
    provide(world.caller, message)
    changed = message.with_documents(("Document01", b"abd"))
    with pytest.raises(RemoteFault, match=message.message_id) as caught:
        provide(world.caller, changed)
    assert caught.value.code == "Sender"
    assert len(world.files()) == 1
    assert world.staged() == []


def test_other_metadata_under_the_same_message_id_is_refused(world: World) -> None:
    message = a_message(b"abc")
    provide(world.caller, message)
    with pytest.raises(RemoteFault, match=message.message_id):
        provide(world.caller, replace(a_message(b"abc"), message_id=message.message_id))


def test_another_peer_does_not_get_the_answer(world: World) -> None:
    message = a_message(b"abc")
    provide(world.caller, message)
    server = SoapServer("DocumentRepository", world.repository.operations())
    with pytest.raises(RemoteFault, match=message.message_id):
        provide(LocalCaller(server, Peer("127.0.0.1", b"a certificate")), message)


def test_twins_wait_for_one_result(world: World) -> None:
    entered, go_on = threading.Event(), threading.Event()

    def slow(registry: StandIn, call: Call) -> bytes:
        entered.set()
        assert go_on.wait(20)
        return obey(registry, call)

    world.registry.script.append(slow)
    message = a_message(b"abc")
    answers: list[RegistryResponse] = []
    twins = [
        threading.Thread(target=lambda: answers.append(provide(world.caller, message)))
        for _ in range(2)
    ]
    for twin in twins:
        twin.start()
    assert entered.wait(20)
    go_on.set()
    for twin in twins:
        twin.join(20)
    assert answers == [RegistryResponse(SUCCESS)] * 2
    assert len(world.registry.calls) == 1
    assert len(world.files()) == 1
