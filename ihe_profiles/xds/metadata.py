"""The four kinds of XDS metadata objects, as immutable values (ITI TF-3 4.2).

Field names are the standard's attribute names in Python's spelling (`entryUUID` -> `entry_uuid`).
A field is None, or an empty tuple, when the attribute is absent: whether it may be absent is a rule
(`ihe_profiles.xds.rules`), not a property of the type. HL7 values keep the exact text they came
with. Ids of nested classifications and external identifiers are kept but do not take part in
equality.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType

from ihe_profiles.ebrim.objects import LocalizedString, Slot, Text
from ihe_profiles.xds.datatypes import CX, DTM, XCN, XON, XTN, CXi
from ihe_profiles.xds.vocabulary import ON_DEMAND, STABLE

__all__ = [
    "ON_DEMAND",
    "STABLE",
    "Association",
    "Author",
    "Code",
    "DocumentEntry",
    "Folder",
    "LocalizedString",
    "RegistryObject",
    "Slot",
    "Submission",
    "SubmissionSet",
    "Text",
]


@dataclass(frozen=True, slots=True)
class Code:
    """A coded attribute, identified by `scheme` and `code` (TF-3 4.2.3.1.2)."""

    code: str
    scheme: str
    display: Text = ()
    extra_slots: tuple[Slot, ...] = ()
    id: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Author:
    """Who made the document or the submission (TF-3 4.2.3.1.4); the lists are not aligned."""

    person: XCN | None = None
    institutions: tuple[XON, ...] = ()
    roles: tuple[str, ...] = ()
    specialties: tuple[str, ...] = ()
    telecommunications: tuple[XTN, ...] = ()
    extra_slots: tuple[Slot, ...] = ()
    id: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentEntry:
    """XDSDocumentEntry (TF-3 4.2.3.2), an rim:ExtrinsicObject."""

    entry_uuid: str
    object_type: str = STABLE
    mime_type: str | None = None
    availability_status: str | None = None
    home_community_id: str | None = None
    logical_id: str | None = None
    version: str | None = None
    unique_id: str | None = None
    patient_id: CX | None = None
    author: tuple[Author, ...] = ()
    class_code: Code | None = None
    type_code: Code | None = None
    format_code: Code | None = None
    practice_setting_code: Code | None = None
    healthcare_facility_type_code: Code | None = None
    confidentiality_code: tuple[Code, ...] = ()
    event_code_list: tuple[Code, ...] = ()
    creation_time: DTM | None = None
    service_start_time: DTM | None = None
    service_stop_time: DTM | None = None
    language_code: str | None = None
    legal_authenticator: XCN | None = None
    hash: str | None = None
    size: str | None = None
    repository_unique_id: str | None = None
    source_patient_id: CX | None = None
    source_patient_info: tuple[str, ...] = ()
    reference_id_list: tuple[CXi, ...] = ()
    uri: str | None = None
    document_availability: str | None = None
    title: Text = ()
    comments: Text = ()
    limited_metadata: bool = False
    extra_slots: tuple[Slot, ...] = ()
    is_opaque: bool = False
    identifier_ids: MappingProxyType[str, str] = field(
        default_factory=lambda: MappingProxyType({}), compare=False, repr=False
    )
    """Ids of the external identifiers, by attribute name (`patientId`, `uniqueId`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionSet:
    """XDSSubmissionSet (TF-3 4.2.3.3), an rim:RegistryPackage."""

    entry_uuid: str
    availability_status: str | None = None
    home_community_id: str | None = None
    logical_id: str | None = None
    version: str | None = None
    unique_id: str | None = None
    source_id: str | None = None
    patient_id: CX | None = None
    author: tuple[Author, ...] = ()
    content_type_code: Code | None = None
    intended_recipient: tuple[str, ...] = ()
    submission_time: DTM | None = None
    title: Text = ()
    comments: Text = ()
    limited_metadata: bool = False
    extra_slots: tuple[Slot, ...] = ()
    identifier_ids: MappingProxyType[str, str] = field(
        default_factory=lambda: MappingProxyType({}), compare=False, repr=False
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """XDSFolder (TF-3 4.2.3.4), an rim:RegistryPackage."""

    entry_uuid: str
    availability_status: str | None = None
    home_community_id: str | None = None
    logical_id: str | None = None
    version: str | None = None
    unique_id: str | None = None
    patient_id: CX | None = None
    code_list: tuple[Code, ...] = ()
    last_update_time: DTM | None = None
    title: Text = ()
    comments: Text = ()
    limited_metadata: bool = False
    extra_slots: tuple[Slot, ...] = ()
    identifier_ids: MappingProxyType[str, str] = field(
        default_factory=lambda: MappingProxyType({}), compare=False, repr=False
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """A HasMember or a relationship between two objects (TF-3 4.2.2), an rim:Association."""

    entry_uuid: str
    type: str
    source: str
    target: str
    availability_status: str | None = None
    home_community_id: str | None = None
    logical_id: str | None = None
    version: str | None = None
    submission_set_status: str | None = None
    previous_version: str | None = None
    association_propagation: str | None = None
    original_status: str | None = None
    new_status: str | None = None
    documentation: Code | None = None
    title: Text = ()
    comments: Text = ()
    extra_slots: tuple[Slot, ...] = ()


RegistryObject = DocumentEntry | SubmissionSet | Folder | Association
"""Any of the four kinds."""


@dataclass(frozen=True, slots=True)
class Submission:
    """The objects of one submission request, each kind in the order sent (TF-3 4.2.1.5)."""

    submission_sets: tuple[SubmissionSet, ...] = ()
    documents: tuple[DocumentEntry, ...] = ()
    folders: tuple[Folder, ...] = ()
    associations: tuple[Association, ...] = ()
