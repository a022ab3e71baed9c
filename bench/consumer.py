"""A Document Consumer for the measurements: what is found, and the digest of what is retrieved."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import httpx

from entente import consumer
from ihe_profiles import iti18
from ihe_profiles.iti43 import DocumentRequest
from ihe_profiles.soap.client import HttpCaller
from ihe_profiles.xds.datatypes import CX
from ihe_profiles.xds.errors import Refusal
from ihe_profiles.xds.queries import BY_NAME
from ihe_profiles.xds.vocabulary import Status


def _parameters(patient: CX, status: Status = Status.APPROVED) -> consumer.Parameters:
    return {
        "$XDSDocumentEntryPatientId": str(patient),
        "$XDSDocumentEntryStatus": [status],
    }


def find_request(patient: CX) -> bytes:
    """FindDocuments for a patient's approved documents."""
    return iti18.request(BY_NAME["FindDocuments"].id, _parameters(patient))


def find(url: str, http: httpx.Client, patient: CX, status: Status = Status.APPROVED) -> set[str]:
    """The uniqueIds of a patient's documents of one status."""
    registry = HttpCaller(f"{url}/registry", http)
    answer = consumer.read(consumer.query(registry, "FindDocuments", _parameters(patient, status)))
    return {str(entry.unique_id) for entry in consumer.entries(answer)}


def sha256(url: str, http: httpx.Client, repository: str, unique_id: str) -> str | None:
    """The SHA-256 of a document as it comes back; None when the repository does not have it."""
    digest = hashlib.sha256()
    caller = HttpCaller(f"{url}/repository", http)
    try:
        consumer.retrieve(caller, DocumentRequest(None, repository, unique_id), digest.update)
    except Refusal:
        return None
    return digest.hexdigest()


def sha256_of_each(
    url: str, http: httpx.Client, repository: str, unique_ids: Iterable[str]
) -> dict[str, str]:
    """The SHA-256 of each of these documents that the repository has, by uniqueId."""
    found = {id: sha256(url, http, repository, id) for id in unique_ids}
    return {id: digest for id, digest in found.items() if digest is not None}
