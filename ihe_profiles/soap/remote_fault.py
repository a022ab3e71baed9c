"""SOAP faults as others write them, in SOAP 1.2 and 1.1 (SOAP 1.2 part 1, 5.4; SOAP 1.1, 4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lxml.etree import _Element

from ihe_profiles.soap.call_failures import RemoteFault
from ihe_profiles.soap.namespaces import SOAP11, SOAP12

_LONGEST: Final = 2000
_LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True)
class _Shape:
    """Where a SOAP version keeps what a fault says."""

    fault: str
    code: str
    subcode: str
    reasons: str
    detail: str


_S: Final = f"{{{SOAP12}}}"
_SHAPES: Final = (
    _Shape(
        fault=f"{_S}Body/{_S}Fault",
        code=f"{_S}Code/{_S}Value",
        subcode=f"{_S}Code/{_S}Subcode/{_S}Value",
        reasons=f"{_S}Reason/{_S}Text",
        detail=f"{_S}Detail",
    ),
    _Shape(
        fault=f"{{{SOAP11}}}Body/{{{SOAP11}}}Fault",
        code="faultcode",
        subcode="faultsubcode",  # there is none
        reasons="faultstring",
        detail="detail",
    ),
)


def find(root: _Element, status: int) -> RemoteFault | None:
    """Return the fault that an envelope holds, or None."""
    for shape in _SHAPES:
        fault = root.find(shape.fault)
        if fault is not None:
            return _read(fault, shape, status)
    return None


def _read(fault: _Element, shape: _Shape, status: int) -> RemoteFault:
    subcode = fault.find(shape.subcode)
    reasons = fault.findall(shape.reasons)
    english = [text for text in reasons if (text.get(_LANGUAGE) or "").startswith("en")]
    return RemoteFault(
        code=_clark(fault.find(shape.code)).rpartition("}")[2] or "nameless",
        subcode=_clark(subcode) if subcode is not None else None,
        reason=_words(next(iter(english or reasons), None)),
        detail=_words(fault.find(shape.detail)),
        status=status,
    )


def _clark(element: _Element | None) -> str:
    """Return the QName in an element's text as {namespace}name, or as it stands."""
    if element is None:
        return ""
    text = (element.text or "").strip()
    prefix, _, name = text.rpartition(":")
    namespace = element.nsmap.get(prefix or None)
    return f"{{{namespace}}}{name}" if namespace else text


def _words(element: _Element | None) -> str:
    if element is None:
        return ""
    return " ".join(" ".join(map(str, element.itertext())).split())[:_LONGEST]
