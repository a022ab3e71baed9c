"""ITI-43: the right bytes, or none."""

from __future__ import annotations

import logging
import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from ihe_profiles import iti41, iti43
from ihe_profiles.iti43 import DocumentRequest
from ihe_profiles.policy.access import Access
from ihe_profiles.soap.client import Unanswered
from ihe_profiles.soap.exchange import Binary
from ihe_profiles.xds import response
from ihe_profiles.xds.encoding import write_submission
from ihe_profiles.xds.vocabulary import ResponseStatus
from ledger.database import Database, Unavailable
from repository.digest import CHUNK, Damaged
from repository.permission import Permission
from repository.retrieve import Retrieve
from repository.store.tables import State
from tests.repository.conftest import World
from tests.repository.messages import (
    REPOSITORY,
    a_message,
    a_submission,
    an_entry,
    an_exchange,
    ask,
    codes,
    provide,
    retrieve,
)
from tests.repository.registry import get_lost

SUCCESS, PARTIAL, FAILURE = (
    ResponseStatus.SUCCESS,
    ResponseStatus.PARTIAL_SUCCESS,
    ResponseStatus.FAILURE,
)


@pytest.fixture
def database(on_sqlite: Database) -> Database:
    """What is read from the index is tested on both databases in test_index."""
    return on_sqlite


def stored(world: World, data: bytes, **changes: object) -> tuple[str, Path]:
    """Provide one document; return its uniqueId and its file."""
    before = set(world.files())
    message = a_message(data, **changes)
    provide(world.caller, message)
    (key,) = set(world.files()) - before
    return message.unique_ids[0], world.folder / key[:2] / key


def change(file: Path, at: int) -> None:
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)


def test_some_documents_are_a_partial_success_and_the_others_are_named(world: World) -> None:
    here, _ = stored(world, b"abc")
    found = ask(
        world.caller,
        DocumentRequest(None, REPOSITORY, "9.9.9"),
        DocumentRequest(None, REPOSITORY, here),
        DocumentRequest(None, "1.2.3.4", here),
    )
    assert found.response.status is PARTIAL
    assert [(e.code, e.location) for e in found.response.errors] == [
        ("XDSDocumentUniqueIdError", "9.9.9"),
        ("XDSUnknownRepositoryId", here),
    ]
    assert "9.9.9" in found.response.errors[0].context
    assert "1.2.3.4" in found.response.errors[1].context
    assert found.bytes_of == {here: b"abc"}


def test_no_document_is_a_failure(world: World) -> None:
    found = retrieve(world.caller, "9.9.9")
    assert found.response.status is FAILURE
    assert codes(found.response) == ["XDSDocumentUniqueIdError"]
    assert found.documents == []


def test_a_document_asked_for_twice_comes_twice(world: World) -> None:
    here, _ = stored(world, b"abc")
    found = retrieve(world.caller, here, here)
    assert found.response.status is SUCCESS
    assert [data for _, _, _, data in found.documents] == [b"abc", b"abc"]


def test_the_home_community_is_given_back_if_it_was_given(world: World) -> None:
    here, _ = stored(world, b"abc")
    request = DocumentRequest("urn:oid:1.2.3", REPOSITORY, here)
    body = iti43.request([request, DocumentRequest(None, REPOSITORY, here)])
    answer = world.caller.call(iti43.TRANSACTION, [body])
    _, documents = iti43.read_response(answer.body)
    assert [d.home_community_id for d in documents] == ["urn:oid:1.2.3", None]


@pytest.mark.parametrize(
    ("mime_type", "of_the_part"),
    [
        ("text/xml", "text/xml"),
        ('text/plain; charset="utf-8"', "text/plain"),
        ("text/plain\r\nX-Evil: 1", "application/octet-stream"),
        ("café/crème", "application/octet-stream"),
        ("nonsense", "application/octet-stream"),
    ],
)
def test_the_media_type_is_that_of_the_metadata(
    world: World, mime_type: str, of_the_part: str
) -> None:
    here, _ = stored(world, b"abc", mime_type=mime_type)
    ((_, told, part, data),) = retrieve(world.caller, here).documents
    assert (told, part, data) == (mime_type, of_the_part, b"abc")


def test_a_request_that_breaks_the_schema_is_refused(world: World) -> None:
    answer = world.caller.call(iti43.TRANSACTION, [iti43.request([])])
    outcome, documents = iti43.read_response(answer.body)
    assert (outcome.status, documents) == (FAILURE, ())
    assert set(codes(outcome)) == {"XDSRepositoryError"}


@pytest.mark.parametrize("at", [0, CHUNK - 1, CHUNK, 2 * CHUNK + 16])
def test_no_byte_of_a_damaged_chunk_leaves(
    world: World, caplog: pytest.LogCaptureFixture, at: int
) -> None:
    data = os.urandom(2 * CHUNK + 17)
    here, file = stored(world, data)
    change(file, at)
    sent: list[bytes] = []
    with pytest.raises(Damaged):
        sent.extend(_binary(world, here).chunks())
    assert b"".join(sent) == data[: at // CHUNK * CHUNK]
    (record,) = (r for r in caplog.records if r.name == "repository.retrieve")
    assert record.levelno == logging.ERROR
    assert (record.blob_key, record.unique_id) == (file.name, here)  # type: ignore[attr-defined]


def test_the_connection_ends_without_a_closing_boundary(world: World) -> None:
    here, file = stored(world, os.urandom(CHUNK + 1))
    change(file, CHUNK)
    with pytest.raises(Unanswered, match="broke off"):
        retrieve(world.caller, here)


@pytest.mark.parametrize("lose", ["remove", "shorten", "lengthen"])
def test_lost_bytes_are_found_before_the_answer_starts(
    world: World, caplog: pytest.LogCaptureFixture, lose: str
) -> None:
    lost, file = stored(world, b"abc")
    here, _ = stored(world, b"def")
    {
        "remove": file.unlink,
        "shorten": lambda: file.write_bytes(b"ab"),
        "lengthen": lambda: file.write_bytes(b"abcd"),
    }[lose]()
    found = retrieve(world.caller, lost, here)
    assert found.response.status is PARTIAL
    assert [(e.code, e.location) for e in found.response.errors] == [
        ("XDSDocumentUniqueIdError", lost)
    ]
    assert found.bytes_of == {here: b"def"}
    assert file.name in {getattr(record, "blob_key", "") for record in caplog.records}


def test_another_blob_with_the_same_bytes_takes_the_place_of_a_lost_one(world: World) -> None:
    lost, file = stored(world, b"abc", unique_id="1.2.3")
    stored(world, b"abc", unique_id="1.2.3")
    file.unlink()
    assert retrieve(world.caller, lost).bytes_of == {"1.2.3": b"abc"}


def test_other_bytes_never_take_the_place_of_a_lost_document(world: World) -> None:
    lost, file = stored(world, b"abc", unique_id="1.2.3")
    stored(world, b"def", unique_id="1.2.3")
    file.unlink()
    assert codes(retrieve(world.caller, lost).response) == ["XDSDocumentUniqueIdError"]


def test_pending_bytes_never_come_before_committed_ones(world: World) -> None:
    world.registry.script.extend([get_lost, get_lost])
    stored(world, b"pending", unique_id="1.2.3")
    assert retrieve(world.caller, "1.2.3").bytes_of == {"1.2.3": b"pending"}
    stored(world, b"committed", unique_id="1.2.3")
    assert world.states() == [State.PENDING, State.COMMITTED]
    assert retrieve(world.caller, "1.2.3").bytes_of == {"1.2.3": b"committed"}


def test_an_index_out_of_reach_is_a_failure(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    here, _ = stored(world, b"abc")

    def read() -> None:
        raise Unavailable("no connection to db.example")

    monkeypatch.setattr(world.database, "read", read)
    found = retrieve(world.caller, here)
    assert codes(found.response) == ["XDSRepositoryBusy"]
    assert "db.example" not in found.response.errors[0].context


def test_a_large_document_takes_little_memory_both_ways(world: World) -> None:
    size, piece = 48 * CHUNK, os.urandom(CHUNK)

    def pieces() -> Iterator[bytes]:
        for _ in range(size // CHUNK):
            yield piece

    submission = a_submission(an_entry(unique_id="1.2.3"))
    body = iti41.request(
        write_submission(submission), [("Document01", Binary("image/x", size, pieces))]
    )
    tracemalloc.start()
    try:
        answer = world.caller.call(iti41.TRANSACTION, body)
        assert response.read(answer.body).status is SUCCESS
        assert sum(len(chunk) for chunk in _binary(world, "1.2.3").chunks()) == size
        assert tracemalloc.get_traced_memory()[1] < size // 4
    finally:
        tracemalloc.stop()


def _binary(world: World, unique_id: str) -> Binary:
    """The document as the operation hands it to the port."""
    request = iti43.request([DocumentRequest(None, REPOSITORY, unique_id)])
    exchange = an_exchange(iti43.TRANSACTION, request)
    permission = Permission(world.registry, REPOSITORY, Access())
    answer = Retrieve(world.database, world.blobs, REPOSITORY, permission)(exchange)
    (binary,) = (piece for piece in answer.body if isinstance(piece, Binary))
    return binary
