"""What the repository reads of a submission's metadata, and what it adds (ITI TF-2 3.41.4.1.3).

Only what concerns the documents; everything else is the registry's to judge and stays as it came.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree
from lxml.etree import _Element

from ihe_profiles.ebrim.namespaces import RIM
from ihe_profiles.xds.datatypes import normal_uuid
from ihe_profiles.xds.phrases import Phrase, phrase
from ihe_profiles.xds.vocabulary import (
    CLASSIFICATION_SCHEMES,
    IDENTIFICATION_SCHEMES,
    AssociationType,
)
from repository.digest import Digests

_ENTRY: Final = f"{{{RIM}}}ExtrinsicObject"
_IDENTIFIER: Final = f"{{{RIM}}}ExternalIdentifier"
_SLOT: Final = f"{{{RIM}}}Slot"
_VALUE_LIST: Final = f"{{{RIM}}}ValueList"
_VALUE: Final = f"{{{RIM}}}Value"
_CLASSIFICATION: Final = f"{{{RIM}}}Classification"
_ASSOCIATION: Final = f"{{{RIM}}}Association"
_DEFAULT_MIME_TYPE: Final = "application/octet-stream"  # rim.xsd

_UNIQUE_IDS: Final = {
    IDENTIFICATION_SCHEMES[f"{kind}.uniqueId"]: kind
    for kind in ("DocumentEntry", "SubmissionSet", "Folder")
}


@dataclass(frozen=True, slots=True)
class UniqueId:
    """One uniqueId of a submission, and the kind and id of the object that has it."""

    kind: str
    id: str
    value: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A DocumentEntry as the repository sees it; hash and size with all values that they have.

    `format_code` is code and scheme; each is empty where it is absent.
    """

    element: _Element
    id: str
    unique_id: str
    mime_type: str
    home: str | None
    format_code: tuple[str, str]
    hash: tuple[str, ...]
    size: tuple[str, ...]

    @property
    def name(self) -> Phrase:
        """How errors call it."""
        return phrase("{kind} {id}", kind="DocumentEntry", id=self.id)


@dataclass(frozen=True, slots=True)
class Submission:
    """The DocumentEntries of a submission, every uniqueId in it, and what signs what by id."""

    entries: tuple[Entry, ...]
    unique_ids: tuple[UniqueId, ...]
    signs: tuple[tuple[str, str], ...] = ()

    @property
    def unique_id(self) -> str:
        """The uniqueId of the SubmissionSet; empty when it has none."""
        return next((one.value for one in self.unique_ids if one.kind == "SubmissionSet"), "")


def read(object_list: _Element) -> Submission:
    """Read a schema-valid rim:RegistryObjectList; what is absent is empty."""
    return Submission(
        tuple(_entry(element) for element in object_list.iterchildren(_ENTRY)),
        tuple(_unique_ids(object_list)),
        tuple(_signs(object_list)),
    )


def complete(entry: Entry, digests: Digests, repository_unique_id: str) -> None:
    """Add hash and size where they are absent, and set repositoryUniqueId, in the entry's XML."""
    if not entry.hash:
        _set(entry.element, "hash", digests.sha1)
    if not entry.size:
        _set(entry.element, "size", str(digests.size))
    if _values(entry.element, "repositoryUniqueId") != (repository_unique_id,):
        _set(entry.element, "repositoryUniqueId", repository_unique_id)


def _entry(element: _Element) -> Entry:
    return Entry(
        element=element,
        id=normal_uuid(element.get("id", "")),
        unique_id=next((one.value for one in _unique_ids(element)), ""),
        mime_type=element.get("mimeType", _DEFAULT_MIME_TYPE),
        home=element.get("home"),
        format_code=_code(element, CLASSIFICATION_SCHEMES["DocumentEntry.formatCode"]),
        hash=_values(element, "hash"),
        size=_values(element, "size"),
    )


def _unique_ids(element: _Element) -> Iterator[UniqueId]:
    for identifier in element.iter(_IDENTIFIER):
        kind = _UNIQUE_IDS.get(identifier.get("identificationScheme", ""))
        holder = identifier.getparent()
        if kind and holder is not None:
            yield UniqueId(kind, holder.get("id", ""), identifier.get("value", ""))


def _code(element: _Element, scheme: str) -> tuple[str, str]:
    for found in element.iterchildren(_CLASSIFICATION):
        if found.get("classificationScheme") == scheme:
            coding_scheme = next(iter(_values(found, "codingScheme")), "")
            return found.get("nodeRepresentation", ""), coding_scheme
    return "", ""


def _signs(object_list: _Element) -> Iterator[tuple[str, str]]:
    """Yield source and target of each association that signs (TF-3 table 4.2.2-1)."""
    for found in object_list.iterchildren(_ASSOCIATION):
        if found.get("associationType") == AssociationType.SIGNS:
            ends = (found.get("sourceObject", ""), found.get("targetObject", ""))
            yield normal_uuid(ends[0]), normal_uuid(ends[1])


def _slots(element: _Element, name: str) -> list[_Element]:
    return [slot for slot in element.iterchildren(_SLOT) if slot.get("name") == name]


def _values(element: _Element, name: str) -> tuple[str, ...]:
    return tuple(v.text or "" for slot in _slots(element, name) for v in slot.iter(_VALUE))


def _set(element: _Element, name: str, value: str) -> None:
    """Give the element one slot of that name with that value, where the schema wants it."""
    for old in _slots(element, name):
        element.remove(old)
    slot = etree.Element(_SLOT, {"name": name}, element.nsmap)
    etree.SubElement(etree.SubElement(slot, _VALUE_LIST), _VALUE).text = value
    last = next(element.iterchildren(_SLOT, reversed=True), None)
    element.insert(0 if last is None else element.index(last) + 1, slot)
