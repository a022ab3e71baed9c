"""The general events, one row of the facts after the other (DICOM PS3.15 A.5.3)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ihe_profiles.atna import events_general as general
from ihe_profiles.atna import objects
from ihe_profiles.atna.codes import Alert, Media
from ihe_profiles.atna.message import Action, Code, Outcome
from tests import facts
from tests.atna.records import read
from tests.atna.test_events import OURS, PATIENT, PEER, REPORTER, USER

REPORTS = ("9", "RFC-3881", "Report Number")


@pytest.mark.parametrize(
    ("write", "code", "text"),
    [
        (general.application_start, "110120", "Application Start"),
        (general.application_stop, "110121", "Application Stop"),
    ],
)
def test_start_and_stop(write: object, code: str, text: str) -> None:
    assert callable(write)
    record = read(write(REPORTER, "operator"))
    assert record.event == ("110100", "DCM", "Application Activity")
    assert record.types == ((code, "DCM", text),)
    assert (record.action, record.outcome) == ("E", 0)
    application, launcher = record.one("110150"), record.one("110151")
    assert (application.user_id, application.alternative) == (OURS, "4711")
    assert (application.requestor, launcher.requestor) == (False, True)
    assert launcher.user_id == "operator"


def test_audit_log_used() -> None:
    record = read(general.audit_log_used(REPORTER, "auditor", "file:///var/audit", "by patient"))
    assert record.event == ("110101", "DCM", "Audit Log Used")
    assert (record.types, record.action, record.description) == ((), "R", "by patient")
    (log,) = record.told("13")
    assert (log.id, log.id_type) == ("file:///var/audit", ("12", "RFC-3881", "URI"))
    assert log.name == "Security Audit Log"
    assert record.humans[0].user_id == "auditor"


def test_node_authentication_failure() -> None:
    record = read(general.node_authentication_failed(REPORTER, PEER, "no certificate"))
    assert record.event == ("110113", "DCM", "Security Alert")
    assert record.types == (("110126", "DCM", "Node Authentication"),)
    assert record.action == "E"
    assert record.outcome >= 4
    reporting, performing = record.participants
    assert (reporting.user_id, reporting.requestor) == (OURS, True)
    assert (performing.place[0], performing.requestor) == ("192.0.2.9", False)
    (subject,) = record.told("13")
    assert subject.details == {"Alert Description": "no certificate"}


@pytest.mark.parametrize("alert", Alert)
def test_security_alerts(alert: Alert) -> None:
    record = read(
        general.security_alert(
            REPORTER, alert, Outcome.MAJOR_FAILURE, PEER, "why", requester=USER, subject="urn:x"
        )
    )
    assert record.types == ((alert.value.code, "DCM", alert.value.text),)
    assert (record.event[0], record.action, record.outcome) == ("110113", "E", 12)
    assert [p.requestor for p in record.participants] == [True, False, False]
    assert record.told("13")[0].id == "urn:x"


def test_the_facts_name_each_alert(shared: Path) -> None:
    rows = facts.rows(shared / "standards" / "atna-xua-dsg.md", "3 General events")
    other = next(row for row in rows if row[0] == "Other alerts")
    codes = set(re.findall(r"\b1101[234]\d\b", other[2])) | {"110126"}
    assert codes == {alert.value.code for alert in Alert}
    media = next(row for row in rows if row[0].startswith("Export / Import"))
    assert "110030-110038" in " ".join(media)
    assert [m.value.code for m in Media] == [str(code) for code in range(110030, 110039)]


def test_user_authentication_failure() -> None:
    record = read(general.user_authentication_failed(REPORTER, PEER, "expired", requester=USER))
    assert record.event == ("110114", "DCM", "User Authentication")
    assert record.types == (("110122", "DCM", "Login"),)
    assert (record.action, record.outcome, record.description) == ("E", 8, "expired")
    assert record.humans[0].name == "dr<ann@https://idp.example>"
    assert b"SECRET" not in record.raw
    stranger = read(general.user_authentication_failed(REPORTER, PEER, "none"))
    assert [p.requestor for p in stranger.participants] == [True, False]


def test_emergency_override() -> None:
    about = (objects.patient(PATIENT),)
    record = read(general.emergency_override(REPORTER, PEER, USER, "unconscious", about))
    assert record.types[0][0] == "110127"
    assert (record.outcome, record.patients) == (0, [PATIENT])
    assert record.purposes[0][0] == "TREATMENT"
    assert record.told("13")[0].details == {"Alert Description": "unconscious"}


def test_access_denied() -> None:
    record = read(general.access_denied(REPORTER, PEER, None, "the patient said no"))
    assert (record.types[0][0], record.outcome) == ("110147", 4)


@pytest.mark.parametrize("action", [Action.CREATE, Action.UPDATE, Action.DELETE])
def test_consent_is_part_of_the_patients_record(action: Action) -> None:
    record = read(general.consent_changed(REPORTER, "clerk", PATIENT, "revoked", action))
    assert record.event == ("110110", "DCM", "Patient Record")
    assert (record.action, record.patients, record.description) == (action, [PATIENT], "revoked")


def test_patient_record() -> None:
    about = [objects.registry_object("urn:uuid:1")]
    record = read(
        general.patient_record(REPORTER, "clerk", PATIENT, Action.DELETE, "wrong", about=about)
    )
    assert (record.event[0], record.action, record.patients) == ("110110", "D", [PATIENT])
    assert [o.id for o in record.told("3")] == ["urn:uuid:1"]


def test_export_and_import_by_media() -> None:
    out = read(general.export_to_media(REPORTER, "clerk", Media.USB, PATIENT, ["2.25.1", "2.25.2"]))
    assert (out.event[0], out.action) == ("110106", "R")
    assert b'<MediaIdentifier><MediaType csd-code="110030"' in out.raw
    assert out.one("110154").requestor is False
    assert [o.id for o in out.told("3")] == ["2.25.1", "2.25.2"]
    back = read(general.import_from_media(REPORTER, "clerk", Media.CD, PATIENT, ["2.25.1"]))
    assert (back.event[0], back.action) == ("110107", "C")
    assert b'<MediaType csd-code="110032"' in back.raw
    assert back.one("110155").requestor is False
    assert out.patients == back.patients == [PATIENT]


def test_disclosure() -> None:
    purpose = Code("PATRQT", "2.16.840.1.113883.5.8", "patient request")
    record = read(
        general.disclosure(
            REPORTER, "clerk", "a lawyer", "the clinic", purpose, PATIENT, ["2.25.1"]
        )
    )
    assert record.event == ("110106", "DCM", "Export")
    assert record.types == (("IHE0006", "IHE", "Disclosure"),)
    assert (record.action, record.purposes) == (
        "R",
        ((purpose.code, purpose.system, purpose.text),),
    )
    assert record.one("159541003").user_id == "the clinic"
    (document,) = record.told("3")
    assert (document.life_cycle, document.id_type) == ("11", REPORTS)


def test_signatures() -> None:
    made = read(general.signature_created(REPORTER, "dr", ["2.25.1"], PATIENT))
    assert made.event == ("113031", "DCM", "Signed Manifest")
    dsg = (("urn:ihe:iti:dsg", "IHE Transactions", "Document Digital Signature"),)
    assert (made.types, made.action, made.patients) == (dsg, "C", [PATIENT])
    judged = read(
        general.signature_verified(
            REPORTER, "dr", ["2.25.1"], outcome=Outcome.SERIOUS_FAILURE, description="altered"
        )
    )
    assert judged.event == ("110007", "DCM", "Report Verification")
    assert (judged.types, judged.action, judged.outcome) == (dsg, "R", 8)
    assert [o.id for o in judged.told("3")] == ["2.25.1"]


def test_whole_stores_leave_and_come_back() -> None:
    place, what = "file:///mnt/copy", "registry, 7 documents"
    out = read(general.stores_exported(REPORTER, "clerk", place, what, Outcome.SERIOUS_FAILURE))
    assert (out.event[0], out.action, out.outcome, out.description) == ("110106", "R", 8, what)
    assert b'<MediaType csd-code="110037"' in out.raw
    assert out.one("110154").requestor is False
    back = read(general.stores_imported(REPORTER, "clerk", place, what))
    assert (back.event[0], back.action, back.outcome) == ("110107", "C", 0)
    assert back.one("110155").requestor is False
    assert [o.id for record in (out, back) for o in record.told("17")] == [place, place]
    assert [p.name for record in (out, back) for p in record.humans] == ["clerk", "clerk"]
