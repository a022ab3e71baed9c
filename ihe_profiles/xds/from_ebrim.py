"""ebRIM objects as metadata objects (ITI TF-3 4.2.3), driven by the rows of `attributes`.

What cannot be read is added to a list of errors, and reading goes on; the object returned is
complete only when nothing was added. UUID URNs in ids and references come out in lower case.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from types import MappingProxyType
from typing import Any, Final

from ihe_profiles.ebrim import objects as ebrim
from ihe_profiles.ebrim.objects import Classification, Slot
from ihe_profiles.xds.attributes import (
    ASSOCIATION,
    AUTHOR_SLOTS,
    DOCUMENT_ENTRY,
    FOLDER,
    SUBMISSION_SET,
    Attribute,
    ObjectKind,
    Place,
    describe,
)
from ihe_profiles.xds.datatypes import normal_uuid
from ihe_profiles.xds.errors import RegistryError, error
from ihe_profiles.xds.metadata import (
    Association,
    Author,
    Code,
    DocumentEntry,
    Folder,
    SubmissionSet,
)
from ihe_profiles.xds.phrases import phrase
from ihe_profiles.xds.vocabulary import CLASSIFICATION_NODES, ON_DEMAND, STABLE

Errors = list[RegistryError]

PACKAGES: Final = {CLASSIFICATION_NODES[kind.name]: kind for kind in (SUBMISSION_SET, FOLDER)}
"""The kind of package that each marking node says."""


def document_entry(obj: ebrim.ExtrinsicObject, errors: Errors) -> DocumentEntry:
    """Read a DocumentEntry."""
    reading = _Reading(DOCUMENT_ENTRY, obj, errors)
    object_type = normal_uuid(obj.object_type or "")
    if object_type not in (STABLE, ON_DEMAND):
        reading.add("unknown-object-type", value=obj.object_type or phrase("(none)"))
    return DocumentEntry(
        **reading.fields(),
        object_type=object_type,
        mime_type=obj.mime_type,
        is_opaque=obj.is_opaque,
    )


def package(
    obj: ebrim.RegistryPackage, marks: Iterable[str], errors: Errors
) -> SubmissionSet | Folder | None:
    """Read a SubmissionSet or a Folder, as its mark inside says, or `marks`: nodes from beside it.

    Returns None, with an error added, when it is neither or both.
    """
    inside = (normal_uuid(one.classification_node or "") for one in obj.classifications)
    kinds = {PACKAGES[node].name: PACKAGES[node] for node in (*inside, *marks) if node in PACKAGES}
    if len(kinds) != 1:
        key = "ambiguous-package" if kinds else "unmarked-package"
        title = obj.name[0].value if obj.name else "(none)"
        errors.append(error(key, id=obj.id, title=title))
        return None
    (kind,) = kinds.values()
    made: SubmissionSet | Folder = kind.type(**_Reading(kind, obj, errors).fields())
    return made


def association(obj: ebrim.Association, errors: Errors) -> Association:
    """Read an Association."""
    return Association(
        **_Reading(ASSOCIATION, obj, errors).fields(),
        type=obj.association_type,
        source=normal_uuid(obj.source_object),
        target=normal_uuid(obj.target_object),
    )


class _Reading:
    """One object being read: what it is, and the list that takes its errors."""

    def __init__(self, kind: ObjectKind, obj: ebrim.RegistryObject, errors: Errors) -> None:
        self.kind = kind
        self.obj = obj
        self.errors = errors

    def add(self, key: str, **fields: Any) -> None:
        """Add an error about this object."""
        name = describe(self.kind.name, self.obj.id, self.obj.name)
        self.errors.append(error(key, object=name, **fields))

    def fields(self) -> dict[str, Any]:
        """Return every field that all kinds read alike."""
        obj = self.obj
        for tag in obj.unread:
            if tag != "ContentVersionInfo":  # ebRIM 3.0 section 2.11.1: a registry's own business
                self.add("unexpected-content", content=phrase("an element {name}", name=tag))
        found, extra = self.slots(obj.slots, self.kind.slots)
        return {
            **found,
            **self.classifications(),
            **self.identifiers(),
            "entry_uuid": normal_uuid(obj.id),
            "home_community_id": obj.home,
            "logical_id": obj.lid and normal_uuid(obj.lid),
            "availability_status": obj.status,
            "version": obj.version,
            "title": obj.name,
            "comments": obj.description,
            "extra_slots": extra,
        }

    def slots(
        self, slots: Iterable[Slot], rows: dict[str, Attribute]
    ) -> tuple[dict[str, Any], tuple[Slot, ...]]:
        """Read the slots that the rows know into fields, and return the others as they are."""
        slots = tuple(slots)
        for name, number in Counter(slot.name for slot in slots).items():
            if number > 1:
                self.add("slot-repeated", attribute=name)
        known = {slot.name: slot for slot in slots if slot.name in rows}
        values = {rows[name].field: self.slot(slot, rows[name]) for name, slot in known.items()}
        return values, tuple(slot for slot in slots if slot.name not in rows)

    def slot(self, slot: Slot, row: Attribute) -> Any:
        """Read the value of one slot, or the tuple of its values."""
        values = row.merge(slot.values) if row.merge else slot.values
        if row.multiple:
            return tuple(map(row.type, values))
        if len(values) == 1:
            return row.type(values[0])
        self.add("slot-value-number", attribute=row.name, number=len(values), section=row.section)
        return None

    def classifications(self) -> dict[str, Any]:
        """Read authors, codes and marks."""
        found: dict[Attribute, list[Any]] = {}
        marks: dict[str, bool] = {}
        for one in self.obj.classifications:
            self.nested(one, "classifiedObject", one.classified_object)
            node = normal_uuid(one.classification_node or "")
            row = self.kind.schemes.get(normal_uuid(one.classification_scheme or ""))
            if row:
                read = self.author if row.place is Place.AUTHOR else self.code
                found.setdefault(row, []).append(read(one, row))
            elif node in self.kind.nodes:
                marks[self.kind.nodes[node].field] = True
            elif PACKAGES.get(node) is not self.kind:
                value = one.classification_scheme or one.classification_node or "nothing"
                self.add("unknown-classification", value=value)
        return {**marks, **{row.field: self.number(row, values) for row, values in found.items()}}

    def identifiers(self) -> dict[str, Any]:
        """Read the external identifiers, and their ids."""
        found: dict[Attribute, list[Any]] = {}
        ids: dict[str, str] = {}
        for one in self.obj.external_identifiers:
            self.nested(one, "registryObject", one.registry_object)
            row = self.kind.identifiers.get(normal_uuid(one.identification_scheme))
            if row is None:
                self.add("unknown-identification-scheme", value=one.identification_scheme)
                continue
            found.setdefault(row, []).append(row.type(one.value))
            ids[row.name] = one.id
        fields = {row.field: self.number(row, values) for row, values in found.items()}
        return {**fields, "identifier_ids": MappingProxyType(ids)} if ids else fields

    def number(self, row: Attribute, values: list[Any]) -> Any:
        """Return the one value or the tuple of values that the row allows."""
        if row.multiple:
            return tuple(values)
        if len(values) > 1:
            self.add(
                "attribute-repeated",
                attribute=row.name,
                number=len(values),
                section=row.section,
            )
        return values[0]

    def nested(self, one: ebrim.RegistryObject, attribute: str, parent: str) -> None:
        """Judge what all nested objects share: the parent they name, and what they hold."""
        content = phrase("a {kind} ({id})", kind=type(one).__name__, id=one.id)
        if normal_uuid(parent) != normal_uuid(self.obj.id):
            self.add("wrong-parent", content=content, attribute=attribute, value=parent)
        inner = (*one.classifications, *one.external_identifiers)
        for tag in (*(type(part).__name__ for part in inner), *one.unread):
            more = phrase("{content} with a {name}", content=content, name=tag)
            self.add("unexpected-content", content=more)
        if not isinstance(one, Classification) and one.slots:
            self.add("unexpected-content", content=phrase("{content} with slots", content=content))

    def author(self, one: Classification, _: Attribute) -> Author:
        """Read an author."""
        found, extra = self.slots(one.slots, AUTHOR_SLOTS)
        return Author(**found, extra_slots=extra, id=one.id)

    def code(self, one: Classification, row: Attribute) -> Code:
        """Read a code."""
        value = one.node_representation or ""
        if not value:
            self.add("code-without-value", attribute=row.name)
        schemes = [
            text for slot in one.slots if slot.name == "codingScheme" for text in slot.values
        ]
        if len(schemes) != 1:
            self.add("code-without-scheme", attribute=row.name, value=value, number=len(schemes))
        extra = tuple(slot for slot in one.slots if slot.name != "codingScheme")
        return Code(value, schemes[0] if schemes else "", one.name, extra, one.id)
