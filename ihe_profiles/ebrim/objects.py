"""The ebRIM 3.0 objects that XDS metadata is made of, as immutable values (ebRIM 3.0).

Attributes that are absent are None, lists that are absent are empty. `ihe_profiles.ebrim.reader`
and `writer` turn them from and into XML; `ihe_profiles.xds.encoding` says what they mean in XDS.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LocalizedString:
    """One language's form of a name or a description (ebRIM 3.0 section 2.6)."""

    value: str
    lang: str = "en-US"
    charset: str = "UTF-8"


Text = tuple[LocalizedString, ...]
"""An InternationalString: the text in each language given; empty when absent."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A named list of values (ebRIM 3.0 section 2.3)."""

    name: str
    values: tuple[str, ...]
    slot_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifiable:
    """What has an id, and slots (ebRIM 3.0 section 2.4)."""

    id: str
    home: str | None = None
    slots: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectRef(Identifiable):
    """A reference to an object by its id (ebRIM 3.0 section 2.5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryObject(Identifiable):
    """What all registry objects share (ebRIM 3.0 section 2.5).

    `version` is VersionInfo/@versionName; `unread` names child elements that have no place here.
    """

    lid: str | None = None
    object_type: str | None = None
    status: str | None = None
    name: Text = ()
    description: Text = ()
    version: str | None = None
    classifications: tuple[Classification, ...] = ()
    external_identifiers: tuple[ExternalIdentifier, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification(RegistryObject):
    """Classifies an object by a scheme and a value, or by a node (ebRIM 3.0 section 4.3)."""

    classified_object: str
    classification_scheme: str | None = None
    classification_node: str | None = None
    node_representation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalIdentifier(RegistryObject):
    """An identifier of an object within an identification scheme (ebRIM 3.0 section 2.9)."""

    registry_object: str
    identification_scheme: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtrinsicObject(RegistryObject):
    """Describes content that the registry does not hold itself (ebRIM 3.0 section 2.11)."""

    mime_type: str | None = None
    is_opaque: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryPackage(RegistryObject):
    """A group of registry objects (ebRIM 3.0 section 2.13)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Association(RegistryObject):
    """A directed relation between two objects (ebRIM 3.0 section 3.3)."""

    association_type: str
    source_object: str
    target_object: str
