"""ITI-41: what is stored, what is told to the registry, what is answered."""

from __future__ import annotations

import os

from ihe_profiles.xds.vocabulary import ResponseStatus
from repository.digest import CHUNK
from repository.store.tables import State
from tests.repository.conftest import World
from tests.repository.messages import a_message, provide, retrieve


def _registered(world: World) -> list:
    (submission,) = world.registry.registered.values()
    return list(submission.documents)


def test_documents_come_back_byte_for_byte(world: World) -> None:
    documents = [b"", b"\x00\r\n--boundary\r\n\xff", os.urandom(2 * CHUNK + 3)]
    message = a_message(*documents)
    assert provide(world.caller, message).status is ResponseStatus.SUCCESS
    assert world.states() == [State.COMMITTED] * 3
    assert len(world.files()) == 3
    assert world.staged() == []
    found = retrieve(world.caller, *message.unique_ids)
    assert found.response.status is ResponseStatus.SUCCESS
    assert [data for _, _, _, data in found.documents] == documents
