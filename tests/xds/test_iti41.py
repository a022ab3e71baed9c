"""ITI-41 and ITI-42 on the wire."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

import schemas
from ihe_profiles import iti41, iti42
from ihe_profiles.ebrim.namespaces import LCM, RIM, XDS
from ihe_profiles.iti41 import DocumentElement
from ihe_profiles.soap.exchange import Binary
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.xds import encoding
from ihe_profiles.xds.errors import Refusal
from tests.xds.messages import keys, submission

LIMITS = SoapLimits()
OBJECTS = encoding.write_submission(submission())
XOP = "http://www.w3.org/2004/08/xop/include"
UUID = "urn:uuid:8b6d2f3e-6c1c-4b51-9d6a-0f6d2a9a7b10"


def include(href: str) -> str:
    return f'<i:Include xmlns:i="{XOP}" href="{href}"/>'


def request(*documents: tuple[str, str]) -> etree._Element:
    """A request with documents as (id, XML content)."""
    inner = "".join(f'<d:Document id="{i}">{content}</d:Document>' for i, content in documents)
    name = "d:ProvideAndRegisterDocumentSetRequest"
    submit = iti42.request(OBJECTS).decode()
    return etree.fromstring(f'<{name} xmlns:d="{XDS}">{submit}{inner}</{name}>')


def parse(*documents: tuple[str, str], limits: SoapLimits = LIMITS) -> tuple[DocumentElement, ...]:
    return iti41.parse(request(*documents), limits).documents


def refused(*documents: tuple[str, str], limits: SoapLimits = LIMITS) -> list[str]:
    with pytest.raises(Refusal) as refusal:
        parse(*documents, limits=limits)
    return keys(refusal.value.errors)


@pytest.mark.parametrize(
    ("content", "data"),
    [
        ("", b""),
        ("SGVyZSBpcyBteSBkb2N1bWVudA==", b"Here is my document"),
        ("\n SGVy\r\n\tZSA= \n", b"Here "),
        ("/+8=", b"\xff\xef"),
    ],
)
def test_inline_documents(content: str, data: bytes) -> None:
    assert parse(("a", content)) == (DocumentElement("a", inline=data),)


@given(st.binary(max_size=200))
def test_any_bytes_inline(data: bytes) -> None:
    (found,) = parse(("a", base64.encodebytes(data).decode()))
    assert found.inline == data


@pytest.mark.parametrize(
    "content",
    ["SGV", "SGVy=", "SG=y", "SGVy!", "SGVyZQ==SGVy", "====", "SGVyZQ", "é===", "SGVyZQ=", "-_8="],
)
def test_what_is_not_base64_is_refused(content: str) -> None:
    assert refused(("a", content)) == ["document-not-base64"]


@pytest.mark.parametrize(
    "content",
    [
        include("cid:x") * 2,
        f"SGVy{include('cid:x')}",
        f"{include('cid:x')}SGVy",
        "<other/>",
    ],
)
def test_other_content_is_refused(content: str) -> None:
    assert refused(("a", content)) == ["document-not-base64"]


@pytest.mark.parametrize(
    ("href", "content_id"),
    [
        ("cid:1@example.org", "1@example.org"),
        ("cid:1%40urn%3Aihe%3Aiti%3Axds-b%3A2007", "1@urn:ihe:iti:xds-b:2007"),
        ("cid:a+b", "a+b"),
        ("cid:%C3%A9", "é"),
    ],
)
def test_references_to_parts(href: str, content_id: str) -> None:
    assert parse(("a", f"\n {include(href)} \n")) == (DocumentElement("a", content_id),)


@pytest.mark.parametrize("href", ["", "cid:", "http://example.org/x", "x@y"])
def test_other_references_are_refused(href: str) -> None:
    assert refused(("a", include(href))) == ["document-reference"]


def test_inline_and_parts_mixed() -> None:
    assert parse(("a", "SGVy"), ("b", include("cid:x")), ("c", "")) == (
        DocumentElement("a", inline=b"Her"),
        DocumentElement("b", "x"),
        DocumentElement("c", inline=b""),
    )


def test_the_limit_of_inline_documents_is_exact() -> None:
    limits = replace(LIMITS, inline_document=10)
    for size in (8, 9, 10):
        (found,) = parse(("a", base64.b64encode(b"x" * size).decode()), limits=limits)
        assert found.inline == b"x" * size
    for size in (11, 12, 13):
        content = base64.b64encode(b"x" * size).decode()
        assert refused(("a", content), limits=limits) == ["document-too-large-inline"]


def test_one_document_for_each_id() -> None:
    assert refused(("a", ""), ("a", ""), ("b", "")) == ["document-repeated"]
    assert refused((UUID, ""), (UUID.upper(), "")) == ["document-repeated"]


def test_ids_are_in_lower_case_as_entry_uuids_are() -> None:
    assert parse((UUID.upper(), ""))[0].id == UUID


def test_everything_wrong_is_told_at_once() -> None:
    assert refused(("a", "!"), ("b", include("x")), ("c", "?"), ("c2", "")) == [
        "document-not-base64",
        "document-reference",
        "document-not-base64",
    ]


def test_the_metadata_is_handed_on() -> None:
    found = iti41.parse(request(("Document01", "")), LIMITS)
    assert found.submit.tag == f"{{{LCM}}}SubmitObjectsRequest"
    assert encoding.read_submission(found.object_list) == submission()


def _without_id(body: etree._Element) -> None:
    del body[1].attrib["id"]


def _other_element(body: etree._Element) -> None:
    etree.SubElement(body, f"{{{XDS}}}Other")


def _second_submit(body: etree._Element) -> None:
    body.append(etree.fromstring(iti42.request(OBJECTS)))


def _document_first(body: etree._Element) -> None:
    body.insert(0, body[1])


def _bad_metadata(body: etree._Element) -> None:
    del body.find(f".//{{{RIM}}}ExtrinsicObject").attrib["id"]


def _no_object_list(body: etree._Element) -> None:
    body[0].remove(body[0][0])


@pytest.mark.parametrize(
    "spoil",
    [
        _without_id,
        _other_element,
        _second_submit,
        _document_first,
        _bad_metadata,
        _no_object_list,
        etree._Element.clear,
    ],
)
def test_invalid_requests_are_refused_by_name(spoil) -> None:
    body = request(("Document01", ""))
    spoil(body)
    with pytest.raises(Refusal) as refusal:
        iti41.parse(body, LIMITS)
    assert set(keys(refusal.value.errors)) == {"repository-schema-violation"}


def test_a_request_is_written_around_its_documents() -> None:
    content = Binary("text/plain", 3, lambda: iter([b"Her"]))
    pieces = iti41.request(OBJECTS, [("a", content), ('b"', content)])
    assert pieces.count(content) == 2
    whole = b"".join(piece if isinstance(piece, bytes) else b"SGVy" for piece in pieces)
    element = etree.fromstring(whole)
    assert schemas.violations(element) == []
    found = iti41.parse(element, LIMITS)
    assert [document.id for document in found.documents] == ["a", 'b"']
    assert encoding.read_submission(found.object_list) == submission()


def test_no_documents_is_legal() -> None:
    element = etree.fromstring(b"".join(map(bytes, _bytes(iti41.request(OBJECTS, ())))))
    assert iti41.parse(element, LIMITS).documents == ()


def _bytes(pieces: list[bytes | Binary]) -> Iterator[bytes]:
    for piece in pieces:
        assert isinstance(piece, bytes)
        yield piece


def test_iti_42_is_written_and_read() -> None:
    body = etree.fromstring(iti42.request(OBJECTS))
    assert body.tag == iti42.TRANSACTION.request
    assert encoding.read_submission(iti42.parse(body)) == submission()


def test_iti_42_refuses_what_the_schema_does_not_allow() -> None:
    body = etree.fromstring(iti42.request(OBJECTS))
    for obj in body[0]:
        obj.attrib.pop("id")
    with pytest.raises(Refusal) as refusal:
        iti42.parse(body)
    assert set(keys(refusal.value.errors)) == {"schema-violation"}
    assert len(refusal.value.errors) == len(body[0])
