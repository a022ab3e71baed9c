"""MIME types against bytes at submission, and that each medium comes back as it was sent."""

from __future__ import annotations

import pytest

from ihe_profiles.xds.errors import Severity
from ihe_profiles.xds.phrases import french
from ihe_profiles.xds.response import RegistryResponse
from ihe_profiles.xds.vocabulary import ResponseStatus
from ledger.database import Database
from repository.glimpse import KEPT
from repository.media import MediaCheck, problem
from tests.conftest import PROJECT
from tests.repository.conftest import World
from tests.repository.messages import a_message, codes, provide, retrieve

SUCCESS = RegistryResponse(ResponseStatus.SUCCESS)
SAMPLES = PROJECT / "samples" / "documents"
XSLT = (
    b'<?xml version="1.0"?>\n<!-- a style -->\n<xsl:stylesheet version="1.0"'
    b' xmlns:xsl="http://www.w3.org/1999/XSL/Transform"/>'
)
KOS = (
    bytes(128)
    + b"DICM\x02\x00\x00\x00UL\x04\x00\x22\x00\x00\x00"
    + b"\x02\x00\x02\x00UI\x1e\x001.2.840.10008.5.1.4.1.1.88.59"
)
MEDIA = {
    "text/xml": (SAMPLES / "referral.xml").read_bytes(),
    "application/pdf": (SAMPLES / "consignes.pdf").read_bytes(),
    "text/plain": "Appel de suivi : tout va bien.\r\n\tÀ bientôt".encode(),
    "application/xslt+xml": XSLT,
    "application/dicom": KOS,
    "image/jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF\0",
    "image/png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "image/tiff": b"MM\0*\0\0\0\x08",
    "image/gif": b"GIF89a\1\0\1\0",
    "text/rtf": b"{\\rtf1\\ansi}",
    "application/x-unknown": bytes(range(256)),
}
SIGHTS = set(MEDIA) - {"application/x-unknown"}


@pytest.fixture
def database(on_sqlite: Database) -> Database:
    """Nothing here depends on the database."""
    return on_sqlite


@pytest.fixture
def world(world: World, request: pytest.FixtureRequest) -> World:
    world.media = getattr(request, "param", MediaCheck.REFUSE)
    world.start()
    return world


@pytest.mark.parametrize("mime_type", MEDIA)
def test_each_medium_comes_back_as_it_was_sent(world: World, mime_type: str) -> None:
    documents = [MEDIA[mime_type], b"", MEDIA[mime_type] + bytes(2 * KEPT)]
    if mime_type == "text/plain":
        documents[2] = MEDIA[mime_type] * KEPT
    message = a_message(*documents, mime_type=mime_type)
    assert provide(world.caller, message) == SUCCESS
    found = retrieve(world.caller, *message.unique_ids).documents
    assert [data for *_, data in found] == documents
    assert {stated for _, stated, _, _ in found} == {mime_type}
    assert {part for _, _, part, _ in found} == {mime_type}


@pytest.mark.parametrize("mime_type", sorted(SIGHTS))
def test_each_medium_is_told_from_each_other(mime_type: str) -> None:
    right = {mime_type}
    if mime_type == "text/plain":
        right |= {"text/xml", "application/xslt+xml", "text/rtf"}  # they are text too
    elif mime_type == "text/xml":
        right |= {"application/xslt+xml"}
    fits = {one for one in MEDIA if problem(mime_type, MEDIA[one]) is None}
    assert fits == right


def test_what_differs_is_refused(world: World) -> None:
    message = a_message(MEDIA["application/pdf"], b"plain", mime_type="text/plain")
    answer = provide(world.caller, message)
    assert codes(answer) == ["InvalidDocumentContent"]
    (error,) = answer.errors
    assert error.location == message.unique_ids[0]
    assert message.unique_ids[0] in error.context
    assert "its first octets are those of application/pdf" in error.context
    world.assert_untouched()
    assert world.registry.calls == []


@pytest.mark.parametrize("world", [MediaCheck.WARN], indirect=True)
def test_what_differs_is_stored_with_a_warning(world: World) -> None:
    message = a_message(b"plain", mime_type="application/pdf")
    first = provide(world.caller, message)
    assert first.status is ResponseStatus.SUCCESS
    (warning,) = first.errors
    assert (warning.code, warning.severity) == ("InvalidDocumentContent", Severity.WARNING)
    assert "its first octets are not those of this type" in warning.context
    assert provide(world.caller, message) == first
    assert retrieve(world.caller, *message.unique_ids).bytes_of == {message.unique_ids[0]: b"plain"}


@pytest.mark.parametrize("world", [MediaCheck.OFF], indirect=True)
def test_nothing_is_said_where_nobody_asks(world: World) -> None:
    assert provide(world.caller, a_message(b"plain", mime_type="application/pdf")) == SUCCESS


@pytest.mark.parametrize(
    ("mime_type", "document", "words"),
    [
        ("text/plain", "é".encode("latin-1"), None),
        ("text/plain; charset=utf-8", "é".encode("latin-1"), "its octet 0 is not utf-8"),
        ('text/plain; charset="ISO-8859-1"', "é".encode("latin-1"), None),
        ("text/plain", "é".encode("utf-16"), None),
        ("text/plain", b"\xff\xfe" + b"a\0" * KEPT, None),
        ("text/plain; charset=utf-8", b"abc" + "é".encode() * KEPT, None),  # cut in a character
        ("text/plain", b"\xff\xfe\0\xd8a\0", "its octet 2 is not utf-16"),
        ("text/plain; charset=utf-8", b"abc\xc3", "its octet 3 is not utf-8"),
        ("text/plain; charset=no-such", b"\0", None),
        ("text/plain; charset=hex", b"\0", None),
        ("text/plain", b"ab\0c", "its octet 2 is 00, which no text holds"),
        ("text/plain", b"%PDF-1.7\n", "its first octets are those of application/pdf"),
        ("TEXT/XML; charset=utf-16", "<a/>".encode("utf-16"), None),
        ("application/hl7-cda+xml", b" \n<a/>", None),
        ("application/hl7-cda+xml", b"{}", "are not those of this type"),
        ("application/xml", b"\xef\xbb\xbf<a/>", None),
        ("application/xslt+xml", b"<a/>", "its first octets are those of text/xml"),
        ("application/pdf", b"\n" * 1000 + b"%PDF-1.7", None),
        ("application/pdf", b"\n" * 1024 + b"%PDF-1.7", "not those of this type"),
        ("application/dicom", bytes(128) + b"DIC", "not those of this type"),
        ("", b"\0", None),
    ],
)
def test_problems_are_said(mime_type: str, document: bytes, words: str | None) -> None:
    said = problem(mime_type, document[:KEPT])
    if words is None:
        assert said is None
    else:
        assert words in str(said)
        assert french(said) != said
