"""What relationships do to registered objects (ITI TF-2 3.42.4.1.3.3.3, TF-3 4.2.2.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from sqlalchemy import Connection

from ihe_profiles.xds.metadata import Association
from ihe_profiles.xds.vocabulary import AssociationType
from registry.references import Registered
from registry.store import associations as rows
from registry.store import documents
from registry.store.batches import Place

_REPLACING: Final = (AssociationType.RPLC, AssociationType.XFRM_RPLC)


@dataclass(frozen=True, slots=True)
class Effects:
    """What a submission adds by itself, and the patients of registered folders that it fills."""

    associations: tuple[Association, ...]
    folders: Mapping[str, int]


def apply(
    connection: Connection,
    submission_set: str,
    associations: Iterable[Association],
    registered: Registered,
) -> Effects:
    """Deprecate what is replaced, and file the replacements where the replaced documents are."""
    filed = {(a.source, a.target) for a in associations if a.type == AssociationType.HAS_MEMBER}
    replacing = [(a.source, a.target) for a in associations if a.type in _REPLACING]
    replaced = {(registered.found[old].patient, old) for _new, old in replacing}
    _deprecate(connection, replaced)
    holders = rows.approved_folders(connection, replaced)
    filings = {
        (folder, new)
        for new, old in replacing
        for held, (_patient, folder) in holders
        if held == old and (folder, new) not in filed
    }
    known = {folder: patient for _held, (patient, folder) in holders}
    known |= {folder: registered.found[folder].patient for folder in registered.folders}
    gained = {folder for folder, _document in filed | filings}
    return Effects(
        tuple(_filings(submission_set, sorted(filings))),
        {folder: patient for folder, patient in known.items() if folder in gained},
    )


def _deprecate(connection: Connection, replaced: set[Place]) -> None:
    """Deprecate the documents, their transformations and appendices, and theirs in turn."""
    done: set[Place] = set()
    level = replaced
    while level:
        # Each level is locked before the next is looked up: none can be added behind our back.
        documents.deprecate(connection, level)
        done |= level
        level = rows.derived(connection, level) - done


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
