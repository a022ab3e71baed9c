"""ITI-8 and ITI-44 make patients known; what they get wrong is said and changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from ihe_profiles import iti8
from ihe_profiles.soap.exchange import Peer
from ihe_profiles.xds.datatypes import CX
from ledger.database import Database
from registry.service import Registry
from tests.hl7.messages import OTHER, adt, code, conditions, fields
from tests.patients.conftest import DOMAIN
from tests.patients.hospital import HL7, Hospital, ii, outcome, patient, v3
from tests.registry.samples import PATIENT, document, folder, submission

ADD, REVISE, RESOLVE = "PRPA_IN201301UV02", "PRPA_IN201302UV02", "PRPA_IN201304UV02"
SECOND = "1.2.250.1.213.1.4.77"


def test_only_known_patients_have_documents(hospital: Hospital) -> None:
    sent = submission(document())
    errors = hospital.register(sent).errors
    assert [e.code for e in errors] == ["XDSUnknownPatientId"]
    assert PATIENT in errors[0].context
    hospital.add(PATIENT)
    assert hospital.codes(sent) == []
    assert len(hospital.find(PATIENT)) == 1


@pytest.mark.parametrize("event", ["A01", "A04", "A05"])
def test_each_event_adds_the_domains_identifiers(hospital: Hospital, event: str) -> None:
    second = patient("9", SECOND)
    pid = f"L1^^^LOCAL~{PATIENT}~{second}~7^^^&{OTHER}&ISO~8^^^REGION~{PATIENT.id}^^^&x&DNS"
    assert code(hospital.feed(adt(event, pid))) == "AA"
    for known in (PATIENT, second, patient("8")):
        assert hospital.codes(submission(document(patient_id=known), patient=known)) == []
    assert hospital.codes(submission(document(patient_id=patient("L1")), patient=patient("L1")))


def test_an_update_adds_nobody(hospital: Hospital) -> None:
    assert code(hospital.feed(adt("A08", PATIENT))) == "AA"
    assert hospital.codes(submission(document())) == ["XDSUnknownPatientId"]


@pytest.mark.parametrize(
    ("pid", "condition"),
    [
        (f"1^^^&{OTHER}&ISO~2^^^LOCAL~3", "204"),
        ("", "101"),
        (f"a&b^^^&{PATIENT.authority}&ISO", None),
        (f"\\H\\1^^^&{PATIENT.authority}&ISO", "102"),
    ],
)
def test_what_a_feed_cannot_mean_is_refused(
    hospital: Hospital, pid: str, condition: str | None
) -> None:
    answer = hospital.feed(adt("A01", pid))
    if condition is None:  # a subcomponent is no part of an identifier
        assert code(answer) == "AA"
    else:
        assert code(answer) == "AE"
        assert conditions(answer) == [condition]


def test_each_message_and_its_outcome_is_written_down(hospital: Hospital) -> None:
    for message in (
        adt("A01", PATIENT, control="one"),
        adt("A08", control="two"),
        adt("A03", control="three"),
        adt("A40", PATIENT, patient("unknown"), control="four"),
        b"nonsense",
    ):
        hospital.feed(message)
    hospital.feed_v3(ADD, v3(ADD, ii(patient("v3"))), "urn:uuid:5")
    assert hospital.transactions() == [
        ("ITI-8 ADT^A01", "one", False),
        ("ITI-8 ADT^A08", "two", False),
        ("ITI-8 ADT^A03", "three", True),
        ("ITI-8 ADT^A40", "four", True),
        ("ITI-8", None, True),
        ("urn:hl7-org:v3:PRPA_IN201301UV02", "urn:uuid:5", False),
    ]


def test_a_repeated_message_is_harmless_and_gets_the_first_answer(hospital: Hospital) -> None:
    old, new = patient("old"), patient("new")
    hospital.add(old, new)
    merge = adt("A40", new, old, control="7")
    first = hospital.feed(merge)
    assert code(first) == "AA"
    assert hospital.feed(merge) == first
    again = hospital.feed(merge, Peer("192.0.2.8"))  # another sender's message is its own
    assert (code(again), conditions(again)) == ("AE", ["204"])
    for another in ("x", "y"):  # control ids are used again
        assert code(hospital.feed(adt("A01", patient(another), control="7"))) == "AA"


def test_a_message_that_is_too_long_is_answered(hospital: Hospital) -> None:
    message = adt("A01", PATIENT, control="long")
    answer = hospital._feed.too_long(message[:200], Peer("192.0.2.7"), 100)
    assert code(answer) == "AR"
    assert fields(answer, "MSA")[2] == "long"
    assert hospital.codes(submission(document())) == ["XDSUnknownPatientId"]


@pytest.mark.parametrize("interaction", [ADD, REVISE])
def test_version_three_adds(hospital: Hospital, interaction: str) -> None:
    ids = f'<id nullFlavor="UNK"/><id root="{OTHER}" extension="L1"/>' + ii(PATIENT)
    answer = hospital.feed_v3(interaction, v3(interaction, ids), "urn:uuid:1")
    assert outcome(answer) == ("AA", [])
    assert answer.tag == f"{HL7}MCCI_IN000002UV01"
    target = answer.find(f"{HL7}acknowledgement/{HL7}targetMessage/{HL7}id")
    assert target is not None
    assert (target.get("root"), target.get("extension")) == ("1.2.3.4", "77")
    roots = [e.get("root") for e in answer.iterfind(f"{HL7}*/{HL7}device/{HL7}id")]
    assert roots == ["1.2.3.6", "1.2.3.5"]  # receiver, sender
    assert hospital.codes(submission(document())) == []
    assert hospital.feed_v3(interaction, v3(interaction, ids), "urn:uuid:1")[0].attrib == (
        answer[0].attrib
    )


def test_version_three_merges(hospital: Hospital) -> None:
    old, new = patient("old"), patient("new")
    hospital.add(old, new)
    hospital.register(submission(document(patient_id=old), patient=old))
    message = v3(RESOLVE, ii(new), ii(old))
    assert outcome(hospital.feed_v3(RESOLVE, message, "urn:uuid:1")) == ("AA", [])
    assert [entry.patient_id for entry in hospital.find(new)] == [new]
    assert outcome(hospital.feed_v3(RESOLVE, message, "urn:uuid:2")) == ("AE", ["204"])


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (v3(ADD, ""), "101"),
        (v3(ADD, f'<id root="{OTHER}" extension="1"/>'), "204"),
        (v3(ADD, f'<id root="{PATIENT.authority}" extension="a|b^c"/>'), "102"),
        (b'<PRPA_IN201301UV02 xmlns="urn:hl7-org:v3"/>', "101"),
    ],
)
def test_version_three_says_what_is_wrong(hospital: Hospital, message: bytes, code: str) -> None:
    assert outcome(hospital.feed_v3(ADD, message)) == ("AE", [code])


def test_a_registry_without_a_domain_takes_no_feed(hospital: Hospital) -> None:
    open_one = Hospital(Registry(hospital.database), hospital.database)
    answer = open_one.feed(adt("A01", CX(PATIENT)))
    assert (code(answer), conditions(answer)) == ("AR", ["207"])
    assert open_one.codes(submission(document(), folder())) == []


def test_a_registry_without_its_database_says_so(hospital: Hospital, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'gone.sqlite'}")
    database.close()
    helpless = Hospital(Registry(database, domain=DOMAIN), database)
    answer = helpless.feed(adt("A01", PATIENT))
    assert (code(answer), conditions(answer)) == ("AR", ["207"])
    assert "later, unchanged" in fields(answer, "MSA")[3]
    assert outcome(helpless.feed_v3(ADD, v3(ADD, ii(PATIENT)))) == ("AR", ["207"])


def test_what_nobody_foresaw_is_answered_without_details(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(iti8, "read", fail)
    answer = hospital.feed(adt("A01", PATIENT))
    assert (code(answer), conditions(answer)) == ("AR", ["207"])
    assert "trace" in fields(answer, "MSA")[3]
    assert b"secret" not in answer
