"""The record of an access says which status of a patient's refusal was used (P-9.0001 s.20)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from ihe_profiles.atna.reporter import Reporter
from ihe_profiles.policy.access import Access
from ihe_profiles.policy.consent import Consent, ConsentKind
from ihe_profiles.policy.load import load
from ihe_profiles.xds.datatypes import CX
from ihe_profiles.xds.vocabulary import Status
from ledger.audit.audit import Audit
from ledger.database import Database
from registry.consents import Consents
from registry.patients.domain import PatientDomain
from registry.patients.operator import Patients
from registry.service import Registry
from tests.atna.records import read
from tests.policy.people import LOUISE, NAM, PERSON, REMI, SOURCE
from tests.policy.site import Kept
from tests.registry.consumer import Consumer
from tests.registry.queries.world import World

SECOND = CX(f"ESSA01010113^^^&{NAM}&ISO")
FIND = {"XDSDocumentEntryPatientId": PERSON, "XDSDocumentEntryStatus": list(Status)}
REFUSED = Consent(ConsentKind.REFUSED)


@dataclass
class Clinic:
    """A registry, what patients say, and what it writes down of them."""

    database: Database

    def __post_init__(self) -> None:
        self.consents = Consents(self.database)
        self.names = World(Consumer(Registry(self.database)))
        for name, patient in (("o", PERSON), ("p", SECOND)):
            entry = self.names.document(name, patient_id=patient)
            self.names.register(f"set {name}", entry, patient=patient)

    def say(self, patient: CX, consent: Consent) -> int:
        """The version that comes of it."""
        self.consents.say(patient, consent, "form", SOURCE)
        return self.version()

    def version(self) -> int:
        with self.database.read() as connection:
            found = connection.exec_driver_sql("SELECT max(key) FROM registry_transaction")
            return int(found.scalar_one())

    def recorded(
        self, requester: Any = REMI, policy: str = "quebec", **query: Any
    ) -> dict[str, str | None]:
        """What the records of one query say of each patient."""
        kept = Kept()
        audit = Audit(Reporter("registry", "http://registry"), kept)  # type: ignore[arg-type]
        access = Access(load(policy))
        consumer = Consumer(Registry(self.database, access=access, audit=audit))
        consumer.requester = requester
        consumer.query(query.pop("name", "FindDocuments"), **query)
        patients = [o for one in kept.records for o in read(one).objects if o.kind == ("1", "1")]
        return {one.id: one.details.get("Refusal Status") for one in patients}


@pytest.fixture
def clinic(database: Database) -> Clinic:
    return Clinic(database)


def test_each_change_is_a_version(clinic: Clinic) -> None:
    def status() -> str:
        return clinic.recorded(**FIND)[str(PERSON)]

    assert status() == "not refused, version 0"
    first = clinic.say(PERSON, Consent(ConsentKind.REFUSED, before=20230101000000))
    assert status() == f"refused before 20230101000000, version {first}"
    clinic.say(PERSON, Consent(ConsentKind.RESTRICTED, "somebody"))
    clinic.say(SECOND, REFUSED)
    assert status() == f"refused before 20230101000000, version {first}"
    second = clinic.say(PERSON, REFUSED)
    assert status() == f"refused, version {second}"
    clinic.consents.end(PERSON, ConsentKind.REFUSED, "form", SOURCE, whom=None)
    assert status() == f"not refused, version {clinic.version()}"
    third = clinic.say(PERSON, Consent(ConsentKind.REFUSED, until=20240101000000))
    assert status() == f"not refused, version {third}"


def test_patients_of_the_answer_are_looked_up_too(clinic: Clinic) -> None:
    """The repository asks in this way on behalf of whoever retrieves."""
    by_id = {"name": "GetDocuments", "XDSDocumentEntryUniqueId": [clinic.names.unique_ids["o"]]}
    assert clinic.recorded(**by_id) == {str(PERSON): "not refused, version 0"}
    several = {"name": "FindDocumentsForMultiplePatients", **FIND}
    several["XDSDocumentEntryPatientId"] = [PERSON, SECOND]
    version = clinic.say(SECOND, REFUSED)
    assert clinic.recorded(**several) == {
        str(PERSON): "not refused, version 0",
        str(SECOND): f"refused, version {version}",
    }


def test_a_merged_patient_has_the_survivors_word(clinic: Clinic, database: Database) -> None:
    version = clinic.say(SECOND, REFUSED)
    Patients(database, PatientDomain()).merge(SECOND, PERSON, SOURCE)
    assert clinic.recorded(**FIND) == {str(PERSON): f"refused, version {version}"}
    merged = FIND | {"XDSDocumentEntryPatientId": SECOND}
    assert clinic.recorded(**merged) == {str(SECOND): f"refused, version {version}"}


def test_a_policy_without_refusals_uses_none(clinic: Clinic) -> None:
    assert clinic.recorded(LOUISE, "france", **FIND) == {str(PERSON): None}
