"""Damages to a message: each kind at each place, and others by chance, alike in every run."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from lxml import etree
from lxml.etree import _Element

_XSI_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"
_NAMESPACES: Final = (
    "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0",
    "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0",
    "urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0",
    "urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0",
    "urn:oasis:names:tc:ebxml-regrep:xsd:cms:3.0",
    "urn:ihe:iti:xds-b:2007",
    "urn:example:nowhere",
    None,
)
_LENGTHS: Final = [length + more for length in (4, 8, 16, 32, 64, 256, 1024) for more in (0, 1)]
_VALUES: Final = (
    "", " ", "x", "true", "0", "-1", "1.5", "maybe", "a b", "é", "http://[", "%zz", "urn:oid:1.2.3",
    "LeafClass", "registryFull", "AND", "Like", "P1D", "P", "2024-02-30T00:00:00",
    "2024-02-29T12:00:00Z", "2024-02-29", "fr-CA", "f r", "Qm9u", "Qm9", "Q=m9", "====",
    "99999999999999999999", "NaN", "1:2",
)  # fmt: skip
_ATTRIBUTES: Final = (
    "id", "home", "lid", "status", "objectType", "value", "name", "slotType", "code", "negate",
    "comment", "requestId", "mimeType", "isOpaque", "createReplica", "parent", "unheard-of",
    "{http://www.w3.org/XML/1998/namespace}lang", "{http://www.w3.org/XML/1998/namespace}space",
    "{http://www.w3.org/XML/1998/namespace}id", "{urn:example:nowhere}id",
    "{urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0}id",
    "{http://www.w3.org/2001/XMLSchema-instance}nil",
    "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation",
)  # fmt: skip
_TYPES: Final = (
    "rim:IdentifiableType", "rim:RegistryObjectType", "rim:ExtrinsicObjectType",
    "rim:ObjectRefType", "rim:RegistryPackageType", "rim:AdhocQueryType",
    "rim:NotificationType", "rim:ActionType", "rim:NotifyActionType", "rim:UserType",
    "rim:LongName", "rim:ShortName", "rim:SlotType1", "rs:RegistryResponseType",
    "rs:RegistryRequestType", "cms:ContentManagementServiceRequestType", "query:FilterType",
    "query:SimpleFilterType", "query:CompoundFilterType", "query:StringFilterType",
    "query:IntegerFilterType", "query:FilterQueryType", "query:BranchType",
    "query:SlotBranchType", "query:RegistryObjectQueryType", "query:PersonQueryType",
    "query:UserQueryType", "xs:string", "xs:base64Binary", "xs:anyType", "xs:token",
    "rim:Nothing", "nothing:Nothing",
)  # fmt: skip

Damage = Callable[[random.Random, _Element], None]


def _any(chance: random.Random, root: _Element) -> _Element:
    return chance.choice(list(root.iter("*")))


def _below(chance: random.Random, root: _Element) -> _Element:
    """Any element but the root, or the root of a message that is nothing else."""
    return chance.choice(list(root.iter("*"))[1:] or [root])


def _swap(chance: random.Random, root: _Element) -> None:
    several = [element for element in root.iter("*") if len(element) > 1]
    if several:
        parent = chance.choice(several)
        first, second = sorted(chance.sample(range(len(parent)), 2))
        parent.insert(second, parent[first])


def _move(chance: random.Random, root: _Element) -> None:
    element = copy.deepcopy(_below(chance, root))
    parent = _any(chance, root)
    parent.insert(chance.randint(0, len(parent)), element)


def _rename(chance: random.Random, root: _Element) -> None:
    names = [etree.QName(element).localname for element in root.iter("*")]
    element = _any(chance, root)
    name = chance.choice([*names, "Identifiable", "RegistryObject", "Notification", "Unheard"])
    element.tag = etree.QName(etree.QName(element).namespace, name)


def _renamespace(chance: random.Random, root: _Element) -> None:
    element = _any(chance, root)
    element.tag = etree.QName(chance.choice(_NAMESPACES), etree.QName(element).localname)


def _retype(chance: random.Random, root: _Element) -> None:
    _any(chance, root).set(_XSI_TYPE, chance.choice(_TYPES))


def _add_attribute(chance: random.Random, root: _Element) -> None:
    _any(chance, root).set(chance.choice(_ATTRIBUTES), chance.choice(_VALUES))


def _change_attribute(chance: random.Random, root: _Element) -> None:
    having = [element for element in root.iter("*") if element.attrib]
    if having:
        element = chance.choice(having)
        element.set(chance.choice(sorted(element.attrib)), chance.choice(_VALUES))


def _lengthen_attribute(chance: random.Random, root: _Element) -> None:
    having = [element for element in root.iter("*") if element.attrib]
    if having:
        element = chance.choice(having)
        element.set(chance.choice(sorted(element.attrib)), "é" * chance.choice(_LENGTHS))


def _retext(chance: random.Random, root: _Element) -> None:
    leaves = [element for element in root.iter("*") if not len(element)]
    chance.choice(leaves).text = chance.choice(_VALUES)


def _lengthen_text(chance: random.Random, root: _Element) -> None:
    leaves = [element for element in root.iter("*") if not len(element) and element.text]
    if leaves:
        chance.choice(leaves).text = "é" * chance.choice(_LENGTHS)


def _stray_text(chance: random.Random, root: _Element) -> None:
    _any(chance, root).text = chance.choice(["stray", " \n", "\u00a0"])


DAMAGES: Final[tuple[Damage, ...]] = (
    _swap,
    _move,
    _rename,
    _renamespace,
    _retype,
    _add_attribute,
    _change_attribute,
    _lengthen_attribute,
    _retext,
    _lengthen_text,
    _stray_text,
)


def damaged(message: _Element, seed: str, damage: Damage) -> _Element:
    """Return a copy of the message with one damage."""
    copied = copy.deepcopy(message)
    damage(random.Random(seed), copied)
    return copied


def everywhere(message: _Element) -> Iterator[tuple[str, _Element]]:
    """Drop and repeat each element, drop and spoil each attribute: one copy for each."""
    for position, original in enumerate(message.iter("*")):
        if position:
            yield f"drop {position}", _with(message, position, _drop)
            yield f"repeat {position}", _with(message, position, _repeat)
        for name in sorted(original.attrib):
            yield f"drop {position} {name}", _with(message, position, _without(name))
            yield f"spoil {position} {name}", _with(message, position, _spoiling(name))


def _with(message: _Element, position: int, change: Callable[[_Element], object]) -> _Element:
    copied = copy.deepcopy(message)
    change(next(islice(copied.iter("*"), position, None)))
    return copied


def _drop(element: _Element) -> None:
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)


def _repeat(element: _Element) -> None:
    element.addnext(copy.deepcopy(element))


def _without(name: str) -> Callable[[_Element], object]:
    return lambda element: element.attrib.pop(name)


def _spoiling(name: str) -> Callable[[_Element], object]:
    """Give it a value that is too long, and neither URI, number, time nor code."""
    return lambda element: element.set(name, "http://[" * 200)
