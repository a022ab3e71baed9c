"""ITI-43: documents by their ids, byte for byte as they came (ITI TF-2 3.43)."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from ihe_profiles import iti43
from ihe_profiles.iti43 import DocumentRequest, DocumentResponse
from ihe_profiles.soap.exchange import Answer, Binary, Exchange
from ihe_profiles.xds.datatypes import mime_type_problem
from ihe_profiles.xds.errors import Refusal, RegistryError, refuse
from ihe_profiles.xds.response import RegistryResponse
from ihe_profiles.xds.vocabulary import ResponseStatus
from ledger.database import Database, Unavailable
from repository.digest import Damaged, verified
from repository.store import reads
from repository.store.blobs import BlobMissing, BlobStore, BlobStoreError
from repository.store.reads import Stored

log = logging.getLogger(__name__)

_HEADER_SAFE: Final = re.compile(r"[ -~]+")


@dataclass(frozen=True, slots=True)
class Retrieve:
    """The operation, with what it works on."""

    database: Database
    blobs: BlobStore
    unique_id: str

    def __call__(self, exchange: Exchange) -> Answer:
        """Find the documents, and answer with those that are there."""
        try:
            requests = iti43.parse(exchange.body)
            found = self._look_up(requests, exchange.trace_id)
        except Refusal as refusal:
            failure = RegistryResponse(ResponseStatus.FAILURE, refusal.errors)
            return iti43.answer(failure, ())
        documents: list[DocumentResponse] = []
        errors: list[RegistryError] = []
        for request in requests:
            try:
                documents.append(self._document(request, found, exchange.trace_id))
            except Refusal as refusal:
                errors.extend(refusal.errors)
        return iti43.answer(RegistryResponse(_status(documents, errors), tuple(errors)), documents)

    def _look_up(
        self, requests: Sequence[DocumentRequest], trace_id: str
    ) -> Mapping[str, list[Stored]]:
        ours = (r for r in requests if r.repository_unique_id == self.unique_id)
        try:
            with self.database.read() as connection:
                return reads.stored(connection, (r.document_unique_id for r in ours))
        except Unavailable as failure:
            log.exception("the index cannot be read")
            raise refuse("repository-error", trace=trace_id) from failure

    def _document(
        self, request: DocumentRequest, found: Mapping[str, list[Stored]], trace_id: str
    ) -> DocumentResponse:
        unique_id = request.document_unique_id
        if request.repository_unique_id != self.unique_id:
            raise refuse(
                "unknown-repository-id",
                location=unique_id,
                value=request.repository_unique_id,
                document=unique_id,
            )
        if unique_id not in found:
            raise refuse("document-unavailable", location=unique_id, value=unique_id)
        stored = self._whole(found[unique_id])
        if stored is None:
            raise refuse("document-lost", location=unique_id, value=unique_id, trace=trace_id)
        content = Binary(_part_type(stored.mime_type), stored.size, partial(self._chunks, stored))
        return DocumentResponse(request, stored.mime_type, content)

    def _whole(self, candidates: Sequence[Stored]) -> Stored | None:
        """Return the first whose blob is there, among those with the bytes of the best."""
        for stored in candidates:
            if stored.sha1 == candidates[0].sha1 and self._is_there(stored):
                return stored
        return None

    def _is_there(self, stored: Stored) -> bool:
        where = {"blob_key": stored.blob_key, "unique_id": stored.unique_id}
        try:
            size = self.blobs.size(stored.blob_key, stored.envelope)
        except BlobMissing:
            log.error("the blob of a document is missing", extra=where)
            return False
        except BlobStoreError:
            log.exception("the blob of a document cannot be read", extra=where)
            return False
        if size != stored.size:
            log.error(
                "the blob of a document has %d octets, not %d", size, stored.size, extra=where
            )
        return size == stored.size

    def _chunks(self, stored: Stored) -> Iterator[bytes]:
        """Yield the document's bytes, none of a chunk that differs from its digest."""
        try:
            pieces = self.blobs.read(stored.blob_key, envelope=stored.envelope)
            yield from verified(pieces, stored.chunk_digests)
        except (Damaged, BlobStoreError):
            where = {"blob_key": stored.blob_key, "unique_id": stored.unique_id}
            log.exception("a document is damaged", extra=where)
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
