"""Rules that judge one object alone (ITI TF-3 4.2.3 and 4.3.1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final

from ihe_profiles.ebrim.objects import Slot
from ihe_profiles.xds.attributes import AUTHOR_SLOTS, KINDS, Attribute, Place, label
from ihe_profiles.xds.datatypes import text_problem, urn_problem
from ihe_profiles.xds.errors import RegistryError, error
from ihe_profiles.xds.metadata import (
    Association,
    Author,
    Code,
    DocumentEntry,
    Folder,
    RegistryObject,
    SubmissionSet,
)
from ihe_profiles.xds.phrases import phrase
from ihe_profiles.xds.vocabulary import STABLE

_REQUIRED: Final = {
    DocumentEntry: (
        "classCode confidentialityCode creationTime entryUUID formatCode hash"
        " healthcareFacilityTypeCode languageCode mimeType objectType patientId"
        " practiceSettingCode repositoryUniqueId size sourcePatientId typeCode uniqueId"
    ),
    SubmissionSet: "contentTypeCode entryUUID patientId sourceId submissionTime uniqueId",
    Folder: "codeList entryUUID patientId title uniqueId",
    Association: "entryUUID associationType sourceObject targetObject",
}
"""TF-3 table 4.3.1-3, the column of a repository that registers (ITI-42)."""

REQUIRED: Final = {
    kind: tuple(KINDS[kind].by_name[name] for name in names.split())
    for kind, names in _REQUIRED.items()
}
"""The attributes without which a registry does not take an object."""

_IDENTIFYING: Final = frozenset(
    (
        *("entryUUID", "uniqueId", "patientId", "sourceId", "submissionTime", "mimeType"),
        *("objectType", "associationType", "sourceObject", "targetObject"),
    )
)
"""Without these a registry cannot store an object, so no domain can do without them."""

_PLAIN: Final = (Place.OBJECT, Place.SLOT, Place.IDENTIFIER)
JUDGED: Final = {
    kind: tuple(row for row in rows.attributes if row.judge and row.place in _PLAIN)
    for kind, rows in KINDS.items()
}
"""The attributes that are judged by their data type; those of authors are AUTHOR_SLOTS."""

_ONCE: Final = ("PID-7", "PID-8")
_LONGEST_TITLE: Final = {DocumentEntry: 127, SubmissionSet: 255, Folder: 256}
"""TF-3 4.2.3.2.24, 4.2.3.3.11, 4.2.3.4.8."""


def required(*, identifying: bool) -> Callable[[RegistryObject], Iterator[RegistryError]]:
    """Make the judge of the required attributes: those that say what and whose, or the others."""
    chosen = {
        kind: tuple(row for row in rows if (row.name in _IDENTIFYING) is identifying)
        for kind, rows in REQUIRED.items()
    }

    def judge(obj: RegistryObject) -> Iterator[RegistryError]:
        for row in chosen[type(obj)]:
            if is_absent(obj, row):
                yield error(
                    "attribute-missing", object=label(obj), attribute=row.name, section=row.section
                )

    return judge


def is_absent(obj: RegistryObject, row: Attribute) -> bool:
    """Say whether an attribute is absent, or a text that says nothing."""
    value = getattr(obj, row.field)
    if row.place is Place.TEXT:
        return not any(string.value.strip() for string in value)
    return value is None or value == ()


def limited_metadata(obj: SubmissionSet | DocumentEntry | Folder) -> Iterator[RegistryError]:
    """Judge that nothing is marked as limited metadata, which only XDR and XDM know."""
    if obj.limited_metadata:
        row = KINDS[type(obj)].by_name["limitedMetadata"]
        yield error(
            "attribute-forbidden", object=label(obj), attribute=row.name, section=row.section
        )


def title_length(obj: SubmissionSet | DocumentEntry | Folder) -> Iterator[RegistryError]:
    """Judge that no title, in no language, is longer than the standard allows."""
    row, limit = KINDS[type(obj)].by_name["title"], _LONGEST_TITLE[type(obj)]
    for string in obj.title:
        if len(string.value) > limit:
            text = "has {number} characters, more than the {limit} allowed"
            problem = phrase(text, number=len(string.value), limit=limit)
            yield _malformed(obj, row.name, row, string.value, problem)


def forms(names: str) -> Callable[[RegistryObject], Iterator[RegistryError]]:
    """Make the judge of the data types of some attributes, of objects and of their authors."""
    own = {kind: tuple(r for r in rows if r.name in names.split()) for kind, rows in JUDGED.items()}
    of_authors = tuple(row for name, row in AUTHOR_SLOTS.items() if name in names.split())

    def judge(obj: RegistryObject) -> Iterator[RegistryError]:
        for row in own[type(obj)]:
            yield from _values(obj, row, getattr(obj, row.field))
        if of_authors and isinstance(obj, SubmissionSet | DocumentEntry):
            for author in obj.author:
                for row in of_authors:
                    yield from _values(obj, row, getattr(author, row.field))

    return judge


def codes(obj: RegistryObject) -> Iterator[RegistryError]:
    """Judge that every code has a scheme and a display name."""
    for row, code in codes_of(obj):
        problem = text_problem(code.scheme)
        if problem:
            yield _malformed(obj, f"codingScheme in {row.name}", row, code.scheme, problem)
        if not any(string.value.strip() for string in code.display):
            yield error(
                "code-without-display", object=label(obj), attribute=row.name, value=code.code
            )


def authors(obj: SubmissionSet | DocumentEntry) -> Iterator[RegistryError]:
    """Judge that every author says who it is."""
    for author in obj.author:
        if not (author.person or author.institutions or author.telecommunications):
            yield error("author-empty", object=label(obj))


def extra_slots(obj: RegistryObject) -> Iterator[RegistryError]:
    """Judge the names of the slots that are no attributes: URNs outside of IHE's own."""
    for holder in _holders(obj):
        for slot in holder.extra_slots:
            if not _is_extra(slot):
                yield error("extra-slot-name", object=label(obj), attribute=slot.name)


def first_versions(obj: RegistryObject) -> Iterator[RegistryError]:
    """Judge that the logicalID, if given, is the entryUUID: further versions come by ITI-57."""
    if obj.logical_id not in (None, obj.entry_uuid):
        yield error("logical-id-differs", object=label(obj), value=obj.logical_id)


def stable_entries(obj: DocumentEntry) -> Iterator[RegistryError]:
    """Judge that the entry is a stable one."""
    if obj.object_type != STABLE:
        yield error("only-stable-entries", object=label(obj))


def service_times(obj: DocumentEntry) -> Iterator[RegistryError]:
    """Judge that the service does not stop before it starts, as precisely as both times say."""
    start, stop = obj.service_start_time, obj.service_stop_time
    if start and stop:
        precision = min(len(start), len(stop))
        if start[:precision] > stop[:precision]:
            yield error("service-times-reversed", object=label(obj), start=start, stop=stop)


def patient_info(obj: DocumentEntry) -> Iterator[RegistryError]:
    """Judge that birth time and sex of the patient come at most once."""
    row = KINDS[DocumentEntry].by_name["sourcePatientInfo"]
    fields = Counter(value.partition("|")[0] for value in obj.source_patient_info)
    for field in _ONCE:
        if fields[field] > 1:
            yield error(
                "value-repeated",
                object=label(obj),
                attribute=row.name,
                number=fields[field],
                value=field,
                section=row.section,
            )


def _values(obj: RegistryObject, row: Attribute, value: Any) -> Iterator[RegistryError]:
    values = value if row.multiple else () if value is None else (value,)
    for one in values:
        problem = row.judge(one) if row.judge else None
        if problem:
            yield _malformed(obj, row.name, row, one, problem)


def _malformed(
    obj: RegistryObject, name: str, row: Attribute, value: str, problem: str
) -> RegistryError:
    return error(
        "value-malformed",
        object=label(obj),
        attribute=name,
        value=f'"{value}"',
        problem=problem,
        section=row.section,
    )


def codes_of(obj: RegistryObject) -> Iterator[tuple[Attribute, Code]]:
    """Iterate over the codes of an object, each with its attribute."""
    for row in KINDS[type(obj)].attributes:
        if row.place is Place.CODE:
            value = getattr(obj, row.field)
            for code in value if row.multiple else () if value is None else (value,):
                yield row, code


def _holders(obj: RegistryObject) -> Iterator[RegistryObject | Author | Code]:
    yield obj
    if isinstance(obj, SubmissionSet | DocumentEntry):
        yield from obj.author
    yield from (code for _, code in codes_of(obj))


def _is_extra(slot: Slot) -> bool:
    return urn_problem(slot.name) is None and not slot.name.lower().startswith("urn:ihe:")
