"""Judges what a submission says of objects that are registered already (ITI TF-2 3.42.4.1.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from ihe_profiles.xds.errors import RegistryError, error
from ihe_profiles.xds.metadata import ON_DEMAND, Association
from ihe_profiles.xds.phrases import phrase
from ihe_profiles.xds.rules_of_submissions import ENDS
from ihe_profiles.xds.vocabulary import AssociationType
from registry.store import associations as rows
from registry.store import documents, folders, identifiers, patients
from registry.store.documents import Locked
from registry.store.identifiers import Identifier
from registry.store.numbers import DEPRECATED, OBJECT_TYPE, Kind, Scheme

_NAMES: Final = {
    Kind.SUBMISSION_SET: "SubmissionSet",
    Kind.DOCUMENT_ENTRY: "DocumentEntry",
    Kind.FOLDER: "Folder",
    Kind.ASSOCIATION: "Association",
}
_BETWEEN_DOCUMENTS: Final = frozenset({(Kind.DOCUMENT_ENTRY, Kind.DOCUMENT_ENTRY)})
_MEMBERSHIPS: Final = frozenset(
    {
        (Kind.SUBMISSION_SET, Kind.DOCUMENT_ENTRY),
        (Kind.SUBMISSION_SET, Kind.FOLDER),
        (Kind.FOLDER, Kind.DOCUMENT_ENTRY),
    }
)


@dataclass(frozen=True, slots=True)
class Registered:
    """The registered objects that a submission refers to, by entryUUID, but no withdrawn ones.

    The documents and folders among them stay as they are until the transaction ends.
    `transformations` are those to which something would be appended though they transform another
    document; `survivors` tells who stands for the patients of all.
    """

    found: Mapping[str, Identifier]
    documents: Mapping[str, Locked]
    folders: Mapping[str, int]
    transformations: AbstractSet[str]
    survivors: Mapping[int, int]

    def elsewhere(self, patient: int) -> dict[str, int]:
        """Return the patients of those that are another patient's."""
        return {uuid: row.patient for uuid, row in self.found.items() if row.patient != patient}

    def is_deprecated(self, uuid: str) -> bool:
        """Say whether a document or folder is deprecated."""
        state = self.documents.get(uuid)
        return (state.status if state else self.folders.get(uuid)) == DEPRECATED


def look_up(
    connection: Connection, associations: Iterable[Association], own: Mapping[str, Kind]
) -> Registered:
    """Find what the Associations refer to outside of the submission, whose objects are `own`."""
    associations = tuple(associations)
    wanted = {end for a in associations for end in (a.source, a.target) if end not in own}
    found = identifiers.find(connection, Scheme.ENTRY_UUID, wanted)
    places: dict[Kind, list[tuple[int, str]]] = {kind: [] for kind in Kind}
    for uuid, row in found.items():
        places[row.kind].append((row.patient, uuid))
    entries = documents.lock(connection, places[Kind.DOCUMENT_ENTRY])
    dossiers = folders.lock(connection, places[Kind.FOLDER])
    seen: dict[Kind, Mapping[str, object]] = {
        Kind.SUBMISSION_SET: found,
        Kind.DOCUMENT_ENTRY: entries,
        Kind.FOLDER: dossiers,
        Kind.ASSOCIATION: found,
    }
    visible = {uuid: row for uuid, row in found.items() if uuid in seen[row.kind]}
    owners = {row.patient for row in visible.values()}
    return Registered(
        visible,
        entries,
        dossiers,
        _transformations(connection, associations, visible),
        patients.survivors(connection, owners),
    )


def _transformations(
    connection: Connection, associations: Iterable[Association], found: Mapping[str, Identifier]
) -> set[str]:
    appended_to = {
        (found[a.target].patient, a.target)
        for a in associations
        if a.type == AssociationType.APND and a.target in found
    }
    return rows.transformations(connection, appended_to) if appended_to else set()


@dataclass(frozen=True, slots=True)
class References:
    """Judges the Associations of one submission; `labels` names its objects."""

    own: Mapping[str, Kind]
    registered: Registered
    labels: Mapping[str, str]
    patient: int
    patient_id: str

    def errors(self, associations: Iterable[Association]) -> Iterator[RegistryError]:
        """Yield everything that is wrong with them."""
        for association in associations:
            outside = [
                (attribute, end)
                for attribute, end in (
                    ("sourceObject", association.source),
                    ("targetObject", association.target),
                )
                if end not in self.own
            ]
            missing = [row for row in outside if row[1] not in self.registered.found]
            for attribute, end in missing:
                yield self._unresolved(association, attribute, end)
            if outside and not missing:
                yield from self._ends(association)
                for _attribute, end in outside:
                    yield from self._state(association, end)
            if association.type == AssociationType.APND:
                yield from self._appended_to(association)

    def _unresolved(self, association: Association, attribute: str, end: str) -> RegistryError:
        return error(
            "unresolved-reference",
            object=self.labels[association.entry_uuid],
            attribute=attribute,
            value=end,
            problem="which neither the submission nor the registry holds",
        )

    def _appended_to(self, association: Association) -> Iterator[RegistryError]:
        """Judge that nothing is appended to a transformation (TF-3 4.2.2.2)."""
        if association.target in self.registered.transformations:
            label = self.labels[association.entry_uuid]
            yield error("transformation-appended-to", object=label, value=association.target)

    def _kind(self, uuid: str) -> Kind:
        return self.own.get(uuid) or self.registered.found[uuid].kind

    def _ends(self, association: Association) -> Iterator[RegistryError]:
        """Judge the kinds of objects that are linked (TF-3 table 4.2.2-1)."""
        ends = (self._kind(association.source), self._kind(association.target))
        is_membership = association.type == AssociationType.HAS_MEMBER
        fits = ends in (_MEMBERSHIPS if is_membership else _BETWEEN_DOCUMENTS)
        of_another_set = ends[0] is Kind.SUBMISSION_SET and association.source not in self.own
        if not fits or of_another_set or not self._is_snapshot_of_on_demand(association):
            yield error(
                "association-ends",
                object=self.labels[association.entry_uuid],
                type=association.type.rpartition(":")[2],
                source=phrase("{kind} ({id})", kind=_NAMES[ends[0]], id=association.source),
                target=phrase("{kind} ({id})", kind=_NAMES[ends[1]], id=association.target),
                rule=ENDS[association.type].rule,
            )

    def _is_snapshot_of_on_demand(self, association: Association) -> bool:
        """Say whether the target of IsSnapshotOf is an on-demand entry (3.42.4.1.3.3.2)."""
        if association.type != AssociationType.IS_SNAPSHOT_OF:
            return True
        target = self.registered.documents.get(association.target)
        return target is not None and target.object_type == OBJECT_TYPE[ON_DEMAND]

    def _state(self, association: Association, end: str) -> Iterator[RegistryError]:
        """Judge a registered end: approved, and of the same patient (3.42.4.1.3.3.3, .4)."""
        label = self.labels[association.entry_uuid]
        row = self.registered.found[end]
        if self.registered.is_deprecated(end):
            key = "deprecated-folder" if row.kind is Kind.FOLDER else "deprecated-target"
            yield error(key, object=label, value=end)
        by_reference = self._kind(association.source) is Kind.SUBMISSION_SET and (
            row.kind is Kind.DOCUMENT_ENTRY
        )
        of_another = self.registered.survivors[row.patient] != self.patient
        if of_another and not by_reference:
            yield error(
                "patient-id-mismatch",
                object=phrase("The submission"),
                value=self.patient_id,
                other=phrase("{id}, to which {label} leads,", id=end, label=label),
                expected=phrase("another"),
            )
