"""`entente domain check` and `diff`, and the settings of a domain."""

from __future__ import annotations

from pathlib import Path

import pytest

from entente import domain
from entente.configuration import load
from entente.misconfigured import Misconfigured
from ihe_profiles.xds.domain.judge import NAMES
from ihe_profiles.xds.domain.strictness import PROFILES, Level
from tests.domain.submissions import FILES
from tests.servers import StartServer, entente

CODES = FILES / "codes.xml"


def test_check_says_what_registers_and_what_does_not(tmp_path: Path) -> None:
    done = entente("domain", "check", "--codes", CODES, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("\n20 values register; 15 wrong ones are refused\n")
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[0] == ["codes.xml", "2025-1,", "strictness", "ihe"]
    assert ["classCode", "refuse", "2", "5", "3", "2", "2", "of", "2"] in lines
    assert ["patientId", "warn", "1", "1", "1", "0", "warn"] in lines


def test_check_takes_the_settings_domain_and_profile(tmp_path: Path) -> None:
    config = tmp_path / "own.toml"
    config.write_text(
        f"[domain]\ncodes = '{FILES}/site.toml'\n[domain.rules]\nmime-types = 'off'\n"
    )
    done = entente("domain", "check", "--config", config, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Ville-Fictive 2026-1, strictness france\n")
    assert ["mimeType", "off", "1", "2", "2", "0", "off"] in [
        line.split() for line in done.stdout.splitlines()
    ]
    done = entente("domain", "check", "--config", config, "--strictness", "ihe", cwd=tmp_path)
    assert "Ville-Fictive 2026-1, strictness ihe" in done.stdout


def test_check_complains_of_a_code_that_cannot_register(tmp_path: Path) -> None:
    path = tmp_path / "codes.xml"
    path.write_text(
        '<Codes><CodeType name="mimeType"><Code code="text/xml"/><Code code="pdf"/></CodeType>'
        "</Codes>"
    )
    done = entente("domain", "check", "--codes", path, cwd=tmp_path)
    assert done.returncode == 1
    assert "mimeType pdf is refused: mimeType of DocumentEntry specimen" in done.stderr
    assert "(rule mime-type-form)" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--codes", "frnce"), 2, "did you mean france?"),
        (("--codes", "no.xml"), 2, "no.xml: cannot be read: No such file"),
        (("--strictness", "strict"), 2, "'strict' is no profile; allowed: ihe, gazelle"),
    ],
)
def test_check_names_what_it_does_not_understand(
    tmp_path: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = entente("domain", "check", *arguments, cwd=tmp_path)
    assert done.returncode == code
    assert words in done.stderr


def test_diff_lists_every_change(tmp_path: Path) -> None:
    new = tmp_path / "codes.xml"
    text = CODES.read_text()
    for old, changed in (
        ('display="Report"', 'display="Report of any kind"'),
        ('code="IMAGE"', 'code="PICTURE"'),
        ('dateFin="20200101000000"', 'dateFin="20220101000000"'),
        ('"Summary" codingScheme="2.16.840.1.113883.6.1"/>', '"Summary" codingScheme="2.999"/>'),
    ):
        assert text.count(old) == 1
        text = text.replace(old, changed)
    new.write_text(text)
    done = entente("domain", "diff", CODES, new, cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "- classCode 60591-5^^2.16.840.1.113883.6.1 Summary",
        "+ classCode 60591-5^^2.999 Summary",
        "~ classCode FAX^^2.999.7.1 until 2020-01-01 -> until 2022-01-01",
        "- classCode IMAGE^^2.999.7.1 Image",
        "+ classCode PICTURE^^2.999.7.1 Image",
        "~ classCode REPORT^^2.999.7.1 Report -> Report of any kind",
        "6 differences",
    ]


def test_diff_of_a_domain_with_itself_and_with_another_set(tmp_path: Path) -> None:
    assert entente("domain", "diff", CODES, CODES, cwd=tmp_path).stdout == "no difference\n"
    done = entente("domain", "diff", "ihe", "quebec", cwd=tmp_path)
    assert "+ patientId 2.16.124.10.101.1.60.100 NAM, RAMQ" in done.stdout.splitlines()
    assert done.stdout.endswith("6 differences\n")


def test_rules_lists_each_rule_with_its_level_in_each_profile(tmp_path: Path) -> None:
    lines = entente("domain", "rules", cwd=tmp_path).stdout.splitlines()
    assert lines[0].split() == ["rule", *PROFILES, "section"]
    rows = {line.split()[0]: line.split() for line in lines[1:]}
    assert list(rows) == list(NAMES)
    assert rows["one-patient"][1:6] == ["always"] * 5
    assert rows["languages"][1:6] == ["refuse"] * 4 + ["warn"]
    assert rows["languages"][6:] == ["TF-3", "4.2.3.2.13;", "TF-1", "10.4.8"]
    assert rows["france-ins-key"][1:6] == ["off", "off", "warn", "off", "off"]


def problems(tmp_path: Path, text: str) -> tuple[str, ...]:
    path = tmp_path / "given.toml"
    path.write_text(text)
    with pytest.raises(Misconfigured) as raised:
        domain.judge(load(path)[0].domain)
    return raised.value.problems


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("strictness = 'gazele'", "strictness = 'gazele': allowed are ihe, gazelle"),
        ("patient_assigning_authorities = ['1.02']", "is not an OID"),
        ("hidden_authorities = ['x']", "is not an OID"),
        ("[domain.rules]\nservice-time = 'off'", "Did you mean `service-times`?"),
        ("[domain.rules]\none-patient = 'warn'", "the rule `one-patient` always refuses"),
        ("[domain.rules]\nlanguages = 'maybe'", "rules.languages = 'maybe': Input should be"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, words: str) -> None:
    (problem,) = problems(tmp_path, f"[domain]\n{text}\n")
    assert problem.startswith(f"{tmp_path}/given.toml, line 2: ")
    assert words in problem


def test_a_broken_file_is_named_with_the_setting(tmp_path: Path) -> None:
    (tmp_path / "codes.xml").write_text("<Codes>\n<CodeType name='x'/></Codes>")
    found = problems(tmp_path, f"[domain]\ncodes = '{tmp_path}/codes.xml'\n")
    assert [problem.partition(": ")[0] for problem in found] == ["[domain] codes"]
    assert "codes.xml, line 2: CodeType" in found[0]


def test_settings_make_the_judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTENTE_DOMAIN__STRICTNESS", "lenient")
    path = tmp_path / "given.toml"
    path.write_text(
        "[domain]\ncodes = 'france'\npatient_assigning_authorities = ['2.999.1']\n"
        "[domain.rules]\nfrance-ins = 'refuse'\n"
    )
    judge = domain.judge(load(path)[0].domain)
    assert judge.strictness.name == "lenient"
    assert judge.strictness.level("france-ins") is Level.REFUSE
    assert set(judge.domain.value_sets["patientId"].values) == {("", "2.999.1")}
    assert judge.domain.name == "france"
    assert judge.strictness.level("patient-authorities") is Level.REFUSE
    path.write_text("[domain]\ncodes = 'france'\n")
    judge = domain.judge(load(path)[0].domain)
    assert judge.strictness.level("patient-authorities") is Level.WARN  # as `lenient` says


def test_a_server_does_not_start_in_a_broken_domain(tmp_path: Path) -> None:
    (tmp_path / "entente.toml").write_text("[domain]\ncodes = 'absent.xml'\n")
    done = entente("serve", "registry", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        "[domain] codes: absent.xml: cannot be read: No such file or directory\n"
    )


def test_a_repository_alone_needs_no_domain(start_server: StartServer) -> None:
    start_server(
        role="repository",
        domain={"codes": "absent.xml"},
        repository={"registry_url": "http://127.0.0.1:9/registry"},
    )
