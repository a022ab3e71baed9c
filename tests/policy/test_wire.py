"""A policy file of a site's own over the wire, with assertions: two servers, of which one stops."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import starmap
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from entente import consumer
from ihe_profiles.policy.consent import Consent, ConsentKind, WhomKind, whom
from ihe_profiles.soap.client import HttpCaller
from ihe_profiles.xds.datatypes import CX
from ihe_profiles.xua.presenting import Presenting
from ihe_profiles.xua.requester import Coded
from ledger.database import Database
from registry.consents import Consents
from tests.dsg import pki
from tests.policy.people import CARE, EMERGENCY, NAM, PERSON, QUEBEC_PHYSICIAN, ROLE_CLASS, SOURCE
from tests.repository.messages import REPOSITORY, Message, a_submission, an_entry, provide, retrieve
from tests.servers import Server, servers_in
from tests.soap.live import until
from tests.xua.maker import AUDIENCE, ISSUER, Draft, attribute, coded, seal

OTHER = CX(f"ESSB02020212^^^&{NAM}&ISO")
PATIENT = Coded("PAT", ROLE_CLASS)
GUARD = Coded("GUARD", ROLE_CLASS)
CLINIC = f"""
name = "clinic"
registry_down = "snapshot"
[requesters]
professional = ["{QUEBEC_PHYSICIAN.code}^^{QUEBEC_PHYSICIAN.system}"]
patient = ["{PATIENT.code}^^{ROLE_CLASS}"]
representative = ["{GUARD.code}^^{ROLE_CLASS}"]
patient_authorities = ["{NAM}"]
[purposes]
fire = ["{EMERGENCY.code}^^{EMERGENCY.system}"]
[break_glass]
purposes = ["fire"]
reason = "required"
"""
_RULES = (
    {"relation": ["patient"], "patient": True},
    {"relation": ["representative"], "patient": True, "consent": "represented"},
    {"relation": ["professional"], "purpose": ["fire"]},
    {"relation": ["professional"], "consent": "authorised"},
)


def _rule(number: int, conditions: Mapping[str, object]) -> str:
    words = {"name": f"r{number}", "effect": "permit", "section": "s", "en": "e", "fr": "f"}
    lines = (f"{key} = {json.dumps(value)}" for key, value in {**words, **conditions}.items())
    return "\n".join(("[[rules]]", *lines, ""))


@dataclass
class Site:
    """A registry and a repository, each a server of its own, under the clinic's policy."""

    registry: Server
    repository: Server
    http: httpx.Client
    database: Database
    folder: Path

    def say(self, consent: Consent) -> None:
        Consents(self.database).say(PERSON, consent, "form", SOURCE)

    def provide(self, patient: CX) -> str:
        sent = a_submission(an_entry(patient_id=patient))
        sets = tuple(replace(one, patient_id=patient) for one in sent.submission_sets)
        message = Message(replace(sent, submission_sets=sets), [("Document01", b"hello")])
        assert provide(self.caller("repository"), message).errors == ()
        return message.unique_ids[0]

    def caller(self, actor: str, token: str = "") -> HttpCaller | Presenting:
        server = self.registry if actor == "registry" else self.repository
        caller = HttpCaller(f"{server.url}/{actor}", self.http)
        return Presenting(caller, token.encode()) if token else caller

    def seen(self, token: str, unique_id: str) -> tuple[int, int]:
        """How often a query by id finds a document, and a retrieval gives it."""
        by_id = consumer.by_id([unique_id])
        caller = self.caller("registry", token)
        found = consumer.read(consumer.query(caller, "GetDocuments", by_id))
        return len(found.objects), self.retrieved(token, unique_id)

    def retrieved(self, token: str, unique_id: str) -> int:
        caller = self.caller("repository", token)
        return len(retrieve(caller, unique_id).documents)

    def records(self) -> str:
        return "".join(path.read_text() for path in self.folder.glob("*.log"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("clinic")
    rules, root = folder / "clinic.toml", folder / "provider.pem"
    rules.write_text(CLINIC + "".join(starmap(_rule, enumerate(_RULES))))
    root.write_bytes(pki.pem(pki.authority())[1])
    common = {
        "policy": {"rules": str(rules)},
        "xua": {"require": "optional", "issuers": {ISSUER: [str(root)]}, "audiences": [AUDIENCE]},
    }
    with servers_in(folder) as start, httpx.Client(trust_env=False) as http:
        registry = start(role="registry", audit=_to(folder, "registry"), **common)
        at = {"registry_url": f"{registry.url}/registry", "unique_id": REPOSITORY}
        repository = start(
            role="repository", repository=at, audit=_to(folder, "repository"), **common
        )
        database = Database(f"sqlite:///{registry.folder}/var/registry.sqlite")
        yield Site(registry, repository, http, database, folder)
        database.close()


def _to(folder: Path, name: str) -> dict[str, list[str]]:
    return {"destinations": [f"file://{folder}/{name}.log"]}


def token(user: str, role: Coded, purpose: Coded = CARE, patient: str = "") -> str:
    xspa, xacml = "urn:oasis:names:tc:xspa:1.0:subject:", "urn:oasis:names:tc:xacml:2.0:"
    said = attribute(f"{xacml}subject:role", coded("Role", role.code, role.system))
    why = coded("PurposeOfUse", purpose.code, purpose.system, purpose.display)
    said += attribute(f"{xspa}purposeofuse", why)
    if patient:
        said += attribute(f"{xacml}resource:resource-id", patient.replace("&", "&amp;"))
    name = f"<saml:NameID>{user}</saml:NameID>"
    draft = Draft(datetime.now(UTC), id=f"_{uuid4().hex}", name_id=name, attributes=said)
    return seal(draft.text())


def test_patients_see_their_own_documents(site: Site) -> None:
    own, others = site.provide(PERSON), site.provide(OTHER)
    himself = token(PERSON.id, PATIENT)
    assert site.seen(himself, own) == (1, 1)
    assert site.seen(himself, others) == (0, 0)
    assert site.seen("", own) == (0, 0)


def test_representatives_see_the_documents_of_whom_they_stand_for(site: Site) -> None:
    own, others = site.provide(PERSON), site.provide(OTHER)
    claire = token("claire", GUARD, patient=str(PERSON))
    assert site.seen(claire, own) == (0, 0)
    site.say(Consent(ConsentKind.REPRESENTED, whom(WhomKind.PERSON, "claire")))
    assert site.seen(claire, own) == (1, 1)
    assert site.seen(token("claire", GUARD, patient=str(OTHER)), others) == (0, 0)
    assert site.seen(token("claire", GUARD), own) == (0, 0)
    assert site.seen(token("paul", GUARD, patient=str(PERSON)), own) == (0, 0)


def test_whoever_breaks_the_glass_says_why_and_is_recorded(site: Site) -> None:
    """By the registry, by the repository, and by the registry that this one asks in turn."""
    own = site.provide(PERSON)
    silent = token("NI7", QUEBEC_PHYSICIAN, replace(EMERGENCY, display=""))
    assert site.seen(silent, own) == (0, 0)
    why = replace(EMERGENCY, display="found unconscious")
    assert site.seen(token("NI7", QUEBEC_PHYSICIAN, why), own) == (1, 1)

    def overrides() -> list[str]:
        lines = site.records().splitlines()
        return [line for line in lines if 'csd-code="110127"' in line]

    until(lambda: len(overrides()) == 3, seconds=20)
    for record in overrides():
        assert f"NI7@{ISSUER}" in record
        assert "found unconscious" in record


def test_a_registry_that_stops_and_comes_back(site: Site) -> None:
    own, never_asked = site.provide(PERSON), site.provide(PERSON)
    doctor = ("NI8", QUEBEC_PHYSICIAN)
    known = Consent(ConsentKind.AUTHORISED, whom(WhomKind.PERSON, "NI8"))
    site.say(known)
    assert site.retrieved(token(*doctor), own) == 1
    site.registry.stop()
    assert site.retrieved(token(*doctor), own) == 1, "with another assertion of the same user"
    assert site.retrieved(token(*doctor), never_asked) == 0
    assert site.retrieved(token("NI9", QUEBEC_PHYSICIAN), own) == 0
    Consents(site.database).end(PERSON, known.kind, "again", SOURCE, whom=known.whom)
    site.registry.start()
    assert site.retrieved(token(*doctor), own) == 0
