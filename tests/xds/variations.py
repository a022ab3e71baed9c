"""Other ways to write the same metadata: each changes the XML, and nothing that XDS reads."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from lxml import etree

from ihe_profiles.ebrim.namespaces import OBJECT_TYPE, RIM, XML
from ihe_profiles.xds.vocabulary import CLASSIFICATION_NODES

Element = etree._Element
Variation = Callable[[Element, Random], None]

_HEADS = ("Slot", "Name", "Description", "VersionInfo", "Classification", "ExternalIdentifier")
_MARKS = (CLASSIFICATION_NODES["SubmissionSet"], CLASSIFICATION_NODES["Folder"])
_NESTED = ("Classification", "ExternalIdentifier")
_REFERENCES = ("id", "lid", "objectType", "sourceObject", "targetObject", "classifiedObject")
_SCHEMES = ("registryObject", "classificationScheme", "classificationNode", "identificationScheme")


def _rim(name: str) -> str:
    return f"{{{RIM}}}{name}"


def _nested(root: Element) -> list[Element]:
    return [element for tag in _NESTED for element in root.iter(_rim(tag))]


def shuffle_slots(root: Element, random: Random) -> None:
    for parent in {slot.getparent() for slot in root.iter(_rim("Slot"))}:
        slots = parent.findall(_rim("Slot"))
        random.shuffle(slots)
        for position, slot in enumerate(slots):
            parent.insert(position, slot)


def mix_schemes(root: Element, random: Random) -> None:
    """Draw classifications of different schemes into one another, each scheme in its order."""
    for parent in root:
        nested = parent.findall(_rim("Classification"))
        queues: dict[str, list[Element]] = {}
        for one in nested:
            key = one.get("classificationScheme") or one.get("classificationNode")
            queues.setdefault(key, []).append(one)
        start = parent.index(nested[0]) if nested else 0
        for position in range(len(nested)):
            key = random.choice([key for key, queue in queues.items() if queue])
            parent.insert(start + position, queues[key].pop(0))


def replace_nested_ids(root: Element, random: Random) -> None:
    for one in _nested(root):
        one.set("id", f"Id{random.random()}")


def marks_beside(root: Element, random: Random) -> None:
    for one in list(root.iter(_rim("Classification"))):
        if one.get("classificationNode") in _MARKS:
            root.insert(random.randint(0, len(root)), one)


def marks_twice(root: Element, random: Random) -> None:
    for one in list(root.iter(_rim("Classification"))):
        if one.get("classificationNode") in _MARKS:
            twin = etree.fromstring(etree.tostring(one, with_tail=False))
            twin.set("id", f"Twin{random.random()}")
            root.append(twin)


def defaults_written_out(root: Element, random: Random) -> None:
    for string in root.iter(_rim("LocalizedString")):
        string.set("charset", string.get("charset", "UTF-8"))
        string.set(f"{{{XML}}}lang", string.get(f"{{{XML}}}lang", "en-US"))
    for document in root.iter(_rim("ExtrinsicObject")):
        document.set("isOpaque", document.get("isOpaque", "0"))


def no_object_types(root: Element, random: Random) -> None:
    for element in root.iter():
        if element.get("objectType", "").startswith(OBJECT_TYPE):
            del element.attrib["objectType"]


def meaningless_attributes(root: Element, random: Random) -> None:
    for one in _nested(root):
        one.set("lid", "urn:uuid:00000000-0000-4000-8000-000000000000")
        one.set("status", "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved")
        version = etree.Element(_rim("VersionInfo"), {"versionName": "-1"})
        after = [child for child in one if etree.QName(child).localname in _HEADS[:3]]
        one.insert(len(after), version)
    for slot in root.iter(_rim("Slot")):
        if ":" not in slot.get("name"):
            slot.set("slotType", "urn:example:type")


def names_of_identifiers(root: Element, random: Random) -> None:
    for one in root.iter(_rim("ExternalIdentifier")):
        for name in one.findall(_rim("Name")):
            one.remove(name)


def upper_case_uuids(root: Element, random: Random) -> None:
    for element in root.iter():
        for name in (*_REFERENCES, *_SCHEMES):
            value = element.get(name, "")
            if value.startswith("urn:uuid:"):
                element.set(name, value.upper())


def split_uri(root: Element, random: Random) -> None:
    for slot in root.iter(_rim("Slot")):
        if slot.get("name") == "URI":
            (value,) = slot.iter(_rim("Value"))
            text = value.text or ""
            cut = random.randint(0, len(text))
            value.text = f"2|{text[cut:]}"
            first = etree.Element(_rim("Value"))
            first.text = f"1|{text[:cut]}"
            value.getparent().append(first)


def empty_parts(root: Element, random: Random) -> None:
    """Add slots without values, and Name or Description without text."""
    for document in root.iter(_rim("ExtrinsicObject")):
        if not any(slot.get("name") == "sourcePatientInfo" for slot in document):
            slot = etree.Element(_rim("Slot"), {"name": "sourcePatientInfo"})
            etree.SubElement(slot, _rim("ValueList"))
            document.insert(0, slot)
        if document.find(_rim("Description")) is None and document.find(_rim("Name")) is not None:
            document.find(_rim("Name")).addnext(etree.Element(_rim("Description")))


def object_refs(root: Element, random: Random) -> None:
    for position in range(2):
        root.insert(
            random.randint(0, len(root)), etree.Element(_rim("ObjectRef"), id=f"r{position}")
        )


def comments_and_blanks(root: Element, random: Random) -> None:
    for element in list(root.iter(etree.Element)):
        if etree.QName(element).localname not in ("Value", "LocalizedString"):
            element.insert(0, etree.Comment(" a comment "))
            element.text = "\n  "
        elif element.text:
            cut = random.randint(0, len(element.text))
            text = element.text
            comment = etree.Comment("within")
            element.text, comment.tail = text[:cut], text[cut:]
            element.insert(0, comment)


def kinds_apart(root: Element, random: Random) -> None:
    """Put the objects of different kinds into another order."""
    tags = sorted({child.tag for child in root}, key=lambda _: random.random())
    for tag in tags:
        for child in root.findall(tag):
            root.append(child)


VARIATIONS: tuple[Variation, ...] = (
    shuffle_slots,
    mix_schemes,
    replace_nested_ids,
    marks_beside,
    marks_twice,
    defaults_written_out,
    no_object_types,
    meaningless_attributes,
    names_of_identifiers,
    split_uri,
    empty_parts,
    object_refs,
    kinds_apart,
    upper_case_uuids,
    comments_and_blanks,
)
