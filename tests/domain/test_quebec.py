"""The preset of Québec: the NAM, the NIU that nobody may see, the languages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ihe_profiles.xds import masking
from ihe_profiles.xds.datatypes import CX, XCN
from ihe_profiles.xds.domain import nam, quebec
from ihe_profiles.xds.domain.judge import Judge
from ihe_profiles.xds.domain.presets import PRESETS
from ihe_profiles.xds.metadata import Code, LocalizedString, Submission
from tests.domain.submissions import errors, rules, usual, with_document, with_set

JUDGE = Judge.of(PRESETS["quebec"])
LABEL = (LocalizedString("x"),)
USUAL = with_document(usual(PRESETS["quebec"]), type_code=Code("11502-2", quebec.LOINC, LABEL))
NIU = f"1234567890^^^&{masking.NIU}&ISO"


def entry(**changes: Any) -> Submission:
    return with_document(USUAL, **changes)


def of_patient(text: str) -> Submission:
    made = entry(patient_id=CX(text))
    (folder,) = made.folders
    made = replace(made, folders=(replace(folder, patient_id=CX(text)),))
    return with_set(made, patient_id=CX(text))


def with_nam(number: str) -> Submission:
    return of_patient(f"{number}^^^&{nam.OID}&ISO")


ENGLISH = {"is", "not", "needs", "has", "of", "which", "the", "in", "allowed", "without", "holds"}

TAKEN = {
    "the usual": USUAL,
    "a woman, the month 50 higher": with_nam("AAAA01510117"),
    "the type of identifier": of_patient(f"AAAA01010112^^^&{nam.OID}&ISO^JHN"),
    "English": entry(language_code="en-CA"),
    "a pan-Canadian type": entry(type_code=Code("XCA-1", quebec.PCLOCD, LABEL)),
    "a local source id": entry(source_patient_id=CX("D-204518^^^&2.999.30.1&ISO")),
}
BROKEN = {
    "blanks": (with_nam("AAAA 0101 0112"), {"quebec-nam": "ERROR", "quebec-nam-digits": "WARNING"}),
    "month 13": (with_nam("AAAA01130112"), {"quebec-nam": "ERROR", "quebec-nam-digits": "WARNING"}),
    "month 63": (with_nam("AAAA01630112"), {"quebec-nam": "ERROR", "quebec-nam-digits": "WARNING"}),
    "30 February": (
        with_nam("AAAA01023012"),
        {"quebec-nam": "ERROR", "quebec-nam-digits": "WARNING"},
    ),
    "a wrong check digit": (with_nam("AAAA01010113"), {"quebec-nam-digits": "WARNING"}),
    "0 before it": (with_nam("AAAA01010102"), {"quebec-nam-digits": "WARNING"}),
    "a source NAM": (
        entry(source_patient_id=CX(f"A^^^&{nam.OID}&ISO")),
        {"quebec-nam": "ERROR", "quebec-nam-digits": "WARNING"},
    ),
    "another province": (
        of_patient("1234567890^^^&2.16.840.1.113883.4.59&ISO"),
        {"patient-authorities": "ERROR"},
    ),
    "another language": (entry(language_code="fr-FR"), {"languages": "ERROR"}),
    "another confidentiality": (
        entry(confidentiality_code=(Code("L", "2.16.840.1.113883.5.25", LABEL),)),
        {"code-sets": "ERROR"},
    ),
    "a type of its own": (
        entry(type_code=Code("x", "2.999", LABEL)),
        {"quebec-type-codes": "WARNING"},
    ),
    "a NIU in sourcePatientInfo": (
        entry(source_patient_info=(f"PID-3|{NIU}",)),
        {"quebec-niu": "ERROR"},
    ),
    "a NIU in the title": (
        entry(title=(LocalizedString(f"Sommaire de {NIU}"),)),
        {"quebec-niu": "ERROR"},
    ),
    "a NIU as author": (
        entry(legal_authenticator=XCN(f"1234567890^TESTUT^^^^^^^&{masking.NIU}&ISO")),
        {"quebec-niu": "ERROR"},
    ),
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


def test_every_rule_of_quebec_is_broken_by_a_case() -> None:
    broken = {rule for _, expected in BROKEN.values() for rule in expected}
    assert {rule.name for rule in quebec.RULES} <= broken
    assert not errors(Judge.of(), BROKEN["month 13"][0])


def test_no_answer_shows_a_niu() -> None:
    for submission in (of_patient(NIU), BROKEN["a NIU in sourcePatientInfo"][0]):
        found = JUDGE(submission)
        assert found
        assert all("1234567890" not in error.context for error in found)


@pytest.mark.parametrize(
    "number",
    [
        "AAAA01010112",
        "BAAA01010113",
        "ZAAA01010112",
        "ABAA01010115",
        "AAAA99010115",
        "AAAA01510117",
        "TEST55031497",
    ],
)
def test_numbers_that_a_card_library_accepts(number: str) -> None:
    assert nam.form_problem(number) is None
    assert nam.digits_problem(number) is None
