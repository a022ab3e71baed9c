"""A Document Consumer for the measurements: what is found, and the digests of what is retrieved."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import httpx
from lxml.etree import _Element

from ihe_profiles import iti18, iti43
from ihe_profiles.soap.client import HttpCaller
from ihe_profiles.soap.exchange import PartHead
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.xds.datatypes import CX
from ihe_profiles.xds.metadata import DocumentEntry
from ihe_profiles.xds.vocabulary import ResponseStatus, Status

FIND_DOCUMENTS = "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d"
TOGETHER = 50
"""Documents asked for in one ITI-43."""


class Digest:
    """A sink that keeps only the SHA-256 of what it is given."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def write(self, data: bytes) -> None:
        """Take the next bytes."""
        self._digest.update(data)

    def close(self) -> None:
        """The part ended properly."""

    def hex(self) -> str:
        """The digest of all bytes."""
        return self._digest.hexdigest()


def find_request(patient: CX, return_type: str = "LeafClass") -> bytes:
    """FindDocuments for a patient's approved documents."""
    return iti18.request(
        FIND_DOCUMENTS,
        {
            "$XDSDocumentEntryPatientId": str(patient),
            "$XDSDocumentEntryStatus": [Status.APPROVED],
        },
        return_type,
    )


def find(url: str, http: httpx.Client, patient: CX) -> set[str]:
    """The uniqueIds of a patient's approved documents."""
    caller = HttpCaller(f"{url}/registry", http, SoapLimits())
    answer = caller.call(iti18.TRANSACTION, [find_request(patient)])
    found = iti18.read_response(answer.body)
    if found.status is not ResponseStatus.SUCCESS:
        raise RuntimeError(f"the query was refused: {found.errors}")
    return {str(o.unique_id) for o in found.objects if isinstance(o, DocumentEntry)}


def retrieve_request(repository: str, ids: Sequence[str]) -> bytes:
    """ITI-43 for these documents."""
    return iti43.request([iti43.DocumentRequest(None, repository, id) for id in ids])


def digests(url: str, http: httpx.Client, repository: str, ids: Sequence[str]) -> dict[str, str]:
    """The SHA-256 of each of these documents that the repository has, by uniqueId."""
    caller = HttpCaller(f"{url}/repository", http, SoapLimits())
    result: dict[str, str] = {}
    for start in range(0, len(ids), TOGETHER):
        sinks: dict[str, Digest] = {}

        def receive(_: _Element, head: PartHead, into: dict[str, Digest] = sinks) -> Digest:
            return into.setdefault(head.content_id, Digest())

        body = retrieve_request(repository, ids[start : start + TOGETHER])
        answer = caller.call(iti43.TRANSACTION, [body], receive=receive)
        _, documents = iti43.read_response(answer.body)
        for document in documents:
            result[document.document_unique_id] = sinks[str(document.content_id)].hex()
    return result
