"""Reads the header of an HL7 CDA R2 document without building its body.

The parser stops at the body's first element, so a body that holds a large file costs nothing. A
document with a DTD is refused: a CDA has none, and entities are an attack.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Final

from lxml import etree
from lxml.etree import _Element

from ihe_profiles.cda import v3
from ihe_profiles.cda.model import (
    AssignedEntity,
    Body,
    BodyKind,
    CdaHeader,
    Device,
    Encounter,
    Order,
    Organization,
    Participation,
    Patient,
    RelatedDocument,
    ServiceEvent,
)
from ihe_profiles.cda.v3 import HL7, every, first, identifiers, one

_DOCUMENT: Final = f"{{{HL7}}}ClinicalDocument"
_STRUCTURED: Final = f"{{{HL7}}}{BodyKind.STRUCTURED}"
_NON_XML: Final = f"{{{HL7}}}{BodyKind.NON_XML}"
_TEXT: Final = f"{{{HL7}}}text"
_STYLESHEETS: Final = tuple(
    f"{{http://www.w3.org/1999/XSL/Transform}}{name}" for name in ("stylesheet", "transform")
)


class NotCda(ValueError):
    """The bytes are no CDA R2 document; the message says why, and quotes nothing of them."""


def read(data: bytes) -> CdaHeader:
    """Read the header of the CDA R2 document `data`; NotCda where it is none."""
    try:
        document, body = _open(data)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        message = f"it is not XML that can be read safely (line {line}, column {column})"
        raise NotCda(message) from None
    return _header(document, body)


def _open(data: bytes) -> tuple[_Element, Body]:
    """Parse up to the body: the ClinicalDocument with its header, and the kind of body."""
    document: _Element | None = None
    for element in _starts(data):
        if document is None:
            document = _document(element)
        elif body := _body(element, document):
            return document, body
    raise NotCda("it has no ClinicalDocument with a structuredBody or a nonXMLBody with text")


def _starts(data: bytes) -> Iterator[_Element]:
    events = etree.iterparse(
        BytesIO(data),
        events=("start",),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    for position, (_, element) in enumerate(events):
        if position == 0 and element.getroottree().docinfo.doctype:
            raise NotCda("it has a DOCTYPE, which a CDA document never has")
        yield element


def _document(element: _Element) -> _Element | None:
    """The element if it is the ClinicalDocument; None inside a stylesheet that may hold one."""
    if element.tag == _DOCUMENT:
        return element
    if element.getparent() is None and element.tag not in _STYLESHEETS:
        raise NotCda(
            "its root element is neither ClinicalDocument (urn:hl7-org:v3) nor a stylesheet"
        )
    return None


def _body(element: _Element, document: _Element) -> Body | None:
    """The body, if the element is a structuredBody or the text of a nonXMLBody of the document."""
    parent = element.getparent()
    if element.tag == _STRUCTURED and _grandparent(element) is document:
        return Body(BodyKind.STRUCTURED)
    if element.tag == _TEXT and parent is not None and parent.tag == _NON_XML:
        return Body(BodyKind.NON_XML, v3.attribute(element, "mediaType"))
    return None


def _grandparent(element: _Element) -> _Element | None:
    parent = element.getparent()
    return None if parent is None else parent.getparent()


def _header(document: _Element, body: Body) -> CdaHeader:
    return CdaHeader(
        realms=tuple(
            filter(None, (v3.attribute(e, "code") for e in every(document, "v3:realmCode")))
        ),
        template_ids=identifiers(document, "v3:templateId"),
        id=first(identifiers(document)),
        code=v3.coded_value(one(document, "v3:code")),
        title=v3.text(one(document, "v3:title")),
        effective_time=v3.time(one(document, "v3:effectiveTime")),
        confidentiality=v3.coded_value(one(document, "v3:confidentialityCode")),
        language=v3.attribute(one(document, "v3:languageCode"), "code"),
        set_id=first(identifiers(document, "v3:setId")),
        version=v3.attribute(one(document, "v3:versionNumber"), "value"),
        patient=v3.maybe(_patient, one(document, "v3:recordTarget/v3:patientRole")) or Patient(),
        authors=tuple(map(_participation, every(document, "v3:author"))),
        custodian=v3.maybe(
            _organization,
            one(document, "v3:custodian/v3:assignedCustodian/v3:representedCustodianOrganization"),
        ),
        legal_authenticator=v3.maybe(_participation, one(document, "v3:legalAuthenticator")),
        orders=tuple(map(_order, every(document, "v3:inFulfillmentOf/v3:order"))),
        service_events=tuple(
            map(_service_event, every(document, "v3:documentationOf/v3:serviceEvent"))
        ),
        related_documents=tuple(map(_related, every(document, "v3:relatedDocument"))),
        encounter=v3.maybe(_encounter, one(document, "v3:componentOf/v3:encompassingEncounter")),
        body=body,
        self_displaying=document.getparent() is not None,
    )


def _patient(role: _Element) -> Patient:
    return Patient(
        ids=identifiers(role),
        name=first(v3.names(role, "v3:patient/v3:name")),
        birth_time=v3.time(one(role, "v3:patient/v3:birthTime")),
        gender=v3.attribute(one(role, "v3:patient/v3:administrativeGenderCode"), "code"),
        addresses=v3.names(role, "v3:addr"),
        telecoms=v3.telecoms(role),
    )


def _participation(element: _Element) -> Participation:
    entity = one(element, "v3:assignedEntity | v3:assignedAuthor")
    return Participation(
        entity=v3.maybe(_entity, entity) or AssignedEntity(),
        time=v3.time(one(element, "v3:time")),
        function=v3.coded_value(one(element, "v3:functionCode")),
    )


def _entity(element: _Element) -> AssignedEntity:
    return AssignedEntity(
        ids=identifiers(element),
        code=v3.coded_value(one(element, "v3:code")),
        telecoms=v3.telecoms(element),
        name=first(v3.names(element, "v3:assignedPerson/v3:name")),
        device=v3.maybe(_device, one(element, "v3:assignedAuthoringDevice")),
        organization=v3.maybe(_organization, one(element, "v3:representedOrganization")),
    )


def _device(element: _Element) -> Device:
    return Device(
        model=v3.text(one(element, "v3:manufacturerModelName")),
        software=v3.text(one(element, "v3:softwareName")),
    )


def _organization(element: _Element) -> Organization:
    return Organization(
        ids=identifiers(element),
        name=v3.text(one(element, "v3:name")),
        telecoms=v3.telecoms(element),
        industry=v3.coded_value(one(element, "v3:standardIndustryClassCode")),
    )


def _order(element: _Element) -> Order:
    return Order(
        ids=identifiers(element), accession_numbers=identifiers(element, "dicom:accessionNumber")
    )


def _service_event(element: _Element) -> ServiceEvent:
    return ServiceEvent(
        ids=identifiers(element),
        code=v3.coded_value(one(element, "v3:code")),
        effective_time=v3.interval(one(element, "v3:effectiveTime")),
        performers=tuple(map(_participation, every(element, "v3:performer"))),
    )


def _encounter(element: _Element) -> Encounter:
    return Encounter(
        ids=identifiers(element),
        code=v3.coded_value(one(element, "v3:code")),
        effective_time=v3.interval(one(element, "v3:effectiveTime")),
        responsible=v3.maybe(_entity, one(element, "v3:responsibleParty/v3:assignedEntity")),
        facility=v3.coded_value(one(element, "v3:location/v3:healthCareFacility/v3:code")),
    )


def _related(element: _Element) -> RelatedDocument:
    return RelatedDocument(
        type_code=v3.attribute(element, "typeCode") or "",
        ids=identifiers(element, "v3:parentDocument/v3:id"),
        set_id=first(identifiers(element, "v3:parentDocument/v3:setId")),
        version=v3.attribute(one(element, "v3:parentDocument/v3:versionNumber"), "value"),
    )
