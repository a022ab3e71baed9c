"""A registry whose objects are known by short names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

from ihe_profiles.xds.datatypes import CX
from ihe_profiles.xds.metadata import Association, DocumentEntry, Folder, RegistryObject
from ihe_profiles.xds.vocabulary import AssociationType, Status
from tests.registry import samples
from tests.registry.consumer import Consumer
from tests.registry.samples import PATIENT, text

APPROVED = [Status.APPROVED]


class World:
    """Registers objects under names, and tells by name what queries find.

    An Association is called `source>target`.
    """

    def __init__(self, registry: Consumer) -> None:
        self.registry = registry
        self.ids: dict[str, str] = {}
        self.unique_ids: dict[str, str] = {}

    def document(self, name: str, **changes: Any) -> DocumentEntry:
        return samples.document(entry_uuid=self._new(name), title=text(name), **changes)

    def folder(self, name: str, **changes: Any) -> Folder:
        return samples.folder(entry_uuid=self._new(name), title=text(name), **changes)

    def link(self, kind: AssociationType, source: str, target: str) -> Association:
        """An Association between named objects."""
        own = self._new(f"{source}>{target}")
        return samples.association(kind, self.ids[source], self.ids[target], entry_uuid=own)

    def file(self, folder: str, document: str) -> Association:
        return self.link(AssociationType.HAS_MEMBER, folder, document)

    def register(
        self, name: str, *objects: Any, patient: CX = PATIENT, refer: str = "", **changes: Any
    ) -> None:
        """Register a SubmissionSet of this name; `refer`: a document that it holds by reference."""
        sent = samples.submission(
            *objects, patient=patient, entry_uuid=self._new(name), title=text(name), **changes
        )
        if refer:
            reference = samples.association(
                AssociationType.HAS_MEMBER,
                self.ids[name],
                self.ids[refer],
                submission_set_status="Reference",
            )
            sent = replace(sent, associations=(*sent.associations, reference))
        response = self.registry.register(sent)
        assert response.errors == ()
        for kept in (*sent.submission_sets, *sent.documents, *sent.folders):
            self.unique_ids[self.name(kept.entry_uuid)] = kept.unique_id or ""

    def ask(self, query: str, **parameters: Any) -> list[str]:
        """The names of what a query finds, sorted; ObjectRefs name the same."""
        whole = self.registry.query(query, **parameters)
        assert whole.errors == ()
        names = {obj.entry_uuid: self._called(obj) for obj in whole.objects}
        assert len(names) == len(whole.objects)
        refs = self.registry.query(query, "ObjectRef", **parameters).refs
        assert refs == tuple(names)
        return sorted(names.values())

    def name(self, uuid: str) -> str:
        """The name of a registered object."""
        return next(name for name, known in self.ids.items() if known == uuid)

    def _new(self, name: str) -> str:
        self.ids[name] = uuid4().urn
        return self.ids[name]

    def _called(self, obj: RegistryObject) -> str:
        if not isinstance(obj, Association):
            return self.name(obj.entry_uuid)
        known = {uuid: name for name, uuid in self.ids.items()}
        ends = (known.get(end, "(filing)") for end in (obj.source, obj.target))
        return ">".join(ends)
