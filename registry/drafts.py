"""A submission made ready for the database before its transaction begins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from ihe_profiles.xds.attributes import DOCUMENT_ENTRY, FOLDER, SUBMISSION_SET, Place
from ihe_profiles.xds.fragment import fragment
from ihe_profiles.xds.metadata import (
    Association,
    Code,
    DocumentEntry,
    Folder,
    Submission,
    SubmissionSet,
)
from registry.store import codes
from registry.store.identifiers import Identifier
from registry.store.numbers import Kind, Scheme
from registry.store.scope import Draft, Kept


@dataclass(frozen=True, slots=True)
class Drafts:
    """The objects of a submission with their fragments, numbered in the order of their keys."""

    submission_set: Draft[SubmissionSet]
    documents: tuple[Draft[DocumentEntry], ...]
    folders: tuple[Draft[Folder], ...]
    associations: tuple[Draft[Association], ...]

    @classmethod
    def of(cls, submission: Submission) -> Drafts:
        """Draft a submission whose ids are final."""
        numbers = count()
        return cls(
            _drafts(submission.submission_sets, numbers)[0],
            _drafts(submission.documents, numbers),
            _drafts(submission.folders, numbers),
            _drafts(submission.associations, numbers),
        )

    def further(self, associations: Iterable[Association]) -> tuple[Draft[Association], ...]:
        """Draft Associations that the registry adds."""
        return _drafts(associations, count(len(self.kinds())))

    def kinds(self) -> dict[str, Kind]:
        """Return the kind of each object, by entryUUID."""
        return {draft.object.entry_uuid: kind for kind, draft in self._by_kind()}

    def codes(self) -> Iterator[codes.Code]:
        """Iterate over the codes that the objects use."""
        for _kind, draft in self._by_kind():
            yield from ((code.scheme, code.code) for code in _codes(draft.object))

    def identifiers(self, patient: int) -> dict[Identifier, str]:
        """Return the entryUUIDs and uniqueIds that the objects take, each with its owner's UUID."""
        return {
            identifier: draft.object.entry_uuid
            for kind, draft in self._by_kind()
            for identifier in _identifiers(kind, draft.object, patient)
        }

    def _by_kind(self) -> Iterator[tuple[Kind, Draft[Any]]]:
        yield Kind.SUBMISSION_SET, self.submission_set
        for kind, drafts in (
            (Kind.DOCUMENT_ENTRY, self.documents),
            (Kind.FOLDER, self.folders),
            (Kind.ASSOCIATION, self.associations),
        ):
            yield from ((kind, draft) for draft in drafts)


def _drafts(objects: Iterable[Kept], numbers: Iterator[int]) -> tuple[Draft[Kept], ...]:
    return tuple(Draft(next(numbers), obj, fragment(obj)) for obj in objects)


def _codes(obj: Any) -> Iterator[Code]:
    """Iterate over the codes of an object; those of an Association have no columns."""
    for row in _CODED.get(type(obj), ()):
        value = getattr(obj, row.field)
        if row.multiple:
            yield from value
        elif value is not None:
            yield value


_CODED: Final = {
    kind.type: [row for row in kind.attributes if row.place is Place.CODE]
    for kind in (SUBMISSION_SET, DOCUMENT_ENTRY, FOLDER)
}


def _identifiers(kind: Kind, obj: Any, patient: int) -> Iterator[Identifier]:
    yield Identifier(obj.entry_uuid, Scheme.ENTRY_UUID, kind, patient)
    if isinstance(obj, DocumentEntry):
        yield Identifier(
            obj.unique_id or "",
            Scheme.UNIQUE_ID,
            kind,
            patient,
            obj.hash and obj.hash.lower(),
            int(obj.size) if obj.size else None,
        )
    elif isinstance(obj, SubmissionSet | Folder):
        yield Identifier(obj.unique_id or "", Scheme.UNIQUE_ID, kind, patient)
