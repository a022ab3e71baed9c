"""Builds the submission request of a Document Source around its DocumentEntries (ITI TF-3 4.2.1.5).

One SubmissionSet, a HasMember to each entry and folder, a HasMember from a folder to each of its
members and one to that filing, a replacement for each entry that takes the place of an older one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

from ihe_profiles.xds.datatypes import CX, DTM
from ihe_profiles.xds.metadata import (
    Association,
    Author,
    Code,
    DocumentEntry,
    Folder,
    Submission,
    SubmissionSet,
    Text,
)
from ihe_profiles.xds.vocabulary import AssociationType, SubmissionSetStatus


@dataclass(frozen=True, slots=True)
class Filing:
    """A new folder and what goes into it: ids of entries submitted with it or registered before."""

    folder: Folder
    members: tuple[str, ...] = ()


def new_oid() -> str:
    """Return a new OID: 2.25 and the number of a random UUID (ITU-T X.667 section 7)."""
    return f"2.25.{uuid4().int}"


def build(
    entries: Sequence[DocumentEntry],
    *,
    source_id: str,
    content_type_code: Code,
    patient_id: CX,
    submission_time: DTM,
    author: Author | None = None,
    title: Text = (),
    replaces: Mapping[str, str] | None = None,
    folders: Sequence[Filing] = (),
) -> Submission:
    """Submit `entries` as originals, each under the entryUUID or symbolic id that it already has.

    `replaces` maps ids of entries to the entryUUIDs of the registered entries that they replace;
    an id that is not among the entries is a ValueError.
    """
    submission_set = SubmissionSet(
        entry_uuid=uuid4().urn,
        unique_id=new_oid(),
        source_id=source_id,
        patient_id=patient_id,
        author=(author,) if author else (),
        content_type_code=content_type_code,
        submission_time=submission_time,
        title=title,
    )
    ids = [entry.entry_uuid for entry in entries]
    if unknown := sorted(set(replaces or {}) - set(ids)):
        raise ValueError(f"no such entry to replace another with: {', '.join(unknown)}")
    return Submission(
        submission_sets=(submission_set,),
        documents=tuple(entries),
        folders=tuple(filing.folder for filing in folders),
        associations=(
            *(_original(submission_set.entry_uuid, entry) for entry in ids),
            *(a for filing in folders for a in _filed(submission_set.entry_uuid, filing)),
            *(
                _association(AssociationType.RPLC, new, old)
                for new, old in (replaces or {}).items()
            ),
        ),
    )


def _association(kind: AssociationType, source: str, target: str) -> Association:
    return Association(entry_uuid=uuid4().urn, type=kind, source=source, target=target)


def _original(submission_set: str, entry: str) -> Association:
    """The set's HasMember to an entry that comes with it, by value (ITI TF-3 4.2.2.1.1)."""
    return Association(
        entry_uuid=uuid4().urn,
        type=AssociationType.HAS_MEMBER,
        source=submission_set,
        target=entry,
        submission_set_status=SubmissionSetStatus.ORIGINAL,
    )


def _filed(submission_set: str, filing: Filing) -> Iterator[Association]:
    """The set's HasMember to the folder, to each membership, and the memberships (4.2.2.1)."""
    folder = filing.folder.entry_uuid
    yield _association(AssociationType.HAS_MEMBER, submission_set, folder)
    for member in filing.members:
        membership = _association(AssociationType.HAS_MEMBER, folder, member)
        yield membership
        yield _association(AssociationType.HAS_MEMBER, submission_set, membership.entry_uuid)
