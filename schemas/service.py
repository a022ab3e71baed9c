"""Builds the service description that an actor serves: one document, schemas inside."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from typing import Final

from lxml import etree

from schemas import resources
from schemas.inlining import XS, inlined, references

ACTORS: Final = {
    "DocumentRegistry": "wsdl/DocumentRegistry.wsdl",
    "DocumentRepository": "wsdl/DocumentRepository.wsdl",
}

_WSDL: Final = "{http://schemas.xmlsoap.org/wsdl/}"
_SOAP12: Final = "{http://schemas.xmlsoap.org/wsdl/soap12/}"


def wsdl(actor: str, location: str) -> bytes:
    """Return the WSDL 1.1 of DocumentRegistry or DocumentRepository, reached at the URL `location`.

    It refers to no other document: the schemas stand in its types. KeyError for another actor.
    """
    path = ACTORS[actor]
    root = resources.parse(path).getroot()
    for address in root.iter(f"{_SOAP12}address"):
        address.set("location", location)
    for types in root.iter(f"{_WSDL}types"):
        wanted = [_target(path, found) for found in types.iter(f"{XS}import")]
        types[:] = [inlined(found) for found in _closure(wanted)]
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _target(path: str, reference: etree._Element) -> str:
    folder = posixpath.dirname(path)
    return posixpath.normpath(posixpath.join(folder, reference.attrib["schemaLocation"]))


def _closure(wanted: Iterable[str]) -> Iterator[str]:
    """Yield the files that are wanted or imported, each once and after those that it imports."""
    seen: set[str] = set()

    def visit(path: str) -> Iterator[str]:
        if path in seen:
            return
        seen.add(path)
        for found in references(resources.parse(path).getroot()):
            yield from visit(_target(path, found))
        yield path

    for path in wanted:
        yield from visit(path)
