"""ebRIM objects into XML text, in the order of the schema (rim.xsd).

The prefix `rim` is bound by whoever puts the text into a document. What equals the schema's default
(xml:lang en-US, charset UTF-8, isOpaque false) is left out.
"""

from __future__ import annotations

from collections.abc import Iterable

from ihe_profiles.ebrim.markup import attribute, attributes, content
from ihe_profiles.ebrim.objects import (
    Association,
    Classification,
    ExternalIdentifier,
    ExtrinsicObject,
    ObjectRef,
    RegistryObject,
    RegistryPackage,
    Slot,
    Text,
)


def slot(value: Slot) -> str:
    """Write one rim:Slot."""
    values = "".join(f"<rim:Value>{content(text)}</rim:Value>" for text in value.values)
    kind = attributes(slotType=value.slot_type)
    return (
        f'<rim:Slot name="{attribute(value.name)}"{kind}>'
        f"<rim:ValueList>{values}</rim:ValueList></rim:Slot>"
    )


def slots(values: Iterable[Slot]) -> str:
    """Write several slots."""
    return "".join(map(slot, values))


def international(tag: str, text: Text) -> str:
    """Write rim:Name or rim:Description; nothing when there is no text."""
    if not text:
        return ""
    strings = "".join(
        "<rim:LocalizedString"
        + ("" if string.lang == "en-US" else f' xml:lang="{attribute(string.lang)}"')
        + ("" if string.charset == "UTF-8" else f' charset="{attribute(string.charset)}"')
        + f' value="{attribute(string.value)}"/>'
        for string in text
    )
    return f"<rim:{tag}>{strings}</rim:{tag}>"


def version_info(version: str | None) -> str:
    """Write rim:VersionInfo; nothing when there is no version."""
    return "" if version is None else f"<rim:VersionInfo{attributes(versionName=version)}/>"


def classification(value: Classification) -> str:
    """Write one rim:Classification."""
    tag = attributes(
        classificationScheme=value.classification_scheme,
        classifiedObject=value.classified_object,
        classificationNode=value.classification_node,
        nodeRepresentation=value.node_representation,
    )
    return _element("Classification", value, tag)


def external_identifier(value: ExternalIdentifier) -> str:
    """Write one rim:ExternalIdentifier."""
    before, after = around_value(value)
    return before + attribute(value.value) + after


def around_value(value: ExternalIdentifier) -> tuple[str, str]:
    """Write one rim:ExternalIdentifier in two pieces, between which the text of its value goes."""
    tag = attributes(
        registryObject=value.registry_object,
        identificationScheme=value.identification_scheme,
    )
    before = f'<rim:ExternalIdentifier{_shared(value)}{tag} value="'
    return before, f'">{_content(value)}</rim:ExternalIdentifier>'


def extrinsic_object(value: ExtrinsicObject, declarations: str = "") -> str:
    """Write one rim:ExtrinsicObject."""
    tag = attributes(mimeType=value.mime_type, isOpaque="true" if value.is_opaque else None)
    return _element("ExtrinsicObject", value, declarations + tag)


def registry_package(value: RegistryPackage, declarations: str = "") -> str:
    """Write one rim:RegistryPackage."""
    return _element("RegistryPackage", value, declarations)


def association(value: Association, declarations: str = "") -> str:
    """Write one rim:Association."""
    tag = attributes(
        associationType=value.association_type,
        sourceObject=value.source_object,
        targetObject=value.target_object,
    )
    return _element("Association", value, declarations + tag)


def object_ref(value: ObjectRef) -> str:
    """Write one rim:ObjectRef."""
    return f"<rim:ObjectRef{attributes(id=value.id, home=value.home)}/>"


def _element(tag: str, value: RegistryObject, more: str) -> str:
    inner = _content(value)
    start = f"<rim:{tag}{_shared(value)}{more}"
    return f"{start}>{inner}</rim:{tag}>" if inner else f"{start}/>"


def _shared(value: RegistryObject) -> str:
    return attributes(
        id=value.id,
        home=value.home,
        lid=value.lid,
        objectType=value.object_type,
        status=value.status,
    )


def _content(value: RegistryObject) -> str:
    parts = (
        slots(value.slots),
        international("Name", value.name),
        international("Description", value.description),
        version_info(value.version),
        *map(classification, value.classifications),
        *map(external_identifier, value.external_identifiers),
    )
    return "".join(parts)
