"""The settings of user assertions: what they become, and that wrong ones are named."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from entente.assertions import RulesFiles, guard
from entente.configuration import load
from entente.misconfigured import Misconfigured
from entente.settings_xua import NUMBERS, Xua
from ihe_profiles.soap.exchange import Peer
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.xua.rules import Requirement
from tests.dsg import pki
from tests.xua import attacks, maker

SHA256 = "AB:" * 31 + "AB"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("idp.pem").write_bytes(pki.pem(pki.authority())[1])  # and the root


def problem(text: str) -> str:
    Path("given.toml").write_text(text)
    with pytest.raises(Misconfigured) as raised:
        load(Path("given.toml"))
    (only,) = raised.value.problems
    return only


def test_nothing_is_asked_unless_set() -> None:
    settings, _ = load()
    assert settings.xua == Xua()
    assert maker.ask(guard(settings), maker.message("<nonsense/>")) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('require = "required"', "set issuers"),
        ('transactions = {"ITI-18" = "optional"}', "set issuers"),
        ('require = "yes"', "'off', 'optional' or 'required'"),
        ('transactions = {"ITI-99" = "off"}', "allowed are ITI-18"),
        ('certificates = {"abc" = "off"}', "64 hexadecimal digits"),
        ('issuers = {"urn:idp" = ["missing.pem"]}', "does not point to a file"),
        ('issuers = {"urn:idp" = []}', "at least one file"),
        ("skew_seconds = -1", "greater than or equal to 0"),
        ("allow_sha1 = true", "there is no key `allow_sha1`"),
    ],
)
def test_a_wrong_setting_is_named(text: str, said: str) -> None:
    found = problem(f"[xua]\n{text}\n")
    assert "[xua]" in found
    assert said in found


def test_a_file_that_is_no_certificate_is_named() -> None:
    Path("idp.pem").write_text("nothing")
    Path("given.toml").write_text('[xua]\nissuers = {"urn:idp" = ["idp.pem"]}\n')
    settings, _ = load(Path("given.toml"))
    with pytest.raises(Misconfigured, match=r"\[xua\] idp.pem: cannot be read"):
        guard(settings)


def test_every_setting_arrives() -> None:
    Path("list.crl").write_bytes(pki.crl())
    Path("given.toml").write_text(
        "[http]\nport = 9000\n"
        '[xua]\nrequire = "optional"\ntransactions = {"ITI-43" = "required"}\n'
        f'certificates = {{"{SHA256}" = "off"}}\nsubject_issuers = ["idp.pem"]\n'
        'crls = ["list.crl"]\naudience_required = false\nsha1 = true\n'
        "skew_seconds = 5\nmax_age_seconds = 60\n"
        f'[xua.issuers]\n"{maker.ISSUER}" = ["idp.pem"]\n'
    )
    settings, _ = load(Path("given.toml"))
    rules = guard(settings, ["sha256:node"]).rules()
    identity = f"sha256:{'ab' * 32}"
    assert rules.require is Requirement.OPTIONAL
    assert rules.transactions == {"ITI-43": Requirement.REQUIRED}
    assert rules.certificates == {identity: Requirement.OFF}
    assert rules.nodes == {"sha256:node"}
    assert (rules.skew, rules.max_age) == (timedelta(seconds=5), timedelta(seconds=60))
    assert rules.audiences == {
        "http://127.0.0.1:9000",
        "http://127.0.0.1:9000/registry",
        "http://127.0.0.1:9000/repository",
    }
    assert not rules.audience_required
    assert rules.subjects is not None
    assert rules.subjects.by_subject
    trusted = rules.issuers[maker.ISSUER]
    assert trusted.chain.sha1
    assert len(trusted.chain.crls) == 1
    assert trusted.chain.skew == timedelta(seconds=5)
    assert len(trusted.pinned) == len(trusted.chain.anchors) == 2


def test_changed_files_count_at_the_next_look(caplog: pytest.LogCaptureFixture) -> None:
    Path("given.toml").write_text(f'[xua.issuers]\n"{maker.ISSUER}" = ["idp.pem"]\n')
    settings, _ = load(Path("given.toml"))
    now = [0.0]
    rules = RulesFiles(settings, clock=lambda: now[0])
    first = rules()
    Path("idp.pem").write_bytes(pki.pem(maker.stranger())[1])
    assert rules() is first
    now[0] += 1
    second = rules()
    (pinned,) = second.issuers[maker.ISSUER].pinned
    assert pinned == maker.stranger().certificate
    now[0] += 1
    assert rules() is second
    Path("idp.pem").write_text("nothing")
    now[0] += 1
    assert rules() is second
    assert "cannot be read again" in caplog.text
    Path("idp.pem").unlink()
    now[0] += 1
    assert rules() is second


def test_an_issuer_of_the_settings_is_accepted_and_another_is_not() -> None:
    Path("given.toml").write_text(
        f'[xua]\nrequire = "required"\naudiences = ["{maker.AUDIENCE}"]\n'
        f'[xua.issuers]\n"{maker.OTHER_ISSUER}" = ["idp.pem"]\n'
    )
    settings, _ = load(Path("given.toml"))
    with pytest.raises(SoapFault) as refused:
        maker.ask(guard(settings), maker.message(maker.seal(attacks.GOOD.text())))
    assert refused.value.key == "assertion-issuer-unknown"


def test_every_transaction_that_carries_an_assertion_can_be_named() -> None:
    for number in NUMBERS:
        rules = maker.rules(transactions={number: Requirement.OFF})
        assert rules.requirement(number, Peer("192.0.2.7")) is Requirement.OFF
