"""The canonical form of metadata XML: what is left when all without meaning in XDS is taken away.

Two messages with the same canonical form say the same. Taken away, and why:

- the order of objects of different kinds, of slots with different names, of classifications by
  different schemes and of identifiers: ebRIM gives it no meaning, and names tell them apart. The
  order of values in a slot, of codes or authors of one scheme, and of objects of one kind stays.
- ids of classifications and external identifiers: a registry may replace them (ITI TF-2
  3.42.4.1.3.7), and nothing refers to them.
- where the mark of a SubmissionSet or Folder stands, in its package or beside it, and how often.
- @objectType of everything but an ExtrinsicObject: it repeats the element's name. It is optional in
  a submission and required in an answer (ITI TF-2 3.18.4.1.3).
- Name and Description of an author's classification and of an external identifier, Description of
  a code's; @home, @lid, @status and VersionInfo of nested objects; VersionInfo/@comment;
  ContentVersionInfo; @slotType of slots that are attributes: XDS reads none of them.
- ObjectRefs in a submission, empty slots of attributes with any number of values, and an empty Name
  or Description: they say nothing.
- what the schema's defaults say when it is absent; the case of UUID URNs (RFC 4122 section 3); the
  pieces `n|text` of a split URI (ITI TF-3 4.2.3.2.27).
- everything XML itself gives no meaning: prefixes, order of attributes, blanks between elements,
  comments, how a character is escaped.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from lxml import etree

from ihe_profiles.ebrim.namespaces import RIM, XML
from ihe_profiles.xds.attributes import AUTHOR_SLOTS, DOCUMENT_ENTRY, KINDS, merge_uri
from ihe_profiles.xds.datatypes import normal_uuid
from ihe_profiles.xds.vocabulary import CLASSIFICATION_NODES, CLASSIFICATION_SCHEMES

Element = etree._Element

_KNOWN = {key for kind in KINDS.values() for key in kind.slots} | set(AUTHOR_SLOTS)
_KNOWN_MANY = {
    row.key
    for rows in (*(kind.slots for kind in KINDS.values()), AUTHOR_SLOTS)
    for row in rows.values()
    if row.multiple
}
_AUTHORS = {uuid for name, uuid in CLASSIFICATION_SCHEMES.items() if name.endswith(".author")}
_MARKS = {CLASSIFICATION_NODES["SubmissionSet"], CLASSIFICATION_NODES["Folder"]}
_OBJECTS = ("ExtrinsicObject", "RegistryPackage", "Association")


class Canonical(NamedTuple):
    """One object, everything in a fixed order."""

    tag: str
    attributes: tuple[tuple[str, str], ...]
    texts: tuple[tuple[Any, ...], ...]
    version: str | None
    slots: tuple[Any, ...]
    classifications: tuple[Any, ...]
    identifiers: tuple[tuple[str, str], ...]


def canonical_list(object_list: Element) -> tuple[Canonical, ...]:
    """Return the canonical form of a rim:RegistryObjectList."""
    beside: dict[str, list[Element]] = {}
    for mark in object_list.iterchildren(_rim("Classification")):
        beside.setdefault(normal_uuid(mark.get("classifiedObject")), []).append(mark)
    return tuple(
        canonical(element, beside.get(normal_uuid(element.get("id")), []))
        for tag in _OBJECTS
        for element in object_list.iterchildren(_rim(tag))
    )


def canonical(element: Element, beside: list[Element] | None = None) -> Canonical:
    """Return the canonical form of an object, with the marks that stand beside it."""
    tag = etree.QName(element).localname
    kept = ("id", "home", "lid", "status", "associationType", "sourceObject", "targetObject")
    found = {name: normal_uuid(element.get(name)) for name in kept if element.get(name)}
    if tag == "ExtrinsicObject":
        found["objectType"] = normal_uuid(element.get("objectType"))
        found["mimeType"] = element.get("mimeType", "")
        found["isOpaque"] = str(element.get("isOpaque", "false") in ("true", "1"))
    version = element.find(_rim("VersionInfo"))
    nested = [*element.iterchildren(_rim("Classification")), *(beside or [])]
    identifiers = element.iterchildren(_rim("ExternalIdentifier"))
    return Canonical(
        tag,
        tuple(sorted(found.items())),
        (_text(element, "Name"), _text(element, "Description")),
        None if version is None else version.get("versionName", "1.1"),
        _slots(element),
        tuple(_classifications(nested)),
        tuple(
            sorted(
                (normal_uuid(i.get("identificationScheme")), i.get("value")) for i in identifiers
            )
        ),
    )


def _rim(name: str) -> str:
    return f"{{{RIM}}}{name}"


def _text(element: Element, tag: str) -> tuple[Any, ...]:
    strings = element.iterfind(f"{_rim(tag)}/{_rim('LocalizedString')}")
    return tuple(
        (s.get(f"{{{XML}}}lang", "en-US"), s.get("charset", "UTF-8"), s.get("value"))
        for s in strings
    )


def _slots(element: Element) -> tuple[Any, ...]:
    found = []
    for slot in element.iterchildren(_rim("Slot")):
        name = slot.get("name")
        values = tuple(value.xpath("string()") for value in slot.iter(_rim("Value")))
        if name == DOCUMENT_ENTRY.by_name["URI"].key:
            values = merge_uri(values)
        if values or name not in _KNOWN_MANY:
            kind = None if name in _KNOWN or name == "codingScheme" else slot.get("slotType")
            found.append((name, values, str(kind)))
    return tuple(sorted(found))


def _classifications(nested: list[Element]) -> list[Any]:
    """Return them by scheme or node, in their order within one scheme; marks once."""
    found = []
    marks = set()
    for one in nested:
        scheme = normal_uuid(one.get("classificationScheme") or "")
        node = normal_uuid(one.get("classificationNode") or "")
        if node in _MARKS or (node and not scheme):
            marks.add((node,))
        else:
            display = () if scheme in _AUTHORS else _text(one, "Name")
            value = "" if scheme in _AUTHORS else one.get("nodeRepresentation")
            found.append((scheme, value, display, _slots(one)))
    return [*sorted(marks), *sorted(found, key=lambda item: item[0])]
