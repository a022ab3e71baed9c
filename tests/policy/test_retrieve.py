"""ITI-43 under a policy: the repository serves what the registry shows the same requester."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from lxml import etree

import registry.store
import repository.store
from ihe_profiles import iti41, iti43
from ihe_profiles.iti43 import DocumentRequest
from ihe_profiles.policy.access import Access
from ihe_profiles.policy.consent import Consent, ConsentKind
from ihe_profiles.policy.load import load
from ihe_profiles.soap.client import LocalCaller, Unreachable
from ihe_profiles.soap.exchange import Peer, Transaction
from ihe_profiles.soap.spyne_port import SoapServer
from ihe_profiles.xds import response
from ihe_profiles.xds.datatypes import CX
from ihe_profiles.xds.metadata import Code, LocalizedString
from ihe_profiles.xds.response import RegistryResponse
from ihe_profiles.xds.submission import new_oid
from ihe_profiles.xds.vocabulary import ResponseStatus
from ihe_profiles.xua.header import security_header
from ihe_profiles.xua.requester import Requester
from ledger import migrate
from ledger.database import Database
from registry.consents import Consents
from registry.corrections import Corrections
from registry.service import Registry
from repository.service import Repository
from repository.store.filesystem import FilesystemBlobs
from tests.policy.people import AUTHORISED, LOUISE, PATIENT, PERSON, REMI, SOURCE, TRE_A07
from tests.repository.messages import REPOSITORY, Message, a_submission, an_entry

HERE = Peer("127.0.0.1", inside=True)
_TOKENS = {b"<louise/>": LOUISE, b"<remi/>": REMI}


class Cut(LocalCaller):
    """A way to the registry that can be cut."""

    is_cut = False

    def call(self, *given, **named):  # type: ignore[no-untyped-def]
        if self.is_cut:
            raise Unreachable("cut")
        return super().call(*given, **named)


@dataclass
class Site:
    """A registry and a repository under one policy, whose guard believes our tokens."""

    database: Database
    blobs: FilesystemBlobs

    def start(self, policy: str) -> None:
        access = Access(load(policy))
        actor = Registry(self.database, access=access)
        server = SoapServer("DocumentRegistry", actor.operations(), guard=_believing)
        self.way = Cut(server, HERE)
        kept = Repository(self.database, self.blobs, self.way, unique_id=REPOSITORY, access=access)
        self.server = SoapServer("DocumentRepository", kept.operations(), guard=_believing)

    def provide(self, patient: CX, *labels: str) -> str:
        codes = tuple(Code(one, TRE_A07, (LocalizedString(one),)) for one in ("N", *labels))
        entry = an_entry(patient_id=patient, confidentiality_code=codes)
        sent = a_submission(entry)
        sets = tuple(replace(one, patient_id=patient) for one in sent.submission_sets)
        message = Message(replace(sent, submission_sets=sets), [("Document01", b"hello")])
        answer = LocalCaller(self.server, Peer("192.0.2.7")).call(iti41.TRANSACTION, message.body())
        assert response.read(answer.body).errors == ()
        return message.unique_ids[0]

    def retrieve(self, asking: Requester | None, *ids: str) -> tuple[RegistryResponse, list[str]]:
        tokens = {requester: token for token, requester in _TOKENS.items()}
        body = iti43.request(DocumentRequest(None, REPOSITORY, one) for one in ids)
        caller = LocalCaller(self.server, Peer("192.0.2.8"))
        header = b"" if asking is None else security_header(tokens[asking])
        answer = caller.call(iti43.TRANSACTION, [body], header=header)
        outcome, documents = iti43.read_response(answer.body)
        return outcome, [one.document_unique_id for one in documents]


def _believing(
    transaction: Transaction, header: etree._Element | None, peer: Peer
) -> Requester | None:
    """Take a token for whom it names."""
    for element in () if header is None else header.iter():
        token = f"<{etree.QName(element).localname}/>".encode()
        if token in _TOKENS:
            return replace(_TOKENS[token], token=token)
    return None


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    database = Database(f"sqlite:///{folder / 'all.sqlite'}")
    migrate.upgrade(database, *migrate.TREES, registry.store.TREE, repository.store.TREE)
    site = Site(database, FilesystemBlobs(Path(folder, "blobs")))
    site.start("open")
    yield site
    database.close()


def texts(outcome: RegistryResponse) -> list[tuple[str, str]]:
    return [(error.code, error.context) for error in outcome.errors]


def test_a_hidden_document_is_answered_as_an_unknown_one(site: Site) -> None:
    shown, hidden = site.provide(PATIENT), site.provide(PATIENT, "MASQUE_PS")
    Consents(site.database).say(PATIENT, AUTHORISED, "asked at the desk", SOURCE)
    site.start("france")
    outcome, served = site.retrieve(LOUISE, shown, hidden)
    assert (outcome.status, served) == (ResponseStatus.PARTIAL_SUCCESS, [shown])
    never = new_oid()
    (unknown,) = texts(site.retrieve(LOUISE, never)[0])
    assert texts(outcome) == [(unknown[0], unknown[1].replace(never, hidden))]
    assert site.retrieve(None, shown)[1] == []
    assert site.retrieve(REMI, shown)[1] == []


def test_documents_of_several_patients_are_asked_for_one_by_one(site: Site) -> None:
    site.start("quebec")
    first, second = site.provide(PATIENT), site.provide(PERSON)
    assert site.retrieve(REMI, first, second)[1] == [first, second]
    Consents(site.database).say(PERSON, Consent(ConsentKind.REFUSED), "form", SOURCE)
    assert site.retrieve(REMI, first, second)[1] == [first]


def test_a_withdrawn_document_is_not_served(site: Site) -> None:
    site.start("quebec")
    unique_id = site.provide(PATIENT)
    with site.database.read() as connection:
        found = connection.exec_driver_sql(
            "SELECT entry_uuid FROM document_entry WHERE unique_id = ?", (unique_id,)
        ).scalar_one()
    Corrections(site.database).withdraw(found, "mistake", SOURCE)
    assert site.retrieve(REMI, unique_id)[1] == []


def test_without_the_registry_nothing_is_served_and_nothing_told(site: Site) -> None:
    site.start("quebec")
    known = site.provide(PATIENT)
    site.way.is_cut = True
    answers = [site.retrieve(REMI, one) for one in (known, new_oid())]
    assert answers[0] == answers[1]
    assert answers[0][1] == []
    assert "registry" in answers[0][0].errors[0].context


def test_other_bytes_under_a_permitted_id_are_not_served(site: Site) -> None:
    site.start("quebec")
    unique_id = site.provide(PATIENT)
    site.database.write(
        lambda c: c.exec_driver_sql(
            "UPDATE document SET sha1 = 'f00d' WHERE unique_id = ?", (unique_id,)
        )
    )
    assert site.retrieve(REMI, unique_id)[1] == []
