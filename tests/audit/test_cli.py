"""`entente audit`: what operators and patients get to see of the records."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from entente import databases
from entente.actors import Actor
from entente.audit_report import accesses
from entente.cli.audit import app
from entente.cli.console import Failed
from entente.configuration import load
from ihe_profiles.atna import reading, syslog
from ihe_profiles.atna.events_general import (
    access_denied,
    application_stop,
    audit_log_used,
    consent_changed,
    patient_record,
)
from ihe_profiles.atna.message import Action
from ihe_profiles.atna.reporter import Reporter
from ihe_profiles.soap.exchange import Peer
from ihe_profiles.xds import masking
from ihe_profiles.xds.masking import NIU
from ledger.audit import chain, outbox
from ledger.audit.chain import Signer
from ledger.audit.outbox import Waiting
from ledger.audit.store import Store
from ledger.database import Database, Unavailable
from tests.audit.conftest import ORIGIN
from tests.audit.keys import write_key
from tests.audit.records import PATIENT, access, waiting
from tests.servers import toml

REPORTER = Reporter("2.25.77", "https://node.example.org/registry", "clinic")
NIU_PATIENT = f"TREM1234^^^&{NIU}&ISO"
OTHER = "MTL-8^^^&1.2.3.4&ISO"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The audit store of a server that has run in the current folder."""
    monkeypatch.chdir(tmp_path)
    key = write_key(tmp_path / "signing.pem", "ed25519")
    Path("entente.toml").write_text(toml({"audit": {"signing_key": str(key)}}))
    settings, _ = load()
    databases.prepare(settings, frozenset({Actor.REGISTRY}))
    database = Database(settings.audit.database_url)
    yield Store(database)
    database.close()


Run = Callable[..., str]


@pytest.fixture
def run() -> Run:
    """Run `entente audit`; what it refuses is raised."""

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


def state_head(store: Store) -> bytes:
    signer = Signer(chain.read_private_key(Path("signing.pem")))

    def make(place: chain.Place) -> list[Waiting]:
        body = signer.statement(chain.HEAD, place)
        return [Waiting(outbox.new_id(), syslog.message(0, ORIGIN, body, chain.HEAD))]

    store.append_made(make)
    return store.after(store.head().sequence - 1, 1)[0].message


def fill(store: Store) -> None:
    store.append(
        [
            waiting(1, access(PATIENT, "roy<n.roy@idp>", "2.25.1")),
            waiting(86_400, access(OTHER, "gagnon<g@idp>", "2.25.2")),
            waiting(172_800, access(NIU_PATIENT, "gagnon<g@idp>", "2.25.1")),
        ]
    )


def used(store: Store) -> list[str]:
    """What the log says of its own use."""
    with store.database.read() as connection:
        records = [syslog.parse(w.message).body for w in outbox.take(connection, 10)]
    return [f"{r.event[1]}: {r.description}" for r in map(reading.read, records)]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (("--patient", PATIENT), [1]),
        (("--user", "gagnon<g@idp>"), [2, 3]),
        (("--user", "Nathalie Roy"), [1, 2, 3]),
        (("--document", "2.25.1"), [1, 3]),
        (("--document", "2.25.1", "--user", "gagnon<g@idp>"), [3]),
        (("--since", "1970-01-02"), [2, 3]),
        (("--until", "1970-01-03"), [1, 2]),
        (("--since", "1970-01-01T00:00:02", "--until", "1970-01-02T00:00:01"), [2]),
        (("--patient", "nobody"), []),
        ((), [1, 2, 3]),
    ],
)
def test_search(wanted: tuple[str, ...], found: list[int], store: Store, run: Run) -> None:
    fill(store)
    lines = run("search", *wanted, "--json").splitlines()
    assert [json.loads(line)["sequence"] for line in lines] == found
    (use,) = used(store)
    assert use.startswith("Audit Log Used: entente audit search")
    assert all(word in use for word in wanted if "T" not in word)


def test_a_line_of_a_search_masks_the_niu(store: Store, run: Run) -> None:
    fill(store)
    found = run("search", "--patient", NIU_PATIENT)
    assert "Nathalie Roy, gagnon<g@idp> (Nurse)" in found
    assert "TREM1234" not in found
    assert f"***^^^&{NIU}&ISO" in found
    assert "TREM1234" not in run("search", "--json")


def test_what_a_peer_wrote_makes_no_line_of_its_own(store: Store, run: Run) -> None:
    forged = "P[/b]\n2 2026-01-01 | documents read | done\u2028\x9b2J\u202e"
    store.append([waiting(1, patient_record(Reporter("n", ""), "dr\n", forged, Action.READ))])
    found = run("search")
    assert found.count("\n") == 1
    assert not set("\u2028\x9b\u202e") & set(found)
    assert "\x9b" not in run("report", "--patient", forged)


def test_a_search_goes_on_past_what_was_altered(store: Store, run: Run) -> None:
    fill(store)
    alter = text("UPDATE audit_record SET message = x'00' WHERE sequence = 2")
    store.database.write(lambda c: c.execute(alter))
    lines = run("search").splitlines()
    assert [line.split()[0] for line in lines] == ["1", "2", "3"]
    assert "unreadable" in lines[1]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("When (UTC)", "documents read", "Treatment", "done", "Accesses to")),
        ("fr", ("Quand (UTC)", "lecture de documents", "Treatment", "effectué", "Accès aux")),
    ],
)
def test_a_patients_report(language: str, words: tuple[str, ...], store: Store, run: Run) -> None:
    fill(store)
    store.append([waiting(5, access(NIU_PATIENT, NIU_PATIENT))])
    asked = ("report", "--patient", NIU_PATIENT, "--language", language)
    found = run(*asked)
    assert all(word in found for word in words)
    assert "TREM1234" not in found + run(*asked, "--json")
    assert "2.25.2" not in found
    assert len(used(store)) == 2


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (consent_changed(REPORTER, "clerk", PATIENT, "refused"), "gestion du dossier"),
        (access_denied(REPORTER, Peer("192.0.2.7"), None, "hidden"), "accès refusé"),
        (audit_log_used(REPORTER, "clerk", "log"), "lecture du journal d'accès"),
        (application_stop(REPORTER, "clerk"), "Application Stop"),
    ],
)
def test_what_happened_is_said_in_a_patients_words(record: bytes, said: str, store: Store) -> None:
    store.append([waiting(1, record)])
    (row,) = accesses(store.after(0, 1), "fr")
    assert row.what == said


def test_what_the_domain_hides_is_hidden(
    store: Store, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(masking, "_HIDDEN", masking._Hidden())
    settings = toml({"domain": {"hidden_authorities": ["1.2.3.4"]}})
    Path("entente.toml").write_text(settings)
    fill(store)
    assert "MTL-8" not in run("search")


_REGISTERED = f"""
INSERT INTO registry_transaction (key, time, action, peer, trace_id) VALUES (1, 0, 'a', 'p', 't');
INSERT INTO patient (key, authority, identifier, text)
VALUES (1, '{NIU}', 'TREM1234', '{NIU_PATIENT}');
INSERT INTO patient (key, authority, identifier, text, survivor)
VALUES (2, '1.2.3.4', 'MTL-8', '{OTHER}', 1);
INSERT INTO identifier (value, scheme, kind, patient, made_by) VALUES ('2.25.77', 2, 2, 2, 1)
""".split(";")


def test_a_report_tells_of_merged_ids_and_of_documents_whose_record_names_nobody(
    store: Store, run: Run
) -> None:
    fill(store)
    settings, _ = load()
    registry = Database(settings.registry.database_url)
    for statement in _REGISTERED:
        registry.write(lambda c, s=statement: c.execute(text(s)))  # type: ignore[misc]
    registry.close()
    store.append([waiting(5, access("another", "roy<n.roy@idp>", "2.25.77"))])
    lines = run("report", "--patient", NIU_PATIENT, "--json").splitlines()
    assert [json.loads(line)["sequence"] for line in lines] == [2, 3, 4]


def test_verify(store: Store, run: Run) -> None:
    fill(store)
    received = Path("received")
    received.write_bytes(state_head(store) + b"\n")
    assert "4 records are whole" in run("verify")
    assert "1 received heads agree" in run("verify", "--head", "received")
    assert used(store)[0] == "Audit Log Used: entente audit verify"
    store.database.write(lambda c: c.execute(text("DELETE FROM audit_record WHERE sequence = 2")))
    with pytest.raises(Failed, match="3 records, 1 findings"):
        run("verify")


def test_verify_refuses_files_that_say_nothing(store: Store, run: Run) -> None:
    Path("empty").touch()
    with pytest.raises(Failed, match="no head"):
        run("verify", "--head", "empty")
    with pytest.raises(Failed, match="no certificate and no public key"):
        run("verify", "--key", "empty")


def test_nobody_sees_anything_when_its_use_cannot_be_recorded(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store)
    Path("var/audit.spill").mkdir()

    def down(_connection: object, _waiting: object) -> None:
        raise Unavailable("it is down")

    monkeypatch.setattr(outbox, "put", down)
    done = CliRunner().invoke(app, ["search"])
    assert isinstance(done.exception, Failed)
    assert "audit.spill" in str(done.exception)
    assert done.stdout == ""
