"""Metadata objects as ebRIM objects (ITI TF-3 4.2.3), driven by the rows of `attributes`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final
from uuid import uuid4

from ihe_profiles.ebrim import objects as ebrim
from ihe_profiles.ebrim.namespaces import OBJECT_TYPE
from ihe_profiles.ebrim.objects import Classification, ExternalIdentifier, LocalizedString, Slot
from ihe_profiles.xds.attributes import AUTHOR_SLOTS, KINDS, Attribute, ObjectKind, Place
from ihe_profiles.xds.metadata import (
    Association,
    Author,
    Code,
    DocumentEntry,
    Folder,
    RegistryObject,
    SubmissionSet,
)
from ihe_profiles.xds.vocabulary import CLASSIFICATION_NODES

IdOf = Callable[["str | None"], str]
"""Gives the id to write for the id that a nested object had, if it had one."""

_CLASSIFICATION: Final = f"{OBJECT_TYPE}Classification"
_EXTERNAL_IDENTIFIER: Final = f"{OBJECT_TYPE}ExternalIdentifier"
_PACKAGE: Final = f"{OBJECT_TYPE}RegistryPackage"
_ASSOCIATION: Final = f"{OBJECT_TYPE}Association"


def kept_or_new(nested_id: str | None) -> str:
    """Return the id itself, or a new UUID URN when there is none."""
    return nested_id or uuid4().urn


def encode(obj: RegistryObject, id_of: IdOf = kept_or_new) -> ebrim.RegistryObject:
    """Make the ebRIM object of a metadata object, with the mark of a package inside it."""
    return _ENCODERS[type(obj)](obj, _shared(obj, KINDS[type(obj)], id_of), id_of)


def _document_entry(obj: DocumentEntry, shared: dict[str, Any], _: IdOf) -> ebrim.ExtrinsicObject:
    return ebrim.ExtrinsicObject(
        **shared,
        object_type=obj.object_type,
        mime_type=obj.mime_type,
        is_opaque=obj.is_opaque,
    )


def _package(
    obj: SubmissionSet | Folder, shared: dict[str, Any], id_of: IdOf
) -> ebrim.RegistryPackage:
    mark = _mark(obj.entry_uuid, CLASSIFICATION_NODES[type(obj).__name__], id_of)
    shared["classifications"] = (mark, *shared["classifications"])
    return ebrim.RegistryPackage(**shared, object_type=_PACKAGE)


def _association(obj: Association, shared: dict[str, Any], _: IdOf) -> ebrim.Association:
    return ebrim.Association(
        **shared,
        object_type=_ASSOCIATION,
        association_type=obj.type,
        source_object=obj.source,
        target_object=obj.target,
    )


_ENCODERS: Final[dict[type, Callable[[Any, dict[str, Any], IdOf], ebrim.RegistryObject]]] = {
    DocumentEntry: _document_entry,
    SubmissionSet: _package,
    Folder: _package,
    Association: _association,
}


def _shared(obj: RegistryObject, kind: ObjectKind, id_of: IdOf) -> dict[str, Any]:
    return {
        "id": obj.entry_uuid,
        "home": obj.home_community_id,
        "lid": obj.logical_id,
        "status": obj.availability_status,
        "slots": (*_slots(obj, kind.slots.values()), *obj.extra_slots),
        "name": obj.title,
        "description": obj.comments,
        "version": obj.version,
        "classifications": tuple(_classifications(obj, kind, id_of)),
        "external_identifiers": tuple(_identifiers(obj, kind, id_of)),
    }


def _slots(obj: object, rows: Iterable[Attribute]) -> Iterator[Slot]:
    for row in rows:
        value = getattr(obj, row.field)
        if row.multiple and value:
            yield Slot(row.key, value)
        elif not row.multiple and value is not None:
            yield Slot(row.key, (value,))


def _classifications(
    obj: RegistryObject, kind: ObjectKind, id_of: IdOf
) -> Iterator[Classification]:
    for row in kind.schemes.values():
        make = _author if row.place is Place.AUTHOR else _code
        value = getattr(obj, row.field)
        for one in value if row.multiple else () if value is None else (value,):
            yield make(one, obj.entry_uuid, row.key, id_of)
    for row in kind.nodes.values():
        if getattr(obj, row.field):
            yield _mark(obj.entry_uuid, row.key, id_of)


def _code(code: Code, parent: str, scheme: str, id_of: IdOf) -> Classification:
    return Classification(
        id=id_of(code.id),
        object_type=_CLASSIFICATION,
        classified_object=parent,
        classification_scheme=scheme,
        node_representation=code.code,
        slots=(Slot("codingScheme", (code.scheme,)), *code.extra_slots),
        name=code.display,
    )


def _author(author: Author, parent: str, scheme: str, id_of: IdOf) -> Classification:
    return Classification(
        id=id_of(author.id),
        object_type=_CLASSIFICATION,
        classified_object=parent,
        classification_scheme=scheme,
        node_representation="",
        slots=(*_slots(author, AUTHOR_SLOTS.values()), *author.extra_slots),
    )


def _mark(parent: str, node: str, id_of: IdOf) -> Classification:
    return Classification(
        id=id_of(None),
        object_type=_CLASSIFICATION,
        classified_object=parent,
        classification_node=node,
    )


def _identifiers(
    obj: RegistryObject, kind: ObjectKind, id_of: IdOf
) -> Iterator[ExternalIdentifier]:
    for row in kind.identifiers.values():
        value = getattr(obj, row.field)
        if value is not None and not isinstance(obj, Association):
            yield ExternalIdentifier(
                id=id_of(obj.identifier_ids.get(row.name)),
                object_type=_EXTERNAL_IDENTIFIER,
                registry_object=obj.entry_uuid,
                identification_scheme=row.key,
                value=value,
                name=(LocalizedString(f"XDS{kind.name}.{row.name}"),),
            )
