"""ITI-41 Provide and Register Document Set-b: documents with their metadata (ITI TF-2 3.41)."""

from __future__ import annotations

import binascii
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree
from lxml.etree import _Element

from ihe_profiles import iti42
from ihe_profiles.ebrim.markup import attribute
from ihe_profiles.ebrim.namespaces import LCM, XDS, declarations
from ihe_profiles.soap.exchange import Binary, Transaction
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.soap.mime import content_id_of
from ihe_profiles.xds.datatypes import normal_uuid
from ihe_profiles.xds.errors import Refusal, RegistryError, error, refuse
from ihe_profiles.xds.schema import require_valid

TRANSACTION: Final = Transaction(
    number="ITI-41",
    name="Provide and Register Document Set-b",
    operation="DocumentRepository_ProvideAndRegisterDocumentSet-b",
    action="urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b",
    response_action="urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-bResponse",
    request=f"{{{XDS}}}ProvideAndRegisterDocumentSetRequest",
    mtom=True,
)

_SUBMIT: Final = f"{{{LCM}}}SubmitObjectsRequest"
_DOCUMENT: Final = f"{{{XDS}}}Document"
_INCLUDE: Final = "{http://www.w3.org/2004/08/xop/include}Include"
_BLANKS: Final = str.maketrans("", "", " \t\r\n")


@dataclass(frozen=True, slots=True)
class DocumentElement:
    """One xds:Document: its id, and either the Content-ID of its part or its bytes sent inline.

    A UUID URN as id is in lower case, as the entryUUID of its DocumentEntry is.
    """

    id: str
    content_id: str | None = None
    inline: bytes | None = None


@dataclass(frozen=True, slots=True)
class ProvideRequest:
    """The parts of one request: the SubmitObjectsRequest, its object list, and the documents."""

    submit: _Element
    object_list: _Element
    documents: tuple[DocumentElement, ...]


def parse(body: _Element, limits: SoapLimits) -> ProvideRequest:
    """Read xds:ProvideAndRegisterDocumentSetRequest.

    The metadata is checked against the schema but not read. Raises Refusal, with all that is wrong:
    `repository-schema-violation`, `document-repeated`, `document-not-base64`,
    `document-too-large-inline`, `document-reference`.
    """
    children = list(body.iterchildren(etree.Element))
    _require_structure(children)
    require_valid(children[0], "repository-schema-violation")
    errors: list[RegistryError] = []
    documents = tuple(_documents(children[1:], limits, errors))
    errors.extend(_repetitions(documents))
    if errors:
        raise Refusal(*errors)
    return ProvideRequest(children[0], iti42.object_list(children[0]), documents)


def request(object_list: bytes, documents: Sequence[tuple[str, Binary]]) -> list[bytes | Binary]:
    """Write the request around a rim:RegistryObjectList; each document goes with its entry's id."""
    start = f"<xds:ProvideAndRegisterDocumentSetRequest{declarations('xds')}>".encode()
    pieces: list[bytes | Binary] = [start + iti42.request(object_list)]
    for entry_id, content in documents:
        start_tag = f'<xds:Document id="{attribute(entry_id)}">'
        pieces += [start_tag.encode(), content, b"</xds:Document>"]
    return [*pieces, b"</xds:ProvideAndRegisterDocumentSetRequest>"]


def _require_structure(children: list[_Element]) -> None:
    """Judge the elements that the schema check of the metadata does not see."""
    tags = [child.tag for child in children]
    if tags[:1] != [_SUBMIT] or any(tag != _DOCUMENT for tag in tags[1:]):
        raise _invalid("it holds one lcm:SubmitObjectsRequest, then xds:Document elements")
    if any(child.get("id") is None for child in children[1:]):
        raise _invalid("each xds:Document has an id")


def _invalid(problem: str) -> Refusal:
    name = "ProvideAndRegisterDocumentSetRequest"
    return refuse("repository-schema-violation", path=f"/{name}", problem=problem, element=name)


def _documents(
    elements: list[_Element], limits: SoapLimits, errors: list[RegistryError]
) -> Iterator[DocumentElement]:
    for element in elements:
        try:
            yield _document(element, limits)
        except Refusal as refusal:
            errors.extend(refusal.errors)


def _document(element: _Element, limits: SoapLimits) -> DocumentElement:
    entry_id = normal_uuid(element.get("id", ""))
    children = list(element.iterchildren(etree.Element))
    if not children:
        return DocumentElement(
            entry_id, inline=_decode(entry_id, element.text or "", limits.inline_document)
        )
    text = (element.text or "") + "".join(child.tail or "" for child in children)
    if [child.tag for child in children] != [_INCLUDE] or text.strip():
        raise refuse("document-not-base64", value=entry_id, problem="it holds something else")
    href = children[0].get("href", "")
    content_id = content_id_of(href)
    if not content_id:
        raise refuse("document-reference", value=entry_id, href=repr(href))
    return DocumentElement(entry_id, content_id=content_id)


def _decode(entry_id: str, text: str, limit: int) -> bytes:
    digits = text.translate(_BLANKS)
    if len(digits) // 4 * 3 - digits[-2:].count("=") > limit:
        raise refuse("document-too-large-inline", value=entry_id, limit=limit)
    if len(digits) % 4:
        problem = "its characters are not a multiple of four"
        raise refuse("document-not-base64", value=entry_id, problem=problem)
    try:
        return binascii.a2b_base64(digits.encode("ascii"), strict_mode=True)
    except UnicodeEncodeError:
        problem = "it holds a character outside of ASCII"
    except binascii.Error as failure:
        problem = str(failure)
    raise refuse("document-not-base64", value=entry_id, problem=problem)


def _repetitions(documents: tuple[DocumentElement, ...]) -> Iterator[RegistryError]:
    for entry_id, number in Counter(document.id for document in documents).items():
        if number > 1:
            yield error("document-repeated", value=entry_id, number=number)
