"""What a repository records of real exchanges, of its own requests, and of what breaks off."""

from __future__ import annotations

import http.client
import os
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from ihe_profiles import iti43
from ihe_profiles.iti43 import DocumentRequest
from ihe_profiles.soap import envelope
from ihe_profiles.soap.client import LocalCaller, RemoteFault, Unanswered
from ihe_profiles.soap.endpoint import Pools, SoapEndpoint
from ihe_profiles.soap.exchange import Peer
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.soap.spyne_port import SoapServer
from ihe_profiles.xds.vocabulary import ResponseStatus
from ihe_profiles.xua.requester import Requester
from ledger.audit import AuditUnavailable
from ledger.database import Database, Unavailable
from repository.digest import CHUNK
from repository.limits import RepositoryLimits
from repository.service import Repository
from repository.signature_policy import Format, Policy
from repository.signatures import NO_RULES, Rules
from repository.store.filesystem import FilesystemBlobs
from tests.atna.records import Outbox, Record
from tests.atna.test_events import USER
from tests.dsg import pki
from tests.repository.conftest import AT_ONCE
from tests.repository.messages import (
    PATIENT,
    REPOSITORY,
    Message,
    a_message,
    ask,
    including,
    on_the_wire,
    provide,
    retrieve,
    send,
)
from tests.repository.registry import (
    REFUSAL,
    Call,
    StandIn,
    be_unreachable,
    get_lost,
    obey,
    obey_but_lose_the_answer,
    refuse,
)
from tests.repository.test_signatures import xml
from tests.soap.live import running, until

URL = "https://repository.example/repository"
REGISTRY = "https://registry.example:9443/registry"


class World:
    """A repository that records, a registry that obeys, and a client."""

    def __init__(self, database: Database, folder: Path, outbox: Outbox) -> None:
        self.folder = folder
        self.registry = StandIn()
        self.outbox = outbox
        self.audit = outbox.audit(URL)
        self._database = database
        self.requester: Requester | None = None
        self.start(RepositoryLimits())

    def start(self, limits: RepositoryLimits, signatures: Rules = NO_RULES) -> None:
        self.repository = Repository(
            self._database,
            FilesystemBlobs(self.folder),
            self.registry,
            unique_id=REPOSITORY,
            limits=limits,
            signatures=signatures,
            audit=self.audit,
            registry_endpoint=REGISTRY,
        )
        self.server = SoapServer(
            "DocumentRepository",
            self.repository.operations(),
            guard=lambda *_: self.requester,
            on_fault=self.audit.on_fault,
        )
        self.caller = LocalCaller(self.server, Peer("192.0.2.1"))

    def stored(self, data: bytes) -> tuple[str, Path]:
        """Store a document; its uniqueId and its blob. Its records are passed over."""
        before = set(self.folder.glob("[0-9a-f][0-9a-f]/*"))
        message = a_message(data)
        assert provide(self.caller, message).status is ResponseStatus.SUCCESS
        self.outbox.take()
        (blob,) = set(self.folder.glob("[0-9a-f][0-9a-f]/*")) - before
        return message.unique_ids[0], blob


@pytest.fixture
def world(database: Database, outbox: Outbox, tmp_path: Path) -> World:
    return World(database, tmp_path / "blobs", outbox)


def _set(message: Message) -> str | None:
    return message.submission.submission_sets[0].unique_id


def _both(records: list[Record], message: Message, outcome: int) -> None:
    """One record of the documents that came in, one of the metadata that went on."""
    came, went = sorted(records, key=lambda r: r.type)
    assert (came.type, came.event[0], came.action) == ("ITI-41", "110107", "C")
    assert came.one("110153").place == ("192.0.2.1", "2")
    assert (came.one("110152").user_id, came.one("110152").alternative) == (URL, "4711")
    assert (went.type, went.event[0], went.action) == ("ITI-42", "110106", "R")
    assert (went.one("110153").user_id, went.one("110153").alternative) == (URL, "4711")
    assert went.one("110153").requestor
    assert went.one("110152").user_id == REGISTRY
    assert went.one("110152").place == ("registry.example", "1")
    for record in (came, went):
        assert record.outcome == outcome
        assert record.patients == [PATIENT]
        assert [o.id for o in record.told("20")] == [_set(message)]


def test_a_submission(world: World, outbox: Outbox) -> None:
    message = a_message(b"SECRET CONTENT", b"more")
    assert provide(world.caller, message).status is ResponseStatus.SUCCESS
    records = outbox.take()
    _both(records, message, 0)
    assert not any(b"SECRET" in r.raw for r in records)
    provide(world.caller, message)
    repeated = outbox.one()
    assert (repeated.type, repeated.outcome) == ("ITI-41", 0)


def test_a_submission_that_the_registry_refuses(world: World, outbox: Outbox) -> None:
    world.registry.script.append(refuse(REFUSAL))
    message = a_message(b"abc")
    provide(world.caller, message)
    records = outbox.take()
    _both(records, message, 8)
    assert all("XDSUnknownPatientId" in (r.description or "") for r in records)


@pytest.mark.parametrize("trouble", [be_unreachable, get_lost])
def test_a_submission_without_an_answer_of_the_registry(
    world: World, outbox: Outbox, trouble: object
) -> None:
    world.registry.script.extend([trouble, trouble])  # type: ignore[list-item]
    message = a_message(b"abc")
    provide(world.caller, message)
    _both(outbox.take(), message, 8)


def test_a_submission_that_is_committed_later(world: World, outbox: Outbox) -> None:
    world.registry.script.extend([obey_but_lose_the_answer, get_lost])
    world.start(AT_ONCE)
    message = a_message(b"abc")
    provide(world.caller, message)
    _both(outbox.take(), message, 8)
    assert world.repository.recover().committed == 1
    record = outbox.one()
    assert (record.type, record.outcome) == ("ITI-41", 0)
    assert [o.id for o in record.told("20")] == [_set(message)]
    assert "Committed later" in (record.description or "")


def test_a_submission_that_is_registered_and_not_noted(
    world: World, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> None:
        raise Unavailable("no connection")

    monkeypatch.setattr("repository.commitment.writes.commit", lost)
    assert provide(world.caller, a_message(b"abc")).status is ResponseStatus.FAILURE
    records = sorted((r.type, r.outcome) for r in outbox.take())
    assert records == [("ITI-41", 8), ("ITI-42", 0)]


def test_a_submission_whose_record_cannot_be_kept_at_its_commitment(
    world: World, outbox: Outbox
) -> None:
    def obey_and_fill_up(registry: StandIn, call: Call) -> bytes:
        outbox.refuse()
        return obey(registry, call)

    world.registry.script.append(obey_and_fill_up)
    world.start(AT_ONCE)
    message = a_message(b"abc")
    with pytest.raises(RemoteFault, match="its audit record cannot be kept"):
        provide(world.caller, message)
    with pytest.raises(AuditUnavailable):
        world.repository.recover()
    outbox.accept()
    assert outbox.take() == []
    assert world.repository.pending() == 1
    assert provide(world.caller, message).status is ResponseStatus.SUCCESS  # as the fault says
    _both(outbox.take(), message, 0)


def test_a_submission_that_the_repository_refuses(world: World, outbox: Outbox) -> None:
    message = a_message(b"abc", hash="0" * 40)
    assert provide(world.caller, message).status is ResponseStatus.FAILURE
    record = outbox.one()
    assert (record.type, record.outcome, record.patients) == ("ITI-41", 8, [PATIENT])
    without = a_message(b"abc").with_documents()
    assert provide(world.caller, without).status is ResponseStatus.FAILURE
    assert outbox.one().outcome == 8
    assert world.registry.calls == []


def test_a_submission_whose_part_is_missing(world: World, outbox: Outbox) -> None:
    with pytest.raises(RemoteFault):
        send(world.caller, including(a_message(b"abc"), "cid:nowhere@x"))
    record = outbox.one()
    assert (record.type, record.outcome, record.patients) == ("ITI-41", 8, [PATIENT])
    assert "nowhere@x" in (record.description or "")


def test_a_submission_that_cannot_be_recorded(world: World, outbox: Outbox) -> None:
    message = a_message(b"abc")
    outbox.refuse()
    for sent in (message, a_message(b"abc", hash="0" * 40)):
        with pytest.raises(RemoteFault, match="its audit record cannot be kept"):
            provide(world.caller, sent)
    outbox.accept()
    assert outbox.take() == []
    assert provide(world.caller, message).status is ResponseStatus.SUCCESS  # as the fault says
    _both(outbox.take(), message, 0)


def test_each_signature_that_is_judged(world: World, outbox: Outbox) -> None:
    policies = dict.fromkeys(Format, Policy.REPORT)
    world.start(RepositoryLimits(), Rules(policies, pki.trust))
    signed = xml()
    message = a_message(signed, signed.replace(b"Compte rendu", b"Autre rendu", 1), b"plain")
    provide(world.caller, message)
    records = outbox.take()
    verified = [r for r in records if r.event[0] == "110007"]
    assert [(r.types[0][0], r.action, r.outcome, r.told("3")[0].id) for r in verified] == [
        ("urn:ihe:iti:dsg", "R", 0, message.unique_ids[0]),
        ("urn:ihe:iti:dsg", "R", 8, message.unique_ids[1]),
    ]
    assert all(r.patients == [PATIENT] for r in verified)
    assert [p.user_id for r in verified for p in r.participants if p.requestor] == [URL, URL]
    assert verified[1].description
    _both([r for r in records if r not in verified], message, 0)


def test_a_retrieval(world: World, outbox: Outbox) -> None:
    here, _ = world.stored(b"SECRET CONTENT")
    world.requester = USER
    assert retrieve(world.caller, here, home="urn:oid:2.25.9").bytes_of == {here: b"SECRET CONTENT"}
    record = outbox.one()
    assert (record.type, record.event[0], record.action) == ("ITI-43", "110106", "R")
    assert (record.outcome, record.patients) == (0, [])
    assert (record.one("110153").user_id, record.one("110153").requestor) == (URL, False)
    assert (record.one("110152").place[0], record.one("110152").requestor) == ("192.0.2.1", True)
    (document,) = record.told("3")
    assert document.id == here
    assert document.details == {
        "Repository Unique Id": REPOSITORY,
        "ihe:homeCommunityID": "urn:oid:2.25.9",
    }
    assert [h.name for h in record.humans] == ["dr<ann@https://idp.example>"]
    assert b"SECRET" not in record.raw


def test_a_partial_success_is_two_records(world: World, outbox: Outbox) -> None:
    here, _ = world.stored(b"abc")
    found = ask(
        world.caller,
        DocumentRequest(None, REPOSITORY, "9.9.9"),
        DocumentRequest(None, REPOSITORY, here),
    )
    assert found.response.status is ResponseStatus.PARTIAL_SUCCESS
    records = outbox.take()
    assert [(r.type, r.outcome, [o.id for o in r.told("3")]) for r in records] == [
        ("ITI-43", 0, [here]),
        ("ITI-43", 8, ["9.9.9"]),
    ]
    assert "XDSDocumentUniqueIdError" in (records[1].description or "")


def test_a_retrieval_of_nothing(world: World, outbox: Outbox) -> None:
    retrieve(world.caller, "9.9.9", "9.9.8")
    record = outbox.one()
    assert (record.outcome, [o.id for o in record.told("3")]) == (8, ["9.9.9", "9.9.8"])
    world.caller.call(iti43.TRANSACTION, [iti43.request([])])
    assert (outbox.one().outcome, record.type) == (8, "ITI-43")


def test_a_retrieval_that_cannot_be_recorded(world: World, outbox: Outbox) -> None:
    here, _ = world.stored(b"abc")
    outbox.refuse()
    with pytest.raises(RemoteFault, match="its audit record cannot be kept"):
        retrieve(world.caller, here)
    outbox.accept()
    assert outbox.take() == []


def test_a_damaged_document_is_an_alert_and_a_failure(world: World, outbox: Outbox) -> None:
    here, blob = world.stored(os.urandom(CHUNK + 1))
    data = bytearray(blob.read_bytes())
    data[CHUNK] ^= 1
    blob.write_bytes(data)
    with pytest.raises(Unanswered, match="broke off"):
        retrieve(world.caller, here)
    served, alert, broken = outbox.take()
    assert (served.type, served.outcome) == ("ITI-43", 0)
    assert (alert.event[0], alert.types[0][0], alert.outcome) == ("110113", "110135", 12)
    assert [o.id for o in alert.told("3")] == [here]
    assert (broken.type, broken.outcome) == ("ITI-43", 8)
    assert [o.id for o in broken.told("3")] == [here]


def test_a_document_damaged_at_its_start_is_a_fault(world: World, outbox: Outbox) -> None:
    here, blob = world.stored(b"abc")
    blob.write_bytes(b"abd")
    with _serving(world.server) as port:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        client.request("POST", "/", _retrieval(here), {"Content-Type": "application/soap+xml"})
        assert client.getresponse().status == 500
        client.close()
    served, alert, fault = outbox.take()
    assert (served.outcome, alert.event[0], fault.outcome) == (0, "110113", 8)
    assert (fault.type, [o.id for o in fault.told("3")]) == ("ITI-43", [here])


def test_a_reader_who_hangs_up(world: World, outbox: Outbox) -> None:
    here, _ = world.stored(os.urandom(24 * CHUNK))
    with _serving(world.server) as port, socket.create_connection(("127.0.0.1", port)) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        message = _retrieval(here)
        client.sendall(_head(len(message), "application/soap+xml") + message)
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
        found = outbox.take()
        client.close()
        until(lambda: bool(found.extend(outbox.take()) or len(found) > 1))
    assert [(r.type, r.outcome, r.told("3")[0].id) for r in found] == [
        ("ITI-43", 0, here),
        ("ITI-43", 8, here),
    ]


def test_a_reader_who_hangs_up_before_a_short_answer(world: World, outbox: Outbox) -> None:
    here, _ = world.stored(b"abc")
    gone = threading.Event()

    def guard(*_: object) -> None:
        assert gone.wait(20)

    operations = world.repository.operations()
    server = SoapServer("DocumentRepository", operations, guard=guard)
    message = _retrieval(here)
    with _serving(server) as port, socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(_head(len(message), "application/soap+xml") + message)
        client.shutdown(socket.SHUT_WR)
        client.settimeout(20)
        assert client.recv(1) == b""  # the server has seen it
        gone.set()
        found: list[Record] = []
        until(lambda: bool(found.extend(outbox.take()) or len(found) > 1))
    assert [(r.type, r.outcome, r.told("3")[0].id) for r in found] == [
        ("ITI-43", 0, here),
        ("ITI-43", 8, here),
    ]


def test_a_sender_who_breaks_off(world: World, outbox: Outbox) -> None:
    message = a_message(b"SECRET" * CHUNK)
    content_type, whole = on_the_wire(message)
    with _serving(world.server) as port:
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(_head(len(whole), content_type) + whole[: len(whole) // 2])
            until(lambda: [*(world.folder / "staging").iterdir()])
        found: list[Record] = []
        until(lambda: found.extend(outbox.take()) or found)
    (record,) = found
    assert (record.type, record.action, record.outcome) == ("ITI-41", "C", 8)
    assert record.patients == [PATIENT]
    assert [o.id for o in record.told("20")] == [_set(message)]
    assert "The message ends too early" in (record.description or "")
    assert world.registry.calls == []


def test_a_sender_who_breaks_off_before_the_metadata_is_read_did_nothing(
    world: World, outbox: Outbox
) -> None:
    content_type, whole = on_the_wire(a_message(b"abc"))
    intake = world.server.intake(content_type, Peer("192.0.2.1"))
    intake.feed(whole[:1000])
    intake.abort()
    assert outbox.take() == []


def _head(length: int, content_type: str) -> bytes:
    lines = ["POST / HTTP/1.1", "Host: x", f"Content-Length: {length}"]
    return "\r\n".join([*lines, f"Content-Type: {content_type}", "", ""]).encode()


def _retrieval(unique_id: str) -> bytes:
    body = iti43.request([DocumentRequest(None, REPOSITORY, unique_id)])
    pieces = envelope.write(iti43.TRANSACTION.action, [body], to="http://localhost")
    return b"".join(piece for piece in pieces if isinstance(piece, bytes))


@contextmanager
def _serving(server: SoapServer) -> Iterator[int]:
    limits = SoapLimits()
    with (
        ThreadPoolExecutor(1) as uploads,
        ThreadPoolExecutor(1) as queries,
        running(
            SoapEndpoint(server, b"", limits, Pools(uploads, queries)), limits, send_buffer=65536
        ) as port,
    ):
        yield port
