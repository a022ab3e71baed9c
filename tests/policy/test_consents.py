"""What patients say takes effect at once, can be taken back, and goes with them through merges."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ihe_profiles.atna.reporter import Reporter
from ihe_profiles.policy.access import Access
from ihe_profiles.policy.consent import Consent, ConsentKind, WhomKind, whom
from ihe_profiles.policy.decision import decide
from ihe_profiles.policy.explain import explain
from ihe_profiles.policy.load import load
from ihe_profiles.policy.view import Coding
from ihe_profiles.xds.datatypes import CX, DTM
from ihe_profiles.xds.errors import Refusal, Severity
from ihe_profiles.xds.vocabulary import Status
from ihe_profiles.xua.requester import Coded, Requester
from ledger.audit.audit import Audit
from ledger.database import Database
from registry.consents import Consents
from registry.corrections import Corrections
from registry.explanation import entries
from registry.limits import RegistryLimits
from registry.patients.domain import PatientDomain
from registry.patients.operator import Patients
from registry.service import Registry
from tests.policy.people import (
    AUTHORISED,
    BLOCKED,
    CARE,
    DOCTORS,
    EMERGENCY,
    GLASS,
    LOUISE,
    LOUISE_AS_AUTHOR,
    NAM,
    PATIENT,
    PERSON,
    QUEBEC_PHYSICIAN,
    REMI,
    ROLE_CLASS,
    SOURCE,
    TRE_A07,
    asking,
)
from tests.registry.consumer import Consumer
from tests.registry.queries.world import World
from tests.registry.samples import author, code

HIMSELF = asking(PERSON.id, Coded("PAT", ROLE_CLASS))
PARENT = asking("claire", Coded("GUARD", ROLE_CLASS), patient_id=str(PERSON))
OLD_NUMBER = CX(f"ESSA01010113^^^&{NAM}&ISO")


class Clinic(World):
    """A registry under a policy, and its patients' words."""

    def __init__(self, database: Database, policy: str) -> None:
        super().__init__(Consumer(Registry(database, access=Access(load(policy)))))
        self.consents = Consents(database)

    def say(self, patient: CX, consent: Consent) -> None:
        self.consents.say(patient, consent, "form", SOURCE)

    def seen(self, requester: Requester | None, patient: CX) -> str:
        self.registry.requester = requester
        find = {"XDSDocumentEntryPatientId": patient, "XDSDocumentEntryStatus": list(Status)}
        found = self.registry.query("FindDocuments", **find)
        return "".join(sorted(self.name(one.entry_uuid) for one in found.objects))

    def warned(self, requester: Requester, query: str = "FindDocuments") -> list[str]:
        self.registry.requester = requester
        find = {"XDSDocumentEntryPatientId": PERSON, "XDSDocumentEntryStatus": list(Status)}
        answer = self.registry.query(query, "ObjectRef", **find)
        assert {error.severity for error in answer.errors} <= {Severity.WARNING}
        return [error.code for error in answer.errors]


def labelled(*labels: str) -> dict[str, object]:
    return {"confidentiality_code": tuple(code(label, TRE_A07) for label in ("N", *labels))}


@pytest.fixture
def france(database: Database) -> Clinic:
    """`a` plain, `m` masked, `l` masked and Louise's own, `s` secret, `n` not yet announced."""
    clinic = Clinic(database, "france")
    for name, changes in {
        "a": {},
        "m": labelled("MASQUE_PS"),
        "l": labelled("MASQUE_PS") | {"author": (author(LOUISE_AS_AUTHOR),)},
        "s": labelled("INVISIBLE_REPRESENTANTS_LEGAUX"),
        "n": labelled("INVISIBLE_PATIENT"),
    }.items():
        entry = clinic.document(name, patient_id=PATIENT, **changes)
        clinic.register(f"set {name}", entry, patient=PATIENT)
    return clinic


@pytest.fixture
def quebec(database: Database) -> Clinic:
    """`o` old, `n` new."""
    clinic = Clinic(database, "quebec")
    for name, begun in (("o", "20200101"), ("n", "20250101")):
        times = {"service_start_time": DTM(begun), "service_stop_time": DTM(begun)}
        entry = clinic.document(name, patient_id=PERSON, **times)
        clinic.register(f"set {name}", entry, patient=PERSON)
    return clinic


def test_france_by_relation_label_and_purpose(france: Clinic) -> None:
    in_emergency = replace(LOUISE, purposes=(GLASS,))
    assert france.seen(LOUISE, PATIENT) == "l"
    assert france.seen(in_emergency, PATIENT) == "aln"
    assert france.seen(replace(in_emergency, secret_connection=True), PATIENT) == "alns"
    france.say(PATIENT, AUTHORISED)
    assert france.seen(LOUISE, PATIENT) == "aln"
    patient = asking(PATIENT.id, Coded("PAT", ROLE_CLASS))
    assert france.seen(patient, PATIENT) == "almns".replace("n", "")
    assert france.seen(replace(patient, user="somebody"), PATIENT) == ""
    parent = asking("claire", Coded("GUARD", ROLE_CLASS), patient_id=str(PATIENT))
    assert france.seen(parent, PATIENT) == ""
    france.say(PATIENT, Consent(ConsentKind.REPRESENTED, whom(WhomKind.PERSON, "claire")))
    assert france.seen(parent, PATIENT) == "alm"
    france.say(PATIENT, BLOCKED)
    assert france.seen(in_emergency, PATIENT) == ""
    france.consents.end(PATIENT, ConsentKind.EXCLUDED, "again", SOURCE, whom=BLOCKED.whom)
    assert france.seen(LOUISE, PATIENT) == "aln"


def test_nobody_is_taken_for_somebody_of_the_same_name(france: Clinic) -> None:
    """A name counts in the relation that it is given in, and by its authority."""
    both = (Coded("PAT", ROLE_CLASS), Coded("GUARD", ROLE_CLASS))
    assert france.seen(asking("claire", *both, patient_id=str(PATIENT)), PATIENT) == ""
    stranger = CX(f"{PATIENT.id}^^^&1.2.3&ISO")
    france.register("set z", france.document("z", patient_id=stranger), patient=stranger)
    assert france.seen(asking(stranger, both[0]), stranger) == ""
    doctor = Consent(ConsentKind.REPRESENTED, whom(WhomKind.PERSON, LOUISE.user, DOCTORS))
    france.say(PATIENT, doctor)
    parent = asking(LOUISE.user, both[1], patient_id=str(PATIENT))
    assert france.seen(parent, PATIENT) == ""
    assert france.seen(replace(parent, provider_ids=(LOUISE.user,)), PATIENT) == "alm"


def test_what_is_for_professionals_is_not_for_others(france: Clinic, quebec: Clinic) -> None:
    """Nor does a representative see whom the assertion does not name."""
    guard = Coded("GUARD", ROLE_CLASS)
    rushing = asking("claire", guard, purposes=(GLASS,), provider_ids=(LOUISE.user,))
    assert france.seen(rushing, PATIENT) == ""
    france.say(PATIENT, Consent(ConsentKind.AUTHORISED, whom(WhomKind.PERSON, "claire")))
    assert france.seen(rushing, PATIENT) == ""
    france.say(PATIENT, Consent(ConsentKind.REPRESENTED, whom(WhomKind.PERSON, "claire")))
    assert france.seen(rushing, PATIENT) == ""
    assert france.seen(replace(rushing, patient_id=str(PATIENT)), PATIENT) == "alm"
    janitor = replace(REMI, roles=(replace(QUEBEC_PHYSICIAN, code="999"),))
    assert quebec.seen(janitor, PERSON) == ""
    assert quebec.seen(replace(HIMSELF, user="ESSB02020212"), PERSON) == ""
    quebec.say(PERSON, Consent(ConsentKind.REPRESENTED, whom(WhomKind.PERSON, "claire")))
    assert quebec.seen(replace(PARENT, patient_id=""), PERSON) == ""
    quebec.say(PERSON, Consent(ConsentKind.REFUSED))
    assert quebec.seen(replace(HIMSELF, purposes=(CARE,)), PERSON) == "no"
    assert quebec.warned(replace(REMI, purposes=())) == []


def test_quebec_refusal_restriction_and_age(quebec: Clinic) -> None:
    assert quebec.seen(REMI, PERSON) == "no"
    assert quebec.warned(REMI) == []
    assert quebec.seen(asking("NI1", QUEBEC_PHYSICIAN), PERSON) == ""  # no purpose
    assert quebec.seen(HIMSELF, PERSON) == "no"
    quebec.say(PERSON, Consent(ConsentKind.RESTRICTED, _role(), quebec.ids["set o"]))
    assert quebec.seen(REMI, PERSON) == "n"
    quebec.consents.end(PERSON, ConsentKind.RESTRICTED, "", SOURCE, whom=_role())
    quebec.say(PERSON, Consent(ConsentKind.EXCLUDED, whom(WhomKind.PERSON, REMI.user)))
    assert (quebec.seen(REMI, PERSON), quebec.seen(replace(REMI, user="NI2"), PERSON)) == ("", "no")
    quebec.consents.end(
        PERSON, ConsentKind.EXCLUDED, "", SOURCE, whom=whom(WhomKind.PERSON, REMI.user)
    )
    quebec.say(PERSON, Consent(ConsentKind.REFUSED, before=20230101000000))
    assert (quebec.seen(REMI, PERSON), quebec.warned(REMI)) == ("n", [MARKER])
    quebec.say(PERSON, Consent(ConsentKind.REFUSED))
    assert quebec.seen(replace(REMI, purposes=(EMERGENCY,)), PERSON) == ""
    assert quebec.warned(REMI, "FindDocumentsForMultiplePatients") == [MARKER]
    assert quebec.seen(HIMSELF, PERSON) == "no"
    quebec.register("later", quebec.document("x", patient_id=PERSON), patient=PERSON)
    assert quebec.seen(HIMSELF, PERSON) == "nox"
    quebec.say(PERSON, Consent(ConsentKind.MINOR, until=99990101000000))
    assert quebec.seen(HIMSELF, PERSON) == ""
    quebec.say(PERSON, Consent(ConsentKind.REPRESENTED, whom(WhomKind.PERSON, "claire")))
    assert quebec.seen(PARENT, PERSON) == "nox"


def test_a_submission_of_which_nothing_is_left_is_as_old_as_itself(
    quebec: Clinic, database: Database
) -> None:
    """Its only document is withdrawn; that of the other one is refused."""
    Corrections(database).withdraw(quebec.ids["n"], "mistake", SOURCE)
    find = {"XDSSubmissionSetPatientId": PERSON, "XDSSubmissionSetStatus": list(Status)}
    quebec.registry.requester = REMI
    for before, expected in ((20230101000000, ["set n"]), (30000101000000, [])):
        quebec.say(PERSON, Consent(ConsentKind.REFUSED, before=before))
        found = quebec.registry.query("FindSubmissionSets", "ObjectRef", **find).refs
        assert [quebec.name(one) for one in found] == expected


MARKER = "LocalPolicyRestrictionError"


def _role() -> str:
    return whom(WhomKind.ROLE, QUEBEC_PHYSICIAN.code, QUEBEC_PHYSICIAN.system)


def test_of_two_merged_patients_the_strictest_word_holds(
    quebec: Clinic, database: Database
) -> None:
    quebec.register("s", quebec.document("p", patient_id=OLD_NUMBER), patient=OLD_NUMBER)
    claire = Consent(ConsentKind.REPRESENTED, whom(WhomKind.PERSON, "claire"))
    quebec.say(PERSON, claire)
    quebec.say(OLD_NUMBER, Consent(ConsentKind.REFUSED))
    quebec.say(OLD_NUMBER, Consent(ConsentKind.REPRESENTED, whom(WhomKind.PERSON, "paul")))
    assert (quebec.seen(REMI, PERSON), quebec.seen(PARENT, PERSON)) == ("no", "no")
    Patients(database, PatientDomain()).merge(OLD_NUMBER, PERSON, SOURCE)
    assert (quebec.seen(REMI, PERSON), quebec.seen(PARENT, PERSON)) == ("", "")
    assert quebec.seen(replace(PARENT, user="paul"), PERSON) == ""
    assert quebec.seen(HIMSELF, PERSON) == "nop"
    ended = [one.end_reason for one in quebec.consents.listed(OLD_NUMBER)]
    assert ended == ["merge of patients", None, "merge of patients"]


def test_what_cannot_be_written_down_is_refused(quebec: Clinic) -> None:
    for patient, item in ((CX("nobody^^^&1.2&ISO"), None), (PERSON, "urn:uuid:none")):
        with pytest.raises(Refusal):
            quebec.say(patient, Consent(ConsentKind.RESTRICTED, _role(), item))
    with pytest.raises(Refusal):
        quebec.consents.end(PERSON, ConsentKind.REFUSED, "", SOURCE, whom=None)


def test_an_emergency_is_audited_and_so_is_each_word(france: Clinic, database: Database) -> None:
    kept: list[bytes] = []

    class Trail:
        def note(self, connection: object, records: list[bytes]) -> None:
            kept.extend(records)

        def record(self, records: list[bytes]) -> None:
            kept.extend(records)

    audit = Audit(Reporter("here", "http://here/registry"), Trail())  # type: ignore[arg-type]
    Consents(database, audit).say(PATIENT, AUTHORISED, "asked at the desk", SOURCE)
    assert b"asked at the desk" in kept[0]
    registry = Consumer(Registry(database, access=Access(load("france")), audit=audit))
    registry.requester = in_emergency = replace(LOUISE, purposes=(replace(GLASS, display="coma"),))
    find = {"XDSDocumentEntryPatientId": PATIENT, "XDSDocumentEntryStatus": list(Status)}
    registry.query("FindDocuments", **find)
    (override,) = [record for record in kept if b"110127" in record]
    assert b"coma" in override
    assert PATIENT.id.encode() in override
    few = RegistryLimits(objects=1)  # that there is more was told, too
    registry = Consumer(Registry(database, access=Access(load("france")), audit=audit, limits=few))
    registry.requester = in_emergency
    (error,) = registry.query("FindDocuments", **find).errors
    assert error.code == "XDSTooManyResults"
    assert len([record for record in kept if b"110127" in record]) == 2


def test_the_command_says_why(database: Database, quebec: Clinic) -> None:
    unique_id = quebec.unique_ids["o"]
    quebec.say(PERSON, Consent(ConsentKind.REFUSED, before=20230101000000))
    (known,) = entries(database, unique_id)
    said = list(explain(decide(load("quebec"), REMI, "ITI-18"), known.facts, 20250601000000, "fr"))
    assert said[-1].startswith("qc-refused: masqué, et les interrogations")
    himself = decide(load("quebec"), HIMSELF, "ITI-18")
    assert list(explain(himself, known.facts, 20250601000000, "en"))[-1].startswith("qc-person: s")
    nobody = decide(load("quebec"), None, "ITI-18")
    assert list(explain(nobody, known.facts, 20250601000000, "en")) == [
        "hidden: no rule permits it"
    ]


def test_the_facts_of_an_entry_are_those_that_sql_looks_at(
    database: Database, france: Clinic
) -> None:
    (known,) = entries(database, france.unique_ids["l"])
    assert (TRE_A07, "MASQUE_PS") in known.facts.confidentiality
    assert known.facts.authors == {(DOCTORS, LOUISE.user)}
    assert known.facts.patients == {PATIENT.identity}
    assert known.facts.time == 20250201000000
    assert known.facts.codes[Coding.CLASS] == ("1.2.3", "class")
