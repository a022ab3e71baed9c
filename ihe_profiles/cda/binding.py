"""From the header of a CDA document to the metadata of its DocumentEntry (IHE PCC TF-2 4.1).

Language, codes, persons and times are those of the header. What an affinity domain requires and the
header does not say comes from `Defaults`; what nobody can say is refused with `Unbindable`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar
from uuid import uuid4

from ihe_profiles.cda import fields, patients
from ihe_profiles.cda.classes import INTERNATIONAL, KINDS, REALMS, Kind, Realm
from ihe_profiles.cda.formats import format_code
from ihe_profiles.cda.model import (
    CdaHeader,
    CodedValue,
    InstanceIdentifier,
    Interval,
    Participation,
    ServiceEvent,
)
from ihe_profiles.cda.times import BadTime, utc
from ihe_profiles.xds.datatypes import CX, DTM, CXi
from ihe_profiles.xds.metadata import Author, Code, DocumentEntry, LocalizedString, Text

TEXT_LENGTH: Final = 1024
"""Of a title or display name (ebRIM FreeFormText)."""

ORDER: Final = "urn:ihe:iti:xds:2013:order"
ACCESSION: Final = "urn:ihe:iti:xds:2013:accession"
STUDY: Final = "urn:ihe:iti:xds:2016:studyInstanceUID"
IMAGING_REPORTS: Final = frozenset({"1.2.840.10008.9.1", "1.2.840.10008.9.21"})
"""DICOM PS3.20 templates, in which a serviceEvent's id is a Study Instance UID."""

T = TypeVar("T")


class Unbindable(ValueError):
    """The header lacks what no default can stand for; the message names the element."""


_NOTE: Final = Code("34109-9", "2.16.840.1.113883.6.1", (LocalizedString("Note"),))
_NORMAL: Final = Code("N", "2.16.840.1.113883.5.25", (LocalizedString("normal"),))
_FACILITY: Final = Code("43741000", "2.16.840.1.113883.6.96", (LocalizedString("Site of care"),))
_SETTING: Final = Code(
    "394658006", "2.16.840.1.113883.6.96", (LocalizedString("Clinical specialty"),)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What an entry takes where the header is silent; these claim as little as possible."""

    type_code: Code = _NOTE
    class_code: Code | None = None
    """For a type without a class; None: the report class of the document's realm."""
    class_codes: Mapping[str, Code] = field(default_factory=dict)
    """Code of a document type to its class, asked before the built-in table."""
    confidentiality_code: Code = _NORMAL
    healthcare_facility_type_code: Code = _FACILITY
    practice_setting_code: Code = _SETTING
    language_code: str = "und"


def document_entry(
    header: CdaHeader,
    *,
    entry_uuid: str | None = None,
    patient_id: CX | None = None,
    defaults: Defaults | None = None,
) -> DocumentEntry:
    """Describe the document; hash, size and repositoryUniqueId remain to be added.

    Unless given, `entry_uuid` is a new UUID and `patient_id` that of `patients.patient_id`. Raises
    Unbindable.
    """
    given = defaults or Defaults()
    language = header.language or given.language_code
    patient_id = patient_id or patients.patient_id(header.patient)
    service = _service_time(header)
    legal = header.legal_authenticator
    facility = header.encounter.facility if header.encounter else None
    return DocumentEntry(
        entry_uuid=entry_uuid or uuid4().urn,
        mime_type=header.mime_type,
        unique_id=unique_id(_required(header.id, "id")),
        patient_id=_required(
            patient_id, "recordTarget/patientRole/id with an OID and an extension"
        ),
        source_patient_id=patients.source_patient_id(header.patient) or patient_id,
        source_patient_info=patients.source_patient_info(header.patient),
        author=tuple(author for p in header.authors if (author := _author(p))),
        legal_authenticator=fields.xcn(legal.entity) if legal else None,
        title=_text(header.title, language),
        language_code=language,
        creation_time=_required(_time(header.effective_time, "effectiveTime"), "effectiveTime"),
        service_start_time=_time(service.low, "serviceEvent/effectiveTime/low"),
        service_stop_time=_time(service.high, "serviceEvent/effectiveTime/high"),
        type_code=_code(header.code, language) or given.type_code,
        class_code=_class_code(header, given),
        format_code=format_code(
            (template.root for template in header.template_ids),
            header.body,
            _realm(header).unmatched_format,
        ),
        confidentiality_code=(
            _code(header.confidentiality, language) or given.confidentiality_code,
        ),
        healthcare_facility_type_code=_code(facility, language)
        or given.healthcare_facility_type_code,
        practice_setting_code=_code(_industry(header), language) or given.practice_setting_code,
        event_code_list=tuple(_event_codes(header, language).values()),
        reference_id_list=tuple(dict.fromkeys(_references(header))),
    )


def unique_id(identifier: InstanceIdentifier) -> str:
    """Write a document's id as its uniqueId: `root` or `root^extension` (ITI TF-3 4.2.3.2.26).

    A root that is a UUID becomes a URN in lower case.
    """
    return _with_extension(fields.globally_unique(identifier.root), identifier)


def replaced(header: CdaHeader) -> tuple[tuple[str, ...], ...]:
    """Return, for each document that this one replaces, the uniqueIds under which it may be known.

    First the form that `unique_id` gives, then, where it differs, the form in which it is written.
    """
    return tuple(
        tuple(dict.fromkeys((unique_id(parent), _with_extension(parent.root, parent))))
        for related in header.related_documents
        if related.type_code == "RPLC"
        for parent in related.ids
    )


def _with_extension(root: str, identifier: InstanceIdentifier) -> str:
    return f"{root}^{identifier.extension}" if identifier.extension else root


def _required(value: T | None, element: str) -> T:
    if value is None:
        raise Unbindable(f"the CDA header has no ClinicalDocument/{element}")
    return value


def _time(text: str | None, element: str) -> DTM | None:
    try:
        return utc(text) if text else None
    except BadTime as error:
        raise Unbindable(f"in the CDA header, {element} {error}") from None


def _text(text: str | None, language: str) -> Text:
    return (LocalizedString(text[:TEXT_LENGTH], language),) if text else ()


def _code(value: CodedValue | None, language: str) -> Code | None:
    """A code without a system names nothing in XDS: it is taken as absent."""
    if value is None or value.code_system is None:
        return None
    return Code(value.code, value.code_system, _text(value.display_name or value.code, language))


def _realm(header: CdaHeader) -> Realm:
    return next((REALMS[realm] for realm in header.realms if realm in REALMS), INTERNATIONAL)


def _class_code(header: CdaHeader, defaults: Defaults) -> Code:
    code = header.code.code if header.code else ""
    if code in defaults.class_codes:
        return defaults.class_codes[code]
    if code not in KINDS and defaults.class_code:
        return defaults.class_code
    return _realm(header).classes[KINDS.get(code, Kind.REPORT)]


def _author(participation: Participation) -> Author | None:
    """An author of whom the header says neither person, institution nor telecom is left out."""
    entity = participation.entity
    organization = fields.xon(entity.organization) if entity.organization else None
    function, specialty = participation.function, entity.code
    author = Author(
        person=fields.xcn(entity),
        institutions=(organization,) if organization else (),
        roles=(function.display_name or fields.coded_string(function),) if function else (),
        specialties=(fields.coded_string(specialty),) if specialty else (),
        telecommunications=tuple(xtn for t in entity.telecoms if (xtn := fields.xtn(t))),
    )
    known = author.person or author.institutions or author.telecommunications
    return author if known else None


def principal_event(header: CdaHeader) -> ServiceEvent | None:
    """Return the act that the document is about: the first serviceEvent with a performer."""
    return next((event for event in header.service_events if event.performers), None)


def _service_time(header: CdaHeader) -> Interval:
    """Of the principal act, else of any documented act, else of the encounter."""
    principal = principal_event(header)
    intervals = [principal.effective_time] if principal else []
    intervals += [event.effective_time for event in header.service_events]
    intervals += [header.encounter.effective_time] if header.encounter else []
    return next((i for i in intervals if i.low or i.high), Interval())


def _industry(header: CdaHeader) -> CodedValue | None:
    """The practice setting of the principal performer, else of who signed, wrote, was in charge."""
    event, legal, encounter = principal_event(header), header.legal_authenticator, header.encounter
    entities = [performer.entity for performer in event.performers] if event else []
    entities += [legal.entity] if legal else []
    entities += [author.entity for author in header.authors]
    entities += [encounter.responsible] if encounter and encounter.responsible else []
    industries = (entity.organization.industry for entity in entities if entity.organization)
    return next((industry for industry in industries if industry), None)


def _event_codes(header: CdaHeader, language: str) -> dict[tuple[str, str], Code]:
    """Every documented act with its translations (modality, region of images), each code once."""
    values = (
        value
        for event in header.service_events
        if event.code
        for value in (event.code, *event.code.translations)
    )
    codes: dict[tuple[str, str], Code] = {}
    for value in values:
        if code := _code(value, language):
            codes.setdefault((code.scheme, code.code), code)
    return codes


def _references(header: CdaHeader) -> Iterator[CXi]:
    """Orders, accession numbers and, in imaging reports, studies (ITI TF-3 4.2.3.2.28)."""
    for order in header.orders:
        yield from (fields.cxi(identifier, ORDER) for identifier in order.ids)
        yield from (fields.cxi(number, ACCESSION) for number in order.accession_numbers)
    if any(template.root in IMAGING_REPORTS for template in header.template_ids):
        for event in header.service_events:
            yield from (fields.cxi(study, STUDY) for study in event.ids if not study.extension)
