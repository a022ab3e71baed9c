"""`entente consent`: whom a statement is about, what is printed of it, and whether it acts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from entente.cli import app
from ihe_profiles.policy.consent import Consent, ConsentKind, WhomKind, whom
from ihe_profiles.policy.decision import decide
from ihe_profiles.policy.facts import EntryFacts, holds
from ihe_profiles.policy.load import load
from ihe_profiles.xds.masking import NIU
from ihe_profiles.xua.requester import Coded
from tests.policy.people import NAM, PERSON, ROLE_CLASS, asking

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a command on one registry under the policy of Québec, whose patient it knows."""
    config = tmp_path / "entente.toml"
    config.write_text(
        f'[registry]\ndatabase_url = "sqlite:///{tmp_path}/r.sqlite"\n'
        f'[audit]\ndatabase_url = "sqlite:///{tmp_path}/a.sqlite"\n'
        f'spill_file = "{tmp_path}/spill"\n[policy]\nrules = "quebec"\n'
        '[domain]\npatients = "open"\n'
    )

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(app, [*words, "--config", str(config)])

    assert invoke("patients", "add", str(PERSON)).exit_code == 0
    return invoke


def test_what_is_said_and_taken_back_is_listed(run: Run) -> None:
    patient = str(PERSON)
    assert run("policy", "explain", "--document", "1.2.3", "--user", "x").exit_code == 1
    provider = ("--role", "1&2.3", "--reason")
    for words in (
        ("refuse", patient, "--before", "2024-01-01", "--reason", "form 12"),
        ("minor", patient, "--born", "2015-03-04"),
        ("restrict", patient, *provider, "letter"),
        ("revoke", patient, "restricted", *provider, "phone"),
    ):
        done = run("consent", *words)
        assert done.exit_code == 0, (done.output, done.exception)
    listed = "".join(run("consent", "list", patient).output.split())
    for word in ("refused", "20240101000000", "20290304000000", "restricted", "phone"):
        assert word in listed


def test_what_would_mean_nobody_is_no_statement(run: Run) -> None:
    """Else a provider would go on reading whom the patient thinks excluded."""
    for given in (
        ("--role", "10"),
        ("--role", "10^^2.3"),
        ("--provider", "&2.3"),
        ("--provider", "NI1&"),
        ("--provider", "NI1^^^&2.3"),
        ("--provider", "NI1&2.3&ISO"),
    ):
        done = run("consent", "exclude", str(PERSON), *given, "--reason", "form")
        assert (done.exit_code, "is not written" in done.stderr) == (2, True), given
    assert "excluded" not in run("consent", "list", str(PERSON)).output


def test_a_person_may_be_written_as_an_identifier(run: Run) -> None:
    for written in ("NI1&2.3", "NI1^^^&2.3&ISO"):
        given = ("excluded", "--provider", written, "--reason", "form")
        assert run("consent", "exclude", str(PERSON), *given[1:]).exit_code == 0
        assert "1 revoked" in run("consent", "revoke", str(PERSON), *given).output


def test_a_name_of_an_assertion_may_be_an_identifier() -> None:
    claire = Consent(ConsentKind.REPRESENTED, whom(WhomKind.PERSON, "ESSB02", NAM))
    facts = EntryFacts("urn:e", patients=frozenset({PERSON.identity}), consents=(claire,))
    for user, expected in ((f"ESSB02^^^&{NAM}&ISO", True), ("ESSB02", False)):
        parent = asking(user, Coded("GUARD", ROLE_CLASS), patient_id=str(PERSON))
        assert holds(decide(load("quebec"), parent, "ITI-18").view, facts, 0) is expected


def test_what_was_said_is_printed_as_it_is_but_for_what_nobody_may_see(run: Run) -> None:
    mother = f"12345^^^&{NIU}&ISO"
    reason = f"letter [/b] of {mother}"
    given = ("--by", f"12345&{NIU}", "--reason", reason)
    assert run("consent", "represent", str(PERSON), *given).exit_code == 0
    printed = run("consent", "list", str(PERSON)).output
    assert "letter [/b] of" in printed
    assert "12345" not in printed
    assert printed.count(f"***^^^&{NIU}&ISO") == 2


@pytest.mark.parametrize("command", [("refuse",), ("revoke", "refused")])
def test_a_reason_is_asked_for(run: Run, command: tuple[str, ...]) -> None:
    run("consent", "refuse", str(PERSON), "--reason", "form")
    verb, *kind = command
    done = run("consent", verb, str(PERSON), *kind, "--reason", " ")
    assert (done.exit_code, "say why" in done.stderr) == (2, True)


def test_a_word_that_the_policy_does_not_weigh_is_written_down_and_said_to_be_idle(
    run: Run,
) -> None:
    idle = run("consent", "authorise", str(PERSON), "--provider", "NI1", "--reason", "form")
    assert (idle.exit_code, "no rule of the policy quebec" in idle.stderr) == (0, True)
    assert run("consent", "refuse", str(PERSON), "--reason", "form").stderr == ""
