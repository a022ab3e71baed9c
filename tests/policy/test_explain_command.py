"""What `entente policy explain` prints, in both languages, of a requester or an assertion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from entente.cli import app
from ihe_profiles.policy.consent import Consent, ConsentKind
from ledger.database import Database
from registry.consents import Consents
from registry.corrections import Corrections
from registry.patients.domain import PatientDomain
from registry.patients.operator import Patients
from registry.service import Registry
from tests.policy.people import PERSON, QUEBEC_PHYSICIAN, ROLE_CLASS, SOURCE
from tests.policy.test_retrieve import LIBRARY
from tests.registry.consumer import Consumer
from tests.registry.queries.world import World
from tests.xua.maker import Draft, attribute, coded

PHYSICIAN = f"{QUEBEC_PHYSICIAN.code}&{QUEBEC_PHYSICIAN.system}"
TREAT = "TREAT&2.16.840.1.113883.5.8"
EMERGENCY = "ETREAT&2.16.840.1.113883.5.8"
RESTRICTED = (
    "qc-restricted: does not apply. The person has restricted the access of this provider, "
    "category or relative. (R-22.1 s.7, s.8)"
)
EXCLUDED = (
    "qc-excluded: does not apply. The person has excluded this provider, category or relative. "
    "(R-22.1 s.7)"
)
REFUSED = (
    "qc-refused: hidden, and queries for the patient are told of a refusal. The person refuses "
    "that these documents are shared. (P-9.0001 s.2, s.20, s.55)"
)
FRENCH = [
    "qc-restricted: ne s'applique pas. La personne a restreint l'accès de cet intervenant",
    "qc-excluded: ne s'applique pas. La personne a exclu cet intervenant, cette catégorie",
    "qc-refused: masqué, et les interrogations sur le patient apprennent un refus. La personne",
]


@dataclass
class Shelf:
    """A registry of one document of a person who refuses what is older than 2026."""

    config: Path
    unique_id: str
    entry_uuid: str
    database: Database

    def explain(self, *words: str) -> list[str]:
        asked = ("policy", "explain", "--document", self.unique_id, "--config", str(self.config))
        done = CliRunner().invoke(app, [*asked, *words])
        assert done.exit_code == 0, (done.output, done.exception)
        first, *lines = done.output.splitlines()
        assert first == f"{self.entry_uuid} (quebec)"
        return lines


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    folder = tmp_path_factory.mktemp("shelf")
    config = folder / "entente.toml"
    config.write_text(
        f'[registry]\ndatabase_url = "sqlite:///{folder}/r.sqlite"\n'
        f'[audit]\ndatabase_url = "sqlite:///{folder}/a.sqlite"\n'
        f'spill_file = "{folder}/spill"\n[policy]\nrules = "quebec"\n'
        '[domain]\npatients = "open"\n'
    )
    made = CliRunner().invoke(app, ["db", "upgrade", "--config", str(config)])
    assert made.exit_code == 0, made.output
    database = Database(f"sqlite:///{folder}/r.sqlite")
    Patients(database, PatientDomain()).add(PERSON, SOURCE)
    world = World(Consumer(Registry(database)))
    world.register("s", world.document("d", patient_id=PERSON), patient=PERSON)
    refusal = Consent(ConsentKind.REFUSED, before=20260101000000)
    Consents(database).say(PERSON, refusal, "form", SOURCE)
    yield Shelf(config, world.unique_ids["d"], world.ids["d"], database)
    database.close()


def test_the_rules_up_to_the_one_that_decides(shelf: Shelf) -> None:
    doctor = ("--user", "NI1", "--role", PHYSICIAN, "--purpose", TREAT)
    assert shelf.explain(*doctor) == [RESTRICTED, EXCLUDED, REFUSED]
    said = shelf.explain(*doctor, "--language", "fr")
    assert all(line.startswith(begin) for line, begin in zip(said, FRENCH, strict=True))


def test_nobody_in_particular(shelf: Shelf) -> None:
    assert shelf.explain() == ["hidden: no rule permits it"]
    assert shelf.explain("--language", "fr") == ["masqué : aucune règle ne le permet"]


def test_whom_an_assertion_names(shelf: Shelf, tmp_path: Path) -> None:
    """It is read as one that came with a message, but for its signature."""
    role = attribute("urn:oasis:names:tc:xacml:2.0:subject:role", coded("Role", "PAT", ROLE_CLASS))
    name = f"<saml:NameID>{PERSON.id}</saml:NameID>"
    file = tmp_path / "assertion.xml"
    file.write_text(Draft(name_id=name, attributes=role).text())
    himself = shelf.explain("--assertion", str(file))
    shown = "qc-person: shown. Persons see their own documents. (R-22.1 s.17)"
    assert himself[-1] == shown
    french = shelf.explain("--assertion", str(file), "--language", "fr")
    assert french[-1].startswith("qc-person: montré. ")


def test_a_file_without_an_assertion_is_named(shelf: Shelf, tmp_path: Path) -> None:
    file = tmp_path / "none.xml"
    file.write_text("<a/>")
    asked = ("policy", "explain", "--document", shelf.unique_id, "--config", str(shelf.config))
    done = CliRunner().invoke(app, [*asked, "--assertion", str(file)])
    assert done.exit_code == 1
    assert f"{file}: it holds 0 SAML 2.0 assertions" in str(done.exception)


def test_a_withdrawn_document_is_hidden_from_everybody(shelf: Shelf) -> None:
    Corrections(shelf.database).withdraw(shelf.entry_uuid, "mistake", SOURCE)
    try:
        first, *_ = shelf.explain()
        assert first == "withdrawn: hidden from everybody, whatever the rules say"
        first, *_ = shelf.explain("--language", "fr")
        assert first == "retiré : masqué à tous, quoi que disent les règles"
    finally:
        Corrections(shelf.database).restore(shelf.entry_uuid, SOURCE)


def test_an_emergency_in_words(shelf: Shelf) -> None:
    """Without them it is none, where the policy wants them; the refusal holds all the same."""
    doctor = ("--user", "NI1", "--role", PHYSICIAN, "--purpose", EMERGENCY)
    assert shelf.explain(*doctor)[-1] == "hidden: no rule permits it"
    assert shelf.explain(*doctor, "--reason", "a fall") == [RESTRICTED, EXCLUDED, REFUSED]


def test_a_role_without_its_system_is_none(shelf: Shelf) -> None:
    asked = ("policy", "explain", "--document", shelf.unique_id, "--config", str(shelf.config))
    done = CliRunner().invoke(app, [*asked, "--user", "NI1", "--role", "10"])
    assert (done.exit_code, "'10' is not written CODE&SYSTEM" in done.stderr) == (2, True)


def test_the_rules_of_retrieving(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "library.toml").write_text(
        LIBRARY.replace('consent = "refused"', 'consent = "minor"')
    )
    config = tmp_path / "entente.toml"
    rules = f'rules = "{tmp_path}/library.toml"'
    config.write_text(shelf.config.read_text().replace('rules = "quebec"', rules))
    asked = ("policy", "explain", "--document", shelf.unique_id, "--config", str(config))
    for transaction, expected in (("ITI-18", 0), ("ITI-43", 1)):
        done = CliRunner().invoke(app, [*asked, "--transaction", transaction])
        assert (done.exit_code, done.output.count("not-to-be-read: ")) == (0, expected)
