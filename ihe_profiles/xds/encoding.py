"""Metadata objects from and into XML (ITI TF-3 4.2.1 to 4.2.3).

Object -> XML -> object is identity. XML -> object -> XML keeps whatever has a meaning in XDS; what
it may change is written down, and proven to be all, in tests/xds/canonical.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from lxml import etree
from lxml.etree import _Element

from ihe_profiles.ebrim import objects as ebrim
from ihe_profiles.ebrim import reader, writer
from ihe_profiles.ebrim.namespaces import RIM, declarations
from ihe_profiles.xds import from_ebrim
from ihe_profiles.xds.datatypes import normal_uuid
from ihe_profiles.xds.errors import Refusal, RegistryError, error, refuse
from ihe_profiles.xds.metadata import (
    Association,
    DocumentEntry,
    Folder,
    RegistryObject,
    Submission,
    SubmissionSet,
)
from ihe_profiles.xds.to_ebrim import encode

_READERS: Final[dict[str, Callable[[_Element], ebrim.RegistryObject]]] = {
    f"{{{RIM}}}ExtrinsicObject": reader.extrinsic_object,
    f"{{{RIM}}}RegistryPackage": reader.registry_package,
    f"{{{RIM}}}Association": reader.association,
    f"{{{RIM}}}Classification": reader.classification,
}
_IGNORED: Final = f"{{{RIM}}}ObjectRef"

_WRITERS: Final[dict[type, Callable[[Any, str], str]]] = {
    ebrim.ExtrinsicObject: writer.extrinsic_object,
    ebrim.RegistryPackage: writer.registry_package,
    ebrim.Association: writer.association,
}


def read_submission(object_list: _Element) -> Submission:
    """Read the schema-valid rim:RegistryObjectList of a submission.

    ObjectRefs are passed over. Raises Refusal with everything that cannot be read.
    """
    errors: list[RegistryError] = []
    objects = list(_ebrim_objects(object_list.iterchildren(etree.Element), errors))
    found: dict[type, list[Any]] = {kind: [] for kind in _KINDS}
    for one in _metadata(objects, errors):
        found[type(one)].append(one)
    if errors:
        raise Refusal(*errors)
    return Submission(*(tuple(found[kind]) for kind in _KINDS))


def read(element: _Element) -> RegistryObject:
    """Read one object: rim:ExtrinsicObject, a marked rim:RegistryPackage, or rim:Association.

    Raises Refusal with everything that cannot be read.
    """
    errors: list[RegistryError] = []
    objects = list(_metadata(list(_ebrim_objects([element], errors)), errors))
    if errors:
        raise Refusal(*errors)
    if not objects:
        raise refuse(
            "unexpected-element", element=etree.QName(element).localname, id=element.get("id")
        )
    return objects[0]


def write(obj: RegistryObject) -> bytes:
    """Write one object as XML of its own, with all that it has: status, lid, home, version too.

    Nested objects without an id get a new UUID.
    """
    return _write(obj, declarations("rim"))


def write_list(objects: Iterable[RegistryObject]) -> bytes:
    """Write the rim:RegistryObjectList of several objects."""
    inner = b"".join(_write(obj, "") for obj in objects)
    return b"<rim:RegistryObjectList%b>%b</rim:RegistryObjectList>" % (
        declarations("rim").encode(),
        inner,
    )


def write_submission(submission: Submission) -> bytes:
    """Write the rim:RegistryObjectList of a submission."""
    return write_list(
        (
            *submission.documents,
            *submission.submission_sets,
            *submission.folders,
            *submission.associations,
        )
    )


_KINDS: Final = (SubmissionSet, DocumentEntry, Folder, Association)


def _write(obj: RegistryObject, namespaces: str) -> bytes:
    encoded = encode(obj)
    return _WRITERS[type(encoded)](encoded, namespaces).encode()


def _ebrim_objects(
    elements: Iterable[_Element], errors: list[RegistryError]
) -> Iterable[ebrim.RegistryObject]:
    for element in elements:
        read_ebrim = _READERS.get(str(element.tag))
        if read_ebrim:
            yield read_ebrim(element)
        elif element.tag != _IGNORED:
            name = etree.QName(element).localname
            errors.append(error("unexpected-element", element=name, id=element.get("id")))


def _metadata(
    objects: list[ebrim.RegistryObject], errors: list[RegistryError]
) -> Iterable[RegistryObject]:
    marks = _marks_beside(objects, errors)
    for obj in objects:
        if isinstance(obj, ebrim.ExtrinsicObject):
            yield from_ebrim.document_entry(obj, errors)
        elif isinstance(obj, ebrim.Association):
            yield from_ebrim.association(obj, errors)
        elif isinstance(obj, ebrim.RegistryPackage):
            package = from_ebrim.package(obj, marks.get(normal_uuid(obj.id), ()), errors)
            if package:
                yield package


def _marks_beside(
    objects: list[ebrim.RegistryObject], errors: list[RegistryError]
) -> dict[str, list[str]]:
    """Return the marking nodes that stand beside the packages, by the package's id."""
    packages = {normal_uuid(o.id) for o in objects if isinstance(o, ebrim.RegistryPackage)}
    marks: dict[str, list[str]] = {}
    for obj in objects:
        if not isinstance(obj, ebrim.Classification):
            continue
        node = normal_uuid(obj.classification_node or "")
        classified = normal_uuid(obj.classified_object)
        if node in from_ebrim.PACKAGES and classified in packages:
            marks.setdefault(classified, []).append(node)
        else:
            scheme = obj.classification_scheme or obj.classification_node or "nothing"
            errors.append(error("stray-classification", value=obj.classified_object, scheme=scheme))
    return marks
