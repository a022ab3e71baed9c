"""The documents that a detached signature lists, against their bytes (ITI TF-3 5.5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Final

from ihe_profiles.dsg import markup
from ihe_profiles.dsg.algorithms import CANONICALIZATIONS, canonicalization
from ihe_profiles.dsg.reasons import because, refuse
from ihe_profiles.dsg.references import Reference
from ihe_profiles.dsg.verdicts import Reason, Refused, Verdict

OpenDocument = Callable[[str], BinaryIO | None]
"""From a uniqueId to the bytes of that document, or nothing where it is not at hand."""

ZERO: Final = "AA=="
_ZEROES: Final = frozenset({ZERO, "0", "MA=="})
_SCHEME: Final = re.compile(r"^(?!urn:)[a-z][a-z0-9+.-]*:|^[/.]|^#", re.IGNORECASE)
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Submission:
    """What a SubmissionSet contains: its uniqueId, and those of its documents.

    The document that holds the signature is not among them: a signature does not list itself. It
    may list other `signatures` of the set, which cannot all list each other.
    """

    unique_id: str
    documents: frozenset[str]
    signatures: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Listing:
    """What the references of a detached signature list."""

    documents: dict[str, Reference]
    submission_set: str | None = None


def read(references: list[Reference]) -> Listing:
    """Tell documents and SubmissionSet apart.

    Raises Refused: external-reference, listed-twice, zero-digest, nothing-listed.
    """
    documents: dict[str, Reference] = {}
    sets: list[str] = []
    for reference in references:
        id = unique_id(reference.uri)
        if id in documents or id in sets:
            raise refuse("listed-twice", id=id)
        if reference.value in _ZEROES:
            sets.append(id)
        else:
            documents[id] = reference
    if len(sets) > 1:
        raise refuse("zero-digest", id=sets[1])
    if not documents:
        raise refuse("nothing-listed")
    return Listing(documents, sets[0] if sets else None)


def unique_id(uri: str) -> str:
    """Return the uniqueId that a URI names; OIDs are written as urn:oid: by convention."""
    if not uri or _SCHEME.match(uri):
        raise refuse("external-reference", uri=uri)
    return uri.removeprefix("urn:oid:")


def judge(
    listing: Listing,
    open_document: OpenDocument,
    submission: Submission | None,
    largest: int | None,
) -> list[Reason]:
    """Compare each document with its digest, and the list with the SubmissionSet."""
    found = [
        reason
        for id, reference in listing.documents.items()
        for reason in _document(id, reference, open_document, largest)
    ]
    if listing.submission_set is None:
        return found
    if submission is not None:
        return found + _submission(listing, submission)
    held = open_document(listing.submission_set)
    if held is not None:
        held.close()
        found.append(because("zero-digest", id=listing.submission_set))
    return found


def _document(
    id: str, reference: Reference, open_document: OpenDocument, largest: int | None
) -> list[Reason]:
    stream = open_document(id)
    if stream is None:
        return [because("document-not-at-hand", id=id)]
    with stream:
        try:
            digest = _digest(id, reference, stream, largest)
        except Refused as refusal:
            return [refusal.reason]
    return [] if digest == reference.expected else [because("document-changed", id=id)]


def _digest(id: str, reference: Reference, stream: BinaryIO, largest: int | None) -> bytes:
    """Return the digest of the bytes, or of the canonical XML where a transform says so."""
    algorithms = reference.algorithms
    if len(algorithms) > 1 or not set(algorithms) <= CANONICALIZATIONS.keys():
        together = ", ".join(algorithms)
        raise refuse("transform-order", uri=reference.uri, algorithms=together)
    digest = reference.digest()
    if algorithms:
        data = stream.read() if largest is None else stream.read(largest + 1)
        if largest is not None and len(data) > largest:
            raise refuse("document-too-large", id=id, limit=largest)
        digest.update(_canonical(id, reference, data))
        return digest.digest()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    return digest.digest()


def _canonical(id: str, reference: Reference, data: bytes) -> bytes:
    ((algorithm, prefixes),) = reference.transforms
    try:
        tree = markup.parse(data, comments=True)
    except Refused as refusal:
        if refusal.reason.verdict is Verdict.INDETERMINATE:
            raise
        raise refuse("document-not-xml", id=id, problem=refusal.reason.text) from None
    return markup.canonical(tree, canonicalization(algorithm), prefixes)


def _submission(listing: Listing, submission: Submission) -> list[Reason]:
    id = str(listing.submission_set)
    if id != submission.unique_id:
        return [because("other-submission", id=id, expected=submission.unique_id)]
    listed = listing.documents.keys()
    parts = (
        ("not signed", submission.documents - listed),
        ("not in the set", listed - submission.documents - submission.signatures),
    )
    said = [f"{what}: {', '.join(sorted(ids))}" for what, ids in parts if ids]
    if not said:
        return []
    return [because("submission-differs", difference="; ".join(said))]
