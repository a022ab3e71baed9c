"""ITI-43: documents by their ids, byte for byte as they came (ITI TF-2 3.43)."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from ihe_profiles import iti43
from ihe_profiles.atna import requests as requested
from ihe_profiles.atna.events import Ending
from ihe_profiles.iti43 import DocumentRequest, DocumentResponse
from ihe_profiles.soap.exchange import Answer, Binary, Exchange
from ihe_profiles.xds.datatypes import mime_type_problem
from ihe_profiles.xds.errors import Refusal, RegistryError, refuse
from ihe_profiles.xds.response import RegistryResponse
from ihe_profiles.xds.vocabulary import ResponseStatus
from ledger.audit.audit import NO_AUDIT, Audit, required
from ledger.database import Database, Unavailable
from repository import access
from repository.digest import Damaged, verified
from repository.permission import NotTold, Permission, Permitted
from repository.store import reads
from repository.store.blobs import (
    BlobDamaged,
    BlobMissing,
    BlobSealed,
    BlobStore,
    BlobStoreError,
)
from repository.store.reads import Stored
from repository.troubles import trouble

log = logging.getLogger(__name__)

_HEADER_SAFE: Final = re.compile(r"[ -~]+")


@dataclass(frozen=True, slots=True)
class _Found:
    """What is here and may be served, and by whose word."""

    documents: Mapping[str, list[Stored]]
    permitted: Permitted


@dataclass(frozen=True, slots=True)
class Retrieve:
    """The operation, with what it works on."""

    database: Database
    blobs: BlobStore
    unique_id: str
    permission: Permission
    audit: Audit = NO_AUDIT

    def __call__(self, exchange: Exchange) -> Answer:
        """Find the documents, and answer with those that are there; the access is recorded before.

        ITI TF-2 3.43.4.1.3.
        """
        with required():
            try:
                requests = iti43.parse(exchange.body)
                found = self._look_up(requests, exchange)
            except Refusal as refusal:
                return self._refuse(exchange, refusal)
            return self._answer(exchange, requests, found)

    def _refuse(self, exchange: Exchange, refusal: Refusal) -> Answer:
        asked = requested.retrieval(exchange.body)
        self.audit.record(
            self.audit.of(exchange, asked, Ending.failed(refusal)),
            *access.override(self.audit, exchange, self.permission.decision(exchange).emergency),
        )
        return iti43.answer(RegistryResponse(ResponseStatus.FAILURE, refusal.errors), ())

    def _answer(
        self,
        exchange: Exchange,
        requests: Sequence[DocumentRequest],
        found: _Found,
    ) -> Answer:
        documents: list[DocumentResponse] = []
        errors: list[RegistryError] = []
        failed: list[DocumentRequest] = []
        for request in requests:
            try:
                documents.append(self._document(request, found, exchange))
            except Refusal as refusal:
                failed.append(request)
                errors.extend(refusal.errors)
        served = [document.request for document in documents]
        self.audit.record(
            *access.records(self.audit, exchange, served, failed, errors, found.permitted),
            *access.override(self.audit, exchange, self.permission.decision(exchange).emergency),
        )
        outcome = RegistryResponse(_status(documents, errors), tuple(errors))
        answer = iti43.answer(outcome, documents)
        return Answer(answer.body, access.broken(self.audit, exchange, served))

    def _look_up(self, requests: Sequence[DocumentRequest], exchange: Exchange) -> _Found:
        """Find what is here and may be served."""
        ours = {r.document_unique_id for r in requests if r.repository_unique_id == self.unique_id}
        try:
            permitted = self.permission.of(exchange, ours)
            with self.database.read() as connection:
                found = reads.stored(connection, ours)
        except NotTold as failure:
            raise refuse("retrieve-not-permitted-now") from failure
        except Unavailable as failure:
            log.exception("the index cannot be read")
            raise trouble(failure, exchange.trace_id) from failure
        may = {
            unique_id: [one for one in some if permitted.includes(unique_id, one.sha1)]
            for unique_id, some in found.items()
        }
        served = {unique_id: some for unique_id, some in may.items() if some}
        return _Found(served, permitted)

    def _document(
        self, request: DocumentRequest, found: _Found, exchange: Exchange
    ) -> DocumentResponse:
        unique_id = request.document_unique_id
        if request.repository_unique_id != self.unique_id:
            raise refuse(
                "unknown-repository-id",
                location=unique_id,
                value=request.repository_unique_id,
                document=unique_id,
            )
        if unique_id not in found.documents:
            if unique_id in found.permitted.unheard:
                raise refuse("retrieve-not-permitted-now", location=unique_id)
            raise refuse("document-unavailable", location=unique_id, value=unique_id)
        trace_id = exchange.trace_id
        try:
            stored = self._whole(found.documents[unique_id])
        except BlobStoreError as failure:
            log.exception("a document cannot be read now", extra={"unique_id": unique_id})
            raise trouble(failure, trace_id, unique_id) from failure
        if stored is None:
            raise refuse("document-lost", location=unique_id, value=unique_id, trace=trace_id)
        chunks = partial(self._chunks, exchange, stored)
        content = Binary(_part_type(stored.mime_type), stored.size, chunks)
        return DocumentResponse(request, stored.mime_type, content)

    def _whole(self, candidates: Sequence[Stored]) -> Stored | None:
        """Return the first whose blob is there, among those with the bytes of the best.

        Raises BlobStoreError when nobody can say whether it is there.
        """
        for stored in candidates:
            if stored.sha1 == candidates[0].sha1 and self._is_there(stored):
                return stored
        return None

    def _is_there(self, stored: Stored) -> bool:
        where = {"blob_key": stored.blob_key, "unique_id": stored.unique_id}
        try:
            size = self.blobs.size(stored.blob_key, stored.envelope)
        except (BlobMissing, BlobDamaged, BlobSealed):
            log.exception("the blob of a document cannot be read", extra=where)
            return False
        if size != stored.size:
            log.error(
                "the blob of a document has %d octets, not %d", size, stored.size, extra=where
            )
        return size == stored.size

    def _chunks(self, exchange: Exchange, stored: Stored) -> Iterator[bytes]:
        """Yield the document's bytes, none of a chunk that differs from its digest."""
        try:
            pieces = self.blobs.read(stored.blob_key, envelope=stored.envelope)
            yield from verified(pieces, stored.chunk_digests)
        except (Damaged, BlobStoreError) as failure:
            where = {"blob_key": stored.blob_key, "unique_id": stored.unique_id}
            log.exception("a document is damaged", extra=where)
            if isinstance(failure, Damaged | BlobDamaged):
                access.damaged(self.audit, exchange, stored)
            raise


def _status(
    documents: Sequence[DocumentResponse], errors: Sequence[RegistryError]
) -> ResponseStatus:
    if not errors:
        return ResponseStatus.SUCCESS
    return ResponseStatus.PARTIAL_SUCCESS if documents else ResponseStatus.FAILURE


def _part_type(mime_type: str) -> str:
    """Return the media type for the MIME part; metadata may say what no header can hold."""
    if mime_type_problem(mime_type) or not _HEADER_SAFE.fullmatch(mime_type):
        return "application/octet-stream"
    return mime_type
