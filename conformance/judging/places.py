"""Places in a message, for people: XPaths with the usual prefixes, and the line."""

from __future__ import annotations

from typing import Final

from lxml.etree import QName, _Element

from ihe_profiles.ebrim.namespaces import LCM, QUERY, RIM, RS, XDS
from ihe_profiles.iti44 import HL7
from ihe_profiles.soap.namespaces import SOAP12, WSA, WSSE, XOP
from ihe_profiles.xds.attributes import AUTHOR_SLOTS, KINDS, Attribute, Place
from ihe_profiles.xds.metadata import Association, DocumentEntry, Folder, SubmissionSet

_PREFIXES: Final = {
    SOAP12: "soap:",
    WSA: "wsa:",
    WSSE: "wsse:",
    XOP: "xop:",
    RIM: "rim:",
    RS: "rs:",
    LCM: "lcm:",
    QUERY: "query:",
    XDS: "xds:",
    HL7: "hl7:",
}
_LONGEST: Final = 20
"""Steps of a path that are shown."""

_ELEMENTS: Final = {
    Place.OBJECT: "/@{key}",
    Place.TEXT: "/rim:{key}",
    Place.SLOT: "/rim:Slot[@name='{key}']",
    Place.CODE: "/rim:Classification[@classificationScheme='{key}']",
    Place.AUTHOR: "/rim:Classification[@classificationScheme='{key}']",
    Place.MARK: "/rim:Classification[@classificationNode='{key}']",
    Place.IDENTIFIER: "/rim:ExternalIdentifier[@identificationScheme='{key}']",
}
_OBJECT_KEYS: Final = {"entryUUID": "id", "homeCommunityId": "home", "logicalID": "lid"}


def xpath(element: _Element) -> str:
    """Write where an element is: its path from the root and its line."""
    steps = [_step(one) for one in (element, *element.iterancestors())][:_LONGEST]
    line = f" (line {element.sourceline})" if element.sourceline else ""
    return "/" + "/".join(reversed(steps)) + line


def place_of(location: str | None) -> str:
    """Write where an object is of which only the id is known."""
    return f"//*[@id='{location}']" if location else ""


def of_attribute(
    kind: type[DocumentEntry | SubmissionSet | Folder | Association] | None, name: str
) -> str:
    """Write where an attribute is in its object; empty for one that is not known."""
    if name in AUTHOR_SLOTS:
        return f"/rim:Classification/rim:Slot[@name='{name}']"
    row = KINDS[kind].by_name.get(name.rpartition(" ")[2]) if kind else None
    return "" if row is None else _ELEMENTS[row.place].format(key=_key(row))


def _key(row: Attribute) -> str:
    return row.key or _OBJECT_KEYS.get(row.name, row.name)


def _step(element: _Element) -> str:
    name = QName(element)
    prefix = _PREFIXES.get(name.namespace or "", "")
    parent = element.getparent()
    if parent is None:
        return prefix + name.localname
    before = sum(1 for _ in element.itersiblings(str(element.tag), preceding=True))
    alone = not before and next(element.itersiblings(str(element.tag)), None) is None
    return prefix + name.localname + ("" if alone else f"[{before + 1}]")
