"""Changes to the XML of a valid submission, each of which makes it something else."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Final

from lxml import etree
from lxml.etree import _Element

from ihe_profiles.ebrim.namespaces import RIM
from ihe_profiles.xds.attributes import KINDS, Place
from ihe_profiles.xds.metadata import DocumentEntry, Folder, SubmissionSet
from ihe_profiles.xds.vocabulary import CLASSIFICATION_NODES

Change = Callable[[_Element], None]
"""Changes the rim:RegistryObjectList of a submission with one document in one folder."""

R: Final = f"{{{RIM}}}"
_KIND: Final = {"DocumentEntry": DocumentEntry, "SubmissionSet": SubmissionSet, "Folder": Folder}


def the(kind: str, listed: _Element) -> _Element:
    """Return the one object of a kind: DocumentEntry, SubmissionSet or Folder."""
    if kind == "DocumentEntry":
        return listed.findall(f"{R}ExtrinsicObject")[0]
    node = CLASSIFICATION_NODES[kind]
    return next(
        package
        for package in listed.findall(f"{R}RegistryPackage")
        if any(c.get("classificationNode") == node for c in package.findall(f"{R}Classification"))
    )


def places(kind: str, attribute: str, listed: _Element) -> list[_Element]:
    """Return the elements that hold an attribute of the one object of a kind."""
    row = KINDS[_KIND[kind]].by_name[attribute]
    own = the(kind, listed)
    tag, key = {
        Place.SLOT: ("Slot", "name"),
        Place.CODE: ("Classification", "classificationScheme"),
        Place.AUTHOR: ("Classification", "classificationScheme"),
        Place.IDENTIFIER: ("ExternalIdentifier", "identificationScheme"),
        Place.TEXT: ({"title": "Name", "comments": "Description"}.get(attribute, ""), ""),
    }[row.place]
    found = own.findall(f"{R}{tag}")
    return [one for one in found if not key or one.get(key) == row.key]


def without(kind: str, attribute: str) -> Change:
    """Leave an attribute out."""

    def change(listed: _Element) -> None:
        for element in places(kind, attribute, listed):
            the(kind, listed).remove(element)

    return change


def valued(kind: str, attribute: str, *values: str) -> Change:
    """Give a slot other values, or an identifier another one."""

    def change(listed: _Element) -> None:
        (element,) = places(kind, attribute, listed)
        if element.tag == f"{R}ExternalIdentifier":
            element.set("value", values[0])
            return
        (old,) = element.findall(f"{R}ValueList")
        new = etree.SubElement(element, f"{R}ValueList")
        for value in values:
            etree.SubElement(new, f"{R}Value").text = value
        element.remove(old)

    return change


def slot(kind: str, name: str, *values: str) -> Change:
    """Add a slot in front of the others."""

    def change(listed: _Element) -> None:
        element = etree.Element(f"{R}Slot", name=name)
        holder = etree.SubElement(element, f"{R}ValueList")
        for value in values:
            etree.SubElement(holder, f"{R}Value").text = value
        the(kind, listed).insert(0, element)

    return change


def doubled(kind: str, attribute: str) -> Change:
    """Write an attribute twice."""

    def change(listed: _Element) -> None:
        (element,) = places(kind, attribute, listed)
        twin = copy.deepcopy(element)
        if twin.get("id"):
            twin.set("id", f"{twin.get('id')}-twin")
        element.addnext(twin)

    return change


def without_scheme(listed: _Element) -> None:
    """Leave out the codingScheme of the class code."""
    (element,) = places("DocumentEntry", "classCode", listed)
    for one in element.findall(f"{R}Slot"):
        element.remove(one)


def of_another(attribute: str, name: str) -> Change:
    """Let a nested element of the document name another object."""

    def change(listed: _Element) -> None:
        (element,) = places("DocumentEntry", attribute, listed)
        element.set(name, the("SubmissionSet", listed).get("id", ""))

    return change


def nobody(listed: _Element) -> None:
    """Leave of the document's authors only their roles."""
    for element in places("DocumentEntry", "author", listed):
        for one in element.findall(f"{R}Slot"):
            if one.get("name") != "authorRole":
                element.remove(one)
        if not element.findall(f"{R}Slot"):
            role = etree.Element(f"{R}Slot", name="authorRole")
            holder = etree.SubElement(role, f"{R}ValueList")
            etree.SubElement(holder, f"{R}Value").text = "witness"
            element.insert(0, role)


def limited(listed: _Element) -> None:
    """Mark the document's metadata as limited."""
    own = the("DocumentEntry", listed)
    mark = etree.Element(
        f"{R}Classification",
        id="limited",
        classifiedObject=own.get("id", ""),
        classificationNode="urn:uuid:ab9b591b-83ab-4d03-8f5d-f93b1fb92e85",
    )
    places("DocumentEntry", "classCode", listed)[0].addprevious(mark)


def second_set(listed: _Element) -> None:
    """Add a second SubmissionSet."""
    own = the("SubmissionSet", listed)
    text = etree.tostring(own, with_tail=False).decode()
    twin = etree.fromstring(text.replace(own.get("id", ""), "SubmissionSet-2"))
    for number, one in enumerate(twin.iter(f"{R}Classification", f"{R}ExternalIdentifier")):
        one.set("id", f"twin-{number}")
    own.addnext(twin)


def no_set(listed: _Element) -> None:
    """Leave the SubmissionSet out, and what refers to it."""
    own = the("SubmissionSet", listed)
    listed.remove(own)
    for association in listed.findall(f"{R}Association"):
        if association.get("sourceObject") == own.get("id"):
            listed.remove(association)


def nothing_but_the_set(listed: _Element) -> None:
    """Leave everything out but the SubmissionSet."""
    own = the("SubmissionSet", listed)
    for element in list(listed):
        if element is not own:
            listed.remove(element)


def unmarked(listed: _Element) -> None:
    """Take the mark of the Folder off."""
    own = the("Folder", listed)
    for one in own.findall(f"{R}Classification"):
        if one.get("classificationNode"):
            own.remove(one)


def not_a_member(listed: _Element) -> None:
    """Leave out the HasMember from the SubmissionSet to the document."""
    ends = (the("SubmissionSet", listed).get("id"), the("DocumentEntry", listed).get("id"))
    for association in listed.findall(f"{R}Association"):
        if (association.get("sourceObject"), association.get("targetObject")) == ends:
            listed.remove(association)


def unknown_type(listed: _Element) -> None:
    """Give the membership in the Folder a type that nobody knows."""
    folder = the("Folder", listed).get("id")
    for association in listed.findall(f"{R}Association"):
        if association.get("sourceObject") == folder:
            association.set("associationType", "urn:example:AssociationType:Unheard")


def marks_beside(listed: _Element) -> None:
    """Put the marks of SubmissionSet and Folder beside the packages."""
    for package in listed.findall(f"{R}RegistryPackage"):
        for one in package.findall(f"{R}Classification"):
            if one.get("classificationNode"):
                listed.append(one)


def already_registered(listed: _Element) -> None:
    """Say what only a registry says: status, version, lastUpdateTime."""
    for kind in ("DocumentEntry", "Folder"):
        own = the(kind, listed)
        own.set("status", "urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated")
        version = etree.Element(f"{R}VersionInfo", versionName="7")
        heads = own.findall(f"{R}Slot") + own.findall(f"{R}Name") + own.findall(f"{R}Description")
        heads[-1].addnext(version) if heads else own.insert(0, version)
    slot("Folder", "lastUpdateTime", "19991231235959")(listed)


def hash_case(upper: bool) -> Change:
    """Write the document's hash in one case."""

    def change(listed: _Element) -> None:
        (element,) = places("DocumentEntry", "hash", listed)
        for value in element.iter(f"{R}Value"):
            text = value.text or ""
            value.text = text.upper() if upper else text.lower()

    return change
