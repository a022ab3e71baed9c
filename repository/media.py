"""A document's MIME type against its first octets (ITI TF-3 4.2.3.2.15)."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from enum import StrEnum
from typing import Final

from ihe_profiles.xds.errors import RegistryError, Severity, error
from ihe_profiles.xds.phrases import Phrase, phrase
from repository.glimpse import KEPT, encoding_of_xml, is_pdf
from repository.metadata import Entry


class MediaCheck(StrEnum):
    """What becomes of a document whose bytes are not what its mimeType says."""

    OFF = "off"
    WARN = "warn"
    REFUSE = "refuse"


_XSL: Final = b"http://www.w3.org/1999/XSL/Transform"
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")  # all but TAB LF FF CR ESC
_CHARSET: Final = re.compile(r";\s*charset\s*=\s*\"?([\w.:+-]+)", re.IGNORECASE)
_UNICODE: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def _is_xml(head: bytes) -> bool:
    return encoding_of_xml(head) is not None


def _is_xslt(head: bytes) -> bool:
    return _is_xml(head) and _XSL in head.replace(b"\0", b"")


def _begins(*magics: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(magics)


_SEEN: Final[dict[str, Callable[[bytes], bool]]] = {
    "application/dicom": lambda head: head[128:132] == b"DICM",  # DICOM PS3.10 7.1
    "image/jpeg": _begins(b"\xff\xd8\xff"),
    "image/png": _begins(b"\x89PNG\r\n\x1a\n"),
    "image/tiff": _begins(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    "image/gif": _begins(b"GIF87a", b"GIF89a"),
    "text/rtf": _begins(b"{\\rtf"),
    "application/xslt+xml": _is_xslt,
    "text/xml": _is_xml,
    "application/pdf": is_pdf,
}
"""How the media that are known begin, the most telling first."""

_SAME: Final = {
    "application/xml": "text/xml",
    "application/rtf": "text/rtf",
    "application/x-pdf": "application/pdf",
    "image/jpg": "image/jpeg",
    "text/xsl": "application/xslt+xml",
}


def check(how: MediaCheck, entry: Entry, head: bytes) -> Iterator[RegistryError]:
    """Compare what an entry says with its document's first octets: at most one error or warning."""
    wrong = None if how is MediaCheck.OFF else problem(entry.mime_type, head)
    if wrong is None:
        return
    found = error(
        "media-differs",
        location=entry.unique_id,
        object=entry.name,
        document=entry.unique_id,
        value=entry.mime_type,
        problem=wrong,
    )
    yield replace(found, severity=Severity.WARNING) if how is MediaCheck.WARN else found


def problem(mime_type: str, head: bytes) -> Phrase | None:
    """Say why a document that begins so is not of a type; None where it may be.

    An empty document may be of any type, and a type that is not known may be any document.
    """
    type = _known_as(mime_type)
    if not head:
        return None
    if type == "text/plain":
        charset = _CHARSET.search(mime_type)
        return _text_problem(head, charset and charset[1])
    if type not in _SEEN or _SEEN[type](head):
        return None
    return _seen(head) or phrase("its first octets are not those of this type")


def _known_as(mime_type: str) -> str:
    type = mime_type.partition(";")[0].strip().lower()
    if type not in _SEEN and type.endswith("+xml"):  # RFC 7303 4.2
        return "text/xml"
    return _SAME.get(type, type)


def _seen(head: bytes) -> Phrase | None:
    found = next((type for type, begins in _SEEN.items() if begins(head)), None)
    return None if found is None else phrase("its first octets are those of {found}", found=found)


def _text_problem(head: bytes, charset: str | None) -> Phrase | None:
    """Text decodes as its charset says, or as its BOM says, or has no control characters."""
    charset = next((name for bom, name in _UNICODE if head.startswith(bom)), charset)
    if charset is None:
        control = _CONTROLS.search(head)
        if control is None:
            return None if not is_pdf(head[:5]) else _seen(head)
        octet, place = control[0].hex(), control.start()
        return _seen(head) or phrase(
            "its octet {place} is {octet}, which no text holds", place=place, octet=octet
        )
    try:
        "a".encode(charset)  # LookupError for a codec that is not of text
        codecs.getincrementaldecoder(charset)().decode(head, final=len(head) < KEPT)
    except LookupError:
        return None  # what is not known may be any text
    except UnicodeError as failure:
        place = getattr(failure, "start", 0)
        return phrase("its octet {place} is not {charset}", place=place, charset=charset)
    return None
