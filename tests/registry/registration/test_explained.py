"""Each error says what, where, which rule and what to do, in English or French (TF-3 4.2.4.1)."""

from __future__ import annotations

from dataclasses import replace

import pytest

import schemas
from ihe_profiles import iti18, iti42
from ihe_profiles.soap import language
from ihe_profiles.soap.client import LocalCaller
from ihe_profiles.soap.exchange import Peer, Transaction
from ihe_profiles.soap.spyne_port import SoapServer
from ihe_profiles.xds import response
from ihe_profiles.xds.encoding import write_submission
from ihe_profiles.xds.errors import RegistryError
from ihe_profiles.xds.metadata import Submission
from ihe_profiles.xds.vocabulary import AssociationType
from ledger.database import Database
from registry.service import Registry
from tests.registry.consumer import Consumer
from tests.registry.registration.acts import registered, relate, related
from tests.registry.samples import document, submission

PEER = Peer("192.0.2.1")
FRENCH = (
    'hash de DocumentEntry Document01 (titre « Compte rendu d\'essai ») : la valeur "xyz"'
    " n'est pas un SHA-1 de 40 chiffres hexadécimaux. Corrigez la valeur. [TF-3 4.2.3.2.10]"
    " (règle hash-form)"
)
ENGLISH = (
    'hash of DocumentEntry Document01 (title "Compte rendu d\'essai"): the value "xyz" is not a'
    " SHA-1 of 40 hexadecimal digits. Correct the value. [TF-3 4.2.3.2.10] (rule hash-form)"
)


def bad() -> bytes:
    sent = submission(document(entry_uuid="Document01", hash="xyz"))
    return iti42.request(write_submission(sent))


def ask(
    server: SoapServer, body: bytes, transaction: Transaction = iti42.TRANSACTION
) -> tuple[RegistryError, ...]:
    return response.read(LocalCaller(server, PEER).call(transaction, [body]).body).errors


@pytest.fixture
def server(database: Database) -> SoapServer:
    return SoapServer("Registry", Registry(database).operations())


@pytest.fixture
def french_server(database: Database) -> SoapServer:
    return SoapServer("Registry", Registry(database).operations(), speaks="fr")


def asking(body: bytes, lang: str) -> bytes:
    """The request with xml:lang on its element."""
    start = b"<lcm:SubmitObjectsRequest"
    return body.replace(start, b'%b xml:lang="%b"' % (start, lang.encode()), 1)


def test_english_unless_asked(server: SoapServer) -> None:
    (error,) = ask(server, bad())
    assert error.context == ENGLISH


@pytest.mark.parametrize("lang", ["fr", "fr-FR", "FR-ca"])
def test_french_when_the_request_asks(server: SoapServer, lang: str) -> None:
    (error,) = ask(server, asking(bad(), lang))
    assert error.context == FRENCH


def test_french_when_the_envelope_asks(server: SoapServer) -> None:
    with language.speaking("fr"):
        (error,) = ask(server, bad())
    assert error.context == FRENCH


def test_french_when_the_domain_asks(french_server: SoapServer) -> None:
    (error,) = ask(french_server, bad())
    assert error.context == FRENCH


@pytest.mark.parametrize(
    ("lang", "expected"), [("en", ENGLISH), ("en-GB", ENGLISH), ("de", FRENCH)]
)
def test_a_request_overrules_its_domain(
    french_server: SoapServer, lang: str, expected: str
) -> None:
    (error,) = ask(french_server, asking(bad(), lang))
    assert error.context == expected


def test_a_language_does_not_make_another_message(server: SoapServer) -> None:
    message = iti42.request(write_submission(submission(document())))
    caller = LocalCaller(server, PEER)
    for lang in ("fr", "en"):
        body = asking(message, lang)
        answer = caller.call(iti42.TRANSACTION, [body], message_id="urn:uuid:1").body
        assert response.read(answer).errors == ()


def test_queries_are_refused_in_french_too(server: SoapServer) -> None:
    body = iti18.request("urn:uuid:00000000-0000-4000-8000-000000000000", {})
    with language.speaking("fr"):
        (error,) = ask(server, body, iti18.TRANSACTION)
    assert error.context.startswith("L'interrogation urn:uuid:00000000-0000-4000-8000-000000000000")


def test_what_the_registry_itself_finds_is_said_in_french(
    server: SoapServer, database: Database
) -> None:
    registry = Consumer(Registry(database))
    old = registered(registry)
    relate(registry, AssociationType.RPLC, old.entry_uuid)
    _entry, sent = related(AssociationType.RPLC, old.entry_uuid)
    with language.speaking("fr"):
        (error,) = ask(server, iti42.request(write_submission(sent)))
    (link,) = (a for a in sent.associations if a.type == AssociationType.RPLC)
    assert error.context == (
        f"Association {link.entry_uuid} désigne {old.entry_uuid}, qui est déprécié."
        " Désignez la version qui l'a remplacé. [TF-2 3.42.4.1.3.5]"
    )


def test_the_location_is_the_object(registry: Consumer) -> None:
    sent = submission(document(entry_uuid="Document01", hash="x"), entry_uuid="Set01", title=())
    told = registry.register(_without_content_type(sent)).errors
    assert {error.location for error in told} == {"Document01", "Set01"}


def test_nothing_stored_is_quoted(registry: Consumer) -> None:
    secret = registered(registry, content="secret bytes", title=())
    copy = document("other", unique_id=secret.unique_id)
    (error,) = (
        e for e in registry.register(submission(copy)).errors if e.code == "XDSNonIdenticalHash"
    )
    for stored in (secret.hash, secret.entry_uuid):
        assert stored not in error.context
    assert copy.hash in error.context


def test_the_answer_is_valid(server: SoapServer) -> None:
    with language.speaking("fr"):
        answer = LocalCaller(server, PEER).call(iti42.TRANSACTION, [bad()]).body
    assert schemas.violations(answer) == []
    (row,) = answer.iter("{*}RegistryError")
    assert set(row.attrib) == {"errorCode", "codeContext", "severity", "location"}


def _without_content_type(sent: Submission) -> Submission:
    (chosen,) = sent.submission_sets
    return replace(sent, submission_sets=(replace(chosen, content_type_code=None),))
