"""XML as it is read to judge signatures: comments seen, then left out; nothing is resolved."""

from __future__ import annotations

import copy
from typing import Final

from lxml import etree
from lxml.etree import _Element, _ElementTree

from ihe_profiles.dsg.algorithms import Canonicalization
from ihe_profiles.dsg.reasons import refuse

DS: Final = "http://www.w3.org/2000/09/xmldsig#"
SIGNATURE: Final = f"{{{DS}}}Signature"
OBJECT: Final = f"{{{DS}}}Object"
MANIFEST: Final = f"{{{DS}}}Manifest"
REFERENCE: Final = f"{{{DS}}}Reference"
XADES: Final = "http://uri.etsi.org/01903/v1.3.2#"
XADES_111: Final = "http://uri.etsi.org/01903/v1.1.1#"

_IDS: Final = ("Id", "ID", "id", "{http://www.w3.org/XML/1998/namespace}id")


def parse(data: bytes, *, comments: bool = False) -> _ElementTree:
    """Read a document that may not declare a type. Raises Refused: malformed-xml, document-type."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=not comments,
        collect_ids=False,
    )
    try:
        tree = etree.fromstring(data, parser).getroottree()
    except (etree.XMLSyntaxError, ValueError) as error:
        raise refuse("malformed-xml", problem=error) from None
    if tree.docinfo.internalDTD is not None:
        raise refuse("document-type")
    return tree


def canonical(node: _Element | _ElementTree, how: Canonicalization, prefixes: str = "") -> bytes:
    """Return the canonical bytes of an element or of a whole document."""
    inclusive = prefixes.split() or None if how.exclusive else None
    return etree.tostring(
        node,
        method="c14n",
        exclusive=how.exclusive,
        with_comments=how.comments,
        inclusive_ns_prefixes=inclusive,
    )


def without(signature: _Element, target: _Element) -> _Element:
    """Return a copy of a root in which a signature is left out, and the text after it is not."""
    tree = target.getroottree()
    index = list(tree.getroot().iter(SIGNATURE)).index(signature)
    root = copy.deepcopy(tree).getroot()
    copied = list(root.iter(SIGNATURE))[index]
    parent, before = copied.getparent(), copied.getprevious()
    assert parent is not None
    if copied.tail and before is not None:
        before.tail = (before.tail or "") + copied.tail
    elif copied.tail:
        parent.text = (parent.text or "") + copied.tail
    parent.remove(copied)
    return root


def with_id(root: _Element, id: str) -> list[_Element]:
    """Return every element that has this Id, under any of the names that verifiers look at."""
    return [e for e in root.iter(etree.Element) if any(e.get(name) == id for name in _IDS)]


def local(element: _Element) -> str:
    """Return the local name of an element."""
    return etree.QName(element).localname


def signatures(tree: _ElementTree) -> list[_Element]:
    """Return the signatures of a document that are not inside another signature."""
    found = tree.getroot().iter(SIGNATURE)
    return [one for one in found if next(one.iterancestors(SIGNATURE), None) is None]


def serialized(signature: _Element) -> bytes:
    """Return a signature alone, with the namespaces that are in scope around it."""
    return etree.tostring(signature, with_tail=False)
