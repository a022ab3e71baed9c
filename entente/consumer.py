"""A Document Consumer: finds documents (ITI-18) and retrieves them (ITI-43)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lxml.etree import _Element

from ihe_profiles import iti18, iti43
from ihe_profiles.iti43 import DocumentRequest
from ihe_profiles.soap.client import Caller
from ihe_profiles.soap.client import Response as SoapResponse
from ihe_profiles.soap.exchange import PartHead, Sink
from ihe_profiles.xds.datatypes import is_uuid
from ihe_profiles.xds.errors import Refusal
from ihe_profiles.xds.metadata import DocumentEntry
from ihe_profiles.xds.queries import BY_NAME, ReturnType
from ihe_profiles.xds.vocabulary import ResponseStatus, Status

Parameters = Mapping[str, str | Sequence[str]]


def query(
    registry: Caller,
    name: str,
    parameters: Parameters,
    return_type: ReturnType = ReturnType.LEAF_CLASS,
) -> SoapResponse:
    """Send the stored query called `name`; the answer is not read yet.

    Raises CallFailed; KeyError for a name that is not in the table.
    """
    body = iti18.request(BY_NAME[name].id, parameters, return_type)
    return registry.call(iti18.TRANSACTION, [body])


def read(answer: SoapResponse) -> iti18.Response:
    """Read the answer to a query. Raises Refusal with the other side's errors."""
    response = iti18.read_response(answer.body)
    if response.status is ResponseStatus.FAILURE:
        raise Refusal(*response.errors)
    return response


def entries(response: iti18.Response) -> tuple[DocumentEntry, ...]:
    """Return the DocumentEntries of an answer."""
    return tuple(found for found in response.objects if isinstance(found, DocumentEntry))


def get_documents(registry: Caller, *ids: str) -> tuple[DocumentEntry, ...]:
    """Return the entries with these entryUUIDs, or with these uniqueIds (GetDocuments)."""
    return entries(read(query(registry, "GetDocuments", by_id(ids))))


def approved(found: Sequence[DocumentEntry]) -> DocumentEntry | None:
    """Return the last of the entries that is not deprecated."""
    return next((e for e in reversed(found) if e.availability_status == Status.APPROVED), None)


def by_id(ids: Sequence[str]) -> Parameters:
    """Return the parameter of GetDocuments for entryUUIDs if all ids are such, else uniqueIds."""
    kind = "EntryUUID" if all(is_uuid(text.lower()) for text in ids) else "UniqueId"
    return {f"$XDSDocumentEntry{kind}": list(ids)}


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What came: media type, octets, SHA-1 as lower-case hex."""

    mime_type: str
    size: int
    hash: str


def retrieve(
    repository: Caller, wanted: DocumentRequest, write: Callable[[bytes], object]
) -> Retrieved:
    """Retrieve one document, handing its bytes to `write` as they come.

    Raises Refusal with the other side's errors, CallFailed (then what was written is not whole).
    """
    taken = _Taken(write)

    def receive(body: _Element, head: PartHead) -> Sink | None:
        documents = iti43.read_response(body)[1]
        wanted_part = any(document.content_id == head.content_id for document in documents[:1])
        return taken if wanted_part else None

    answer = repository.call(iti43.TRANSACTION, [iti43.request([wanted])], receive=receive)
    outcome, documents = iti43.read_response(answer.body)
    if not documents:
        raise Refusal(*outcome.errors)
    if documents[0].inline is not None:
        taken.write(documents[0].inline)
    return Retrieved(documents[0].mime_type, taken.size, taken.digest.hexdigest())


class _Taken:
    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self.digest = hashlib.sha1(usedforsecurity=False)
        self.size = 0

    def write(self, data: bytes) -> None:
        self.digest.update(data)
        self.size += len(data)
        self._write(data)

    def close(self) -> None:
        pass
