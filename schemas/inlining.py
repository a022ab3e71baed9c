"""Rewrites a schema so that toolkits read it right where it stands inside a WSDL.

The files of this package use what XSD offers; toolkits know less. Three things are put differently
here, and a message means the same before and after.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lxml import etree
from lxml.etree import _Element

from schemas import resources

XS: Final = "{http://www.w3.org/2001/XMLSchema}"
_XML: Final = "http://www.w3.org/XML/1998/namespace"

_CIRCULAR: Final = (
    "rim:ClassificationType",
    "rim:ExternalIdentifierType",
    "rim:ClassificationNodeType",
    "rim:RegistryPackageType",
)
"""Types that extend a base and occur inside themselves: zeep forgets the base of one of the two."""


def inlined(path: str) -> _Element:
    """Return the schema of one file of this package in its form for a WSDL's types."""
    schema = resources.parse(path).getroot()
    for comment in list(schema.iter(etree.Comment)):
        _remove(comment)
    _without_xml_namespace(schema)
    _without_substitution(schema)
    _without_circles(schema)
    for found in references(schema):
        del found.attrib["schemaLocation"]
    return schema


def references(schema: _Element) -> list[_Element]:
    """Return the imports of a schema, but for that of the XML namespace, which is not inlined."""
    return [found for found in schema.iterfind(f"{XS}import") if found.get("namespace") != _XML]


def _without_xml_namespace(schema: _Element) -> None:
    """Let xml:lang in through a wildcard: toolkits fetch its declaration from www.w3.org."""
    for found in schema.findall(f"{XS}import[@namespace='{_XML}']"):
        _remove(found)
    for attribute in schema.findall(f".//{XS}attribute[@ref='xml:lang']"):
        wildcard = etree.Element(f"{XS}anyAttribute", namespace=_XML, processContents="lax")
        _remove(attribute).append(wildcard)


def _without_substitution(schema: _Element) -> None:
    """Spell substitution groups out as choices, which admit the same."""
    heads: dict[str, list[str]] = {}
    for member in schema.findall(f"{XS}element[@substitutionGroup]"):
        head = member.attrib.pop("substitutionGroup")
        heads.setdefault(head, []).append(f"{head.split(':')[0]}:{member.get('name')}")
    for reference in schema.findall(f".//{XS}element[@ref]"):
        if reference.attrib["ref"] in heads:
            _widen(reference, _substitutes(reference.attrib["ref"], heads))


def _substitutes(name: str, heads: dict[str, list[str]]) -> Iterator[str]:
    """Yield the name of an element, and of each that may stand for it, also through another."""
    yield name
    for member in heads.get(name, ()):
        yield from _substitutes(member, heads)


def _widen(reference: _Element, names: Iterator[str]) -> None:
    """Turn a reference to one element into a choice, as often, of several."""
    choices = [etree.Element(f"{XS}element", ref=name) for name in names]
    reference.tag = f"{XS}choice"
    del reference.attrib["ref"]
    reference.extend(choices)


def _without_circles(schema: _Element) -> None:
    """Spell out what a circular type inherits; only xsi:type could tell the difference."""
    prefixes = {namespace: prefix for prefix, namespace in schema.nsmap.items()}
    prefix = prefixes[schema.attrib["targetNamespace"]]
    types = {f"{prefix}:{t.get('name')}": t for t in schema.iterfind(f"{XS}complexType")}
    whole = {name: _inherited(types, name) for name in _CIRCULAR if name in types}
    for name, (particles, attributes) in whole.items():
        sequence = etree.Element(f"{XS}sequence")
        sequence.extend(particles)
        types[name][:] = [*types[name].iterfind(f"{XS}annotation"), sequence, *attributes]


def _inherited(types: dict[str, _Element], name: str) -> tuple[list[_Element], list[_Element]]:
    """Return copies of the elements and attributes of a type, those of its bases first."""
    extension = types[name].find(f"{XS}complexContent/{XS}extension")
    body = types[name] if extension is None else extension
    particles, attributes = (
        ([], []) if extension is None else _inherited(types, body.attrib["base"])
    )
    particles += [_copy(found) for found in body.iterfind(f"{XS}sequence/*")]
    attributes += [_copy(found) for found in body.iterfind(f"{XS}attribute")]
    return particles, attributes


def _copy(node: _Element) -> _Element:
    return etree.fromstring(etree.tostring(node, with_tail=False))


def _remove(node: _Element) -> _Element:
    """Take a node out of its tree and return the parent that it had."""
    parent = node.getparent()
    assert parent is not None
    parent.remove(node)
    return parent
