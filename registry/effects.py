"""What relationships do to registered objects (ITI TF-2 3.42.4.1.3.3.3, TF-3 4.2.2.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from sqlalchemy import Connection

from ihe_profiles.xds.metadata import Association
from ihe_profiles.xds.vocabulary import AssociationType
from registry.store import associations as rows
from registry.store import documents

_REPLACING: Final = (AssociationType.RPLC, AssociationType.XFRM_RPLC)


@dataclass(frozen=True, slots=True)
class Effects:
    """What a submission adds by itself, and the registered folders that gained a document."""

    associations: tuple[Association, ...]
    folders: frozenset[str]


def apply(
    connection: Connection,
    patient: int,
    submission_set: str,
    associations: Iterable[Association],
    registered_folders: Iterable[str],
) -> Effects:
    """Deprecate what is replaced, and file the replacements where the replaced documents are."""
    filed = {(a.source, a.target) for a in associations if a.type == AssociationType.HAS_MEMBER}
    replacing = [(a.source, a.target) for a in associations if a.type in _REPLACING]
    replaced = {old for _new, old in replacing}
    _deprecate(connection, patient, replaced)
    holders = rows.approved_folders(connection, patient, replaced)
    filings = {
        (folder, new)
        for new, old in replacing
        for held, folder in holders
        if held == old and (folder, new) not in filed
    }
    gained = {folder for folder, _document in filed | filings}
    return Effects(
        tuple(_filings(submission_set, sorted(filings))),
        frozenset(gained & ({folder for _held, folder in holders} | set(registered_folders))),
    )


def _deprecate(connection: Connection, patient: int, replaced: set[str]) -> None:
    """Deprecate the documents, their transformations and appendices, and theirs in turn."""
    done: set[str] = set()
    level = replaced
    while level:
        # Each level is locked before the next is looked up: none can be added behind our back.
        documents.deprecate(connection, patient, level)
        done |= level
        level = rows.derived(connection, patient, level) - done


def _filings(submission_set: str, filings: Iterable[tuple[str, str]]) -> Iterator[Association]:
    """Make the membership of each document in its folder, and the SubmissionSet's member of it."""
    for folder, document in filings:
        membership = uuid4().urn
        yield _has_member(membership, folder, document)
        yield _has_member(uuid4().urn, submission_set, membership)


def _has_member(entry_uuid: str, source: str, target: str) -> Association:
    return Association(
        entry_uuid=entry_uuid, type=AssociationType.HAS_MEMBER, source=source, target=target
    )
