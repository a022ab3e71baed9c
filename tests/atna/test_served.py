"""A whole server: each exchange of its transactions comes to the destination once, as it ended."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from ihe_profiles import iti18, iti43
from ihe_profiles.iti43 import DocumentRequest
from ihe_profiles.soap.client import RemoteFault
from ihe_profiles.soap.exchange import Transaction
from ihe_profiles.xds.queries import BY_NAME
from tests.atna.records import Record, read
from tests.hl7.messages import adt, code
from tests.patients.wire import Sender
from tests.repository.messages import PATIENT, a_message, provide
from tests.servers import UNIQUE_ID, Server, callers, free_port, servers_in

SECRET = b"NOBODY MAY READ THIS IN A LOG"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server after one exchange of each transaction, stopped in order."""
    folder = tmp_path_factory.mktemp("audited")
    with servers_in(folder) as start:
        server = start(
            registry={"mllp_port": free_port()},
            domain={"patient_assigning_authorities": [PATIENT.authority]},
            audit={
                "destinations": [f"file://{folder / 'records'}"],
                "source_id": "2.25.77",
                "grace_seconds": 0.1,
            },
        )
        with httpx.Client(trust_env=False) as http:
            _exchange(server, http)
        assert server.stop() == 0
        yield server


def _exchange(server: Server, http: httpx.Client) -> None:
    registry, repository = callers(server, http)
    with Sender(server.settings["registry"]["mllp_port"]) as sender:
        assert code(sender.ask(adt("A01", PATIENT))) == "AA"
    message = a_message(SECRET)
    provide(repository, message)
    query = iti18.request(
        BY_NAME["GetDocuments"].id, {"$XDSDocumentEntryUniqueId": message.unique_ids}
    )
    registry.call(iti18.TRANSACTION, [query])
    wanted = [DocumentRequest(None, UNIQUE_ID, one) for one in (*message.unique_ids, "9.9.9")]
    repository.call(iti43.TRANSACTION, [iti43.request(wanted)])
    for actor, kind in ((registry, iti18.TRANSACTION), (repository, iti43.TRANSACTION)):
        wrong = Transaction("X", "X", "X", kind.action, kind.response_action, "{x}y")
        with pytest.raises(RemoteFault):
            actor.call(wrong, [b"<y xmlns='x'/>"])


@pytest.fixture(scope="module")
def records(server: Server) -> list[Record]:
    lines = (server.folder.parent / "records").read_bytes().splitlines()
    at = [line.find(b"<AuditMessage>") for line in lines]
    return [read(line[start:]) for line, start in zip(lines, at, strict=True) if start >= 0]


def test_each_side_is_recorded_once(server: Server, records: list[Record]) -> None:
    registry, repository = f"{server.url}/registry", f"{server.url}/repository"
    found = [
        (r.type, r.event[2], r.outcome, r.participants[0].user_id, r.participants[1].user_id)
        for r in records
        if r.type.startswith("ITI-")
    ]
    local = "127.0.0.1"
    assert sorted(found) == sorted(
        [
            ("ITI-8", "Patient Record", 0, "CHU|ADMIT", "REGION|XDS"),
            ("ITI-41", "Import", 0, local, repository),
            ("ITI-42", "Export", 0, repository, registry),
            ("ITI-42", "Import", 0, local, registry),
            ("ITI-18", "Query", 0, local, registry),
            ("ITI-43", "Export", 0, repository, local),
            ("ITI-43", "Export", 8, repository, local),  # one of two documents
            ("ITI-43", "Export", 8, repository, local),  # the fault
            ("ITI-18", "Query", 8, local, registry),
        ]
    )
    assert {r.source for r in records} == {("2.25.77", None)}


def test_patients_are_named_where_they_are_known(records: list[Record]) -> None:
    for record in records:
        if record.type in ("ITI-8", "ITI-18", "ITI-41", "ITI-42") and not record.outcome:
            assert record.patients == [PATIENT]


def test_no_content_is_in_a_record(records: list[Record]) -> None:
    assert not any(SECRET in record.raw for record in records)
    told = [o for r in records for o in r.objects if o.query]
    assert not any(SECRET in (one.query or b"") for one in told)


def test_start_and_stop_enclose_the_work(records: list[Record]) -> None:
    assert [r.type for r in records if r.event[0] == "110100"] == ["110120", "110121"]
