"""ITI-43 Retrieve Document Set (ITI TF-2 3.43)."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Final

import schemas
from conformance.raw import Answer, Part, multipart, multipart_type
from conformance.target import Offer
from conformance.trial import Session, trial
from conformance.trials.asking import ask, of_kind
from conformance.trials.fetching import Fetched, fetch, fetch_as, in_place
from ihe_profiles import iti43
from ihe_profiles.iti43 import DocumentRequest
from ihe_profiles.soap.client import CallFailed
from ihe_profiles.xds.metadata import DocumentEntry
from ihe_profiles.xds.vocabulary import ResponseStatus

NEEDS: Final = (Offer.REGISTRY, Offer.REPOSITORY)
_CONTENTS: Final = (b"the first document", b"the second \x00\xff", b"<third/>")
_TYPES: Final = ("text/plain", "application/pdf", "text/xml")
_HOME: Final = "urn:oid:2.25.617443"
_UNKNOWN: Final = "XDSDocumentUniqueIdError"
_PARTIAL: Final = "PartialSuccess"


def _shelf(s: Session) -> tuple[DocumentEntry, ...]:
    """Three documents of three media types, brought in once. Raises SetupFailed."""
    return s.world.once("documents of iti43", lambda: _build(s))


def _build(s: Session) -> tuple[DocumentEntry, ...]:
    patient = s.world.patient()
    allowed = s.target.domain.value_sets.get("mimeType")
    types = [
        one if allowed is None or ("", one) in allowed.values else "text/plain" for one in _TYPES
    ]
    entries = [
        replace(s.world.entry(patient, content), mime_type=media_type)
        for content, media_type in zip(_CONTENTS, types, strict=True)
    ]
    contents = {e.entry_uuid: c for e, c in zip(entries, _CONTENTS, strict=True)}
    return s.world.submit(s.world.submission(entries), contents).documents


def _ids(entries: tuple[DocumentEntry, ...]) -> list[str]:
    return [entry.unique_id or "" for entry in entries]


def _status(found: Fetched) -> str:
    return found.outcome.status.rpartition(":")[2]


def _errors(found: Fetched) -> list[tuple[str, str]]:
    return [(error.code, error.location or "") for error in found.outcome.errors]


@trial("ITI-43.01", "ITI-43.02", "ITI-43.03", "ITI-43.07", "ITI-43.11", needs=NEEDS)
def several_documents(s: Session) -> None:
    """Three documents at once."""
    entries = _shelf(s)
    found = fetch(s, *_ids(entries))
    broken = schemas.violations(in_place(found.body))
    s.check("ITI-43.01", not broken, "no violation", broken[0] if broken else "none")
    s.equal("ITI-43.02", _status(found), "Success", "RegistryResponse/@status")
    for entry, content in zip(entries, _CONTENTS, strict=True):
        unique_id = entry.unique_id or ""
        s.check("ITI-43.02", found.contents.get(unique_id) == content, f"{len(content)} octets",
                found.contents.get(unique_id), unique_id)  # fmt: skip
    types = {one.document_unique_id: one.mime_type for one in found.documents}
    s.equal("ITI-43.03", types, {e.unique_id: e.mime_type for e in entries}, "mimeType")
    repositories = {one.repository_unique_id for one in found.documents}
    s.equal("ITI-43.02", repositories, {s.target.repository_id}, "RepositoryUniqueId")
    homes = {one.home_community_id for one in found.documents}
    s.equal("ITI-43.07", homes, {None}, "HomeCommunityId, not sent")
    by_id = ask(s, "GetDocuments", {"$XDSDocumentEntryUniqueId": _ids(entries)})
    for one in of_kind(by_id, DocumentEntry):
        assert isinstance(one, DocumentEntry)
        content = found.contents.get(one.unique_id or "", b"")
        digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        seen = (digest, str(len(content)))
        s.equal("ITI-43.11", seen, ((one.hash or "").lower(), one.size), "hash and size")


@trial("ITI-43.07", needs=NEEDS)
def with_home(s: Session) -> None:
    """The homeCommunityId that was sent; a system that knows another one may refuse it."""
    (first, *_) = _shelf(s)
    wanted = DocumentRequest(_HOME, s.target.repository_id or "", first.unique_id or "")
    found = fetch_as(s, [wanted])
    homes = [one.home_community_id for one in found.documents]
    codes = [code for code, _ in _errors(found)]
    is_right = homes == [_HOME] or (not homes and "XDSUnknownCommunity" in codes)
    s.check("ITI-43.07", is_right, _HOME, homes or codes, "HomeCommunityId")


@trial("ITI-43.04", "ITI-43.05", "ITI-43.06", "ITI-43.08", needs=NEEDS)
def what_is_not_there(s: Session) -> None:
    """Unknown documents, alone and among others, and another repository."""
    entries, unknown = _shelf(s), s.world.oid()
    found = fetch(s, unknown)
    s.equal("ITI-43.04", _status(found), "Failure", "@status")
    s.equal("ITI-43.04", _errors(found), [(_UNKNOWN, unknown)], "errorCode and location")
    s.equal("ITI-43.04", len(found.documents), 0, "DocumentResponse")
    found = fetch(s, *_ids(entries[:2]), unknown)
    s.equal("ITI-43.05", _status(found), _PARTIAL, "@status")
    s.equal("ITI-43.05", sorted(found.contents), sorted(_ids(entries[:2])), "DocumentResponse")
    s.equal("ITI-43.05", _errors(found), [(_UNKNOWN, unknown)], "errorCode and location")
    elsewhere = DocumentRequest(None, "2.25.6174998", entries[0].unique_id or "")
    found = fetch_as(s, [elsewhere])
    codes = [code for code, _ in _errors(found)]
    s.equal("ITI-43.06", codes, ["XDSUnknownRepositoryId"], "errorCode")
    s.equal("ITI-43.06", len(found.documents), 0, "DocumentResponse")
    found = fetch(s, *_ids(entries[:1]), *_ids(entries[:1]))
    s.equal("ITI-43.08", _status(found), "Success", "@status")
    s.equal("ITI-43.08", found.contents.get(entries[0].unique_id or ""), _CONTENTS[0], "bytes")


@trial("ITI-43.09", needs=NEEDS)
def a_deprecated_document(s: Session) -> None:
    """A document after its replacement."""
    patient = s.world.patient()
    old, new = s.world.entry(patient), s.world.entry(patient)
    s.world.submit(s.world.submission([old]))
    s.world.submit(s.world.submission([new], replaces={new.entry_uuid: old.entry_uuid}))
    found = fetch(s, old.unique_id or "")
    s.check("ITI-43.09", bool(found.documents), "the document", _errors(found), old.unique_id or "")


@trial("ITI-43.10", "ITI-43.12", needs=NEEDS)
def other_forms(s: Session) -> None:
    """A request without ids, and one in plain SOAP."""
    body = f'<xds:RetrieveDocumentSetRequest xmlns:xds="{_XDS}"><xds:DocumentRequest/>'
    body += "</xds:RetrieveDocumentSetRequest>"
    envelope = s.envelope(body, iti43.TRANSACTION.action).octets()
    assert s.target.repository is not None
    content = multipart([Part.root(envelope)], "=_iti43")
    headers = {"Content-Type": multipart_type("=_iti43")}
    answer = Answer.of(s.wire.post(s.target.repository, content, headers))
    kept = bytes(s.wire.last.response.head)
    refused = answer.is_fault or answer.status >= 400 or b"ResponseStatusType:Failure" in kept
    s.check("ITI-43.10", refused, "Failure or a fault", answer.body_name, "no ids")
    (first, *_) = _shelf(s)
    wanted = DocumentRequest(None, s.target.repository_id or "", first.unique_id or "")
    try:
        found = fetch_as(s, [wanted], s.wire.repository_plain)
    except CallFailed as failure:
        s.check("ITI-43.12", True, "the document, or a fault", str(failure)[:80], "plain SOAP")
    else:
        s.equal("ITI-43.12", found.outcome.status, ResponseStatus.SUCCESS, "@status")
        s.equal("ITI-43.12", found.contents.get(first.unique_id or ""), _CONTENTS[0], "bytes")


_XDS: Final = "urn:ihe:iti:xds-b:2007"
