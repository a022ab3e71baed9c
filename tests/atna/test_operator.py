"""What an operator's commands record: with their transaction, and nothing of what is refused."""

from __future__ import annotations

import os
from contextlib import chdir
from pathlib import Path

import pytest
from typer.testing import CliRunner

from entente import account
from entente.cli import app
from ihe_profiles.xds import masking
from ihe_profiles.xds.errors import Refusal
from ledger.audit import AuditUnavailable
from ledger.database import Database
from registry.corrections import Corrections
from registry.patients.operator import Patients
from registry.service import Registry
from registry.store.transactions import Source
from tests.atna.records import Outbox, Record
from tests.atna.test_registry import URL
from tests.patients.conftest import DOMAIN
from tests.patients.hospital import patient
from tests.registry.consumer import Consumer
from tests.registry.samples import PATIENT, document, submission
from tests.servers import entente, settings_for, toml

BY = Source("entente patients add", None, "operator ann", "0" * 32)


def _seen(record: Record) -> tuple[str, str, list[str], int]:
    assert record.event == ("110110", "DCM", "Patient Record")
    assert record.humans[0].user_id == "operator ann"
    assert record.participants[1].alternative == "4711"
    return record.type, record.action, record.patients, record.outcome


def test_patients_who_are_added_and_merged(database: Database, outbox: Outbox) -> None:
    patients = Patients(database, DOMAIN, outbox.audit(URL))
    one, two = patient("1"), patient("2")
    patients.add([one, two], BY)
    assert sorted(map(_seen, outbox.take())) == [("", "C", [one], 0), ("", "C", [two], 0)]
    patients.add([one, patient("1", "9.9.9")], BY)
    assert outbox.take() == []  # known already; of another authority
    patients.merge(one, two, BY)
    assert sorted(map(_seen, outbox.take())) == [("", "D", [one], 0), ("", "U", [two], 0)]
    with pytest.raises(Refusal):
        patients.merge(one, two, BY)
    assert outbox.take() == []


def test_corrections(database: Database, outbox: Outbox) -> None:
    sent = document(entry_uuid="urn:uuid:0ed7f8f4-5b4c-4b2b-9ac5-3a9b3a5d0001")
    Consumer(Registry(database)).register(submission(sent))
    corrections = Corrections(database, outbox.audit(URL))
    outbox.refuse()
    with pytest.raises(AuditUnavailable):
        corrections.withdraw(sent.entry_uuid, "wrong patient", BY)
    outbox.accept()
    corrections.withdraw(sent.entry_uuid, "wrong patient", BY)  # so the first changed nothing
    withdrawn = outbox.one()
    assert _seen(withdrawn) == ("", "D", [PATIENT], 0)
    assert withdrawn.description == "withdrawn: wrong patient"
    (entry,) = withdrawn.told("3")
    assert (entry.id, entry.id_type[2]) == (sent.entry_uuid, "document entry object type")
    corrections.restore(sent.entry_uuid, BY)
    assert _seen(outbox.one()) == ("", "U", [PATIENT], 0)


def test_a_command_leaves_its_records_to_the_server(tmp_path: Path) -> None:
    settings = settings_for(None, {"domain": {"patients": "known"}})
    config = tmp_path / "entente.toml"
    config.write_text(toml(settings))
    one = patient("1")
    done = entente("patients", "add", one, "--config", config, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    database = Database(f"sqlite:///{tmp_path / 'var' / 'registry.sqlite'}")
    try:
        record = Outbox(database, tmp_path).one()
    finally:
        database.close()
    assert (record.action, record.patients) == ("C", [one])
    assert record.humans[0].user_id.startswith("operator ")


@pytest.mark.parametrize(
    ("arguments", "patients", "documents"),
    [
        (("patients", "list"), [], []),
        (("documents", "list"), [], []),
        (("consent", "list", PATIENT), [PATIENT], []),
        (("policy", "explain", "--document", "2.25.7"), [], ["2.25.7"]),
    ],
)
def test_what_a_command_shows_is_a_reading(
    arguments: tuple[str, ...],
    patients: list[str],
    documents: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(masking, "_HIDDEN", masking._Hidden())
    authority = PATIENT.authority
    domain = {"patient_assigning_authorities": [authority], "hidden_authorities": [authority]}
    (tmp_path / "entente.toml").write_text(toml(settings_for(None, {"domain": domain})))
    with chdir(tmp_path):
        done = CliRunner().invoke(app, list(map(str, arguments)))
    database = Database(f"sqlite:///{tmp_path / 'var' / 'registry.sqlite'}")
    try:
        record = Outbox(database, tmp_path).one()
    finally:
        database.close()
    assert (record.event[0], record.action, record.outcome) == ("110110", "R", 0)
    assert (record.description or "").startswith(f"entente {arguments[0]} {arguments[1]}")
    assert (record.patients, [one.id for one in record.told("3")]) == (patients, documents)
    assert PATIENT.id not in f"{done.output} {masking.mask(str(done.exception))}"
    assert masking.shows_hidden(str(PATIENT))


def test_an_account_without_a_name_is_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 54321")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert account.user() == f"uid {os.getuid()}"
