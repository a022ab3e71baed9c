"""ITI-41 Provide and Register Document Set-b: what a repository does (ITI TF-2 3.41)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import schemas
from conformance.target import Offer
from conformance.trial import Session, trial
from conformance.trials.asking import ask, of_kind
from conformance.trials.fetching import fetch
from conformance.trials.tf3 import outcome
from ihe_profiles import iti41
from ihe_profiles.soap.client import CallFailed
from ihe_profiles.soap.exchange import Binary
from ihe_profiles.xds import encoding, response
from ihe_profiles.xds.datatypes import DTM
from ihe_profiles.xds.metadata import DocumentEntry, Folder, LocalizedString, Submission
from ihe_profiles.xds.response import RegistryResponse
from ihe_profiles.xds.submission import Filing
from ihe_profiles.xds.vocabulary import ResponseStatus

NEEDS: Final = (Offer.REGISTRY, Offer.REPOSITORY)
_BACKWARDS: Final[dict[str, Any]] = {
    "service_start_time": DTM("20250102"),
    "service_stop_time": DTM("20250101"),
}
_CONTENT: Final = b"A document of ITI-41.\r\n--\x00\xff"


def _entry(s: Session, content: bytes = _CONTENT) -> DocumentEntry:
    """Describe a document of the patient that these trials share."""
    return s.world.entry(s.world.once("patient of iti41", s.world.patient), content)


def _provide(
    s: Session,
    made: Submission,
    contents: Sequence[tuple[str, bytes]],
    *,
    plain: bool = False,
) -> RegistryResponse:
    """Send a submission with documents under the ids that are given, whatever they are."""
    s.world.documents += [entry.unique_id or "" for entry in made.documents]
    bodies = [(id_, _binary(content)) for id_, content in contents]
    body = iti41.request(encoding.write_submission(made), bodies)
    caller = s.wire.repository_plain if plain else s.wire.repository
    return response.read(caller.call(iti41.TRANSACTION, body).body)


def _binary(content: bytes) -> Binary:
    return Binary("application/octet-stream", len(content), lambda: iter([content]))


def _one(s: Session, entry: DocumentEntry, content: bytes = _CONTENT) -> RegistryResponse:
    """Send one document in a submission of its own."""
    return _provide(s, s.world.submission([entry]), [(entry.entry_uuid, content)])


def _registered(s: Session, unique_id: str | None) -> list[DocumentEntry]:
    found = ask(s, "GetDocuments", {"$XDSDocumentEntryUniqueId": [unique_id or ""]})
    return [one for one in of_kind(found, DocumentEntry) if isinstance(one, DocumentEntry)]


def _nothing_left(s: Session, assertion: str, entry: DocumentEntry, place: str) -> None:
    """Note whether nothing of a refused document is registered or retrieved."""
    registered = len(_registered(s, entry.unique_id))
    s.equal(assertion, registered, 0, f"{place}: ITI-18 afterwards")
    content = fetch(s, entry.unique_id or "").contents.get(entry.unique_id or "")
    s.check(assertion, content is None, "nothing", "the document", f"{place}: ITI-43 afterwards")


@trial("ITI-41.01", "ITI-41.02", "ITI-41.03", "ITI-41.04", needs=NEEDS)
def a_submission(s: Session) -> None:
    """Three documents: as usual, without hash and size, and with a repository's id of another."""
    contents = [_CONTENT, b"second", b"third"]
    first, second, third = (_entry(s, content) for content in contents)
    second = replace(second, hash=None, size=None, repository_unique_id=None)
    third = replace(third, repository_unique_id="2.25.6174999")
    made = s.world.submission([first, second, third])
    bodies = [(e.entry_uuid, _binary(c)) for e, c in zip(made.documents, contents, strict=True)]
    body = iti41.request(encoding.write_submission(made), bodies)
    answer = s.wire.repository.call(iti41.TRANSACTION, body)
    broken = schemas.violations(answer.body)
    s.check("ITI-41.01", not broken, "no violation", broken[0] if broken else "none")
    s.equal("ITI-41.01", response.read(answer.body).status, ResponseStatus.SUCCESS, "@status")
    for entry, content in zip(made.documents, contents, strict=True):
        found = _registered(s, entry.unique_id)
        s.equal("ITI-41.02", len(found), 1, "ITI-18")
        got = fetch(s, entry.unique_id or "").contents.get(entry.unique_id or "")
        s.check("ITI-41.02", got == content, f"{len(content)} octets", got, "ITI-43")
        wanted = _entry(s, content)
        for one in found:
            digest = (one.hash or "").lower()
            s.equal("ITI-41.03", (digest, one.size), (wanted.hash, wanted.size), "hash and size")
            repository = s.target.repository_id
            assertion = "ITI-41.04" if entry is third else "ITI-41.03"
            s.equal(assertion, one.repository_unique_id, repository, "repositoryUniqueId")


@trial("ITI-41.05", "ITI-41.06", "ITI-41.07", "ITI-41.08", "ITI-41.09", needs=NEEDS)
def refused(s: Session) -> None:
    """Metadata and documents that do not fit together."""
    metadata = ("XDSRepositoryMetadataError",)
    wrong: dict[str, dict[str, Any]] = {
        "ITI-41.05": {"hash": "0" * 40},
        "ITI-41.06": {"size": str(len(_CONTENT) + 1)},
    }
    for assertion, more in wrong.items():
        entry = replace(_entry(s), **more)
        outcome(s, assertion, _one(s, entry), metadata, str(more))
        _nothing_left(s, assertion, entry, str(more))
    there, missing = _entry(s), _entry(s)
    answer = _provide(s, s.world.submission([there, missing]), [(there.entry_uuid, _CONTENT)])
    outcome(s, "ITI-41.07", answer, ("XDSMissingDocument",), "one of two")
    _nothing_left(s, "ITI-41.07", there, "the one that came")
    entry = _entry(s)
    contents = [(entry.entry_uuid, _CONTENT), ("Document99", b"nobody's")]
    answer = _provide(s, s.world.submission([entry]), contents)
    outcome(s, "ITI-41.08", answer, ("XDSMissingDocumentMetadata",), "one more than entries")
    _nothing_left(s, "ITI-41.08", entry, "the one with an entry")
    first, second = _entry(s), _entry(s)
    second = replace(second, unique_id=first.unique_id)
    contents = [(first.entry_uuid, _CONTENT), (second.entry_uuid, _CONTENT)]
    answer = _provide(s, s.world.submission([first, second]), contents)
    names = ("XDSRepositoryDuplicateUniqueIdInMessage", "XDSRegistryDuplicateUniqueIdInMessage")
    outcome(s, "ITI-41.09", answer, names, "two entries of one uniqueId")


@trial("ITI-41.10", needs=NEEDS)
def refused_by_the_registry(s: Session) -> None:
    """What only the registry can find wrong."""
    old = _entry(s)
    variants: dict[str, tuple[Callable[[DocumentEntry], Submission], str]] = {
        "a replacement of nothing": (
            lambda e: s.world.submission([e], replaces={e.entry_uuid: old.entry_uuid}),
            "UnresolvedReferenceException",
        ),
        "a service that ends before it begins": (
            lambda e: s.world.submission([replace(e, **_BACKWARDS)]),
            "XDSRegistryMetadataError",
        ),
    }
    for variant, (make, code) in variants.items():
        entry = _entry(s)
        answer = _provide(s, make(entry), [(entry.entry_uuid, _CONTENT)])
        outcome(s, "ITI-41.10", answer, (code,), variant)
        _nothing_left(s, "ITI-41.10", entry, variant)


@trial("ITI-41.11", "ITI-41.15", needs=NEEDS)
def sizes(s: Session) -> None:
    """An empty document, every octet, and some MiB."""
    for assertion, content in (
        ("ITI-41.11", b""),
        ("ITI-41.15", bytes(range(256)) * 4),
        ("ITI-41.15", b"\r\n--=_boundary--\r\n" * 100),
        ("ITI-41.15", s.world.random.randbytes(3 * 1024 * 1024 + 1)),
    ):
        entry = _entry(s, content)
        outcome(s, assertion, _one(s, entry, content), (), f"{len(content)} octets")
        got = fetch(s, entry.unique_id or "").contents.get(entry.unique_id or "")
        found = "none" if got is None else f"{len(got)} octets"
        s.check(assertion, got == content, f"{len(content)} octets", found, "ITI-43")


@trial("ITI-41.12", "ITI-41.13", needs=NEEDS)
def again(s: Session) -> None:
    """One uniqueId with the same bytes, and with others."""
    entry = _entry(s)
    outcome(s, "ITI-41.12", _one(s, entry), (), "the first time")
    twin = replace(entry, entry_uuid=s.world.uuid())
    outcome(s, "ITI-41.12", _one(s, twin), (), "the same bytes again")
    other = _entry(s, b"other bytes")
    other = replace(other, unique_id=entry.unique_id)
    codes = ("XDSNonIdenticalHash", "XDSNonIdenticalSize")
    outcome(s, "ITI-41.13", _one(s, other, b"other bytes"), codes, "other bytes")
    got = fetch(s, entry.unique_id or "").contents.get(entry.unique_id or "")
    s.check("ITI-41.13", got == _CONTENT, "the first bytes", got, "ITI-43 afterwards")


@trial("ITI-41.14", "ITI-41.16", needs=NEEDS)
def other_forms(s: Session) -> None:
    """A folder alone, and plain SOAP."""
    entry = _entry(s)
    outcome(s, "ITI-41.14", _one(s, entry), (), "the document")
    folder = Folder(
        entry_uuid=s.world.uuid(),
        unique_id=s.world.oid(),
        patient_id=entry.patient_id,
        title=(LocalizedString("Conformance"),),
        code_list=s.world.codes("codeList", 1),
    )
    made = s.world.submission(
        [], patient_id=entry.patient_id, folders=[Filing(folder, (entry.entry_uuid,))]
    )
    outcome(s, "ITI-41.14", _provide(s, made, []), (), "a folder for it")
    held = ask(s, "GetFolderAndContents", {"$XDSFolderEntryUUID": folder.entry_uuid})
    ids = [one.entry_uuid for one in of_kind(held, DocumentEntry)]
    s.equal("ITI-41.14", ids, [entry.entry_uuid], "GetFolderAndContents")
    entry = _entry(s)
    try:
        made = s.world.submission([entry])
        answer = _provide(s, made, [(entry.entry_uuid, _CONTENT)], plain=True)
    except CallFailed as failure:
        s.check("ITI-41.16", True, "Success or a fault", str(failure)[:80], "plain SOAP")
        _nothing_left(s, "ITI-41.16", entry, "plain SOAP")
    else:
        outcome(s, "ITI-41.16", answer, (), "plain SOAP")
        got = fetch(s, entry.unique_id or "").contents.get(entry.unique_id or "")
        s.check("ITI-41.16", got == _CONTENT, "the bytes", got, "ITI-43 afterwards")
