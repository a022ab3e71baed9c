"""A registry and a repository under one policy, and what they record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from lxml import etree

import registry.store
import repository.store
from ihe_profiles import iti41, iti43
from ihe_profiles.atna.reporter import Reporter
from ihe_profiles.iti43 import DocumentRequest
from ihe_profiles.policy.access import Access
from ihe_profiles.policy.load import load
from ihe_profiles.policy.rules import Policy
from ihe_profiles.soap.client import CallFailed, LocalCaller
from ihe_profiles.soap.exchange import Peer, Transaction
from ihe_profiles.soap.spyne_port import SoapServer
from ihe_profiles.xds import response
from ihe_profiles.xds.datatypes import CX
from ihe_profiles.xds.metadata import Code, LocalizedString
from ihe_profiles.xds.response import RegistryResponse
from ihe_profiles.xua.header import security_header
from ihe_profiles.xua.requester import Requester
from ledger import migrate
from ledger.audit.audit import Audit
from ledger.database import Database
from registry.service import Registry
from repository.service import Repository
from repository.snapshot import Snapshot
from repository.store.filesystem import FilesystemBlobs
from tests.policy.people import TRE_A07
from tests.repository.messages import REPOSITORY, Message, a_submission, an_entry

HERE = Peer("127.0.0.1", inside=True)


class Cut(LocalCaller):
    """A way to the registry that can be cut, in one manner or another."""

    cut: CallFailed | None = None

    def call(self, *given, **named):  # type: ignore[no-untyped-def]
        if self.cut is not None:
            raise self.cut.with_traceback(None)
        return super().call(*given, **named)


class Kept:
    """An audit trail in memory."""

    def __init__(self) -> None:
        self.records: list[bytes] = []

    def note(self, connection: object, records: Iterable[bytes]) -> None:
        self.records += records

    def record(self, records: Iterable[bytes]) -> None:
        self.records += records


@dataclass
class Site:
    """Both actors, whose guard believes our tokens; `kept` are the records since the start."""

    database: Database
    blobs: FilesystemBlobs
    tokens: dict[bytes, Requester] = field(default_factory=dict)

    def start(self, policy: str | Policy, snapshot: Snapshot | None = None) -> None:
        access = Access(load(policy) if isinstance(policy, str) else policy)
        self.trails = {name: Kept() for name in ("registry", "repository")}
        audit = {
            name: Audit(Reporter(name, f"http://{name}"), trail)  # type: ignore[arg-type]
            for name, trail in self.trails.items()
        }
        actor = Registry(self.database, access=access, audit=audit["registry"])
        server = SoapServer("DocumentRegistry", actor.operations(), guard=self._believing)
        self.registry = LocalCaller(server, Peer("192.0.2.8"))
        self.way = Cut(server, HERE)
        kept = Repository(
            self.database,
            self.blobs,
            self.way,
            unique_id=REPOSITORY,
            access=access,
            snapshot=snapshot,
            audit=audit["repository"],
        )
        self.server = SoapServer("DocumentRepository", kept.operations(), guard=self._believing)

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
        body = iti43.request(DocumentRequest(None, REPOSITORY, one) for one in ids)
        caller = LocalCaller(self.server, Peer("192.0.2.8"))
        answer = caller.call(iti43.TRANSACTION, [body], header=self.header(asking))
        outcome, documents = iti43.read_response(answer.body)
        return outcome, [one.document_unique_id for one in documents]

    def header(self, asking: Requester | None) -> bytes:
        """The assertion of a requester: its name stands for it."""
        if asking is None:
            return b""
        token = f"<a{len(self.tokens)}/>".encode()
        self.tokens[token] = asking
        return security_header(token)

    def _believing(
        self, transaction: Transaction, header: etree._Element | None, peer: Peer
    ) -> Requester | None:
        for element in () if header is None else header.iter():
            token = f"<{etree.QName(element).localname}/>".encode()
            if token in self.tokens:
                return replace(self.tokens[token], token=token)
        return None


def opened(folder: Path) -> Iterator[Site]:
    """A site without a policy, all of whose tables are in one database."""
    database = Database(f"sqlite:///{folder / 'all.sqlite'}")
    migrate.upgrade(database, *migrate.TREES, registry.store.TREE, repository.store.TREE)
    site = Site(database, FilesystemBlobs(Path(folder, "blobs")))
    site.start("open")
    yield site
    database.close()


def texts(outcome: RegistryResponse) -> list[tuple[str, str]]:
    return [(error.code, error.context) for error in outcome.errors]
