"""HL7 v3 data types out of the elements of a CDA header (HL7 v3 data types, release 1).

A nullFlavor stands for nothing: such a value is None, or missing from its tuple.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from lxml import etree
from lxml.etree import _Element

from ihe_profiles.cda.model import (
    CodedValue,
    InstanceIdentifier,
    Interval,
    Part,
    Parts,
    Telecom,
)

HL7: Final = "urn:hl7-org:v3"
NAMESPACES: Final = {"v3": HL7, "dicom": "urn:dicom-org:ps3-20"}

T = TypeVar("T")


def every(element: _Element, path: str) -> list[_Element]:
    """Return the elements at an XPath below `element`, in document order."""
    found = element.xpath(path, namespaces=NAMESPACES)
    assert isinstance(found, list)
    return [e for e in found if isinstance(e, _Element)]


def one(element: _Element, path: str) -> _Element | None:
    """Return the first element at an XPath below `element`."""
    return first(every(element, path))


def first(values: Iterable[T]) -> T | None:
    """Return the first value, None where there is none."""
    return next(iter(values), None)


def maybe(reader: Callable[[_Element], T], element: _Element | None) -> T | None:
    """Read the element, None where there is none."""
    return None if element is None else reader(element)


def attribute(element: _Element | None, name: str) -> str | None:
    """Return an attribute without outer blanks; None where it or its element is absent or blank."""
    return None if element is None else element.get(name, "").strip() or None


def text(element: _Element | None) -> str | None:
    """Return the text of the element and all below it, blanks collapsed; None if there is none."""
    return None if element is None else " ".join("".join(element.itertext()).split()) or None


def identifiers(element: _Element, path: str = "v3:id") -> tuple[InstanceIdentifier, ...]:
    """Read the II at `path`."""
    return tuple(
        InstanceIdentifier(root, attribute(e, "extension"))
        for e in every(element, path)
        if (root := attribute(e, "root"))
    )


def coded_value(element: _Element | None) -> CodedValue | None:
    """Read a CE or CD."""
    code = attribute(element, "code")
    if element is None or code is None:
        return None
    translations = map(coded_value, every(element, "v3:translation"))
    return CodedValue(
        code=code,
        code_system=attribute(element, "codeSystem"),
        display_name=attribute(element, "displayName"),
        translations=tuple(t for t in translations if t is not None),
    )


def time(element: _Element | None) -> str | None:
    """Read a TS; of an interval its high bound, else its low."""
    if element is None:
        return None
    bounds = (attribute(one(element, f"v3:{bound}"), "value") for bound in ("high", "low"))
    return attribute(element, "value") or first(value for value in bounds if value)


def interval(element: _Element | None) -> Interval:
    """Read an IVL_TS; a point in time is both of its bounds."""
    if element is None:
        return Interval()
    point = attribute(element, "value")
    low, high = (attribute(one(element, f"v3:{bound}"), "value") for bound in ("low", "high"))
    return Interval(low or point, high or point)


def names(element: _Element, path: str) -> tuple[Parts, ...]:
    """Read the PN or AD at `path`; one that says nothing is left out."""
    return tuple(parts for e in every(element, path) if (parts := _parts(e)).parts)


def _parts(element: _Element) -> Parts:
    parts = tuple(
        Part(etree.QName(e).localname, words, tuple(e.get("qualifier", "").split()))
        for e in element
        if (words := text(e))
    )
    whole = text(element)
    return Parts(parts or ((Part("text", whole),) if whole else ()))


def telecoms(element: _Element) -> tuple[Telecom, ...]:
    """Read the TEL children."""
    return tuple(
        Telecom(value, tuple(e.get("use", "").split()))
        for e in every(element, "v3:telecom")
        if (value := attribute(e, "value"))
    )
