"""Submissions of invented documents, and what a client does with a repository."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from lxml import etree
from lxml.etree import _Element

from ihe_profiles import iti41, iti43
from ihe_profiles.iti43 import DocumentRequest
from ihe_profiles.soap import envelope, mtom
from ihe_profiles.soap.addressing import Addressing
from ihe_profiles.soap.client import Caller
from ihe_profiles.soap.exchange import Binary, Exchange, PartHead, Peer, Transaction
from ihe_profiles.xds import encoding, response
from ihe_profiles.xds.datatypes import CX, DTM
from ihe_profiles.xds.metadata import Code, DocumentEntry, LocalizedString, Submission
from ihe_profiles.xds.response import RegistryResponse
from ihe_profiles.xds.submission import build, new_oid

REPOSITORY = "1.3.6.1.4.1.21367.2010.1.2.1125"
PATIENT = CX("ZOE-1^^^&1.3.6.1.4.1.21367.13.20.3000&ISO")
CODE = Code("X", "1.2.3", (LocalizedString("Example"),))


def an_entry(symbol: str = "Document01", **changes: object) -> DocumentEntry:
    """A DocumentEntry with all that a registry asks for, but hash, size and repositoryUniqueId."""
    fields: dict[str, object] = {
        "entry_uuid": symbol,
        "mime_type": "text/plain",
        "unique_id": new_oid(),
        "patient_id": PATIENT,
        "source_patient_id": PATIENT,
        "class_code": CODE,
        "type_code": CODE,
        "format_code": CODE,
        "practice_setting_code": CODE,
        "healthcare_facility_type_code": CODE,
        "confidentiality_code": (CODE,),
        "creation_time": DTM("20240104150527"),
        "language_code": "fr-CA",
        "title": (LocalizedString("Compte rendu d’été <é>"),),
    }
    return DocumentEntry(**(fields | changes))  # type: ignore[arg-type]


def a_submission(*entries: DocumentEntry) -> Submission:
    return build(
        entries,
        source_id="1.2.3.4",
        content_type_code=CODE,
        patient_id=PATIENT,
        submission_time=DTM("20240104150600"),
    )


@dataclass(frozen=True)
class Message:
    """One ITI-41: a submission, and its documents by the id of their entries."""

    submission: Submission
    documents: Sequence[tuple[str, bytes]]
    message_id: str = field(default_factory=lambda: uuid.uuid4().urn)

    object_list: bytes = field(init=False)
    """Written once: nested objects get new ids when they are written."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "object_list", encoding.write_submission(self.submission))

    def with_documents(self, *documents: tuple[str, bytes]) -> Message:
        """The same metadata and MessageID with other documents."""
        other = replace(self, documents=documents)
        object.__setattr__(other, "object_list", self.object_list)
        return other

    @property
    def unique_ids(self) -> list[str]:
        return [entry.unique_id or "" for entry in self.submission.documents]

    def body(self) -> list[bytes | Binary]:
        return iti41.request(self.object_list, [(i, binary(b)) for i, b in self.documents])


def a_message(*documents: bytes, **changes: object) -> Message:
    """A submission of documents; `changes` go into every entry."""
    named = [(f"Document{n:02}", document) for n, document in enumerate(documents, 1)]
    return Message(a_submission(*(an_entry(name, **changes) for name, _ in named)), named)


def including(message: Message, *hrefs: str) -> list[bytes]:
    """The body of a message whose documents refer to parts that need not exist."""
    xop = 'xmlns:xop="http://www.w3.org/2004/08/xop/include"'
    waiting = iter(hrefs)
    return [
        piece
        if isinstance(piece, bytes)
        else f'<xop:Include {xop} href="{next(waiting)}"/>'.encode()
        for piece in message.body()
    ]


def on_the_wire(message: Message) -> tuple[str, bytes]:
    """The Content-Type and the body of a message."""
    action = iti41.TRANSACTION.action
    pieces = tuple(envelope.write(action, message.body(), message_id=message.message_id))
    headers, chunks = mtom.write(pieces, action)
    return dict(headers)["Content-Type"], b"".join(chunks)


def an_exchange(transaction: Transaction, body: bytes, message_id: str | None = None) -> Exchange:
    """A request as an operation gets it from the port."""
    return Exchange(
        transaction=transaction,
        addressing=Addressing(transaction.action, message_id),
        header=None,
        body=etree.fromstring(body),
        digest=hashlib.sha256(body).digest(),
        peer=Peer("127.0.0.1"),
        trace_id="0" * 32,
    )


def codes(answer: RegistryResponse) -> list[str]:
    return [error.code for error in answer.errors]


def binary(document: bytes, content_type: str = "text/plain") -> Binary:
    return Binary(content_type, len(document), lambda: iter([document]))


def provide(repository: Caller, message: Message) -> RegistryResponse:
    return send(repository, message.body(), message.message_id)


def send(
    repository: Caller, body: Sequence[bytes | Binary], message_id: str | None = None
) -> RegistryResponse:
    answer = repository.call(iti41.TRANSACTION, body, message_id=message_id)
    return response.read(answer.body)


class _Collected:
    def __init__(self) -> None:
        self.data = b""
        self.whole = False

    def write(self, data: bytes) -> None:
        self.data += data

    def close(self) -> None:
        self.whole = True


@dataclass(frozen=True)
class Retrieved:
    """An ITI-43 answer; `documents` are (uniqueId, mimeType, media type of the part, bytes)."""

    response: RegistryResponse
    documents: list[tuple[str, str, str, bytes]]

    @property
    def bytes_of(self) -> dict[str, bytes]:
        return {unique_id: data for unique_id, _, _, data in self.documents}


def retrieve(
    repository: Caller, *unique_ids: str, at: str = REPOSITORY, home: str | None = None
) -> Retrieved:
    return ask(repository, *(DocumentRequest(home, at, one) for one in unique_ids))


def ask(repository: Caller, *requests: DocumentRequest) -> Retrieved:
    parts: dict[str, tuple[PartHead, _Collected]] = {}

    def receive(_body: _Element, head: PartHead) -> _Collected:
        parts[head.content_id] = head, _Collected()
        return parts[head.content_id][1]

    answer = repository.call(iti43.TRANSACTION, [iti43.request(requests)], receive=receive)
    outcome, documents = iti43.read_response(answer.body)
    found = []
    for document in documents:
        head, collected = parts[document.content_id or ""]
        assert collected.whole
        assert document.repository_unique_id == REPOSITORY
        found.append(
            (document.document_unique_id, document.mime_type, head.content_type, collected.data)
        )
    return Retrieved(outcome, found)
