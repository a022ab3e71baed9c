"""Settings: where they come from, and that every wrong one is named."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from entente.configuration import load, shown
from entente.domain import patients
from entente.misconfigured import Misconfigured
from entente.settings import Limits, Settings, blob_folder
from entente.settings_http import is_loopback
from ihe_profiles.hl7.identity import PatientId
from ihe_profiles.hl7.limits import FeedLimits
from ihe_profiles.soap.limits import SoapLimits
from registry.limits import RegistryLimits
from repository.limits import RepositoryLimits


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def problems(text: str) -> tuple[str, ...]:
    path = Path("given.toml")
    path.write_text(text)
    with pytest.raises(Misconfigured) as raised:
        load(path)
    return raised.value.problems


def test_without_anything_all_lies_under_var() -> None:
    settings, sources = load()
    assert settings.registry.database_url == "sqlite:///var/registry.sqlite"
    assert settings.repository.database_url == "sqlite:///var/repository.sqlite"
    assert blob_folder(settings) == Path("var/blobs")
    assert settings.http.url == "http://127.0.0.1:8080"
    assert sources.origin("http", "port") == "default"


def test_a_wrong_blob_address_is_named() -> None:
    (problem,) = problems('[repository]\nblob_url = "s3://bucket?endpiont=http://x"\n')
    assert "endpiont" in problem
    (problem,) = problems('[repository]\nblob_url = "ftp://x"\n')
    assert "s3://bucket/prefix" in problem


def test_the_file_in_the_current_folder_is_read() -> None:
    Path("entente.toml").write_text("# ours\n[http]\nport = 9000\n")
    settings, sources = load()
    assert settings.http.port == 9000
    assert sources.origin("http", "port") == "entente.toml, line 3"


def test_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path("given.toml")
    path.write_text('[http]\nport = 9000\nhost = "::1"\n')
    monkeypatch.setenv("ENTENTE_HTTP__PORT", "9001")
    monkeypatch.setenv("ENTENTE_REPOSITORY__UNIQUE_ID", "2.25.1")
    settings, sources = load(path)
    assert (settings.http.port, settings.http.host) == (9001, "::1")
    assert settings.http.url == "http://[::1]:9001"
    assert settings.repository.unique_id == "2.25.1"
    assert sources.origin("http", "port") == "ENTENTE_HTTP__PORT"
    assert sources.origin("http", "host") == "given.toml, line 3"


def test_a_wrong_key_is_named_with_the_nearest_right_one() -> None:
    (problem,) = problems("[http]\nhost = 'localhost'\nprot = 80\n")
    assert problem.startswith("given.toml, line 3: [http] prot: there is no key `prot`.")
    assert "Did you mean `port`?" in problem
    assert "tls_client_ca" in problem


def test_a_wrong_section_is_named() -> None:
    (problem,) = problems("[repositry]\nunique_id = '2.25.1'\n")
    assert problem.startswith("given.toml, line 1: [repositry]: there is no section `repositry`.")
    assert "Did you mean `repository`?" in problem


def test_a_wrong_value_is_named_with_what_is_allowed() -> None:
    (problem,) = problems("[http]\nport = 'eighty'\n")
    assert problem.startswith("given.toml, line 2: [http] port = 'eighty': ")
    assert "valid integer" in problem
    (problem,) = problems("[http]\nport = 70000\n")
    assert "less than or equal to 65535" in problem


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[repository]\nunique_id = '1.2.03'", "is not an OID"),
        ("[domain]\nhome_community_id = '1.2.3'", "is not an OID URN"),
        ("[repository]\nblob_url = 'ftp://bucket'", "allowed are file:path"),
        ("[registry]\ndatabase_url = 'mysql://x/y'", "allowed are sqlite:///path and postgresql"),
        ("[http]\npublic_url = 'here'", "a web address is allowed"),
        ("[http]\ntls_certificate = 'no.pem'\ntls_key = 'no.pem'", "does not point to a file"),
        ("[http]\ntls_client_ca = 'given.toml'", "needs tls_certificate"),
        ("[http]\ntls_key = 'given.toml'", "go together"),
        ("[http]\ntls_client_crl = ['given.toml']", "needs tls_client_ca"),
        ("[http]\ntls_crl_check = 'chain'", "needs tls_client_crl"),
        ("[audit]\ndatabase_url = 'sqlite://'", "allowed are sqlite:///path"),
        ("[audit]\ndatabase_url = 'sqlite:///:memory:'", "allowed are sqlite:///path"),
        ("[audit]\ndatabase_url = 'postgresql://me@host:five/x'", "allowed are sqlite:///path"),
        ("[audit]\ndatabase_url = 'sqlite'", "allowed are sqlite:///path"),
        ("[repository]\nregistry_tls_key = 'given.toml'", "go together"),
        ("[limits]\nparts = 0", "greater than 0"),
        ("http = 3", "[http]: Input should be a valid dictionary"),
    ],
)
def test_each_rule_speaks(text: str, words: str) -> None:
    found = problems(text)
    assert any(words in problem for problem in found), found


def test_all_problems_are_named_at_once() -> None:
    found = problems("[http]\nport = 'x'\nworkers = 0\n[limits]\nparrts = 1\n")
    assert len(found) == 3
    assert [problem.split(":")[0] for problem in found] == [
        "given.toml, line 2",
        "given.toml, line 3",
        "given.toml, line 5",
    ]


def test_the_environment_is_judged_as_the_file_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTENTE_HTTP__PROT", "1")
    monkeypatch.setenv("ENTENTE_HTPP__PORT", "1")
    monkeypatch.setenv("ENTENTE_LIMITS__DEPTH", "deep")
    with pytest.raises(Misconfigured) as raised:
        load()
    section, key, value = sorted(raised.value.problems)
    assert section.startswith("ENTENTE_HTPP__PORT: there is no section `htpp`. Did you mean `http`")
    assert key.startswith("ENTENTE_HTTP__PROT: [http] prot: there is no key `prot`.")
    assert value.startswith("ENTENTE_LIMITS__DEPTH: [limits] depth = 'deep': ")


def test_a_variable_that_is_no_list_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTENTE_HTTP__TLS_CLIENT_CRL", "/pki/ca.crl")
    monkeypatch.setenv("ENTENTE_HTTP__PORT", "9001")
    with pytest.raises(Misconfigured) as raised:
        load()
    (problem,) = raised.value.problems
    assert problem.startswith('ENTENTE_HTTP__TLS_CLIENT_CRL: a list is written as ["a", "b"]')


def test_a_variable_with_one_underscore_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTENTE_HTTP_TLS_CLIENT_CA", "ca.pem")
    monkeypatch.setenv("ENTENTE_URL", "http://127.0.0.1:8080")  # a client's
    with pytest.raises(Misconfigured) as raised:
        load()
    assert raised.value.problems == (
        "ENTENTE_HTTP_TLS_CLIENT_CA: did you mean ENTENTE_HTTP__TLS_CLIENT_CA?",
    )


def test_files_that_cannot_be_read_are_named() -> None:
    with pytest.raises(Misconfigured, match=r"absent\.toml: cannot be read: No such file"):
        load(Path("absent.toml"))
    assert "given.toml: is not TOML" in problems("[http\n")[0]


def test_a_plain_server_reached_from_outside_must_be_asked_for() -> None:
    (problem,) = problems("[http]\nhost = '0.0.0.0'\n")
    assert "insecure = true" in problem
    Path("given.toml").write_text("[http]\nhost = '0.0.0.0'\ninsecure = true\n")
    assert load(Path("given.toml"))[0].http.exposed


def test_operators_pages_reached_from_outside_must_be_asked_for() -> None:
    text = "[management]\nhost = '0.0.0.0'\nport = 9090\n"
    for http in ("", "[http]\ninsecure = true\n"):  # which is for the services only
        (problem,) = problems(f"{http}{text}")
        assert problem.startswith("given.toml, line ")
        assert "[management]: host 0.0.0.0 is reached from outside" in problem
        assert "insecure = true" in problem
    Path("given.toml").write_text(f"{text}insecure = true\n")
    assert load(Path("given.toml"))[0].management.exposed


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.0.1", "::1"])
def test_only_this_machine_reaches_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "10.0.0.1", "fe80::1", "node.example.org"])
def test_others_reach_any_other_address(host: str) -> None:
    assert not is_loopback(host)


def test_passwords_are_not_shown() -> None:
    (problem,) = problems(
        "[registry]\ndatabase_url = 'mysql://me:se/cret@host/x?password=secret2'\n"
    )
    assert "secret" not in problem
    assert "se/cret" not in problem
    assert shown("postgresql://me:a@b@host/x") == "postgresql://me:***@host/x"
    assert shown("http://host:80/") == "http://host:80/"


@pytest.mark.parametrize("key", ["encryption_key = 'c2Vj'", "former_encryption_keys = ['c2Vj']"])
def test_a_key_in_place_of_where_it_is_is_not_shown(key: str) -> None:
    (problem,) = problems(f"[repository]\n{key}\n")
    assert problem.startswith(f"given.toml, line 2: [repository] {key.partition(' ')[0]}: allowed")
    assert "c2Vj" not in problem


def test_every_limit_of_every_floor_is_a_key() -> None:
    for kind in (SoapLimits, RepositoryLimits, RegistryLimits, FeedLimits):
        assert {field.name for field in fields(kind)} - {"soap"} <= set(Limits.model_fields)
    assert Limits().soap() == SoapLimits()
    assert Limits().registry() == RegistryLimits()
    assert Limits().feed() == FeedLimits()
    assert Limits().repository() == RepositoryLimits()
    assert Limits(depth=3).repository().soap.depth == 3


def test_limits_that_do_not_fit_together_are_named() -> None:
    (problem,) = problems("[limits]\npending_lease = 3\n")
    assert problem.startswith("given.toml, line 1: [limits]: pending_lease must be at least")


def test_every_section_is_forbidding() -> None:
    for name, info in Settings.model_fields.items():
        assert info.annotation is not None
        assert info.annotation.model_config["extra"] == "forbid", name


def test_only_fed_patients_are_known_unless_the_domain_says_open() -> None:
    assert not patients(Settings().domain).is_open
    Path("given.toml").write_text(
        "[domain]\npatients = 'open'\npatient_assigning_authorities = ['1.2.3', '1.2.4']\n"
        "patient_namespaces = {CHU = '1.2.3'}\n"
    )
    domain = patients(load(Path("given.toml"))[0].domain)
    assert domain.is_open
    assert domain.authorities == {"1.2.3", "1.2.4"}
    assert domain.authority(PatientId("1", "CHU")) == "1.2.3"
    assert domain.authority(PatientId("1", "elsewhere")) == ""


def test_a_plain_feed_reached_from_outside_must_be_asked_for() -> None:
    text = "[registry]\nmllp_host = '0.0.0.0'\nmllp_port = 2575\n"
    (problem,) = problems(text)
    assert "mllp_host" in problem
    assert "insecure = true" in problem
    Path("given.toml").write_text(f"[http]\ninsecure = true\n{text}")
    assert load(Path("given.toml"))[0].feed_exposed


def test_a_plain_way_to_a_registry_elsewhere_must_be_asked_for() -> None:
    text = "[repository]\nregistry_url = 'http://registry.example.org/registry'\n"
    (problem,) = problems(text)
    assert "[repository] registry_url = http://registry.example.org/registry" in problem
    assert "insecure = true" in problem
    for allowed in (
        f"[http]\ninsecure = true\n{text}",
        text.replace("http:", "https:"),
        text.replace("registry.example.org", "localhost:8080"),
    ):
        Path("given.toml").write_text(allowed)
        assert load(Path("given.toml"))[0].registry_exposed == ("insecure" in allowed)
