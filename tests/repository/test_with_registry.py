"""Repository and registry together: the promises that neither can keep alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ihe_profiles import iti18
from ihe_profiles.soap.client import Caller, LocalCaller, Receive, Response, Unanswered, discard
from ihe_profiles.soap.exchange import Binary, Peer, Transaction
from ihe_profiles.soap.spyne_port import SoapServer
from ihe_profiles.xds.metadata import DocumentEntry
from ihe_profiles.xds.queries import BY_NAME
from ihe_profiles.xds.response import RegistryResponse
from ihe_profiles.xds.vocabulary import ResponseStatus, Status
from ledger.database import Database
from registry.service import Registry
from repository.recovery import Recovery
from repository.store.tables import State
from tests.repository.conftest import AT_ONCE, World
from tests.repository.messages import REPOSITORY, Message, a_message, codes, provide, retrieve

SUCCESS = RegistryResponse(ResponseStatus.SUCCESS)


class Wire:
    """The way to the registry; `losses` says whether each next call loses its request or answer."""

    def __init__(self, registry: Caller) -> None:
        self.losses: deque[str] = deque()
        self._registry = registry

    def call(
        self,
        transaction: Transaction,
        body: Sequence[bytes | Binary],
        *,
        message_id: str | None = None,
        header: bytes = b"",
        receive: Receive = discard,
    ) -> Response:
        loss = self.losses.popleft() if self.losses else "nothing"
        if loss == "request":
            raise Unanswered("cut")
        answer = self._registry.call(transaction, body, message_id=message_id)
        if loss == "answer":
            raise Unanswered("cut")
        return answer


@pytest.fixture
def wire(database: Database) -> Wire:
    server = SoapServer("DocumentRegistry", Registry(database).operations())
    return Wire(LocalCaller(server, Peer("127.0.0.1")))


@pytest.fixture
def world(database: Database, tmp_path: Path, wire: Wire) -> World:
    return World(database, tmp_path / "blobs", wire, AT_ONCE)  # type: ignore[arg-type]


def found(wire: Wire, message: Message) -> list[DocumentEntry]:
    """What the registry holds of the message's submission."""
    unique_id = message.submission.submission_sets[0].unique_id or ""
    query = BY_NAME["GetSubmissionSetAndContents"].id
    body = iti18.request(query, {"$XDSSubmissionSetUniqueId": unique_id})
    answer = iti18.read_response(wire.call(iti18.TRANSACTION, [body]).body)
    assert answer.status is ResponseStatus.SUCCESS
    return [one for one in answer.objects if isinstance(one, DocumentEntry)]


def test_what_is_provided_is_found_and_retrieved(world: World, wire: Wire) -> None:
    message = a_message("été".encode(), b"")
    assert provide(world.caller, message) == SUCCESS
    entries = {entry.unique_id: entry for entry in found(wire, message)}
    documents = retrieve(world.caller, *message.unique_ids).bytes_of
    for sent, (_, data) in zip(message.submission.documents, message.documents, strict=True):
        entry = entries[sent.unique_id]
        assert entry.size == str(len(data))
        assert entry.repository_unique_id == REPOSITORY
        assert entry.availability_status == Status.APPROVED
        assert entry.title == sent.title
        assert documents[sent.unique_id or ""] == data


def test_the_reasons_of_the_registry_reach_the_source(world: World, wire: Wire) -> None:
    message = a_message(b"abc", language_code=None, class_code=None)
    answer = provide(world.caller, message)
    assert answer.status is ResponseStatus.FAILURE
    told = " ".join(error.context for error in answer.errors)
    assert "languageCode" in told
    assert "classCode" in told
    assert found(wire, message) == []
    world.assert_untouched()


def test_other_bytes_under_a_known_unique_id_are_refused_and_not_served(world: World) -> None:
    assert provide(world.caller, a_message(b"first", unique_id="1.2.3")) == SUCCESS
    answer = provide(world.caller, a_message(b"other", unique_id="1.2.3"))
    assert codes(answer) == ["XDSNonIdenticalHash"]
    assert world.states() == [State.COMMITTED]
    assert len(world.files()) == 1
    assert retrieve(world.caller, "1.2.3").bytes_of == {"1.2.3": b"first"}


def test_a_known_submission_set_is_refused(world: World) -> None:
    message = a_message(b"abc")
    provide(world.caller, message)
    again = replace(message, message_id="urn:uuid:3a4a5e0f-9ad0-4f1c-a2c5-8c1e7c0f4e7b")
    assert "XDSDuplicateUniqueIdInRegistry" in codes(provide(world.caller, again))
    assert world.states() == [State.COMMITTED]
    assert retrieve(world.caller, *message.unique_ids).bytes_of == {message.unique_ids[0]: b"abc"}


@pytest.mark.parametrize("losses", [["request"], ["answer"]])
def test_one_loss_is_made_good_by_the_second_attempt(
    world: World, wire: Wire, losses: list[str]
) -> None:
    wire.losses.extend(losses)
    message = a_message(b"abc")
    assert provide(world.caller, message) == SUCCESS
    assert len(found(wire, message)) == 1


@pytest.mark.parametrize(
    ("losses", "recovery"),
    [
        (["request", "request"], Recovery(removed=1)),
        (["request", "answer"], Recovery(committed=1)),
        (["answer", "request"], Recovery(committed=1)),
        (["answer", "answer"], Recovery(committed=1)),
    ],
)
@pytest.mark.parametrize("first", ["recovery", "retry"])
def test_an_unknown_outcome_becomes_known(
    world: World, wire: Wire, losses: list[str], recovery: Recovery, first: str
) -> None:
    wire.losses.extend(losses)
    message = a_message(b"abc")
    assert codes(provide(world.caller, message)) == ["XDSRegistryNotAvailable"]
    if first == "recovery":
        assert world.repository.recover() == recovery
    assert provide(world.caller, message) == SUCCESS
    world.repository.recover()
    assert set(world.states()) == {State.COMMITTED}
    assert world.staged() == []
    assert len(found(wire, message)) == 1
    assert retrieve(world.caller, *message.unique_ids).bytes_of == {message.unique_ids[0]: b"abc"}
