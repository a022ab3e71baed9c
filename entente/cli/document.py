"""From a file and what the user says of it to a DocumentEntry."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

from entente.cli.console import Failed
from entente.cli.description import Description
from entente.source import timestamp
from ihe_profiles.cda import binding, header
from ihe_profiles.cda.formats import IHE_FORMATS, MIME_TYPE_SUFFICIENT
from ihe_profiles.cda.header import NotCda
from ihe_profiles.soap.limits import MIB
from ihe_profiles.xds.metadata import Code, DocumentEntry, LocalizedString
from ihe_profiles.xds.submission import new_oid

CDA_LIMIT: Final = 128 * MIB
"""A larger file is not read for a CDA header."""

_KEPT: Final = (
    "patient_id",
    "source_patient_id",
    "source_patient_info",
    "author",
    "class_code",
    "type_code",
    "format_code",
    "practice_setting_code",
    "healthcare_facility_type_code",
    "confidentiality_code",
    "event_code_list",
    "language_code",
    "title",
)
"""What a file that is no CDA takes from the entry that it replaces."""

_ANY_FORMAT: Final = Code(
    MIME_TYPE_SUFFICIENT, IHE_FORMATS, (LocalizedString("mimeType sufficient"),)
)
_NEEDED: Final = {"patient_id": "--patient", "class_code": "--class", "type_code": "--type"}


@dataclass(frozen=True, slots=True)
class Described:
    """The entry of a file, and the possible uniqueIds of each document that it says it replaces."""

    entry: DocumentEntry
    replaces: tuple[tuple[str, ...], ...] = ()


def describe(path: Path, description: Description, like: DocumentEntry | None = None) -> Described:
    """Make the entry of a file; hash and size remain to be added.

    A CDA is described by its header, any other file by `description` and `like`, the entry that it
    replaces. Raises Failed when that is not enough, OSError.
    """
    reason = "it is not XML"
    if description.mime in (None, "text/xml", "application/xml") and _looks_like_xml(path):
        try:
            return _cda(path, description)
        except NotCda as error:
            reason = str(error)
    return Described(_other(path, description, like, reason))


def _looks_like_xml(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(1024).lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0")
    return start.startswith(b"<") and path.stat().st_size <= CDA_LIMIT


def _cda(path: Path, description: Description) -> Described:
    found = header.read(path.read_bytes())
    try:
        entry = binding.document_entry(found, patient_id=description.patient)
    except binding.Unbindable as error:
        raise Failed(str(error)) from error
    return Described(replace(entry, **description.attributes()), binding.replaced(found))


def _other(
    path: Path, description: Description, like: DocumentEntry | None, reason: str
) -> DocumentEntry:
    kept = {name: getattr(like, name) for name in _KEPT} if like else {}
    entry = replace(_blank(path), **kept)
    entry = replace(entry, **description.attributes())
    missing = [option for name, option in _NEEDED.items() if not getattr(entry, name)]
    if missing:
        raise Failed(f"no CDA header to read ({reason}): give {', '.join(missing)}")
    if not entry.source_patient_id:
        entry = replace(entry, source_patient_id=entry.patient_id)
    return entry


def _blank(path: Path) -> DocumentEntry:
    """Say of a file what can be said without knowing it, and claim no more than that."""
    defaults = binding.Defaults()
    return DocumentEntry(
        entry_uuid=uuid4().urn,
        unique_id=new_oid(),
        mime_type=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
        title=(LocalizedString(path.stem),),
        creation_time=timestamp(datetime.fromtimestamp(path.stat().st_mtime, UTC)),
        language_code=defaults.language_code,
        format_code=_ANY_FORMAT,
        confidentiality_code=(defaults.confidentiality_code,),
        healthcare_facility_type_code=defaults.healthcare_facility_type_code,
        practice_setting_code=defaults.practice_setting_code,
    )
