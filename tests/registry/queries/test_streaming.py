"""Answers of many objects: decided at once, sent while they are fetched, in constant memory."""

from __future__ import annotations

import hashlib
import http.client
import socket
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final
from uuid import uuid4

import pytest
from lxml import etree
from sqlalchemy import Connection, event, update

from ihe_profiles import iti18
from ihe_profiles.soap import envelope
from ihe_profiles.soap.addressing import Addressing
from ihe_profiles.soap.endpoint import Pools, SoapEndpoint
from ihe_profiles.soap.exchange import Answer, Exchange, Peer
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.soap.spyne_port import SoapServer
from ihe_profiles.xds.queries import BY_NAME
from ihe_profiles.xds.vocabulary import Status
from ledger.database import Database
from registry import streaming
from registry.limits import RegistryLimits
from registry.service import Registry
from registry.store import tables
from tests.registry.consumer import Consumer
from tests.registry.queries.bulk import multiply, store
from tests.registry.samples import OTHER_PATIENT, PATIENT, document, folder, put
from tests.soap.live import running

LIMITS: Final = RegistryLimits(objects=20_000, joined=50)
REQUEST: Final = iti18.request(
    BY_NAME["FindDocuments"].id,
    {"$XDSDocumentEntryPatientId": PATIENT, "$XDSDocumentEntryStatus": [Status.APPROVED]},
)
MIB: Final = 1 << 20


@pytest.fixture
def many(database: Database) -> Database:
    """10 000 documents of one patient."""
    store(Consumer(Registry(database)), document(entry_uuid=uuid4().urn))
    multiply(database, 9_999, patients=False)
    return database


def ask(registry: Registry, body: bytes = REQUEST) -> Answer:
    (handler,) = [o.handler for o in registry.operations() if o.transaction.number == "ITI-18"]
    answer = handler(
        Exchange(
            transaction=iti18.TRANSACTION,
            addressing=Addressing(iti18.TRANSACTION.action, None),
            header=None,
            body=etree.fromstring(body),
            digest=hashlib.sha256(body).digest(),
            peer=Peer("192.0.2.1"),
            trace_id="0" * 32,
        )
    )
    assert isinstance(answer, Answer)
    return answer


@contextmanager
def fetches(database: Database) -> Iterator[list[str]]:
    """Collect the statements that fetch fragments."""
    found: list[str] = []

    def note(_connection: Connection, _cursor: Any, statement: str, *_: object) -> None:
        if "fragment" in statement:
            found.append(statement)

    event.listen(database._reader, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(database._reader, "before_cursor_execute", note)


@pytest.mark.slow
def test_ten_thousand_objects_cost_constant_memory(many: Database) -> None:
    registry = Registry(many, limits=LIMITS)
    ask(registry)  # statements are compiled, connections open
    tracemalloc.start()
    try:
        answer = ask(registry)
        decided, _peak = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        size = sum(len(piece) for piece in answer.body if isinstance(piece, bytes))
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size > 40 * MIB
    assert decided < 6 * MIB  # where each object is, and what may change of it
    assert peak - decided < 4 * MIB


@pytest.mark.slow
def test_the_first_byte_leaves_before_the_last_fragment_is_fetched(many: Database) -> None:
    soap, limits = SoapLimits(), SoapLimits()
    server = SoapServer("DocumentRegistry", Registry(many, limits=LIMITS).operations(), soap)
    batches = 10_000 // streaming.BATCH
    with (
        ThreadPoolExecutor(1) as uploads,
        ThreadPoolExecutor(1) as queries,
        running(
            SoapEndpoint(server, b"", limits, Pools(uploads, queries)), limits, send_buffer=65536
        ) as port,
        fetches(many) as fetched,
    ):
        message = b"".join(
            piece
            for piece in envelope.write(iti18.TRANSACTION.action, [REQUEST], to="http://localhost")
            if isinstance(piece, bytes)
        )
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        client.connect()
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        client.request("POST", "/", message, {"Content-Type": "application/soap+xml"})
        response = client.getresponse()
        first = response.read(1000)
        early = len(fetched)
        assert b"AdhocQueryResponse" in first
        assert early < batches / 2
        assert many._reader.pool.checkedout() == 0  # the reader takes its time, and pins nothing
        rest = response.read()
        client.close()
    assert len(fetched) == batches + 1  # and the few that would have been a small answer
    assert (first + rest).count(b"<rim:ExtrinsicObject ") == 10_000


def test_a_streamed_answer_is_what_a_small_one_is(database: Database) -> None:
    entries = [document(entry_uuid=uuid4().urn) for _ in range(7)]
    dossier = folder(entry_uuid=uuid4().urn)
    filings = [put(dossier.entry_uuid, entry.entry_uuid) for entry in entries]
    store(Consumer(Registry(database)), *entries, dossier, *filings)
    body = iti18.request(
        BY_NAME["GetAll"].id,
        {
            "$patientId": PATIENT,
            "$XDSDocumentEntryStatus": [Status.APPROVED],
            "$XDSSubmissionSetStatus": [Status.APPROVED],
            "$XDSFolderStatus": [Status.APPROVED],
        },
    )
    home = "urn:oid:1.2.3.4"
    small = ask(Registry(database, home_community_id=home), body)
    limits = RegistryLimits(joined=3)
    large = ask(Registry(database, home_community_id=home, limits=limits), body)
    assert isinstance(small.body, list)
    assert not isinstance(large.body, list)
    assert b"".join(small.body) == b"".join(large.body)  # type: ignore[arg-type]


def test_what_was_decided_is_sent_whatever_happens_meanwhile(database: Database) -> None:
    store(Consumer(Registry(database)), *(document(entry_uuid=uuid4().urn) for _ in range(5)))
    answer = ask(Registry(database, limits=RegistryLimits(joined=1)))
    row = tables.document_entry
    database.write(lambda c: c.execute(update(row).values(status=2)))
    sent = b"".join(piece for piece in answer.body if isinstance(piece, bytes))
    assert sent.count(b"StatusType:Approved") == 5
    assert b"StatusType:Deprecated" not in sent


@pytest.mark.parametrize("joined", [1, 50])
def test_large_answers_are_judged_as_small_ones_are(database: Database, joined: int) -> None:
    registry = Consumer(Registry(database, limits=RegistryLimits(objects=5, joined=joined)))
    mine = [document(entry_uuid=uuid4().urn) for _ in range(3)]
    theirs = [document(entry_uuid=uuid4().urn, patient_id=OTHER_PATIENT) for _ in range(3)]
    store(registry, *mine)
    store(registry, *theirs, patient=OTHER_PATIENT)
    ids = [entry.entry_uuid for entry in (*mine, *theirs)]
    for chosen, code in ((ids, "XDSTooManyResults"), (ids[1:5], "XDSResultNotSinglePatient")):
        found = registry.query("GetDocuments", XDSDocumentEntryEntryUUID=chosen)
        assert [error.code for error in found.errors] == [code]
        assert found.objects == ()
    assert len(registry.query("GetDocuments", XDSDocumentEntryEntryUUID=ids[:3]).objects) == 3
