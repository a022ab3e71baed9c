"""ITI-41: what is stored, what the registry is told, what the source is answered."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import replace

from sqlalchemy import select

from ihe_profiles import iti41
from ihe_profiles.soap import envelope, mtom
from ihe_profiles.soap.exchange import Answer, PartHead, Peer
from ihe_profiles.soap.spyne_port import SoapServer
from ihe_profiles.xds.metadata import Folder, LocalizedString
from ihe_profiles.xds.response import RegistryResponse
from ihe_profiles.xds.submission import Filing, build, new_oid
from ihe_profiles.xds.vocabulary import ResponseStatus
from repository.digest import CHUNK
from repository.provide import Provide
from repository.store.tables import State, document
from tests.repository.conftest import World
from tests.repository.messages import (
    CODE,
    PATIENT,
    REPOSITORY,
    Message,
    a_message,
    a_submission,
    an_entry,
    an_exchange,
    codes,
    including,
    provide,
    retrieve,
    send,
)
from tests.repository.registry import (
    REFUSAL,
    WARNING,
    Call,
    StandIn,
    obey,
    refuse,
    warn,
)

SUCCESS, FAILURE = ResponseStatus.SUCCESS, ResponseStatus.FAILURE


def test_documents_come_back_byte_for_byte(world: World) -> None:
    documents = [b"", b"\x00\r\n--boundary\r\n\xff", os.urandom(2 * CHUNK + 3)]
    message = a_message(*documents)
    assert provide(world.caller, message) == RegistryResponse(SUCCESS)
    assert world.states() == [State.COMMITTED] * 3
    assert len(world.files()) == 3
    assert world.staged() == []
    found = retrieve(world.caller, *message.unique_ids)
    assert found.response == RegistryResponse(SUCCESS)
    assert [data for _, _, _, data in found.documents] == documents


def test_the_metadata_is_completed_and_else_left_alone(world: World) -> None:
    message = a_message(b"abc")
    provide(world.caller, message)
    (sent,), (told,) = message.submission.documents, world.registry.entries
    assert told == replace(
        sent,
        hash="a9993e364706816aba3e25717850c26c9cd0d89d",
        size="3",
        repository_unique_id=REPOSITORY,
    )
    (submission,) = world.registry.registered.values()
    assert submission.submission_sets == message.submission.submission_sets
    assert submission.associations == message.submission.associations


def test_a_right_hash_stays_as_it_was_written_and_the_repository_is_replaced(world: World) -> None:
    digest = hashlib.sha1(b"abc").hexdigest().upper()
    message = a_message(b"abc", hash=digest, size="3", repository_unique_id="1.2.3.4.5")
    assert provide(world.caller, message).status is SUCCESS
    assert world.registry.entries == [
        replace(message.submission.documents[0], repository_unique_id=REPOSITORY)
    ]


def test_the_row_says_what_the_document_is(world: World) -> None:
    message = a_message(b"abc", home_community_id="urn:oid:1.2.3", mime_type="image/png")
    provide(world.caller, message)
    with world.database.read() as connection:
        row = connection.execute(select(document)).one()
    assert (row.mime_type, row.home, row.size) == ("image/png", "urn:oid:1.2.3", 3)
    assert row.sha1 == hashlib.sha1(b"abc").hexdigest()
    assert row.sha256 == row.chunk_digests == hashlib.sha256(b"abc").digest()
    assert row.submission_unique_id == message.submission.submission_sets[0].unique_id
    assert [row.register_message_id] == world.registry.message_ids
    assert len(row.trace_id) == 32


def test_inline_documents_and_parts_may_be_mixed(world: World) -> None:
    message = a_message(b"in a part", b"in the envelope")
    in_a_part, inline = message.documents
    body = replace(message, documents=[in_a_part]).body()
    text = base64.b64encode(inline[1]).decode()
    body.insert(-1, f'<xds:Document id="{inline[0]}">{text}</xds:Document>'.encode())
    answer = send(world.caller, body, message.message_id)
    assert answer.status is SUCCESS
    found = retrieve(world.caller, *message.unique_ids).bytes_of
    assert list(found.values()) == [b"in a part", b"in the envelope"]


def test_a_plain_message_is_taken_too(world: World) -> None:
    message = a_message(b"abc")
    action = iti41.TRANSACTION.action
    pieces = tuple(envelope.write(action, message.body(), message_id=message.message_id))
    headers, chunks = mtom.write_plain(pieces)
    server = SoapServer("DocumentRepository", world.repository.operations())
    intake = server.intake(dict(headers)["Content-Type"], Peer("127.0.0.1"))
    intake.feed(b"".join(chunks))
    assert intake.finish().status == 200
    assert retrieve(world.caller, *message.unique_ids).bytes_of == {message.unique_ids[0]: b"abc"}


def test_a_part_that_no_document_refers_to_falls(world: World) -> None:
    message = a_message(b"abc")
    service = Provide(world.database, world.blobs, world.registry, REPOSITORY, world.limits)
    body = b"".join(including(message, "cid:one@example"))
    upload = service(an_exchange(iti41.TRANSACTION, body))
    assert not isinstance(upload, Answer)
    assert upload.part(PartHead("other@example", "text/plain")) is None
    sink = upload.part(PartHead("one@example", "text/plain"))
    assert sink is not None
    sink.write(b"abc")
    sink.close()
    upload.finish()
    assert retrieve(world.caller, *message.unique_ids).bytes_of == {message.unique_ids[0]: b"abc"}


def test_a_message_without_an_id_is_carried_out_each_time(world: World) -> None:
    service = Provide(world.database, world.blobs, world.registry, REPOSITORY, world.limits)
    for _ in range(2):
        body = b"".join(including(Message(a_submission(), [])))
        upload = service(an_exchange(iti41.TRANSACTION, body))
        assert not isinstance(upload, Answer)
        upload.finish()
    first, second = world.registry.message_ids
    assert first != second
    assert world.messages() == 0


def test_a_submission_without_documents_is_passed_on(world: World) -> None:
    folder = Folder(
        entry_uuid="folder",
        unique_id=new_oid(),
        patient_id=PATIENT,
        code_list=(CODE,),
        title=(LocalizedString("Suivi"),),
    )
    submission = build(
        [],
        source_id="1.2.3.4",
        content_type_code=CODE,
        patient_id=PATIENT,
        submission_time=an_entry().creation_time,
        folders=(Filing(folder),),
    )
    message = Message(submission, [])
    assert provide(world.caller, message).status is SUCCESS
    assert provide(world.caller, message).status is SUCCESS
    assert len(world.registry.registered) == len(world.registry.calls) == 1
    assert world.states() == []


def test_warnings_of_the_registry_are_relayed(world: World) -> None:
    world.registry.script.append(warn)
    message = a_message(b"abc")
    assert provide(world.caller, message) == RegistryResponse(SUCCESS, (WARNING,))
    assert world.states() == [State.COMMITTED]


def test_a_refused_submission_is_undone_and_every_reason_relayed(world: World) -> None:
    world.registry.script.append(refuse(REFUSAL, WARNING, REFUSAL))
    message = a_message(b"abc", b"def")
    answer = provide(world.caller, message)
    assert answer == RegistryResponse(FAILURE, (REFUSAL, WARNING, REFUSAL))
    world.assert_untouched()
    assert (
        codes(retrieve(world.caller, *message.unique_ids).response)
        == ["XDSDocumentUniqueIdError"] * 2
    )


def test_a_refused_message_may_be_sent_again_unchanged(world: World) -> None:
    world.registry.script.append(refuse(REFUSAL))
    message = a_message(b"abc")
    assert provide(world.caller, message).status is FAILURE
    assert provide(world.caller, message).status is SUCCESS
    assert world.states() == [State.COMMITTED]


def test_a_document_is_durable_and_served_before_the_registry_hears_of_it(world: World) -> None:
    message = a_message(b"abc")

    def look(registry: StandIn, call: Call) -> bytes:
        assert world.states() == [State.PENDING]
        assert retrieve(world.caller, *message.unique_ids).bytes_of == {
            message.unique_ids[0]: b"abc"
        }
        return obey(registry, call)

    world.registry.script.append(look)
    assert provide(world.caller, message).status is SUCCESS


def test_a_unique_id_may_come_again_and_the_registry_decides(world: World) -> None:
    first, second = a_message(b"abc", unique_id="1.2.3"), a_message(b"abc", unique_id="1.2.3")
    assert provide(world.caller, first).status is SUCCESS
    assert provide(world.caller, second).status is SUCCESS
    assert world.states() == [State.COMMITTED] * 2
    assert len(world.files()) == 2
