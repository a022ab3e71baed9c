"""What a registry records of real exchanges: one record each, kept with the work or before it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from ihe_profiles import iti18, iti42, iti51
from ihe_profiles.soap.client import LocalCaller, RemoteFault
from ihe_profiles.soap.exchange import Peer, Transaction
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.soap.spyne_port import SoapServer
from ihe_profiles.xds import encoding, response
from ihe_profiles.xds.metadata import Submission
from ihe_profiles.xds.queries import BY_NAME
from ihe_profiles.xds.vocabulary import ResponseStatus, Status
from ihe_profiles.xua.requester import Requester
from ledger.database import Database, Unavailable
from registry.limits import RegistryLimits
from registry.service import Registry
from tests.atna.records import Outbox, Record
from tests.atna.test_events import USER
from tests.hl7.messages import adt, code
from tests.patients.conftest import DOMAIN
from tests.patients.hospital import Hospital, ii, outcome, patient, v3
from tests.registry.queries.test_streaming import REQUEST, ask
from tests.registry.samples import OTHER_PATIENT, PATIENT, document, submission

URL = "https://registry.example/registry"


@pytest.fixture
def registry(database: Database, outbox: Outbox) -> Registry:
    return Registry(database, audit=outbox.audit(URL))


@pytest.fixture
def consumer(registry: Registry, outbox: Outbox) -> LocalCaller:
    return _caller(registry, outbox)


@pytest.fixture
def hospital(database: Database, outbox: Outbox) -> Hospital:
    return Hospital(Registry(database, domain=DOMAIN, audit=outbox.audit(URL)), database)


def _caller(registry: Registry, outbox: Outbox, guard: Any = None) -> LocalCaller:
    more = {} if guard is None else {"guard": guard}
    on_fault = outbox.audit(URL).on_fault
    server = SoapServer("DocumentRegistry", registry.operations(), on_fault=on_fault, **more)
    return LocalCaller(server, Peer("192.0.2.1"))


def _register(caller: LocalCaller, sent: Submission | bytes, message_id: str | None = None) -> str:
    body = sent if isinstance(sent, bytes) else iti42.request(encoding.write_submission(sent))
    answer = caller.call(iti42.TRANSACTION, [body], message_id=message_id)
    return response.read(answer.body).status


def _query(
    caller: LocalCaller,
    name: str,
    transaction: Transaction = iti18.TRANSACTION,
    kind: str = "LeafClass",
    **parameters: Any,
) -> tuple[iti18.Response, bytes]:
    given = {f"${key}": value for key, value in parameters.items()}
    body = iti18.request(BY_NAME[name].id, given, kind)
    return iti18.read_response(caller.call(transaction, [body]).body), body


def _judge(record: Record, number: str, event: str, action: str) -> None:
    assert (record.type, record.event[0], record.action) == (number, event, action)
    server = record.one("110152")
    assert (server.user_id, server.alternative) == (URL, "4711")
    assert record.one("110153").place == ("192.0.2.1", "2")


def test_a_registration(consumer: LocalCaller, outbox: Outbox) -> None:
    sent = submission(document())
    assert _register(consumer, sent) == ResponseStatus.SUCCESS
    record = outbox.one()
    _judge(record, "ITI-42", "110107", "C")
    assert (record.outcome, record.patients) == (0, [PATIENT])
    assert [o.id for o in record.told("20")] == [sent.submission_sets[0].unique_id]


def test_a_registration_that_is_refused(consumer: LocalCaller, outbox: Outbox) -> None:
    sent = submission(document())
    _register(consumer, sent)
    outbox.take()
    assert _register(consumer, sent) == ResponseStatus.FAILURE
    record = outbox.one()
    _judge(record, "ITI-42", "110107", "C")
    assert (record.outcome, record.patients) == (8, [PATIENT])
    assert "XDSDuplicateUniqueIdInRegistry" in (record.description or "")
    assert record.told("20")


def test_a_registration_that_breaks_the_schema(consumer: LocalCaller, outbox: Outbox) -> None:
    assert _register(consumer, iti42.request(b"<nothing/>")) == ResponseStatus.FAILURE
    record = outbox.one()
    assert (record.type, record.outcome, record.objects) == ("ITI-42", 8, ())


def test_a_repeated_registration_is_recorded_again(consumer: LocalCaller, outbox: Outbox) -> None:
    body = iti42.request(encoding.write_submission(submission(document())))
    for _ in range(2):
        assert _register(consumer, body, "urn:uuid:1") == ResponseStatus.SUCCESS
        assert outbox.one().outcome == 0


def test_a_query_of_a_patient(consumer: LocalCaller, outbox: Outbox) -> None:
    answer, body = _query(
        consumer,
        "FindDocuments",
        XDSDocumentEntryPatientId=PATIENT,
        XDSDocumentEntryStatus=[Status.APPROVED],
    )
    assert answer.status is ResponseStatus.SUCCESS
    record = outbox.one()
    _judge(record, "ITI-18", "110112", "E")
    assert (record.outcome, record.patients) == (0, [PATIENT])
    (query,) = record.told("24")
    assert query.id == BY_NAME["FindDocuments"].id
    assert query.id_type == ("ITI-18", "IHE Transactions", "Registry Stored Query")
    assert query.details == {"QueryEncoding": "UTF-8"}
    told, sent = (_canonical(xml) for xml in (query.query or b"", body))
    assert told == sent


def test_a_query_by_ids_names_the_patients_it_found(consumer: LocalCaller, outbox: Outbox) -> None:
    sent = [submission(document(patient_id=p), patient=p) for p in (PATIENT, OTHER_PATIENT)]
    for one in sent:
        _register(consumer, one)
    outbox.take()
    ids = [one.documents[0].unique_id for one in sent]
    answer, _ = _query(consumer, "GetDocuments", XDSDocumentEntryUniqueId=[ids[0]])
    assert len(answer.objects) == 1
    assert outbox.one().patients == [PATIENT]
    _query(consumer, "GetDocuments", kind="ObjectRef", XDSDocumentEntryUniqueId=ids)
    assert outbox.one().patients == []


def test_one_record_concerns_one_patient(consumer: LocalCaller, outbox: Outbox) -> None:
    answer, _ = _query(
        consumer,
        "FindDocumentsForMultiplePatients",
        iti51.TRANSACTION,
        XDSDocumentEntryPatientId=[PATIENT, OTHER_PATIENT],
        XDSDocumentEntryStatus=[Status.APPROVED],
        XDSDocumentEntryClassCode=["class^^1.2.3"],
    )
    assert answer.status is ResponseStatus.SUCCESS, answer.errors
    records = outbox.take()
    for record in records:
        _judge(record, "ITI-51", "110112", "E")
        assert record.told("24")[0].id_type[0] == "ITI-51"
    assert sorted(r.patients for r in records) == sorted([[PATIENT], [OTHER_PATIENT]])


def test_of_very_many_patients_one_record_tells(consumer: LocalCaller, outbox: Outbox) -> None:
    many = [f"{n:04}^^^&1.2.3&ISO" for n in range(400)]
    given = {"XDSDocumentEntryPatientId": many, "XDSDocumentEntryStatus": [Status.APPROVED]}
    answer, body = _query(consumer, "FindDocuments", **given)
    assert answer.status is ResponseStatus.FAILURE
    record = outbox.one()  # each of 400 would hold the whole query
    assert record.patients == many
    assert len(record.raw) < 400 * 400 + 2 * len(body)


def test_a_query_that_is_refused(consumer: LocalCaller, outbox: Outbox) -> None:
    answer, _ = _query(consumer, "FindDocuments", XDSDocumentEntryPatientId=PATIENT)
    assert answer.status is ResponseStatus.FAILURE
    record = outbox.one()
    _judge(record, "ITI-18", "110112", "E")
    assert (record.outcome, record.patients) == (8, [PATIENT])
    assert "XDSStoredQueryMissingParam" in (record.description or "")


def test_a_query_without_its_database(
    database: Database, outbox: Outbox, consumer: LocalCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read() -> None:
        raise Unavailable("no connection")

    with monkeypatch.context() as patch:
        patch.setattr(database, "read", read)
        _query(consumer, "GetAll", patientId=PATIENT, **_ALL)
    record = outbox.one()
    assert (record.outcome, record.patients) == (8, [PATIENT])


_ALL = {
    f"XDS{kind}Status": [Status.APPROVED] for kind in ("DocumentEntry", "SubmissionSet", "Folder")
}


def test_a_fault_of_a_known_transaction(consumer: LocalCaller, outbox: Outbox) -> None:
    body = iti42.request(encoding.write_submission(submission(document())))
    _register(consumer, body, "urn:uuid:1")
    outbox.take()
    with pytest.raises(RemoteFault):
        _register(consumer, submission(document()), "urn:uuid:1")
    record = outbox.one()
    _judge(record, "ITI-42", "110107", "C")
    assert (record.outcome, record.patients) == (8, [PATIENT])
    assert "urn:uuid:1 was already used" in (record.description or "")


def test_a_fault_of_the_operation_itself(
    consumer: LocalCaller, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.query.iti18.parse", lambda _body: 1 / 0)
    with pytest.raises(RemoteFault):
        _query(consumer, "GetAll", patientId=PATIENT, **_ALL)
    record = outbox.one()
    _judge(record, "ITI-18", "110112", "E")
    assert record.outcome == 8
    assert record.told("24")[0].query


def test_what_is_no_transaction_is_not_recorded(consumer: LocalCaller, outbox: Outbox) -> None:
    unknown = Transaction("X", "X", "X", "urn:nothing", "urn:nothing", "{x}y")
    with pytest.raises(RemoteFault):
        consumer.call(unknown, [b"<y xmlns='x'/>"])
    assert outbox.take() == []


def test_an_assertion_that_is_refused(registry: Registry, outbox: Outbox) -> None:
    def guard(*_: object) -> None:
        raise SoapFault("security-header-repeated", count=2)

    with pytest.raises(RemoteFault):
        _query(_caller(registry, outbox, guard), "GetAll", patientId=PATIENT, **_ALL)
    record = outbox.one()
    assert (record.event[0], record.types[0][0]) == ("110114", "110122")
    assert record.outcome == 8
    assert "ITI-18 Registry Stored Query" in (record.description or "")


def test_the_user_is_in_the_record_and_the_token_is_not(registry: Registry, outbox: Outbox) -> None:
    def guard(*_: object) -> Requester:
        return USER

    caller = _caller(registry, outbox, guard)
    _query(caller, "GetAll", patientId=PATIENT, **_ALL)
    body = iti42.request(encoding.write_submission(submission(document())))
    _register(caller, body, "urn:uuid:1")
    with pytest.raises(RemoteFault):
        _register(caller, submission(document()), "urn:uuid:1")
    records = outbox.take()
    assert [(r.type, r.outcome) for r in records] == [("ITI-18", 0), ("ITI-42", 0), ("ITI-42", 8)]
    for record in records:
        assert [h.name for h in record.humans] == ["dr<ann@https://idp.example>"]
        assert record.purposes == (("TREATMENT", "1.0.14265.1", "Treatment"),)
        assert b"SECRET" not in record.raw


def test_an_answer_that_breaks_off(database: Database, outbox: Outbox) -> None:
    limits = RegistryLimits(objects=100, joined=1)
    registry = Registry(database, limits=limits, audit=outbox.audit(URL))
    caller = _caller(registry, outbox)
    _register(caller, submission(document(), document()))
    outbox.take()
    answer = ask(registry, REQUEST)
    assert outbox.one().outcome == 0
    assert answer.broken is not None
    answer.broken()
    record = outbox.one()
    _judge(record, "ITI-18", "110112", "E")
    assert (record.outcome, record.patients) == (8, [PATIENT])
    assert "broke off" in (record.description or "")


def test_what_cannot_be_recorded_is_not_done(consumer: LocalCaller, outbox: Outbox) -> None:
    sent = submission(document())
    outbox.refuse()
    refused: list[Callable[[], object]] = [
        lambda: _query(consumer, "GetAll", patientId=PATIENT, **_ALL),
        lambda: _query(consumer, "FindDocuments", XDSDocumentEntryPatientId=PATIENT),
        lambda: _register(consumer, sent),
        lambda: _register(consumer, iti42.request(b"<nothing/>")),
    ]
    for work in refused:
        with pytest.raises(RemoteFault, match="its audit record cannot be kept") as caught:
            work()
        assert (caught.value.code, caught.value.status) == ("Receiver", 500)
    outbox.accept()
    assert outbox.take() == []
    assert _register(consumer, sent) == ResponseStatus.SUCCESS  # nothing of it was there


def test_a_feed_in_version_2(hospital: Hospital, outbox: Outbox) -> None:
    one, two = patient("1"), patient("2")
    for event, action in (("A01", "C"), ("A04", "C"), ("A05", "C"), ("A08", "U")):
        assert code(hospital.feed(adt(event, one, control="77"))) == "AA"
        record = outbox.one()
        assert (record.type, record.event[0], record.action) == ("ITI-8", "110110", action)
        assert (record.outcome, record.patients) == (0, [one])
        assert record.objects[0].details == {"MSH-10": "77"}
        assert record.one("110153").user_id == "CHU|ADMIT"
        assert record.one("110153").place == ("192.0.2.7", "2")
        assert record.one("110152").user_id == "REGION|XDS"
        assert record.one("110152").alternative == "4711"
    hospital.add(two)
    outbox.take()
    assert code(hospital.merge(one, two)) == "AA"
    records = [(r.action, r.patients, r.outcome) for r in outbox.take()]
    assert records == [("D", [one], 0), ("U", [two], 0)]


def test_a_feed_in_version_2_that_is_refused(hospital: Hospital, outbox: Outbox) -> None:
    one, two = patient("1"), patient("2")
    assert code(hospital.merge(one, two)) == "AE"
    records = [(r.action, r.patients, r.outcome) for r in outbox.take()]
    assert records == [("D", [one], 8), ("U", [two], 8)]
    for message in (b"nonsense", adt("A99", one), adt("A01", "")):
        assert code(hospital.feed(message)) in ("AE", "AR")
        record = outbox.one()
        assert (record.type, record.outcome, record.patients) == ("ITI-8", 8, [])
        assert record.description


def test_a_feed_in_version_2_that_cannot_be_recorded(hospital: Hospital, outbox: Outbox) -> None:
    outbox.refuse()
    assert code(hospital.feed(adt("A01", patient("1")))) == "AR"
    outbox.accept()
    assert hospital.transactions() == []


def test_a_feed_without_its_database(outbox: Outbox, tmp_path: Path) -> None:
    away = Database(f"sqlite:///{tmp_path / 'gone.sqlite'}")
    away.close()
    helpless = Hospital(Registry(away, domain=DOMAIN, audit=outbox.audit(URL)), away)
    one = patient("1")
    for message, patients in ((adt("A01", one), [one]), (adt("A99", one), []), (b"nonsense", [])):
        assert code(helpless.feed(message)) == "AR"
        record = outbox.one()
        assert (record.type, record.outcome, record.patients) == ("ITI-8", 8, patients)


def test_a_feed_in_version_2_that_nobody_foresaw(
    hospital: Hospital, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.patients.iti8.iti8.read", lambda *_: 1 / 0)
    assert code(hospital.feed(adt("A08", patient("1"), control="77"))) == "AR"
    record = outbox.one()
    assert (record.type, record.action, record.outcome) == ("ITI-8", "U", 8)
    assert record.one("110153").user_id == "CHU|ADMIT"


def test_a_feed_in_version_3(hospital: Hospital, outbox: Outbox) -> None:
    one, two = patient("1"), patient("2")
    for interaction, action in (("PRPA_IN201301UV02", "C"), ("PRPA_IN201302UV02", "U")):
        for who in (one, two):
            assert outcome(hospital.feed_v3(interaction, v3(interaction, ii(who))))[0] == "AA"
            record = outbox.one()
            _judge(record, "ITI-44", "110110", action)
            assert (record.outcome, record.patients) == (0, [who])
            assert record.objects[0].details == {"II": "1.2.3.4^77"}
    merge = "PRPA_IN201304UV02"
    for expected in (0, 8):
        hospital.feed_v3(merge, v3(merge, ii(two), ii(one)))
        records = [(r.action, r.patients, r.outcome) for r in outbox.take()]
        assert records == [("D", [one], expected), ("U", [two], expected)]


def _canonical(xml: bytes) -> bytes:
    return etree.tostring(etree.fromstring(xml), method="c14n", exclusive=True)
