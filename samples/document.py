"""Writes CDA R2 documents: a header out of facts, a body of sections or of one file."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import Final

from samples.parties import Coded, Id, Organization, Patient, Professional
from samples.xml import Xml, el

PROLOG: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True, slots=True)
class Act:
    """A documented act; `principal` acts name who performed them and when."""

    code: Coded
    id: Id | None = None
    low: str | None = None
    high: str | None = None
    performer: Professional | None = None
    translations: tuple[Coded, ...] = ()

    def element(self) -> Xml:
        """Write it as `documentationOf`."""
        bounds = (("low", self.low), ("high", self.high))
        times = [el(name, value=value) for name, value in bounds if value]
        event = el(
            "serviceEvent",
            self.id.element() if self.id else None,
            self.code.element("code", *(t.element("translation") for t in self.translations)),
            el("effectiveTime", *times) if times else None,
            el("performer", self.performer.element("assignedEntity"), typeCode="PRF")
            if self.performer
            else None,
            classCode="ACT",
        )
        return el("documentationOf", event)


@dataclass(frozen=True, slots=True)
class Replaced:
    """The document whose place is taken."""

    id: Id
    set_id: Id
    version: int

    def element(self) -> Xml:
        """Write it as `relatedDocument`."""
        parent = el(
            "parentDocument",
            self.id.element(),
            self.set_id.element("setId"),
            el("versionNumber", value=str(self.version)),
        )
        return el("relatedDocument", parent, typeCode="RPLC")


@dataclass(frozen=True, slots=True)
class Section:
    """A section: what a person reads, and the same as coded entries."""

    code: Coded
    title: str
    text: Xml
    entries: tuple[Xml, ...] = ()
    template: str | None = None

    def element(self) -> Xml:
        """Write it as a component of the structured body."""
        section = el(
            "section",
            Id(self.template).element("templateId") if self.template else None,
            self.code.element("code"),
            el("title", self.title),
            self.text,
            *self.entries,
        )
        return el("component", section)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A whole document; `body` is its sections, or the bytes of a PDF."""

    realm: str
    id: Id
    set_id: Id
    version: int = 1
    templates: tuple[str, ...] = ()
    code: Coded
    title: str
    time: str
    language: str
    patient: Patient
    author: Professional
    role: Coded | None = None
    recipient: Professional | None = None
    order: Id | None = None
    acts: tuple[Act, ...]
    replaces: Replaced | None = None
    encounter: Coded
    low: str
    high: str | None = None
    body: tuple[Section, ...] | bytes

    def render(self) -> bytes:
        """Write the document in UTF-8."""
        where = self.author.organization
        document = el(
            "ClinicalDocument",
            el("realmCode", code=self.realm),
            el("typeId", root="2.16.840.1.113883.1.3", extension="POCD_HD000040"),
            *(Id(template).element("templateId") for template in self.templates),
            self.id.element(),
            self.code.element("code"),
            el("title", self.title),
            el("effectiveTime", value=self.time),
            _normal(self.language).element("confidentialityCode"),
            el("languageCode", code=self.language),
            self.set_id.element("setId"),
            el("versionNumber", value=str(self.version)),
            self.patient.element(),
            self._author(),
            _custodian(where),
            self._recipient(),
            self._legal_authenticator(),
            self._order(),
            *(act.element() for act in self.acts),
            self.replaces.element() if self.replaces else None,
            self._encounter(where),
            el("component", _body(self.body)),
            xmlns="urn:hl7-org:v3",
            **{"xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance"},
        )
        return (PROLOG + document + "\n").encode()

    def _author(self) -> Xml:
        return el(
            "author",
            self.role.element("functionCode") if self.role else None,
            el("time", value=self.time),
            self.author.element("assignedAuthor"),
        )

    def _recipient(self) -> Xml | None:
        if self.recipient is None:
            return None
        person = self.recipient
        name = el("name", el("given", person.given), el("family", person.family))
        return el(
            "informationRecipient",
            el("intendedRecipient", person.id.element(), el("informationRecipient", name)),
        )

    def _legal_authenticator(self) -> Xml:
        return el(
            "legalAuthenticator",
            el("time", value=self.time),
            el("signatureCode", code="S"),
            self.author.element("assignedEntity"),
        )

    def _order(self) -> Xml | None:
        return el("inFulfillmentOf", el("order", self.order.element())) if self.order else None

    def _encounter(self, where: Organization) -> Xml:
        location = el(
            "location",
            el(
                "healthCareFacility",
                where.facility.element("code"),
                el("location", el("name", where.name), where.address.element()),
            ),
        )
        bounds = (("low", self.low), ("high", self.high))
        times = (el(name, value=value) for name, value in bounds if value)
        return el(
            "componentOf",
            el(
                "encompassingEncounter",
                self.encounter.element("code"),
                el("effectiveTime", *times),
                location,
            ),
        )


def _normal(language: str) -> Coded:
    display = "normal" if language.startswith("en") else "Normal"
    return Coded("N", "2.16.840.1.113883.5.25", display)


def _custodian(organization: Organization) -> Xml:
    keeper = organization.element("representedCustodianOrganization", with_setting=False)
    return el("custodian", el("assignedCustodian", keeper))


def _body(body: tuple[Section, ...] | bytes) -> Xml:
    if isinstance(body, bytes):
        text = b64encode(body).decode()
        file = el("text", text, mediaType="application/pdf", representation="B64")
        return el("nonXMLBody", file)
    return el("structuredBody", *(section.element() for section in body))
