"""XML as it is read to judge signatures: comments seen, then left out; nothing is resolved."""

from __future__ import annotations

import copy
from collections.abc import Collection
from itertools import islice
from typing import Final

from lxml import etree
from lxml.etree import _Element, _ElementTree

from ihe_profiles.dsg.algorithms import Canonicalization
from ihe_profiles.dsg.reasons import refuse
from ihe_profiles.soap.xml import longest_namespace

DS: Final = "http://www.w3.org/2000/09/xmldsig#"
SIGNATURE: Final = f"{{{DS}}}Signature"
OBJECT: Final = f"{{{DS}}}Object"
MANIFEST: Final = f"{{{DS}}}Manifest"
REFERENCE: Final = f"{{{DS}}}Reference"
XADES: Final = "http://uri.etsi.org/01903/v1.3.2#"
XADES_111: Final = "http://uri.etsi.org/01903/v1.1.1#"

NODES: Final = 1_000_000
"""How many elements and attributes are read: a tree takes many times their octets."""
NAMESPACE: Final = 256
"""How long the name of a namespace may be: canonical forms repeat it."""
SIGNATURES: Final = 32
"""How many signatures of one document are judged: each is of the whole."""

_IDS: Final = ("Id", "ID", "id", "{http://www.w3.org/XML/1998/namespace}id")


def parse(data: bytes, *, comments: bool = False) -> _ElementTree:
    """Read a document that may not declare a type.

    Raises Refused: malformed-xml, document-type, too-many-nodes, namespace-too-long.
    """
    if data.count(b"<") + data.count(b"=") > NODES:
        raise refuse("too-many-nodes", limit=NODES)
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
    if longest_namespace(data, tree.getroot(), NAMESPACE) > NAMESPACE:
        raise refuse("namespace-too-long", limit=NAMESPACE)
    return tree


def canonical(node: _Element | _ElementTree, how: Canonicalization, prefixes: str = "") -> bytes:
    """Return the canonical bytes of an element or of a whole document.

    Raises Refused: no-canonical-form.
    """
    inclusive = prefixes.split() or None if how.exclusive else None
    try:
        return etree.tostring(
            node,
            method="c14n",
            exclusive=how.exclusive,
            with_comments=how.comments,
            inclusive_ns_prefixes=inclusive,
        )
    except etree.C14NError:
        raise refuse("no-canonical-form") from None


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


def with_ids(root: _Element, ids: Collection[str]) -> dict[str, list[_Element]]:
    """Return every element that has one of these Ids, under any name that verifiers look at."""
    found: dict[str, list[_Element]] = {id: [] for id in ids}
    for element in root.iter(etree.Element):
        for id in {element.get(name, "") for name in _IDS} & found.keys():
            found[id].append(element)
    return found


def local(element: _Element) -> str:
    """Return the local name of an element."""
    return etree.QName(element).localname


def signatures(tree: _ElementTree) -> list[_Element]:
    """Return the signatures of a document that are not inside another signature.

    Raises Refused: too-many-signatures.
    """
    found = list(islice(tree.getroot().iter(SIGNATURE), SIGNATURES + 1))
    if len(found) > SIGNATURES:
        raise refuse("too-many-signatures", limit=SIGNATURES)
    return [one for one in found if next(one.iterancestors(SIGNATURE), None) is None]


def serialized(signature: _Element) -> bytes:
    """Return a signature alone, with the namespaces that are in scope around it."""
    return etree.tostring(signature, with_tail=False)
