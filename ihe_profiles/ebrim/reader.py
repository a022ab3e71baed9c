"""ebRIM objects from XML that is valid under rim.xsd (ebRIM 3.0).

Nothing is judged here. Elements that an object has no place for are named in `unread`, so that
whoever gives the object a meaning can refuse them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from lxml import etree
from lxml.etree import _Element

from ihe_profiles.ebrim.namespaces import RIM, XML
from ihe_profiles.ebrim.objects import (
    Association,
    Classification,
    ExternalIdentifier,
    ExtrinsicObject,
    LocalizedString,
    RegistryPackage,
    Slot,
    Text,
)

_PREFIX: Final = f"{{{RIM}}}"
_VALUE: Final = f"{_PREFIX}Value"
_STRING: Final = f"{_PREFIX}LocalizedString"
_LANG: Final = f"{{{XML}}}lang"
_VERSION: Final = f"{_PREFIX}VersionInfo"
_DEFAULT_VERSION: Final = "1.1"


def slot(element: _Element) -> Slot:
    """Read rim:Slot."""
    return Slot(
        name=element.get("name", ""),
        values=tuple(text(value) for value in element.iter(_VALUE)),
        slot_type=element.get("slotType"),
    )


def international(element: _Element) -> Text:
    """Read rim:Name or rim:Description."""
    return tuple(
        LocalizedString(
            value=string.get("value", ""),
            lang=string.get(_LANG, "en-US"),
            charset=string.get("charset", "UTF-8"),
        )
        for string in element.iterchildren(_STRING)
    )


def classification(element: _Element) -> Classification:
    """Read rim:Classification."""
    return Classification(
        **_registry_object(element),
        classified_object=element.get("classifiedObject", ""),
        classification_scheme=element.get("classificationScheme"),
        classification_node=element.get("classificationNode"),
        node_representation=element.get("nodeRepresentation"),
    )


def external_identifier(element: _Element) -> ExternalIdentifier:
    """Read rim:ExternalIdentifier."""
    return ExternalIdentifier(
        **_registry_object(element),
        registry_object=element.get("registryObject", ""),
        identification_scheme=element.get("identificationScheme", ""),
        value=element.get("value", ""),
    )


def extrinsic_object(element: _Element) -> ExtrinsicObject:
    """Read rim:ExtrinsicObject."""
    return ExtrinsicObject(
        **_registry_object(element),
        mime_type=element.get("mimeType"),
        is_opaque=element.get("isOpaque", "").strip() in ("true", "1"),
    )


def registry_package(element: _Element) -> RegistryPackage:
    """Read rim:RegistryPackage."""
    return RegistryPackage(**_registry_object(element))


def association(element: _Element) -> Association:
    """Read rim:Association."""
    return Association(
        **_registry_object(element),
        association_type=element.get("associationType", ""),
        source_object=element.get("sourceObject", ""),
        target_object=element.get("targetObject", ""),
    )


_LISTS: Final[dict[str, tuple[str, Callable[[_Element], Any]]]] = {
    f"{_PREFIX}Slot": ("slots", slot),
    f"{_PREFIX}Classification": ("classifications", classification),
    f"{_PREFIX}ExternalIdentifier": ("external_identifiers", external_identifier),
}
_TEXTS: Final = {f"{_PREFIX}Name": "name", f"{_PREFIX}Description": "description"}


def _registry_object(element: _Element) -> dict[str, Any]:
    """Read what all registry objects share, as keyword arguments."""
    lists: dict[str, list[Any]] = {}
    found: dict[str, Any] = {
        "id": element.get("id", ""),
        "home": element.get("home"),
        "lid": element.get("lid"),
        "object_type": element.get("objectType"),
        "status": element.get("status"),
    }
    for child in element.iterchildren(etree.Element):
        tag = str(child.tag)
        if tag in _LISTS:
            name, read = _LISTS[tag]
            lists.setdefault(name, []).append(read(child))
        elif tag in _TEXTS:
            found[_TEXTS[tag]] = international(child)
        elif tag == _VERSION:
            found["version"] = child.get("versionName", _DEFAULT_VERSION)
        else:
            lists.setdefault("unread", []).append(etree.QName(child).localname)
    found.update((name, tuple(values)) for name, values in lists.items())
    return found


def text(element: _Element) -> str:
    """Return an element's text, whole also when a comment interrupts it."""
    if len(element):
        return "".join(element.xpath("text()"))
    return element.text or ""
