"""A policy file that cannot be used: its file, its key and what is allowed are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from entente import policy
from entente.misconfigured import Misconfigured
from entente.settings_policy import Policy as Settings
from ihe_profiles.policy.broken import BrokenPolicy
from ihe_profiles.policy.load import load, parse
from tests.policy.test_retrieve import LIBRARY

RULE = '[[rules]]\nname = "r"\neffect = "permit"\nsection = "s"\nen = "e"\nfr = "f"\n'
CODE = "code^^system"
BROKEN = {
    "name = 3\n": ("name", "3 is not a text"),
    "names = 3\n": ("names", "is not known; known are age_of_consent, break_glass, name"),
    'age_of_consent = "14"\n': ("age_of_consent", "'14' is not a whole number"),
    "age_of_consent = -1\n": ("age_of_consent", "-1 is not 0 or more"),
    'registry_down = "serve"\n': ("registry_down", "serve is not one of deny, snapshot"),
    "requesters = 1\n": ("requesters", "1 is not a table"),
    '[requesters]\ndoctor = ["1^^2"]\n': ("[requesters], doctor", "is not known; known are"),
    '[requesters]\npatient = ["PAT"]\n': ("[requesters], patient", f"PAT is not written {CODE}"),
    "[requesters]\npatient = [1]\n": ("[requesters], patient", "1 is not a text"),
    '[requesters]\npatient_authorities = "1.2"\n': (
        "[requesters], patient_authorities",
        "'1.2' is not a list",
    ),
    '[purposes]\ncare = ["^^1.2"]\n': ("[purposes], care", f"^^1.2 is not written {CODE}"),
    '[purposes]\ncare = ["c^^1"]\n[break_glass]\npurposes = ["fire"]\n': (
        "[break_glass], purposes",
        "fire is not one of care",
    ),
    '[break_glass]\npurposes = ["fire"]\n': (
        "[break_glass], purposes",
        "fire is not one of those defined",
    ),
    '[break_glass]\nreason = "perhaps"\n': (
        "[break_glass], reason",
        "perhaps is not one of required, optional",
    ),
    'rules = "all"\n': ("rules", "'all' is not a list"),
    'rules = ["all"]\n': ("rules", "is not a list of tables"),
    RULE + RULE: ("rules", "two rules have the same name"),
    RULE.replace('name = "r"', ""): ("rule 1, name", "is missing"),
    RULE.replace('section = "s"', ""): ("rule r, section", "is missing"),
    RULE.replace('en = "e"', ""): ("rule r, en", "is missing"),
    RULE.replace('fr = "f"', ""): ("rule r, fr", "is missing"),
    RULE.replace("permit", "allow"): (
        "rule r, effect",
        "allow is not one of permit, hide, refuse",
    ),
    RULE.replace("permit", "refuse"): (
        "rule r, effect",
        'refuse goes with consent = "refused" alone',
    ),
    RULE + 'relation = ["friend"]\n': (
        "rule r, relation",
        "friend is not one of professional, patient, representative",
    ),
    RULE + 'purpose = ["care"]\n': ("rule r, purpose", "care is not one of those defined"),
    RULE + 'role = "10^^1.2"\n': ("rule r, role", "'10^^1.2' is not a list"),
    RULE + 'secret_connection = "yes"\n': (
        "rule r, secret_connection",
        "'yes' is not true or false",
    ),
    RULE + 'transaction = ["ITI-42"]\n': (
        "rule r, transaction",
        "ITI-42 is not one of ITI-18, ITI-43, ITI-51",
    ),
    RULE + 'confidentiality = ["N"]\n': ("rule r, confidentiality", f"N is not written {CODE}"),
    RULE + 'type = ["N"]\n': ("rule r, type", f"N is not written {CODE}"),
    RULE + 'facility = ["*^^1.2"]\n': (
        "rule r, facility",
        "* stands for the codes of roles and purposes only",
    ),
    RULE + "role = []\n": ("rule r, role", "is an empty list; leave it out, or say what"),
    RULE + 'relation = ["patient"]\n': ("[requesters]", "says no role of a patient, whom a rule"),
    RULE + "author = 1\n": ("rule r, author", "1 is not true or false"),
    RULE + "patient = false\n": ("rule r, patient", "can be true only, or be left out"),
    RULE + 'consent = "given"\n': (
        "rule r, consent",
        "given is not one of refused, excluded, restricted, authorised, represented, minor",
    ),
    RULE + 'until = "2030"\n': ("rule r, until", "is not known; known are author, class"),
}


@pytest.mark.parametrize("text", BROKEN)
def test_file_key_and_what_is_allowed_are_named(tmp_path: Path, text: str) -> None:
    key, problem = BROKEN[text]
    path = tmp_path / "site.toml"
    path.write_text(text)
    with pytest.raises(BrokenPolicy) as broken:
        load(str(path))
    (said,) = broken.value.problems
    assert said.startswith(f"{path}, {key}: {problem}")


def test_everything_that_is_wrong_is_named_together(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text("name = 3\nage_of_consent = -1\n" + RULE.replace("permit", "allow"))
    with pytest.raises(Misconfigured) as broken:
        policy.access(Settings(rules=str(path)))
    lines = str(broken.value)
    for key in ("name", "age_of_consent", "rule r, effect"):
        assert f"[policy] rules: {path}, {key}: " in lines


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    absent, text = tmp_path / "absent.toml", tmp_path / "text.toml"
    text.write_text("name =")
    for name, problem in (
        ("ireland", "is neither a preset (open, france, quebec) nor a .toml file"),
        (str(absent), "cannot be read"),
        (str(text), "is not TOML"),
    ):
        with pytest.raises(BrokenPolicy) as broken:
            load(name)
        assert str(broken.value).startswith(f"{name}: {problem}")


def test_a_file_that_is_right_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(LIBRARY)
    assert load("site.toml", tmp_path).rules == parse(LIBRARY, "library").rules
