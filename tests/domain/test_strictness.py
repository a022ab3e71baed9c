"""Profiles and single settings: what refuses, what warns, what is off."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from ihe_profiles.xds.datatypes import CX, XTN
from ihe_profiles.xds.domain.judge import FIRM, NAMES, Judge, override_problem
from ihe_profiles.xds.domain.load import load
from ihe_profiles.xds.domain.presets import PRESETS
from ihe_profiles.xds.domain.strictness import COUNTRIES, PROFILES, Level
from ihe_profiles.xds.errors import Severity
from ihe_profiles.xds.metadata import Code, LocalizedString, Submission
from ihe_profiles.xds.rules import RULES, check
from tests.domain.submissions import FILES, errors, rules, usual, with_document
from tests.xds.test_rules import BROKEN

IHE = PRESETS["ihe"]
NORMAL = Code("N", "2.16.840.1.113883.5.25", (LocalizedString("normal"),))
USUAL = with_document(usual(IHE), confidentiality_code=(NORMAL,))


def judged(profile: str, submission: Submission, codes: str = "ihe") -> dict[str, str]:
    return rules(Judge.of(load(codes, FILES), profile)(submission))


def with_telecom() -> Submission:
    (author,) = USUAL.documents[0].author
    return with_document(USUAL, author=(replace(author, telecommunications=(XTN("0123"),)),))


BY_PROFILE: dict[str, tuple[Submission, dict[str, dict[str, str]]]] = {
    "a missing title is asked for in France only": (
        with_document(USUAL, title=()),
        {"france": {"france-required-attributes": "ERROR"}},
    ),
    "a language that is none": (
        with_document(USUAL, language_code="fr_FR"),
        {
            "ihe": {"language-form": "ERROR"},
            "gazelle": {"language-form": "WARNING"},
            "france": {"language-form": "ERROR"},
            "quebec": {"language-form": "ERROR"},
            "lenient": {"language-form": "WARNING"},
        },
    ),
    "a telephone in a wrong form": (
        with_telecom(),
        {
            "ihe": {"telecom-form": "ERROR"},
            "gazelle": {"telecom-form": "WARNING"},
            "france": {"telecom-form": "ERROR"},
            "quebec": {"telecom-form": "ERROR"},
            "lenient": {"telecom-form": "WARNING"},
        },
    ),
    "a missing languageCode": (
        with_document(USUAL, language_code=None),
        {
            name: {"required-attributes": "WARNING" if name == "lenient" else "ERROR"}
            for name in PROFILES
        },
    ),
    "a missing uniqueId": (
        with_document(USUAL, unique_id=None),
        {name: {"identifying-attributes": "ERROR"} for name in PROFILES},
    ),
}


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("case", BY_PROFILE)
def test_by_profile(case: str, profile: str) -> None:
    submission, expected = BY_PROFILE[case]
    found = judged(profile, submission)
    countries = {name: level for name, level in found.items() if name.startswith("quebec-")}
    assert {n: level for n, level in found.items() if n not in countries} == expected.get(
        profile, {}
    )
    assert set(countries.values()) <= {"WARNING"}


@pytest.mark.parametrize("profile", ["ihe", "gazelle"])
def test_the_standards_profiles_find_in_sound_metadata_nothing(profile: str) -> None:
    assert judged(profile, USUAL) == {}


@pytest.mark.parametrize("case", BROKEN)
def test_lenient_refuses_only_what_cannot_be_stored(case: str) -> None:
    submission, _ = BROKEN[case]
    broken = {rule for rule in RULES if check(submission, (rule,))}
    found = Judge.of(IHE, "lenient")(submission)
    assert Counter(e.severity for e in found) == Counter(
        Severity.ERROR if rule.firm else Severity.WARNING
        for rule in broken
        for _ in check(submission, (rule,))
    )


@pytest.mark.parametrize("case", BROKEN)
def test_ihe_is_the_standard(case: str) -> None:
    submission, _ = BROKEN[case]
    found = errors(Judge.of(IHE), submission)
    assert [e.code for e in found] == [e.code for e in check(submission)]


def test_a_profile_names_only_rules_that_exist_and_may_be_softened() -> None:
    for profile in PROFILES.values():
        assert set(profile.levels) <= set(NAMES) - FIRM, profile.name
    assert len(NAMES) == len(set(NAMES))


def test_each_profile_gives_every_rule_a_level() -> None:
    of_countries = {name for name in NAMES if name.startswith(COUNTRIES)}
    for name in ("ihe", "gazelle", "lenient"):
        levels = {rule: PROFILES[name].level(rule) for rule in NAMES}
        assert {rule for rule in of_countries if levels[rule] is not Level.OFF} == set()
    france, quebec = PROFILES["france"], PROFILES["quebec"]
    for rule in of_countries:
        assert (france.level(rule) is Level.OFF) == rule.startswith("quebec-")
        assert (quebec.level(rule) is Level.OFF) == rule.startswith("france-")
    assert france.level("france-ins-key") is Level.WARN
    assert quebec.level("quebec-nam-digits") is Level.WARN


def test_a_setting_wins_over_the_profile() -> None:
    submission = with_document(USUAL, language_code="fr_FR")
    for level, expected in (
        (Level.REFUSE, {"language-form": "ERROR"}),
        (Level.WARN, {"language-form": "WARNING"}),
        (Level.OFF, {}),
    ):
        judge = Judge.of(IHE, "lenient", {"language-form": level})
        assert rules(judge(submission)) == expected


def test_a_rule_of_a_country_can_be_had_alone() -> None:
    judge = Judge.of(IHE, "ihe", {"france-required-attributes": Level.REFUSE})
    found = judge(with_document(USUAL, title=()))
    assert rules(found) == {"france-required-attributes": "ERROR"}


def test_what_may_not_be_set_is_said() -> None:
    assert override_problem("one-patient") == (
        "the rule `one-patient` always refuses: what breaks it cannot be stored"
    )
    with pytest.raises(ValueError, match="there is no rule `no-such`; the rule `ids-unique`"):
        Judge.of(IHE, None, {"no-such": Level.OFF, "ids-unique": Level.WARN})
    with pytest.raises(KeyError):
        Judge.of(IHE, "no-such")


@pytest.mark.parametrize(
    ("profile", "expected"),
    [("ihe", None), ("gazelle", None), ("france", "WARNING"), ("quebec", "WARNING"),
     ("lenient", "WARNING")],
)  # fmt: skip
def test_undefined_parameters_are_named_where_the_profile_says_so(
    profile: str, expected: str | None
) -> None:
    found = Judge.of(IHE, profile).of_undefined_parameters("FindDocuments", ["$x", "$y"])
    assert [e.severity.name for e in found] == ([expected] * 2 if expected else [])


@pytest.mark.parametrize(
    ("profile", "expected"),
    [("ihe", "WARNING"), ("gazelle", "WARNING"), ("france", "ERROR"), ("quebec", "ERROR"),
     ("lenient", "WARNING")],
)  # fmt: skip
def test_a_patient_of_another_authority(profile: str, expected: str) -> None:
    judge = Judge.of(load("codes.xml", FILES), profile)
    made = usual(judge.domain)
    made = replace(
        made,
        submission_sets=tuple(replace(s, patient_id=FOREIGN) for s in made.submission_sets),
        documents=tuple(replace(d, patient_id=FOREIGN) for d in made.documents),
        folders=tuple(replace(f, patient_id=FOREIGN) for f in made.folders),
    )
    found = [e for e in judge(made) if "patient-authorities" in e.context]
    assert {(e.severity.name, e.code) for e in found} == {(expected, "XDSUnknownPatientId")}
    assert "2.999.7.9 (EXAMPLETON)" in found[0].context


FOREIGN = CX("1^^^&2.999.404&ISO")
