"""ITI-43 Retrieve Document Set: documents by their ids (ITI TF-2 3.43)."""

from __future__ import annotations

import binascii
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from lxml.etree import _Element

from ihe_profiles.ebrim.markup import content
from ihe_profiles.ebrim.namespaces import RS, XDS, declarations
from ihe_profiles.soap.exchange import Answer, Binary, Transaction
from ihe_profiles.soap.mime import content_id_of
from ihe_profiles.xds import response
from ihe_profiles.xds.response import RegistryResponse
from ihe_profiles.xds.schema import require_valid

TRANSACTION: Final = Transaction(
    number="ITI-43",
    name="Retrieve Document Set",
    operation="DocumentRepository_RetrieveDocumentSet",
    action="urn:ihe:iti:2007:RetrieveDocumentSet",
    response_action="urn:ihe:iti:2007:RetrieveDocumentSetResponse",
    request=f"{{{XDS}}}RetrieveDocumentSetRequest",
    mtom=True,
)

_PREFIX: Final = f"{{{XDS}}}"
_INCLUDE: Final = "{http://www.w3.org/2004/08/xop/include}Include"


@dataclass(frozen=True, slots=True)
class DocumentRequest:
    """One document asked for (ITI TF-2 3.43.4.1.2); the ids are quoted back as they came."""

    home_community_id: str | None
    repository_unique_id: str
    document_unique_id: str


@dataclass(frozen=True, slots=True)
class DocumentResponse:
    """One document to return: for which request, its media type, its bytes."""

    request: DocumentRequest
    mime_type: str
    content: Binary


@dataclass(frozen=True, slots=True)
class RetrievedDocument:
    """One document of an answer: its ids and type, and the Content-ID of its part or its bytes."""

    home_community_id: str | None
    repository_unique_id: str
    document_unique_id: str
    mime_type: str
    content_id: str | None = None
    inline: bytes | None = None


def parse(body: _Element) -> tuple[DocumentRequest, ...]:
    """Read xds:RetrieveDocumentSetRequest. Raises Refusal `retrieve-schema-violation`."""
    require_valid(body, "retrieve-schema-violation")
    return tuple(
        DocumentRequest(
            element.findtext(f"{_PREFIX}HomeCommunityId"),
            element.findtext(f"{_PREFIX}RepositoryUniqueId", ""),
            element.findtext(f"{_PREFIX}DocumentUniqueId", ""),
        )
        for element in body.iterchildren(f"{_PREFIX}DocumentRequest")
    )


def request(documents: Iterable[DocumentRequest]) -> bytes:
    """Write xds:RetrieveDocumentSetRequest."""
    rows = "".join(
        f"<xds:DocumentRequest>{_ids(document)}</xds:DocumentRequest>" for document in documents
    )
    name = "xds:RetrieveDocumentSetRequest"
    return f"<{name}{declarations('xds')}>{rows}</{name}>".encode()


def answer(outcome: RegistryResponse, documents: Sequence[DocumentResponse]) -> Answer:
    """Write xds:RetrieveDocumentSetResponse: the outcome, then each document (3.43.4.2.2)."""
    return Answer(list(_answer(outcome, documents)))


def read_response(element: _Element) -> tuple[RegistryResponse, tuple[RetrievedDocument, ...]]:
    """Read xds:RetrieveDocumentSetResponse; ValueError when it is not shaped like one."""
    outcome = element.find(f"{{{RS}}}RegistryResponse")
    if outcome is None:
        raise ValueError("the answer holds no rs:RegistryResponse")
    documents = element.iterchildren(f"{_PREFIX}DocumentResponse")
    return response.read(outcome), tuple(map(_read_document, documents))


def _answer(
    outcome: RegistryResponse, documents: Sequence[DocumentResponse]
) -> Iterator[bytes | Binary]:
    start = f"<xds:RetrieveDocumentSetResponse{declarations('xds', 'rs', 'rim')}>".encode()
    yield start + response.render(outcome)
    for document in documents:
        kind = content(document.mime_type)
        yield (
            f"<xds:DocumentResponse>{_ids(document.request)}<xds:mimeType>{kind}</xds:mimeType>"
            "<xds:Document>"
        ).encode()
        yield document.content
        yield b"</xds:Document></xds:DocumentResponse>"
    yield b"</xds:RetrieveDocumentSetResponse>"


def _ids(document: DocumentRequest) -> str:
    home = document.home_community_id
    return (
        ("" if home is None else f"<xds:HomeCommunityId>{content(home)}</xds:HomeCommunityId>")
        + f"<xds:RepositoryUniqueId>{content(document.repository_unique_id)}"
        + "</xds:RepositoryUniqueId>"
        + f"<xds:DocumentUniqueId>{content(document.document_unique_id)}</xds:DocumentUniqueId>"
    )


def _read_document(element: _Element) -> RetrievedDocument:
    def text(name: str) -> str | None:
        return element.findtext(_PREFIX + name)

    document = element.find(f"{_PREFIX}Document")
    if document is None:
        raise ValueError("a DocumentResponse holds no Document")
    include = document.find(_INCLUDE)
    return RetrievedDocument(
        home_community_id=text("HomeCommunityId"),
        repository_unique_id=text("RepositoryUniqueId") or "",
        document_unique_id=text("DocumentUniqueId") or "",
        mime_type=text("mimeType") or "",
        content_id=None if include is None else content_id_of(include.get("href", "")),
        inline=binascii.a2b_base64(document.text or "") if include is None else None,
    )
