"""The attributes whose values a domain lists, as a table: where the values are in an object."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from ihe_profiles.xds.attributes import KINDS, Attribute, Place
from ihe_profiles.xds.datatypes import HL7Value
from ihe_profiles.xds.domain.affinity import Key
from ihe_profiles.xds.metadata import DocumentEntry, Folder, SubmissionSet


@dataclass(frozen=True, slots=True)
class Valued:
    """One attribute: the kinds of objects that have it, and the rule that judges its values.

    `is_plain`: a value has no scheme. `fold` makes one of the spellings of a plain value.
    `by_label`: a value may also be the display name of a code.
    """

    name: str
    rule: str
    kinds: tuple[type, ...]
    section: str
    read: Callable[[Any], Iterator[Key]]
    is_plain: bool = False
    fold: Callable[[str], str] = str
    by_label: bool = False


def _coded(row: Attribute, obj: Any) -> Iterator[Key]:
    value = getattr(obj, row.field)
    for code in value if row.multiple else () if value is None else (value,):
        yield code.scheme, code.code


def _media_type(text: str) -> str:
    return text.partition(";")[0].strip().lower()


def _mime_type(entry: DocumentEntry) -> Iterator[Key]:
    if entry.mime_type:
        yield "", entry.mime_type


def _language(entry: DocumentEntry) -> Iterator[Key]:
    if entry.language_code:
        yield "", entry.language_code


def _authority(obj: DocumentEntry | SubmissionSet | Folder) -> Iterator[Key]:
    if obj.patient_id and obj.patient_id.authority:
        yield "", obj.patient_id.authority


def _of_authors(field: str, obj: DocumentEntry | SubmissionSet) -> Iterator[Key]:
    for author in obj.author:
        yield from map(coded_text, getattr(author, field))


def coded_text(text: str) -> Key:
    """Read `code^^^&OID&ISO` (ITI TF-3 4.2.3.1.7), the French `code^label^OID`, or a plain text."""
    value = HL7Value(text)
    if scheme := value.subcomponent(4, 2) or value.component(3):
        return scheme, value.component(1)
    return "", text


def _reference_types(entry: DocumentEntry) -> Iterator[Key]:
    for reference in entry.reference_id_list:
        if reference.id_type:
            yield "", reference.id_type


_WITH_AUTHORS: Final = (SubmissionSet, DocumentEntry)

_CODED: Final = tuple(
    Valued(row.name, "code-sets", (kind.type,), row.section, partial(_coded, row))
    for kind in KINDS.values()
    for row in kind.attributes
    if row.place is Place.CODE
)
_PLAIN: Final = (
    Valued(
        "mimeType",
        "mime-types",
        (DocumentEntry,),
        "TF-3 4.2.3.2.15",
        _mime_type,
        is_plain=True,
        fold=_media_type,
    ),
    Valued(
        "languageCode",
        "languages",
        (DocumentEntry,),
        "TF-3 4.2.3.2.13",
        _language,
        is_plain=True,
        fold=str.lower,
    ),
    Valued(
        "patientId",
        "patient-authorities",
        (SubmissionSet, DocumentEntry, Folder),
        "TF-3 4.2.3.2.16",
        _authority,
        is_plain=True,
    ),
    Valued(
        "referenceIdList",
        "reference-id-types",
        (DocumentEntry,),
        "TF-3 4.2.3.2.28",
        _reference_types,
        is_plain=True,
    ),
)
_AUTHORS: Final = (
    Valued(
        "authorSpecialty",
        "author-specialties",
        _WITH_AUTHORS,
        "TF-3 4.2.3.1.4.4",
        partial(_of_authors, "specialties"),
        by_label=True,
    ),
    Valued(
        "authorRole",
        "author-roles",
        _WITH_AUTHORS,
        "TF-3 4.2.3.1.4.3",
        partial(_of_authors, "roles"),
        by_label=True,
    ),
)

VALUED: Final = {row.name: row for row in (*_CODED, *_PLAIN, *_AUTHORS)}
"""By the standard's name; no two kinds of objects have a coded attribute of the same name."""


def folded(row: Valued, key: Key) -> Key:
    """Return a value in the one spelling in which it is looked up."""
    _, code = key
    return ("", row.fold(code)) if row.is_plain else key
