"""Rules about the objects of a submission together (ITI TF-3 4.1.4 and 4.2.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from ihe_profiles.xds.attributes import label
from ihe_profiles.xds.datatypes import CX, is_uuid
from ihe_profiles.xds.errors import RegistryError, error
from ihe_profiles.xds.metadata import (
    Association,
    DocumentEntry,
    Folder,
    RegistryObject,
    Submission,
    SubmissionSet,
)
from ihe_profiles.xds.phrases import phrase
from ihe_profiles.xds.vocabulary import AssociationType, SubmissionSetStatus

_OUTSIDE: Final = phrase("an object in the registry")
_MEMBERSHIP: Final = phrase("the membership of a document in a Folder")


@dataclass(frozen=True, slots=True)
class Contents:
    """A submission with its objects by id, and its one SubmissionSet (None unless it is one)."""

    submission: Submission
    objects: tuple[RegistryObject, ...]
    by_id: dict[str, RegistryObject]
    submission_set: SubmissionSet | None

    @classmethod
    def of(cls, submission: Submission) -> Contents:
        """Sort the objects of a submission."""
        sets = submission.submission_sets
        objects: tuple[RegistryObject, ...] = (
            *sets,
            *submission.documents,
            *submission.folders,
            *submission.associations,
        )
        by_id = {obj.entry_uuid: obj for obj in objects}
        return cls(submission, objects, by_id, sets[0] if len(sets) == 1 else None)

    def is_membership(self, obj: RegistryObject) -> bool:
        """Say whether an object is the HasMember that puts a document into a folder."""
        return (
            isinstance(obj, Association)
            and obj.type == AssociationType.HAS_MEMBER
            and not isinstance(self.by_id.get(obj.source), SubmissionSet)
        )

    def end(self, reference: str) -> str | None:
        """Say what kind of object a reference leads to; None when it leads nowhere."""
        obj = self.by_id.get(reference)
        if obj is None:
            return _OUTSIDE if is_uuid(reference) else None
        return _MEMBERSHIP if self.is_membership(obj) else type(obj).__name__


class Ends(NamedTuple):
    """What an Association of one type may link, and the rule in words."""

    pairs: frozenset[tuple[str, str]]
    rule: str


_DOCUMENT: Final = "DocumentEntry"
_MEMBERS: Final = Ends(
    frozenset(
        {("SubmissionSet", to) for to in (_DOCUMENT, "Folder", _MEMBERSHIP, _OUTSIDE)}
        | {(end, to) for end in ("Folder", _OUTSIDE) for to in (_DOCUMENT, _OUTSIDE)}
    ),
    "HasMember goes from the SubmissionSet to a DocumentEntry, a Folder or the membership of a"
    " document in a Folder, or from a Folder to a DocumentEntry.",
)
_ON_REGISTERED: Final = Ends(
    frozenset({(_DOCUMENT, _OUTSIDE)}),
    "It goes from a DocumentEntry of the submission to one in the registry.",
)
_ON_ANY: Final = Ends(
    frozenset({(_DOCUMENT, _OUTSIDE), (_DOCUMENT, _DOCUMENT)}),
    "It goes from a DocumentEntry of the submission to another DocumentEntry.",
)
_SIGNING: Final = Ends(
    _ON_ANY.pairs | {(_DOCUMENT, "SubmissionSet")},
    "It goes from a DocumentEntry of the submission to another DocumentEntry or to the"
    " SubmissionSet.",
)
"""Beside what the standard says, a whole submission is signed in France."""

ENDS: Final[dict[str, Ends]] = {
    AssociationType.HAS_MEMBER: _MEMBERS,
    AssociationType.RPLC: _ON_REGISTERED,
    AssociationType.XFRM_RPLC: _ON_REGISTERED,
    AssociationType.IS_SNAPSHOT_OF: _ON_REGISTERED,
    AssociationType.XFRM: _ON_ANY,
    AssociationType.APND: _ON_ANY,
    AssociationType.SIGNS: _SIGNING,
}
"""The types that a submission by ITI-42 may use (TF-3 table 4.2.2-1)."""


TRANSFORMING: Final = (AssociationType.XFRM, AssociationType.XFRM_RPLC)
"""The types whose source is a transformation of their target."""

_STATUS: Final = {
    _DOCUMENT: SubmissionSetStatus.ORIGINAL,
    _OUTSIDE: SubmissionSetStatus.REFERENCE,
}


def one_submission_set(contents: Contents) -> Iterator[RegistryError]:
    """Judge that there is exactly one SubmissionSet."""
    sets = contents.submission.submission_sets
    if len(sets) != 1:
        ids = ", ".join(one.entry_uuid for one in sets) or phrase("none")
        yield error("submission-set-number", number=len(sets), ids=ids)


def something_submitted(contents: Contents) -> Iterator[RegistryError]:
    """Judge that the SubmissionSet comes with a document, a folder or a membership."""
    if contents.submission_set and not any(_members(contents)):
        yield error("submission-empty", object=label(contents.submission_set))


def ids_unique(contents: Contents) -> Iterator[RegistryError]:
    """Judge that no two objects have the same id."""
    for entry_uuid, number in Counter(obj.entry_uuid for obj in contents.objects).items():
        if number > 1:
            yield error("id-repeated", value=entry_uuid, number=number)


def unique_ids_unique(contents: Contents) -> Iterator[RegistryError]:
    """Judge that no two objects have the same uniqueId."""
    first: dict[str, RegistryObject] = {}
    for obj in contents.objects:
        if isinstance(obj, Association) or obj.unique_id is None:
            continue
        other = first.setdefault(obj.unique_id, obj)
        if other is not obj:
            yield error(
                "duplicate-id-in-message",
                value=obj.unique_id,
                object=label(other),
                other=label(obj),
            )


def one_patient(contents: Contents) -> Iterator[RegistryError]:
    """Judge that all patientIds name the same patient: id and authority, whatever the type code."""
    owners = [
        (obj, obj.patient_id)
        for obj in contents.objects
        if not isinstance(obj, Association)
        and obj.patient_id is not None
        and CX.problem(obj.patient_id) is None
    ]
    for obj, patient_id in owners[1:]:
        first, expected = owners[0]
        if patient_id.identity != expected.identity:
            yield error(
                "patient-id-mismatch",
                object=label(obj),
                value=patient_id,
                other=label(first),
                expected=expected,
            )


def members_linked(contents: Contents) -> Iterator[RegistryError]:
    """Judge that the SubmissionSet has each document, folder and membership as member, once."""
    if contents.submission_set is None:
        return
    linked = Counter(
        association.target
        for association in contents.submission.associations
        if association.type == AssociationType.HAS_MEMBER
        and association.source == contents.submission_set.entry_uuid
    )
    for obj in _members(contents):
        number = linked[obj.entry_uuid]
        if number == 0:
            yield error("member-missing", object=label(obj))
        elif number > 1:
            yield error("member-repeated", object=label(obj), number=number)


def references_resolve(contents: Contents) -> Iterator[RegistryError]:
    """Judge that every reference is an object of the submission or a UUID."""
    for association in contents.submission.associations:
        for attribute, value in (
            ("sourceObject", association.source),
            ("targetObject", association.target),
        ):
            if contents.end(value) is None:
                problem = "which is neither an object of the submission nor a UUID"
                yield _unresolved(association, attribute, value, problem)


def association_types(contents: Contents) -> Iterator[RegistryError]:
    """Judge that every type is one that this transaction registers."""
    for association in contents.submission.associations:
        if association.type not in ENDS:
            yield error(
                "association-type-unknown", object=label(association), value=association.type
            )


def association_ends(contents: Contents) -> Iterator[RegistryError]:
    """Judge that every Association links what its type may link."""
    for association in contents.submission.associations:
        ends = ENDS.get(association.type)
        source, target = contents.end(association.source), contents.end(association.target)
        if ends is None or source is None or target is None or (source, target) in ends.pairs:
            continue
        if ends is not _MEMBERS and source == _OUTSIDE:
            problem = "which is not a DocumentEntry of the submission"
            yield _unresolved(association, "sourceObject", association.source, problem)
        elif ends is _ON_REGISTERED and (source, target) == (_DOCUMENT, _DOCUMENT):
            problem = "which is submitted just now and not yet in the registry"
            yield _unresolved(association, "targetObject", association.target, problem)
        else:
            yield error(
                "association-ends",
                object=label(association),
                type=association.type.rpartition(":")[2],
                source=phrase("{kind} ({id})", kind=source, id=association.source),
                target=phrase("{kind} ({id})", kind=target, id=association.target),
                rule=ends.rule,
            )


def appended_to_originals(contents: Contents) -> Iterator[RegistryError]:
    """Judge that nothing is appended to a document that transforms another one."""
    associations = contents.submission.associations
    transformations = {a.source for a in associations if a.type in TRANSFORMING}
    for association in associations:
        if association.type == AssociationType.APND and association.target in transformations:
            yield error(
                "transformation-appended-to", object=label(association), value=association.target
            )


def submission_set_status(contents: Contents) -> Iterator[RegistryError]:
    """Judge that a document is Original in its own submission, and Reference in another."""
    for association in contents.submission.associations:
        source, target = contents.end(association.source), contents.end(association.target)
        expected = _STATUS.get(target or "")
        is_member = association.type == AssociationType.HAS_MEMBER and source == "SubmissionSet"
        if is_member and expected and association.submission_set_status != expected:
            yield error(
                "submission-set-status",
                object=label(association),
                value=association.submission_set_status or phrase("(none)"),
                target=association.target,
                expected=expected,
            )


def _members(contents: Contents) -> Iterator[RegistryObject]:
    """Iterate over the objects that the SubmissionSet must have as members."""
    for obj in contents.objects:
        if isinstance(obj, DocumentEntry | Folder) or contents.is_membership(obj):
            yield obj


def _unresolved(
    association: Association, attribute: str, value: str, problem: str
) -> RegistryError:
    return error(
        "unresolved-reference",
        object=label(association),
        attribute=attribute,
        value=value,
        problem=problem,
    )
