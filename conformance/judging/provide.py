"""What a Document Source sends: ITI-41, and ITI-42 of a source that is its own repository."""

from __future__ import annotations

import binascii
import hashlib
from collections.abc import Callable
from typing import Final

from lxml.etree import _Element

from conformance.judging import submission
from conformance.judging.case import Case
from conformance.judging.multipart import LIMITS, Package
from conformance.judging.table import DOCUMENTS
from ihe_profiles import iti41, iti42
from ihe_profiles.ebrim.namespaces import LCM, XDS
from ihe_profiles.soap.mime import content_id_of
from ihe_profiles.soap.namespaces import XOP
from ihe_profiles.xds.attributes import label
from ihe_profiles.xds.datatypes import normal_uuid
from ihe_profiles.xds.domain.affinity import AffinityDomain
from ihe_profiles.xds.errors import Refusal, error
from ihe_profiles.xds.metadata import DocumentEntry, Submission
from ihe_profiles.xds.schema import require_valid

_DOCUMENT: Final = f"{{{XDS}}}Document"
_SUBMIT: Final = f"{{{LCM}}}SubmitObjectsRequest"
_INCLUDE: Final = f"{{{XOP}}}Include"
_XML: Final = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe", b"\xfe\xff")


def _begins(*magics: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.lstrip(b" \t\r\n").startswith(magics)


_LOOKS: Final[dict[str, Callable[[bytes], bool]]] = {
    "application/pdf": lambda content: b"%PDF-" in content[:1024],
    "application/dicom": lambda content: content[128:132] == b"DICM",
    "image/jpeg": _begins(b"\xff\xd8\xff"),
    "image/png": _begins(b"\x89PNG\r\n\x1a\n"),
    "image/tiff": _begins(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    "text/xml": _begins(*_XML),
    "application/xml": _begins(*_XML),
    "application/hl7-v3+xml": _begins(*_XML),
}


def judge_provide(
    case: Case, body: _Element, package: Package | None, domain: AffinityDomain | None
) -> None:
    """Judge xds:ProvideAndRegisterDocumentSetRequest and the documents that come with it."""
    case.see("DS-41.01", "DS-41.04")
    try:
        iti41.parse(body, LIMITS)
    except Refusal as refusal:
        for one in refusal.errors:
            assertion = DOCUMENTS[one.key]
            covered = assertion in ("REQ.32", "REQ.34") and case.has("REQ.31")
            if not covered and not (assertion == "REQ.32" and case.has("REQ.32")):
                case.error(assertion, one, body)
        if case.has("DS-41.01"):
            return
    submit = body.find(_SUBMIT)
    if submit is None:
        return
    case.see("REQ.34")
    made = submission.judge(case, iti42.object_list(submit), registers=False, domain=domain)
    if made is not None:
        _judge_documents(case, made, body, package)


def judge_register(case: Case, body: _Element, domain: AffinityDomain | None) -> None:
    """Judge lcm:SubmitObjectsRequest."""
    case.see("DS-42.01")
    try:
        require_valid(body, "schema-violation")
    except Refusal as refusal:
        for one in refusal.errors:
            case.error("DS-42.01", one, body)
        return
    submission.judge(case, iti42.object_list(body), registers=True, domain=domain)


def judge_includes(case: Case, root: _Element, package: Package | None) -> None:
    """Judge each xop:Include of an envelope, and whether each part is named by one."""
    named = set()
    for include in root.iter(_INCLUDE):
        parent = include.getparent()
        alone = parent is not None and len(parent) == 1 and not (parent.text or include.tail)
        case.check("REQ.31", alone, "other content beside it", include)
        href = include.get("href", "")
        content_id = content_id_of(href)
        there = package is None or content_id in package.attachments
        case.check("REQ.32", content_id and there, f'href="{href}"', include)
        named.add(content_id)
    for content_id, part in (package.attachments if package else {}).items():
        found = f"Content-ID: <{content_id}>"
        case.check("REQ.33", content_id in named, found, f"octet {part.offset}")


def content_of(document: _Element, package: Package | None) -> bytes | None:
    """Return the bytes of an xds:Document; None when they are not whole in the capture."""
    include = document.find(_INCLUDE)
    if include is None:
        try:
            text = "".join((document.text or "").split())
            return binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
        except ValueError:
            return None
    part = (
        package.attachments.get(content_id_of(include.get("href", "")) or "") if package else None
    )
    return part.content if part is not None and part.whole else None


def _judge_documents(case: Case, made: Submission, body: _Element, package: Package | None) -> None:
    elements = {normal_uuid(one.get("id", "")): one for one in body.iterchildren(_DOCUMENT)}
    entries = {normal_uuid(entry.entry_uuid): entry for entry in made.documents}
    for id, element in elements.items():
        case.see("DS-41.03")
        if id not in entries:
            problem = error("missing-document-metadata", value=id)
            case.error("DS-41.03", problem, element)
    for id, entry in entries.items():
        case.see("DS-41.02")
        if id not in elements:
            case.error("DS-41.02", error("missing-document", object=label(entry)), body)
            continue
        content = content_of(elements[id], package)
        if content is not None:
            _judge_content(case, entry, content, elements[id])


def _judge_content(case: Case, entry: DocumentEntry, content: bytes, place: _Element) -> None:
    if entry.hash is not None:
        computed = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        case.see("DS-41.05")
        if entry.hash.strip().lower() != computed:
            problem = error(
                "hash-differs", object=label(entry), value=entry.hash, computed=computed
            )
            case.error("DS-41.05", problem, place)
    if entry.size is not None:
        case.see("DS-41.06")
        if entry.size.strip() != str(len(content)):
            problem = error(
                "size-differs", object=label(entry), value=entry.size, computed=len(content)
            )
            case.error("DS-41.06", problem, place)
    looks = _LOOKS.get((entry.mime_type or "").partition(";")[0].strip().lower())
    if looks is not None and content:
        found = f"mimeType {entry.mime_type}, octets {content[:16]!r}"
        case.check("DS-41.07", looks(content), found, place)
