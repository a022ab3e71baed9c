"""Assertions through a real server with mutual TLS, and from the command line."""

from __future__ import annotations

import hashlib
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from subprocess import CompletedProcess

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from entente import consumer
from entente.tls import client_context
from ihe_profiles.dsg.signer import Signer
from ihe_profiles.soap.client import Caller, HttpCaller, RemoteFault
from ihe_profiles.soap.namespaces import WSSE
from ihe_profiles.xua.presenting import Presenting, token_of
from tests.cda.documents import cda
from tests.dsg import pki
from tests.servers import Server, free_port, servers_in
from tests.soap import messages
from tests.soap.certificates import Authority, Issued
from tests.xua import maker
from tests.xua.maker import AUDIENCE, ISSUER, Draft, seal

PATIENT = "TREA-1^^^&1.3.6.1.4.1.21367.13.20.3000&ISO"


class World:
    """A server that requires assertions, its clients' certificates, and a provider's word."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = Authority(folder)
        self.node = self.authority.issue("localhost")
        self.client = self.authority.issue("client")
        self.batch = self.authority.issue("batch")
        self.root = folder / "provider.pem"
        self.root.write_bytes(pki.pem(pki.authority())[1])

    def settings(self) -> dict[str, dict[str, object]]:
        return {
            "http": {
                "host": "localhost",
                "port": free_port(),
                "tls_certificate": str(self.node.certificate),
                "tls_key": str(self.node.key),
                "tls_client_ca": str(self.authority.certificate),
            },
            "management": {"port": free_port()},
            "audit": {"destinations": [f"file://{self.folder}/audit.log"]},
            "xua": {
                "require": "required",
                "issuers": {ISSUER: [str(self.root)]},
                "audiences": [AUDIENCE],
                "certificates": {hashlib.sha256(self.batch.der).hexdigest().upper(): "off"},
            },
        }

    def tls(self, client: Issued) -> ssl.SSLContext:
        return client_context(self.authority.certificate, client.certificate, client.key)

    def token(self, **changes: object) -> Path:
        draft = replace(Draft(now=datetime.now(UTC)), **changes)  # type: ignore[arg-type]
        path = self.folder / "assertion.xml"
        path.write_text(f'<?xml version="1.0"?>\n<answer>{seal(draft.text())}</answer>')
        return path


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def server(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with servers_in(tmp_path_factory.mktemp("xua")) as start:
        yield start(**world.settings())


@pytest.fixture
def cli(world: World, server: Server) -> Cli:
    return Cli(world, server)


class Cli:
    def __init__(self, world: World, server: Server) -> None:
        self.world, self.server = world, server

    def __call__(
        self, command: str, *arguments: str | Path, by: Issued | None = None
    ) -> CompletedProcess[str]:
        own = by or self.world.client
        tls = ("--certificate", own.certificate, "--key", own.key)
        url = ("--url", self.server.url.replace("127.0.0.1", "localhost"))
        ca = ("--ca", self.world.authority.certificate)
        return self.server.cli(command, *arguments, *url, *ca, *tls)


def test_the_command_line_presents_an_assertion(cli: Cli, world: World, tmp_path: Path) -> None:
    asserted = ("--assertion", world.token())
    document = tmp_path / "cda.xml"
    document.write_bytes(cda())
    stored = cli("submit", document, "--patient", PATIENT, *asserted)
    assert stored.returncode == 0, stored.stderr
    unique_id = stored.stdout.split("stored ")[1].split(",")[0]
    found = cli("query", unique_id, *asserted)
    assert "1 document" in found.stdout
    back = cli("retrieve", unique_id, "--output", tmp_path / "back.xml", *asserted)
    assert back.returncode == 0, back.stderr
    assert (tmp_path / "back.xml").read_bytes() == document.read_bytes()


def test_without_an_assertion_the_refusal_says_what_to_do(cli: Cli) -> None:
    done = cli("query", "1.2.3")
    assert done.returncode == 1
    assert "ITI-18 needs a user assertion" in done.stderr


def test_an_expired_assertion_is_refused(world: World, server: Server) -> None:
    hours = timedelta(hours=2)
    token = world.token(begin=-hours, end=-hours / 2)
    assert "Ask its provider for a new one" in answer(world, server, world.client, token)


def test_a_certificate_may_be_excepted(world: World, server: Server) -> None:
    assert answer(world, server, world.batch) == "Success"
    assert "needs a user assertion" in answer(world, server, world.client)


def test_the_holder_of_the_key_is_whom_tls_shows(world: World, server: Server) -> None:
    key = maker.x509_data(_signer(world.client))
    token = world.token(confirmation=maker.holder_of_key(key))
    assert answer(world, server, world.client, token) == "Success"
    assert "the holder of another key" in answer(world, server, world.node, token)


def test_who_asked_and_who_was_refused_is_audited(world: World, server: Server) -> None:
    user = f'UserName="tremblay<dr.tremblay@{ISSUER}>"'
    assert answer(world, server, world.client, world.token(id="_audited")) == "Success"
    stranger = world.token(issuer="https://stranger.example")
    assert "stranger.example is not one" in answer(world, server, world.client, stranger)
    records = _records(world, lambda found: any("stranger.example" in one for one in found))
    queried = [one for one in records if 'csd-code="ITI-18"' in one]
    assert any(user in one for one in queried)
    (refused,) = [one for one in records if "stranger.example" in one]
    assert 'csd-code="110114"' in refused
    assert not any("SignatureValue" in one for one in records)


def test_a_file_without_an_assertion_is_named(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "none.xml"
    for content, said in (("<a/>", "0 SAML 2.0 assertions"), ("<a", "not well-formed")):
        path.write_text(content)
        done = cli("query", "1.2.3", "--assertion", path)
        assert done.returncode == 1
        assert said in done.stderr
        assert str(path) in done.stderr


def test_the_fault_is_one_of_ws_security(world: World, server: Server) -> None:
    url = server.url.replace("127.0.0.1", "localhost")
    headers = {"Content-Type": "application/soap+xml"}
    with httpx.Client(verify=world.tls(world.client), trust_env=False) as http:
        answers = [
            http.post(f"{url}/registry", content=data, headers=headers)
            for data in (
                maker.message(security="", body=_QUERY),
                maker.message(Draft().text(), body=_QUERY),
            )
        ]
    missing, unsigned = (answer.content for answer in answers)
    assert {answer.status_code for answer in answers} == {400}
    path = ".//s:Subcode/s:Value"
    assert messages.qname(missing, path) == f"{{{WSSE}}}SecurityTokenUnavailable"
    assert messages.qname(unsigned, path) == f"{{{WSSE}}}FailedCheck"


def answer(world: World, server: Server, client: Issued, token: Path | None = None) -> str:
    """Ask the registry for a document by a client's certificate; what it answers."""
    url = server.url.replace("127.0.0.1", "localhost")
    with httpx.Client(verify=world.tls(client), trust_env=False) as http:
        caller: Caller = HttpCaller(f"{url}/registry", http)
        if token:
            caller = Presenting(caller, token_of(token.read_bytes()))
        try:
            found = consumer.read(consumer.query(caller, "GetDocuments", consumer.by_id(["1.2.3"])))
        except RemoteFault as fault:
            return str(fault)
    return found.status.name.title()


def _records(world: World, enough: Callable[[list[str]], bool]) -> list[str]:
    end = time.monotonic() + 30
    while True:
        path = world.folder / "audit.log"
        found = unescape(path.read_text()).splitlines() if path.exists() else []
        if enough(found) or time.monotonic() > end:
            return found
        time.sleep(0.05)


_QUERY = '<q:AdhocQueryRequest xmlns:q="urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0"/>'


def _signer(issued: Issued) -> Signer:
    key = load_pem_private_key(issued.key.read_bytes(), None)
    certificate = x509.load_der_x509_certificate(issued.der)
    assert certificate.public_bytes(Encoding.DER) == issued.der
    return Signer(key, certificate)  # type: ignore[arg-type]
