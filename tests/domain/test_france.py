"""The French preset: each rule taken and broken, under the French profile."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ihe_profiles.xds.datatypes import CX, DTM, XCN, XON
from ihe_profiles.xds.domain import france, ins
from ihe_profiles.xds.domain.judge import Judge
from ihe_profiles.xds.domain.presets import PRESETS
from ihe_profiles.xds.metadata import Author, Code, LocalizedString, Submission
from tests.domain.submissions import errors, rules, usual, with_document, with_set

JUDGE = Judge.of(PRESETS["france"])
USUAL = usual(PRESETS["france"])
(ENTRY,) = USUAL.documents
(AUTHOR,) = ENTRY.author
PATIENT = "124018852493334^FORM-TROIS^Gérard^^^^^^&1.2.250.1.213.1.4.8&ISO^D^^^NH"
LABEL = (LocalizedString("x"),)
HL7, FRENCH = "2.16.840.1.113883.5.25", "1.2.250.1.213.1.1.4.13"


def code(value: str, scheme: str) -> Code:
    return Code(value, scheme, LABEL)


def entry(**changes: Any) -> Submission:
    return with_document(USUAL, **changes)


def by(**changes: Any) -> Submission:
    """The document's author changed."""
    return entry(author=(replace(AUTHOR, **changes),))


def of_patient(text: str) -> Submission:
    made = entry(patient_id=CX(text))
    (folder,) = made.folders
    made = replace(made, folders=(replace(folder, patient_id=CX(text)),))
    return with_set(made, patient_id=CX(text))


def confidential(*codes: Code) -> Submission:
    return entry(confidentiality_code=codes)


NORMAL = code("N", HL7)
MASKED, INVISIBLE = code("MASQUE_PS", FRENCH), code("INVISIBLE_PATIENT", FRENCH)
OF_MINOR = code("INVISIBLE_REPRESENTANTS_LEGAUX", FRENCH)
ENGLISH = {"is", "not", "needs", "has", "of", "which", "the", "in", "allowed", "without", "holds"}

TAKEN: dict[str, Submission] = {
    "the usual": USUAL,
    "the test key": of_patient("279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH"),
    "Corsica": of_patient(f"279022A121518{ins.key_of('279022A121518')}^^^&{ins.NIR}&ISO^NH"),
    "all restrictions": confidential(NORMAL, MASKED, INVISIBLE, OF_MINOR),
    "a signature": entry(language_code="art"),
    "a language in capitals": entry(language_code="FR-FR"),
    "the INS as source id": entry(source_patient_id=ENTRY.patient_id),
    "a device": by(
        person=XCN("3750100125/9762^Automate^waralab^^^^^^&1.2.250.1.71.4.2.1&ISO^U^^^RI")
    ),
    "a patient": by(person=XCN(PATIENT), institutions=()),
    "a cabinet's number": by(
        institutions=(XON("Cabinet^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^401234567890009"),)
    ),
    "a referenced service": by(institutions=(XON("NOM^^^^^&1.3.2&ISO^SIREN^^^2704090820"),)),
    "a name alone": by(institutions=(XON("Hôpital"),)),
    "a specialty": by(
        specialties=("G15_10/SM54^Médecin - Médecine Générale (SM)^1.2.250.1.213.1.1.4.5",)
    ),
    "a role": by(roles=("Médecin traitant",)),
    "the class of its type": entry(
        type_code=code("11502-2", "2.16.840.1.113883.6.1"),
        class_code=code("10", "1.2.250.1.213.1.1.4.1"),
    ),
    "no sourcePatientInfo": entry(source_patient_info=()),
    "another label": confidential(replace(NORMAL, display=(LocalizedString("Ordinaire"),))),
}

BROKEN: dict[str, tuple[Submission, dict[str, str]]] = {
    "no serviceStartTime": (
        entry(service_start_time=None),
        {"france-required-attributes": "ERROR"},
    ),
    "no title": (entry(title=()), {"france-required-attributes": "ERROR"}),
    "an empty title": (
        entry(title=(LocalizedString(" "),)),
        {"france-required-attributes": "ERROR"},
    ),
    "no legalAuthenticator": (
        entry(legal_authenticator=None),
        {"france-required-attributes": "ERROR"},
    ),
    "no author": (entry(author=()), {"france-required-attributes": "ERROR"}),
    "a set without author": (with_set(USUAL, author=()), {"france-one-author": "ERROR"}),
    "a set of two authors": (
        with_set(USUAL, author=(AUTHOR, AUTHOR)),
        {"france-one-author": "ERROR"},
    ),
    "an INS that is short": (
        of_patient(f"12345^^^&{ins.NIR}&ISO^NH"),
        {"france-ins": "ERROR"},
    ),
    "a key that fails": (
        of_patient(f"221042545611404^^^&{ins.NIR}&ISO^NH"),
        {"france-ins-key": "WARNING"},
    ),
    "no key": (of_patient(f"2210425456114^^^&{ins.NIA}&ISO^NH"), {"france-ins-key": "WARNING"}),
    "no type of identifier": (
        of_patient(f"279035121518989^^^&{ins.TEST}&ISO"),
        {"france-id-types": "WARNING"},
    ),
    "a source id without its type": (
        entry(source_patient_id=CX("1^^^&2.999.1&ISO")),
        {"france-id-types": "WARNING"},
    ),
    "the authority of INS-C": (
        of_patient("279035121518989^^^&1.2.250.1.213.1.4.2&ISO"),
        {"patient-authorities": "ERROR"},
    ),
    "no base code": (confidential(MASKED), {"france-confidentiality": "ERROR"}),
    "two base codes": (
        confidential(NORMAL, code("R", HL7)),
        {"france-confidentiality": "ERROR"},
    ),
    "a code twice": (confidential(NORMAL, MASKED, MASKED), {"france-confidentiality": "ERROR"}),
    "the code that does not exist": (
        confidential(NORMAL, code("MASQUE_REPRESENTANTS_LEGAUX", FRENCH)),
        {"code-sets": "ERROR"},
    ),
    "another language": (entry(language_code="en-GB"), {"languages": "ERROR"}),
    "a time of the day": (entry(creation_time=DTM("20250301")), {"france-times": "WARNING"}),
    "a scheme as URN": (
        entry(class_code=code("10", "urn:oid:1.2.250.1.213.1.1.4.1")),
        {"france-coding-schemes": "WARNING"},
    ),
    "the class of another type": (
        entry(
            type_code=code("18748-4", "2.16.840.1.113883.6.1"),
            class_code=code("10", "1.2.250.1.213.1.1.4.1"),
        ),
        {"france-type-and-class": "WARNING"},
    ),
    "a person without number": (
        by(person=XCN("^DURANT^Romuald")),
        {"france-persons": "ERROR", "france-person-types": "WARNING"},
    ),
    "a person without authority": (
        by(person=XCN("801234567890^DURANT^Romuald^^^^^^^D^^^IDNPS")),
        {"france-persons": "ERROR"},
    ),
    "a legal authenticator without name": (
        entry(legal_authenticator=XCN("801234567890^^^^^^^^&1.2.3&ISO^D^^^IDNPS")),
        {"france-persons": "ERROR"},
    ),
    "a person of no kind": (
        by(person=XCN("801234567890^DURANT^Romuald^^^^^^&1.2.250.1.71.4.2.1&ISO")),
        {"france-person-types": "WARNING"},
    ),
    "a device that is a person": (
        by(person=XCN("1^Automate^x^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^RI")),
        {"france-person-types": "WARNING"},
    ),
    "an INS that is no patient's": (
        by(person=XCN(PATIENT.replace("^NH", "^IDNPS")), institutions=()),
        {"france-person-types": "WARNING"},
    ),
    "an institution's authority alone": (
        by(institutions=(XON("Hôpital^^^^^&1.2.250.1.71.4.2.2&ISO"),)),
        {"france-institutions": "ERROR"},
    ),
    "an institution's number alone": (
        by(institutions=(XON("Hôpital^^^^^^^^^1.2.3"),)),
        {"france-institutions": "ERROR", "france-institution-types": "WARNING"},
    ),
    "an institution of no kind": (
        by(institutions=(XON("Hôpital^^^^^&1.2.250.1.71.4.2.2&ISO^^^^1750100125"),)),
        {"france-institution-types": "WARNING"},
    ),
    "a professional of nowhere": (by(institutions=()), {"france-author-institutions": "WARNING"}),
    "a patient with an institution": (
        by(person=XCN(PATIENT)),
        {"france-author-institutions": "WARNING"},
    ),
    "a specialty as IHE writes it": (
        by(specialties=("G15^^^&1.2.250.1.213.1.1.4.5&ISO",)),
        {"france-specialties": "WARNING"},
    ),
    "a role that is a code": (by(roles=("PCP^^^&1.2.3&ISO",)), {"france-roles": "WARNING"}),
}


@pytest.mark.parametrize("case", TAKEN)
def test_taken(case: str) -> None:
    assert rules(JUDGE(TAKEN[case])) == {}


@pytest.mark.parametrize("case", BROKEN)
def test_broken(case: str) -> None:
    submission, expected = BROKEN[case]
    assert rules(JUDGE(submission)) == expected


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_wrong_is_said_in_french_too(case: str) -> None:
    for found in JUDGE(BROKEN[case][0]):
        assert not set(found.french.split()) & ENGLISH, found.french


def test_every_french_rule_is_broken_by_a_case() -> None:
    broken = {rule for _, expected in BROKEN.values() for rule in expected}
    assert {rule.name for rule in france.RULES} <= broken


def test_outside_of_france_none_of_this_is_asked() -> None:
    neutral = Judge.of()
    for submission, _ in BROKEN.values():
        assert not errors(neutral, submission)


def test_an_error_names_everything() -> None:
    (found,) = JUDGE(confidential(NORMAL, code("MASQUE_REPRESENTANTS_LEGAUX", FRENCH)))
    assert found.code == "XDSRegistryMetadataError"
    assert found.context.startswith(
        'confidentialityCode of DocumentEntry specimen (title "Specimen"): the value'
        " MASQUE_REPRESENTANTS_LEGAUX^^1.2.250.1.213.1.1.4.13 is not one that the domain allows"
        " (domain france). Nearest allowed: INVISIBLE_REPRESENTANTS_LEGAUX^^"
    )
    assert found.context.endswith("[TF-3 4.2.3.2.5; TF-1 10.4.8] (rule code-sets)")


@pytest.mark.parametrize("number", ["279035121518989", "277076322082910"])
def test_keys_of_published_examples(number: str) -> None:
    assert ins.form_problem(number) is None
    assert ins.key_problem(number) is None


@pytest.mark.parametrize("number", ["279022A12151833", "279022B12151860"])
def test_keys_of_corsica_are_those_of_departments_19_and_18(number: str) -> None:
    assert ins.form_problem(number) is None
    assert ins.key_problem(number) is None


def test_an_author_without_person_is_no_patient() -> None:
    found = JUDGE(entry(author=(Author(institutions=(XON("Hôpital"),)),)))
    assert rules(found) == {}
