"""ITI-41: what is refused, and that nothing stays of it."""

from __future__ import annotations

import errno
import hashlib
import os
from dataclasses import replace

import pytest

from ihe_profiles.soap.client import RemoteFault
from ihe_profiles.soap.exchange import Peer
from ihe_profiles.soap.spyne_port import SoapServer
from ihe_profiles.xds.response import RegistryResponse
from ihe_profiles.xds.vocabulary import ResponseStatus
from ledger.database import Database
from repository.digest import CHUNK
from tests.repository.conftest import World
from tests.repository.messages import (
    Message,
    a_message,
    a_submission,
    an_entry,
    codes,
    including,
    on_the_wire,
    provide,
    send,
)

SUCCESS, FAILURE = ResponseStatus.SUCCESS, ResponseStatus.FAILURE


@pytest.fixture
def database(on_sqlite: Database) -> Database:
    """Nothing here depends on the database."""
    return on_sqlite


def _raise_no_space(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "no space left")


class TestRefusedBeforeAnythingIsStored:
    """What the root part shows to be wrong is answered without touching the store."""

    @pytest.fixture(autouse=True)
    def _no_blob_is_begun(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        def create() -> None:
            raise AssertionError("a refused document was staged")

        monkeypatch.setattr(world.blobs, "create", create)

    @staticmethod
    def refused(world: World, message: Message) -> RegistryResponse:
        answer = provide(world.caller, message)
        assert answer.status is FAILURE
        assert world.registry.calls == []
        world.assert_untouched()
        return answer

    def test_an_entry_without_document(self, world: World) -> None:
        answer = self.refused(world, Message(a_submission(an_entry("lonely")), []))
        assert codes(answer) == ["XDSMissingDocument"]
        assert "DocumentEntry lonely" in answer.errors[0].context

    def test_a_document_without_entry(self, world: World) -> None:
        message = a_message(b"abc")
        documents = [*message.documents, ("stray", b"def")]
        answer = self.refused(world, replace(message, documents=documents))
        assert codes(answer) == ["XDSMissingDocumentMetadata"]
        assert "stray" in answer.errors[0].context

    def test_a_unique_id_that_is_there_twice(self, world: World) -> None:
        answer = self.refused(world, a_message(b"abc", b"def", unique_id="1.2.3.4.5"))
        assert codes(answer) == ["XDSRepositoryDuplicateUniqueIdInMessage"]
        for quoted in ("1.2.3.4.5", "DocumentEntry Document01", "DocumentEntry Document02"):
            assert quoted in answer.errors[0].context

    def test_an_id_that_is_there_twice(self, world: World) -> None:
        submission = a_submission(an_entry("same"), an_entry("same"))
        answer = self.refused(world, Message(submission, [("same", b"abc")]))
        assert codes(answer) == ["XDSRepositoryMetadataError"]
        assert "same" in answer.errors[0].context

    @pytest.mark.parametrize(
        ("attribute", "value"),
        [("hash", "xyz"), ("hash", "a" * 39), ("size", "-1"), ("size", "3.0"), ("size", "9" * 19)],
    )
    def test_a_malformed_hash_or_size(self, world: World, attribute: str, value: str) -> None:
        answer = self.refused(world, a_message(b"abc", **{attribute: value}))
        assert codes(answer) == ["XDSRepositoryMetadataError"]
        assert f"{attribute} of DocumentEntry Document01" in answer.errors[0].context
        assert value in answer.errors[0].context

    def test_an_entry_without_unique_id(self, world: World) -> None:
        answer = self.refused(world, a_message(b"abc", unique_id=None))
        assert codes(answer) == ["XDSRepositoryMetadataError"]
        assert "DocumentEntry Document01 has no uniqueId" in answer.errors[0].context

    def test_a_submission_set_without_unique_id(self, world: World) -> None:
        message = a_message(b"abc")
        (submission_set,) = message.submission.submission_sets
        nameless = replace(submission_set, unique_id=None)
        submission = replace(message.submission, submission_sets=(nameless,))
        answer = self.refused(world, replace(message, submission=submission))
        assert codes(answer) == ["XDSRepositoryMetadataError"]
        assert "SubmissionSet has no uniqueId" in answer.errors[0].context

    def test_everything_that_is_wrong_is_told_at_once(self, world: World) -> None:
        submission = a_submission(
            an_entry("a", hash="x"), an_entry("b", unique_id=None), an_entry("c")
        )
        message = Message(submission, [("a", b""), ("b", b""), ("d", b"")])
        assert sorted(codes(self.refused(world, message))) == [
            "XDSMissingDocument",
            "XDSMissingDocumentMetadata",
            "XDSRepositoryMetadataError",
            "XDSRepositoryMetadataError",
        ]

    def test_two_documents_in_one_part(self, world: World) -> None:
        message = a_message(b"abc", b"def")
        answer = send(world.caller, including(message, "cid:one", "cid:one"), message.message_id)
        assert codes(answer) == ["XDSRepositoryMetadataError"]
        assert "cid:one" in answer.errors[0].context

    def test_metadata_that_breaks_the_schema(self, world: World) -> None:
        message = a_message(b"abc")
        body = [
            piece.replace(b"RegistryPackage", b"RegistryPacket")
            if isinstance(piece, bytes)
            else piece
            for piece in message.body()
        ]
        answer = send(world.caller, body, message.message_id)
        assert set(codes(answer)) == {"XDSRepositoryMetadataError"}
        world.assert_untouched()

    def test_a_part_that_is_missing(self, world: World) -> None:
        message = a_message(b"abc")
        with pytest.raises(RemoteFault, match=r"Document01.*<away@example>") as caught:
            send(world.caller, including(message, "cid:away@example"), message.message_id)
        assert caught.value.code == "Sender"
        world.assert_untouched()


class TestRefusedAfterTheBytesCame:
    """What only the bytes show to be wrong leaves nothing behind."""

    def test_another_hash(self, world: World) -> None:
        answer = provide(world.caller, a_message(b"abc", hash="0" * 40))
        assert codes(answer) == ["XDSRepositoryMetadataError"]
        for quoted in ("Document01", "0" * 40, hashlib.sha1(b"abc").hexdigest()):
            assert quoted in answer.errors[0].context
        assert world.registry.calls == []
        world.assert_untouched()

    def test_another_size(self, world: World) -> None:
        answer = provide(world.caller, a_message(b"abc", size="4"))
        assert codes(answer) == ["XDSRepositoryMetadataError"]
        assert "size 4" in answer.errors[0].context
        assert "3 octets" in answer.errors[0].context
        world.assert_untouched()

    def test_every_document_is_compared(self, world: World) -> None:
        answer = provide(world.caller, a_message(b"abc", b"defg", hash="0" * 40, size="4"))
        assert codes(answer) == ["XDSRepositoryMetadataError"] * 3
        world.assert_untouched()

    @pytest.mark.parametrize("call", ["mkdir", "fsync", "rename"])
    def test_a_full_disk(self, world: World, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
        message = a_message(b"abc", b"def")
        with monkeypatch.context() as broken:
            broken.setattr(os, call, _raise_no_space)
            answer = provide(world.caller, message)
        assert codes(answer) == ["XDSRepositoryOutOfResources"]
        assert world.registry.calls == []
        world.assert_untouched()
        assert provide(world.caller, message).status is SUCCESS

    def test_a_message_that_breaks_off(self, world: World) -> None:
        server = SoapServer("DocumentRepository", world.repository.operations())
        whole = on_the_wire(a_message(os.urandom(CHUNK)))
        intake = server.intake(whole[0], Peer("127.0.0.1"))
        intake.feed(whole[1][: CHUNK // 2])
        assert len(world.staged()) == 1
        intake.abort()
        world.assert_untouched()

    def test_a_message_without_its_end(self, world: World) -> None:
        server = SoapServer("DocumentRepository", world.repository.operations())
        whole = on_the_wire(a_message(os.urandom(CHUNK)))
        intake = server.intake(whole[0], Peer("127.0.0.1"))
        intake.feed(whole[1][:-20])
        assert intake.finish().status == 400
        world.assert_untouched()
