"""The operations of the registry and repository that are played.

They take whatever can be read, since the judge tells what is wrong with it; what cannot be read is
refused as a registry or repository would.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from conformance.listening.memory import Full, Memory
from ihe_profiles import iti18, iti41, iti42, iti43, iti44, iti51
from ihe_profiles.hl7 import acknowledgement, v2
from ihe_profiles.iti43 import DocumentRequest, DocumentResponse
from ihe_profiles.soap.exchange import Answer, Binary, Exchange, Operation, PartHead, Sink, Upload
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.soap.spyne_port import SoapServer
from ihe_profiles.xds import encoding, response
from ihe_profiles.xds.errors import Refusal, RegistryError, error, refuse
from ihe_profiles.xds.fragment import object_ref
from ihe_profiles.xds.metadata import Submission
from ihe_profiles.xds.queries import ReturnType, parse
from ihe_profiles.xds.response import RegistryResponse, outcome
from ihe_profiles.xds.vocabulary import ResponseStatus

LIMITS: Final = SoapLimits()


class Actors:
    """A Document Registry and a Document Repository over one memory."""

    def __init__(self, repository_id: str) -> None:
        self.memory = Memory()
        self.repository_id = repository_id
        self.server = SoapServer(
            "Listener",
            (
                Operation(iti41.TRANSACTION, self.provide),
                Operation(iti42.TRANSACTION, self.register),
                Operation(iti18.TRANSACTION, self.query),
                Operation(iti51.TRANSACTION, self.query),
                Operation(iti43.TRANSACTION, self.retrieve),
                *(Operation(kind, self.identify) for kind in iti44.TRANSACTIONS),
            ),
            LIMITS,
        )

    def provide(self, exchange: Exchange) -> Answer | Upload:
        """Take documents with their metadata (ITI-41)."""
        try:
            request = iti41.parse(exchange.body, LIMITS)
            made = encoding.read_submission(request.object_list)
        except Refusal as refusal:
            return response.answer(outcome(refusal.errors))
        return _Provided(self, request, made)

    def register(self, exchange: Exchange) -> Answer:
        """Take metadata (ITI-42)."""
        try:
            made = encoding.read_submission(iti42.parse(exchange.body))
        except Refusal as refusal:
            return response.answer(outcome(refusal.errors))
        return response.answer(outcome(self.keep(made, {}, exchange.trace_id)))

    def keep(
        self, made: Submission, contents: dict[str, bytes], trace_id: str
    ) -> list[RegistryError]:
        """Keep a submission; return why not."""
        try:
            self.memory.register(made, self.repository_id, contents)
        except Full:
            return [error("repository-out-of-resources", trace=trace_id)]
        return []

    def query(self, exchange: Exchange) -> Answer:
        """Answer a stored query (ITI-18, ITI-51) from what was submitted."""
        try:
            request = iti18.parse(exchange.body)
            call = parse(request, exchange.transaction.number)
        except Refusal as refusal:
            return iti18.answer(refusal.errors)
        found = self.memory.find(call)
        if call.return_type is ReturnType.OBJECT_REF:
            return iti18.answer((), [object_ref(one.entry_uuid) for one in found])
        return iti18.answer((), [encoding.write(one) for one in found])

    def retrieve(self, exchange: Exchange) -> Answer:
        """Give documents back (ITI-43)."""
        try:
            requests = iti43.parse(exchange.body)
        except Refusal as refusal:
            return iti43.answer(outcome(refusal.errors), ())
        errors: list[RegistryError] = []
        found: list[DocumentResponse] = []
        for request in requests:
            try:
                found.append(self._document(request))
            except Refusal as refusal:
                errors += refusal.errors
        status = outcome(errors).status
        if errors and found:
            status = ResponseStatus.PARTIAL_SUCCESS
        return iti43.answer(RegistryResponse(status, tuple(errors)), found)

    def identify(self, exchange: Exchange) -> Answer:
        """Acknowledge a message of ITI-44."""
        return Answer([iti44.answer(iti44.wrapper(exchange.body))])

    def _document(self, request: DocumentRequest) -> DocumentResponse:
        unique_id = request.document_unique_id
        if request.repository_unique_id != self.repository_id:
            value = request.repository_unique_id
            raise refuse(
                "unknown-repository-id", location=unique_id, value=value, document=unique_id
            )
        document = self.memory.document(unique_id)
        if document is None:
            raise refuse("document-unavailable", location=unique_id, value=unique_id)
        pieces = partial(_once, document.content)
        binary = Binary(document.mime_type, len(document.content), pieces)
        return DocumentResponse(request, document.mime_type, binary)


def acknowledge(message: bytes) -> bytes:
    """Acknowledge a message of ITI-8: accepted, unless its header cannot be read."""
    try:
        header = v2.header(message)
    except Refusal as refusal:
        return acknowledgement.acknowledge(None, refusal.errors)
    return acknowledgement.acknowledge(header)


def _once(content: bytes) -> Iterator[bytes]:
    yield content


class _Buffer:
    """Takes one attachment."""

    def __init__(self) -> None:
        self.content = bytearray()

    def write(self, data: bytes) -> None:
        """Take the next octets."""
        self.content += data

    def close(self) -> None:
        """Nothing more comes."""


class _Provided:
    """An ITI-41 request whose attachments are on their way."""

    def __init__(self, actors: Actors, request: iti41.ProvideRequest, made: Submission) -> None:
        self._actors = actors
        self._request = request
        self._made = made
        self._parts: dict[str, _Buffer] = {}

    def part(self, head: PartHead) -> Sink | None:
        """Take an attachment."""
        return self._parts.setdefault(head.content_id, _Buffer())

    def finish(self) -> Answer:
        """Keep the submission, if each entry has its document."""
        contents: dict[str, bytes] = {}
        for document in self._request.documents:
            part = self._parts.get(document.content_id or "")
            if document.inline is not None:
                contents[document.id] = document.inline
            elif part is not None:
                contents[document.id] = bytes(part.content)
        missing = [e for e in self._made.documents if e.entry_uuid not in contents]
        errors = [error("missing-document", object=entry.entry_uuid) for entry in missing]
        return response.answer(outcome(errors or self._actors.keep(self._made, contents, "")))

    def abort(self) -> None:
        """Let go of what came."""
        self._parts.clear()
