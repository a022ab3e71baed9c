"""What the repository refuses a submission for (ITI TF-2 3.41.4.1.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from ihe_profiles.iti41 import DocumentElement
from ihe_profiles.xds.datatypes import hash_problem, size_problem
from ihe_profiles.xds.errors import RegistryError, by_repository, error
from ihe_profiles.xds.phrases import phrase
from repository.digest import Digests
from repository.metadata import Entry, Submission

_CHECKS: Final = (
    ("hash", hash_problem, "TF-3 4.2.3.2.10"),
    ("size", size_problem, "TF-3 4.2.3.2.21"),
)


def judge(
    submission: Submission, documents: Sequence[DocumentElement]
) -> tuple[RegistryError, ...]:
    """Return everything that is wrong as far as it can be known before the documents' bytes."""
    errors = [
        *_unmatched(submission, documents),
        *_shared_parts(documents),
        *_missing_unique_ids(submission),
        *_repeated_ids(submission),
        *_repeated_unique_ids(submission),
        *(problem for entry in submission.entries for problem in _malformed(entry)),
    ]
    return by_repository(errors)


def compare(entry: Entry, digests: Digests) -> Iterator[RegistryError]:
    """Compare what a judged entry says about its document with the document's bytes."""
    for value in entry.hash:
        if value.lower() != digests.sha1:
            yield error("hash-differs", object=entry.name, value=value, computed=digests.sha1)
    for value in entry.size:
        if int(value) != digests.size:
            yield error("size-differs", object=entry.name, value=value, computed=digests.size)


def _unmatched(
    submission: Submission, documents: Sequence[DocumentElement]
) -> Iterator[RegistryError]:
    sent = {document.id for document in documents}
    described = {entry.id for entry in submission.entries}
    for entry in submission.entries:
        if entry.id not in sent:
            yield error("missing-document", object=entry.name)
    for document in documents:
        if document.id not in described:
            yield error("missing-document-metadata", value=document.id)


def _shared_parts(documents: Sequence[DocumentElement]) -> Iterator[RegistryError]:
    first: dict[str, str] = {}
    for document in documents:
        part = document.content_id
        if part is not None and first.setdefault(part, document.id) != document.id:
            yield error("document-part-shared", value=document.id, other=first[part], part=part)


def _missing_unique_ids(submission: Submission) -> Iterator[RegistryError]:
    """An identifier that the registry could not be asked for later (TF-3 table 4.3.1-3)."""
    for entry in submission.entries:
        if not entry.unique_id:
            yield _missing(entry.name, "TF-3 4.2.3.2.26")
    if submission.entries and not submission.unique_id:
        yield _missing(phrase("The SubmissionSet"), "TF-3 4.2.3.3.12")


def _missing(name: str, section: str) -> RegistryError:
    return error("attribute-missing", object=name, attribute="uniqueId", section=section)


def _repeated_ids(submission: Submission) -> Iterator[RegistryError]:
    for value, number in Counter(entry.id for entry in submission.entries).items():
        if number > 1:
            yield error("id-repeated", value=value, number=number)


def _repeated_unique_ids(submission: Submission) -> Iterator[RegistryError]:
    first: dict[str, str] = {}
    for one in submission.unique_ids:
        name = f"{one.kind} {one.id}"
        if one.value in first:
            other = first[one.value]
            yield error(
                "repository-duplicate-id-in-message", value=one.value, object=name, other=other
            )
        elif one.value:
            first[one.value] = name


def _malformed(entry: Entry) -> Iterator[RegistryError]:
    for attribute, problem_of, section in _CHECKS:
        values = {"hash": entry.hash, "size": entry.size}[attribute]
        about = {"object": entry.name, "attribute": attribute, "section": section}
        if len(values) > 1:
            yield error("slot-value-number", number=len(values), **about)
        for value in values:
            problem = problem_of(value)
            if problem:
                yield error("value-malformed", value=value, problem=problem, **about)
