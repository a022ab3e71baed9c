"""The header of an HL7 CDA R2 document as immutable values, named after its elements (CDA R2 4.2).

Texts are kept as written, blanks collapsed; times are HL7 v3 time stamps (`times.utc` reads them).
What carries a nullFlavor is absent: None, or left out of its tuple.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class InstanceIdentifier:
    """An II: `root` is an OID or a UUID, `extension` is unique within it."""

    root: str
    extension: str | None = None


@dataclass(frozen=True, slots=True)
class CodedValue:
    """A CE or CD with its translations."""

    code: str
    code_system: str | None = None
    display_name: str | None = None
    translations: tuple[CodedValue, ...] = ()


@dataclass(frozen=True, slots=True)
class Interval:
    """An IVL_TS; a single point in time has equal bounds."""

    low: str | None = None
    high: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a name or an address: element name, text, qualifiers (`BR` birth, `CL` call)."""

    kind: str
    text: str
    qualifiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parts:
    """A PN or an AD: its parts in order; a name or address without parts has one of kind `text`."""

    parts: tuple[Part, ...]

    def of(self, *kinds: str, qualifier: str | None = None) -> tuple[str, ...]:
        """Texts of the parts of these kinds, only those with `qualifier` if one is given."""
        return tuple(
            part.text
            for part in self.parts
            if part.kind in kinds and (qualifier is None or qualifier in part.qualifiers)
        )


@dataclass(frozen=True, slots=True)
class Telecom:
    """A TEL: a `tel:`, `fax:`, `mailto:` ... URL and its HL7 use codes (`WP`, `H`, `MC` ...)."""

    value: str
    uses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization; `industry` is its standardIndustryClassCode."""

    ids: tuple[InstanceIdentifier, ...] = ()
    name: str | None = None
    telecoms: tuple[Telecom, ...] = ()
    industry: CodedValue | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """An assignedAuthoringDevice."""

    model: str | None = None
    software: str | None = None


@dataclass(frozen=True, slots=True)
class AssignedEntity:
    """Who took part (assignedEntity, assignedAuthor): a person or a device, for an organization."""

    ids: tuple[InstanceIdentifier, ...] = ()
    code: CodedValue | None = None
    telecoms: tuple[Telecom, ...] = ()
    name: Parts | None = None
    device: Device | None = None
    organization: Organization | None = None


@dataclass(frozen=True, slots=True)
class Participation:
    """An author, legalAuthenticator or performer: who, when, in which function."""

    entity: AssignedEntity
    time: str | None = None
    function: CodedValue | None = None


@dataclass(frozen=True, slots=True)
class Patient:
    """recordTarget/patientRole and its patient."""

    ids: tuple[InstanceIdentifier, ...] = ()
    name: Parts | None = None
    birth_time: str | None = None
    gender: str | None = None
    addresses: tuple[Parts, ...] = ()
    telecoms: tuple[Telecom, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceEvent:
    """A documented act (documentationOf/serviceEvent); the principal one has a performer."""

    ids: tuple[InstanceIdentifier, ...] = ()
    code: CodedValue | None = None
    effective_time: Interval = Interval()
    performers: tuple[Participation, ...] = ()


@dataclass(frozen=True, slots=True)
class Encounter:
    """componentOf/encompassingEncounter; `facility` is healthCareFacility/code."""

    ids: tuple[InstanceIdentifier, ...] = ()
    code: CodedValue | None = None
    effective_time: Interval = Interval()
    responsible: AssignedEntity | None = None
    facility: CodedValue | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """inFulfillmentOf/order with DICOM's accession numbers (DICOM PS3.20)."""

    ids: tuple[InstanceIdentifier, ...] = ()
    accession_numbers: tuple[InstanceIdentifier, ...] = ()


@dataclass(frozen=True, slots=True)
class RelatedDocument:
    """relatedDocument: `type_code` is RPLC, APND or XFRM; `ids` name the parent document."""

    type_code: str
    ids: tuple[InstanceIdentifier, ...] = ()
    set_id: InstanceIdentifier | None = None
    version: str | None = None


class BodyKind(StrEnum):
    """The two kinds of body (CDA R2 4.3)."""

    STRUCTURED = "structuredBody"
    NON_XML = "nonXMLBody"


@dataclass(frozen=True, slots=True)
class Body:
    """What follows the header; `media_type` is that of a nonXMLBody's text."""

    kind: BodyKind
    media_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CdaHeader:
    """Everything before the body of a ClinicalDocument.

    `self_displaying`: the ClinicalDocument sits inside the XSLT stylesheet that displays it.
    """

    realms: tuple[str, ...] = ()
    template_ids: tuple[InstanceIdentifier, ...] = ()
    id: InstanceIdentifier | None = None
    code: CodedValue | None = None
    title: str | None = None
    effective_time: str | None = None
    confidentiality: CodedValue | None = None
    language: str | None = None
    set_id: InstanceIdentifier | None = None
    version: str | None = None
    patient: Patient = Patient()
    authors: tuple[Participation, ...] = ()
    custodian: Organization | None = None
    legal_authenticator: Participation | None = None
    orders: tuple[Order, ...] = ()
    service_events: tuple[ServiceEvent, ...] = ()
    related_documents: tuple[RelatedDocument, ...] = ()
    encounter: Encounter | None = None
    body: Body
    self_displaying: bool = False

    @property
    def mime_type(self) -> str:
        """`text/xml`, or `application/xslt+xml` for a self-displaying document."""
        return "application/xslt+xml" if self.self_displaying else "text/xml"
