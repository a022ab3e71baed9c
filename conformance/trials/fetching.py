"""How trials retrieve documents, and what an answer of ITI-43 holds."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from lxml.etree import _Element

from conformance.raw import XOP
from conformance.trial import Session
from ihe_profiles import iti43
from ihe_profiles.iti43 import DocumentRequest, RetrievedDocument
from ihe_profiles.soap.client import Caller
from ihe_profiles.soap.exchange import PartHead, Sink
from ihe_profiles.xds.response import RegistryResponse


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer of ITI-43: its element, outcome and documents, and the bytes by uniqueId."""

    body: _Element
    outcome: RegistryResponse
    documents: tuple[RetrievedDocument, ...]
    contents: Mapping[str, bytes]


def fetch(s: Session, *unique_ids: str) -> Fetched:
    """Retrieve documents of the repository. Raises CallFailed, ValueError."""
    repository = s.target.repository_id or ""
    return fetch_as(s, [DocumentRequest(None, repository, id_) for id_ in unique_ids])


def fetch_as(
    s: Session, wanted: Sequence[DocumentRequest], caller: Caller | None = None
) -> Fetched:
    """Retrieve what is wanted, by our own client unless another is given."""
    parts: dict[str, _Part] = {}

    def receive(body: _Element, head: PartHead) -> Sink:
        return parts.setdefault(head.content_id, _Part())

    caller = caller or s.wire.repository
    answer = caller.call(iti43.TRANSACTION, [iti43.request(wanted)], receive=receive)
    outcome, documents = iti43.read_response(answer.body)
    contents = {
        one.document_unique_id: one.inline
        if one.inline is not None
        else parts.get(one.content_id or "", _Part()).content
        for one in documents
    }
    return Fetched(answer.body, outcome, documents, MappingProxyType(contents))


def in_place(body: _Element) -> _Element:
    """Return a copy as the schema sees it: with text where a xop:Include stands (XOP 1.0 3.2)."""
    whole = copy.deepcopy(body)
    for include in list(whole.iter(f"{{{XOP}}}Include")):
        parent = include.getparent()
        assert parent is not None
        parent.remove(include)
        parent.text = "AA=="
    return whole


class _Part:
    def __init__(self) -> None:
        self.content = b""

    def write(self, data: bytes) -> None:
        self.content += data

    def close(self) -> None:
        pass
