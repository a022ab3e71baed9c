"""Our schemas declare what the official ones declare: what no damaged message happens to reach."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree
from lxml.etree import _Element

from schemas import resources

XS = "{http://www.w3.org/2001/XMLSchema}"
PAIRS = {
    "ebrs/xml.xsd": "xml.xsd",
    "ebrs/rim.xsd": "ebRS/rim.xsd",
    "ebrs/rs.xsd": "ebRS/rs.xsd",
    "ebrs/lcm.xsd": "ebRS/lcm.xsd",
    "ebrs/query.xsd": "ebRS/query.xsd",
    "ebrs/cms.xsd": "ebRS/cms.xsd",
    "ihe/xds-b.xsd": "IHE/XDS.b_DocumentRepository.xsd",
}
QNAMES = {"type", "ref", "base", "substitutionGroup", "memberTypes"}
DEFAULTS = {
    "minOccurs": "1",
    "maxOccurs": "1",
    "use": "optional",
    "abstract": "false",
    "mixed": "false",
    "nillable": "false",
    "elementFormDefault": "unqualified",
    "attributeFormDefault": "unqualified",
}
UNORDERED = {"attribute", "enumeration"}
WITHOUT_EFFECT = {"annotation", "import", "attributeGroup"}  # no declaration refers to the group

Node = tuple[str, tuple[tuple[str, str], ...], tuple["Node", ...]]


def _declared(root: _Element) -> dict[tuple[str, str], Node]:
    """The global components of a schema by kind and name, and the schema's own settings."""
    found = {
        (_kind(child), child.attrib["name"]): _described(child)
        for child in root.iterchildren("*")
        if _kind(child) not in WITHOUT_EFFECT
    }
    return found | {("schema", ""): ("schema", _settings(root), ())}


def _kind(node: _Element) -> str:
    name = etree.QName(node)
    assert f"{{{name.namespace}}}" == XS
    return name.localname


def _described(node: _Element) -> Node:
    children = [_described(c) for c in node.iterchildren("*") if _kind(c) not in WITHOUT_EFFECT]
    ordered = [child for child in children if child[0] not in UNORDERED]
    unordered = sorted(child for child in children if child[0] in UNORDERED)
    described: Node = (_kind(node), _settings(node), (*ordered, *unordered))
    return _simplified(described) if described[0] in ("sequence", "extension") else described


def _settings(node: _Element) -> tuple[tuple[str, str], ...]:
    ignored = {"{http://www.w3.org/XML/1998/namespace}lang"}
    values = {
        name: " ".join(_expanded(node, part) for part in value.split()) if name in QNAMES else value
        for name, value in node.attrib.items()
        if name not in ignored
    }
    return tuple(sorted((k, v) for k, v in values.items() if DEFAULTS.get(k) != v))


def _expanded(node: _Element, name: str) -> str:
    prefix, _, local = name.rpartition(":")
    namespaces = node.nsmap | {"xml": "http://www.w3.org/XML/1998/namespace"}
    return f"{{{namespaces[prefix or None]}}}{local}"


def _occurs(node: Node) -> tuple[str, str]:
    settings = dict(node[1])
    return settings.get("minOccurs", "1"), settings.get("maxOccurs", "1")


def _simplified(node: Node) -> Node:
    """Write a content model in one of its equal forms; nothing that changes what it admits."""
    kind, settings, children = node
    if kind == "extension":  # an empty sequence adds nothing
        return kind, settings, tuple(child for child in children if child[0::2] != ("sequence", ()))
    spliced: list[Node] = []
    for child in children:
        inner = child[2] if child[0] == "sequence" and _occurs(child) == ("1", "1") else (child,)
        spliced += inner
    # (a){0,n} is a{0,n}; (a{1,n})? is a{0,n}; and (a? b?)? is a? b?
    if len(spliced) == 1 and (_occurs(spliced[0]) == ("1", "1") or _occurs(node) == ("0", "1")):
        only = spliced[0]
        most = _occurs(node)[1] if _occurs(only) == ("1", "1") else _occurs(only)[1]
        spliced = [_often(only, _occurs(node)[0], most)] if _occurs(node) != ("1", "1") else [only]
        return kind, (), tuple(spliced)
    if _occurs(node) == ("0", "1") and all(_occurs(child)[0] == "0" for child in spliced):
        return kind, (), tuple(spliced)
    return kind, settings, tuple(spliced)


def _often(node: Node, least: str, most: str) -> Node:
    kind, settings, children = node
    kept = [(k, v) for k, v in settings if k not in ("minOccurs", "maxOccurs")]
    occurs = [("minOccurs", least), ("maxOccurs", most)]
    return kind, tuple(sorted(kept + [(k, v) for k, v in occurs if v != "1"])), children


@pytest.mark.parametrize("ours", PAIRS)
def test_every_declaration_is_that_of_the_standard(shared: Path, ours: str) -> None:
    theirs = _declared(etree.parse(shared / "standards" / "schemas" / PAIRS[ours]).getroot())
    mine = _declared(resources.parse(ours).getroot())
    assert set(mine) == set(theirs)
    different = {key: (mine[key], theirs[key]) for key in mine if mine[key] != theirs[key]}
    assert different == {}
    assert len(mine) > 4


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ('<a minOccurs="0"/>', "<a/>"),
        ('<a maxOccurs="unbounded"/>', "<a/>"),
        ("<a/><b/>", "<b/><a/>"),
        ('<a type="x:string"/>', '<a type="x:token"/>'),
        ('<sequence maxOccurs="unbounded"><a/><b/></sequence>', "<a/><b/>"),
        ('<sequence minOccurs="0"><a/><b minOccurs="0"/></sequence>', '<a/><b minOccurs="0"/>'),
    ],
)
def test_the_comparison_tells_different_content_apart(left: str, right: str) -> None:
    def described(content: str) -> Node:
        for name in "ab":
            content = content.replace(f"<{name}", f'<element name="{name}"')
        xs = "http://www.w3.org/2001/XMLSchema"
        text = f'<sequence xmlns="{xs}" xmlns:x="{xs}">{content}</sequence>'
        return _described(etree.fromstring(text))

    assert described(left) != described(right)
    assert described(left) == described(left)
