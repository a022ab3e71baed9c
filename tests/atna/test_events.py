"""The audit event of each transaction, one row of the facts after the other, both sides."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ihe_profiles.atna import objects
from ihe_profiles.atna.codes import OBJECT_REF
from ihe_profiles.atna.events import EVENTS, Ending, Names, initiated, responded, type_code
from ihe_profiles.atna.message import Action, Detail, Participated
from ihe_profiles.atna.reporter import Reporter
from ihe_profiles.soap.exchange import Peer
from ihe_profiles.xua.requester import Coded, Family, Requester
from tests import facts
from tests.atna.records import Record, Told, read
from tests.soap.certificates import Authority

OURS = "https://registry.example:8443/registry"
THEIRS = "https://10.0.0.7:9443/other"
REPORTER = Reporter("2.25.77", OURS, "clinic", process_id="4711")
PEER = Peer("192.0.2.9")
PATIENT = "7^^^&1.2.250.1&ISO"
QUERY = b"<query:AdhocQueryRequest xmlns:query='urn:q'>&lt;</query:AdhocQueryRequest>"
HOME = "urn:oid:2.25.9"
USER = Requester(
    "ann",
    "https://idp.example",
    Family.IHE,
    "_1",
    alias="dr",
    roles=(Coded("158965000", "2.16.840.1.113883.6.96", "Doctor"),),
    purposes=(Coded("TREATMENT", "1.0.14265.1", "Treatment"),),
    token=b"<saml:Assertion>SECRET</saml:Assertion>",
)

EXPORT, IMPORT, PATIENT_RECORD, SEARCH = "110106", "110107", "110110", "110112"
patient = objects.patient(PATIENT)
submission_set = objects.submission_set("2.25.100")
retrieved = objects.retrieved("2.25.200", "2.25.300", HOME)


@dataclass(frozen=True)
class Row:
    """What the facts say: EventID and action of either side, and the objects."""

    initiator: str
    responder: str
    actions: tuple[str, str]
    objects: tuple[Participated, ...]
    serves: bool = False


def _query(number: str) -> Participated:
    return objects.query(type_code(number), "urn:uuid:14d4debf", QUERY, HOME)


ROWS = {
    "ITI-8": Row(PATIENT_RECORD, PATIENT_RECORD, ("CUD", "CUD"), (patient,)),
    "ITI-18": Row(SEARCH, SEARCH, ("E", "E"), (patient, _query("ITI-18"))),
    "ITI-38": Row(SEARCH, SEARCH, ("E", "E"), (patient, _query("ITI-38"))),
    "ITI-39": Row(IMPORT, EXPORT, ("C", "R"), (retrieved,), serves=True),
    "ITI-41": Row(EXPORT, IMPORT, ("R", "C"), (patient, submission_set)),
    "ITI-42": Row(EXPORT, IMPORT, ("R", "C"), (patient, submission_set)),
    "ITI-43": Row(IMPORT, EXPORT, ("C", "R"), (retrieved,), serves=True),
    "ITI-44": Row(
        PATIENT_RECORD,
        PATIENT_RECORD,
        ("CUD", "CUD"),
        (objects.patient(PATIENT, Detail("II", "2.25.1^5")),),
    ),
    "ITI-51": Row(SEARCH, SEARCH, ("E", "E"), (patient, _query("ITI-51"))),
    "ITI-52": Row(
        SEARCH,
        SEARCH,
        ("CD", "CD"),
        (
            objects.subscription(type_code("ITI-52"), "https://broker.example/1"),
            patient,
            objects.subscribed(type_code("ITI-52"), "urn:uuid:aa2332d0", QUERY),
        ),
    ),
    "ITI-53": Row(
        EXPORT, IMPORT, ("R", "C"), (objects.registry_object("urn:uuid:1", home=HOME), patient)
    ),
    "ITI-54": Row(EXPORT, IMPORT, ("R", "C"), (objects.registry_object("urn:uuid:1"), patient)),
    "ITI-55": Row(
        SEARCH, SEARCH, ("E", "E"), (objects.discovery(type_code("ITI-55"), "1", QUERY, HOME),)
    ),
    "ITI-57": Row(EXPORT, IMPORT, ("U", "U"), (patient, submission_set)),
    "ITI-61": Row(EXPORT, IMPORT, ("R", "C"), (patient, submission_set)),
    "ITI-62": Row(
        PATIENT_RECORD,
        PATIENT_RECORD,
        ("D", "D"),
        (patient, objects.registry_object("urn:uuid:1")),
    ),
    "ITI-86": Row(
        PATIENT_RECORD,
        PATIENT_RECORD,
        ("D", "D"),
        (patient, objects.removed_document("2.25.200", "2.25.300")),
    ),
    "ITI-92": Row(EXPORT, IMPORT, ("U", "U"), (patient, submission_set)),
}


def test_every_row_of_the_table_is_here() -> None:
    assert set(ROWS) == set(EVENTS)


def test_every_row_of_the_facts_is_in_the_table(shared: Path) -> None:
    rows = facts.rows(shared / "standards" / "atna-xua-dsg.md", "2 Events per transaction")
    assert {f"ITI-{row[0]}" for row in rows} == set(EVENTS)
    for number, name, *_ in rows:
        assert EVENTS[f"ITI-{number}"].name == name


@pytest.mark.parametrize("number", ROWS)
def test_the_row_of_the_responder(number: str) -> None:
    row = ROWS[number]
    for action in row.actions[1]:
        record = read(
            responded(REPORTER, number, PEER, row.objects, action=Action(action), requester=USER)
        )
        _judge(record, number, row.responder, action, row.objects)
        client, server = record.one(_role(row, client=True)), record.one(_role(row, client=False))
        assert (client.requestor, server.requestor) == (True, False)
        assert client.place == ("192.0.2.9", "2")
        assert server.user_id == OURS
        assert server.alternative == "4711"
        assert server.place == ("registry.example", "1")


@pytest.mark.parametrize("number", ROWS)
def test_the_row_of_the_initiator(number: str) -> None:
    row = ROWS[number]
    for action in row.actions[0]:
        record = read(
            initiated(REPORTER, number, THEIRS, row.objects, action=Action(action), requester=USER)
        )
        _judge(record, number, row.initiator, action, row.objects)
        client, server = record.one(_role(row, client=True)), record.one(_role(row, client=False))
        assert (client.requestor, server.requestor) == (True, False)
        assert client.alternative == "4711"
        assert client.place == ("registry.example", "1")
        assert server.user_id == THEIRS
        assert server.place == ("10.0.0.7", "2")


@pytest.mark.parametrize(
    ("number", "source", "destination"),
    [
        ("ITI-8", "HOSPITAL|ADT", "EXCHANGE|REGISTRY"),
        ("ITI-53", "https://broker.example/from", ""),
    ],
)
def test_ends_may_have_names_of_their_own(number: str, source: str, destination: str) -> None:
    names = Names(source, destination)
    record = read(responded(REPORTER, number, PEER, action=Action.CREATE, names=names))
    assert record.one("110153").user_id == source
    assert record.one("110152").user_id == (destination or OURS)
    sent = read(initiated(REPORTER, number, THEIRS, action=_first(number), names=names))
    assert sent.one("110153").user_id == source
    assert sent.one("110152").user_id == (destination or THEIRS)


def test_an_asynchronous_sender_is_known_by_its_reply_to() -> None:
    for number in ("ITI-18", "ITI-43"):
        record = read(responded(REPORTER, number, PEER, reply_to="https://client.example/answers"))
        assert record.one("110152" if ROWS[number].serves else "110153").user_id == (
            "https://client.example/answers"
        )
    anonymous = "http://www.w3.org/2005/08/addressing/anonymous"
    record = read(responded(REPORTER, "ITI-18", PEER, reply_to=anonymous))
    assert record.one("110153").user_id == "192.0.2.9"


def test_a_node_with_a_certificate_is_known_by_its_subject(tmp_path: Path) -> None:
    der = Authority(tmp_path).issue("node.example").der
    record = read(responded(REPORTER, "ITI-18", Peer("192.0.2.9", der)))
    source = record.one("110153")
    assert source.user_id == source.alternative == "CN=node.example"
    assert source.place == ("192.0.2.9", "2")
    unreadable = read(responded(REPORTER, "ITI-18", Peer("192.0.2.9", b"no certificate")))
    assert unreadable.one("110153").user_id == "192.0.2.9"


def test_the_user_of_an_assertion_takes_part() -> None:
    record = read(responded(REPORTER, "ITI-18", PEER, requester=USER))
    (human,) = record.humans
    assert human.name == human.user_id == "dr<ann@https://idp.example>"
    assert human.requestor
    assert human.roles == ("158965000",)
    assert record.purposes == (("TREATMENT", "1.0.14265.1", "Treatment"),)
    assert b"dr&#60;ann@https://idp.example&#62;" in record.raw
    assert b"SECRET" not in record.raw


def test_without_an_assertion_nobody_else_takes_part() -> None:
    record = read(responded(REPORTER, "ITI-18", PEER))
    assert not record.humans
    assert not record.purposes
    assert len(record.participants) == 2


def test_a_failure_says_why() -> None:
    record = read(responded(REPORTER, "ITI-18", PEER, (), Ending.failed(ValueError("no such id"))))
    assert (record.outcome, record.description) == (8, "no such id")
    long = read(responded(REPORTER, "ITI-18", PEER, (), Ending.failed("x" * 5000)))
    assert len(long.description or "") == 2001


@pytest.mark.parametrize("write", [responded, initiated])
def test_what_is_not_in_the_table_is_an_error(write: Callable[..., bytes]) -> None:
    peer = PEER if write is responded else THEIRS
    with pytest.raises(KeyError):
        write(REPORTER, "ITI-99", peer)
    with pytest.raises(ValueError, match="ITI-18 is no event"):
        write(REPORTER, "ITI-18", peer, action=Action.DELETE)
    with pytest.raises(ValueError, match="ITI-8 is no event"):
        write(REPORTER, "ITI-8", peer)


PATIENT_TYPE = ("2", "RFC-3881", "Patient Number")
REPORT_TYPE = ("9", "RFC-3881", "Report Number")
SET_TYPE = (
    "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd",
    "IHE XDS Metadata",
    "submission set classificationNode",
)
SUBSCRIBE = ("ITI-52", "IHE Transactions", "Document Metadata Subscribe")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (patient, (PATIENT, ("1", "1"), PATIENT_TYPE, {})),
        (
            _query("ITI-38"),
            (
                "urn:uuid:14d4debf",
                ("2", "24"),
                ("ITI-38", "IHE Transactions", "Cross Gateway Query"),
                {"QueryEncoding": "UTF-8", "urn:ihe:iti:xca:2010:homeCommunityId": HOME},
            ),
        ),
        (
            objects.discovery(type_code("ITI-55"), "1", QUERY, HOME),
            (
                "1",
                ("2", "24"),
                ("ITI-55", "IHE Transactions", "Cross Gateway Patient Discovery"),
                {"ihe:homeCommunityID": HOME},
            ),
        ),
        (
            objects.subscribed(type_code("ITI-52"), "urn:uuid:1", QUERY),
            ("urn:uuid:1", ("2", "24"), SUBSCRIBE, {}),
        ),
        (
            objects.subscription(type_code("ITI-52"), "http://b"),
            ("http://b", ("2", "20"), SUBSCRIBE, {}),
        ),
        (
            objects.registry_object("urn:uuid:1", home=HOME),
            (
                "urn:uuid:1",
                ("2", "3"),
                ("urn:ihe:iti:2017:ObjectRef", "IHE XDS Metadata", "registry object reference"),
                {"urn:ihe:iti:xca:2010:homeCommunityId": HOME},
            ),
        ),
        (submission_set, ("2.25.100", ("2", "20"), SET_TYPE, {})),
        (
            retrieved,
            (
                "2.25.200",
                ("2", "3"),
                REPORT_TYPE,
                {"Repository Unique Id": "2.25.300", "ihe:homeCommunityID": HOME},
            ),
        ),
        (
            objects.removed_document("2.25.200", "2.25.300"),
            (
                "2.25.200",
                ("2", "3"),
                REPORT_TYPE,
                {"urn:ihe:iti:xds:2007:repositoryUniqueId": "2.25.300"},
            ),
        ),
    ],
)
def test_the_rows_of_participant_objects(told: Participated, expected: tuple[object, ...]) -> None:
    (found,) = read(responded(REPORTER, "ITI-18", PEER, (told,))).objects
    assert (found.id, found.kind, found.id_type, found.details) == expected
    assert found.query == told.query


def test_the_object_without_a_known_type_is_a_reference() -> None:
    assert objects.registry_object("urn:uuid:1").id_type is OBJECT_REF


def test_the_facts_name_each_kind_of_object(shared: Path) -> None:
    rows = facts.rows(shared / "standards" / "atna-xua-dsg.md", "2.2 Participant objects")
    kinds = {re.split(r"[ ,]", row[0])[0] for row in rows}
    assert kinds == {
        "Patient", "Query", "Subscription", "Object", "SubmissionSet", "Document", "Removed"
    }  # fmt: skip


def _first(number: str) -> Action:
    return EVENTS[number].initiator.actions[0]


def _role(row: Row, *, client: bool) -> str:
    """Source sends the data: the client, unless the server serves it."""
    return "110153" if client is not row.serves else "110152"


def _judge(
    record: Record, number: str, event: str, action: str, told: tuple[Participated, ...]
) -> None:
    assert record.event[:2] == (event, "DCM")
    assert record.types == ((number, "IHE Transactions", EVENTS[number].name),)
    assert (record.action, record.outcome) == (action, 0)
    assert record.source == ("2.25.77", "clinic")
    assert [_shape(one) for one in record.objects] == [
        (one.id, (str(one.type.value), str(one.role.value))) for one in told
    ]


def _shape(told: Told) -> tuple[str, tuple[str | None, str | None]]:
    return told.id, told.kind
