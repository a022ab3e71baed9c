"""What the writers write, our reader and the standard library's read."""

from __future__ import annotations

import base64
import email
import email.policy
import re
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ihe_profiles.soap import mtom
from ihe_profiles.soap.exchange import Binary
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.soap.mime import MultipartReader, content_id_of, parse_content_type
from tests.soap.multipart import read

ACTION = "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b"
INCLUDE = "{http://www.w3.org/2004/08/xop/include}Include"


def binary(*chunks: bytes, size: int | None = None, content_type: str = "a/b") -> Binary:
    total = sum(map(len, chunks)) if size is None else size
    return Binary(content_type, total, lambda: iter(chunks))


documents = st.lists(st.binary(max_size=50), max_size=5)


@given(st.lists(documents, max_size=4))
def test_each_binary_is_included_where_it_stands(contents):
    envelope: list[bytes | Binary] = [b"<e>"]
    for chunks in contents:
        envelope += [b"<d>", binary(*chunks), b"</d>"]
    headers, pieces = mtom.write([*envelope, b"</e>"], ACTION)
    body = b"".join(pieces)
    assert dict(headers)["Content-Length"] == str(len(body))
    root, *parts = read(dict(headers)["Content-Type"], body)
    assert root.is_root
    document = etree.fromstring(root.data)
    assert [len(d) for d in document] == [1] * len(contents)
    by_id = {part.content_id: part.data for part in parts}
    hrefs = [include.get("href") or "" for include in document.iter(INCLUDE)]
    assert [by_id[content_id_of(href) or ""] for href in hrefs] == [b"".join(c) for c in contents]


def test_the_headers_are_those_of_appendix_v8():
    headers, pieces = mtom.write([b"<e/>", binary(b"%PDF", content_type="application/pdf")], ACTION)
    media_type, parameters = parse_content_type(dict(headers)["Content-Type"])
    assert media_type == "multipart/related"
    assert parameters["type"] == "application/xop+xml"
    assert parameters["start-info"] == "application/soap+xml"
    assert parameters["action"] == ACTION
    raw = f"Content-Type: {dict(headers)['Content-Type']}\r\n\r\n".encode() + b"".join(pieces)
    message = email.message_from_bytes(raw, policy=email.policy.HTTP)
    assert message.defects == []
    root, document = message.iter_parts()
    assert root["Content-ID"] == parameters["start"]
    root_type = b'application/xop+xml; charset=UTF-8; type="application/soap+xml"'
    assert b"\r\nContent-Type: " + root_type + b"\r\n" in raw
    assert document.get_content_type() == "application/pdf"
    assert document["Content-Transfer-Encoding"] == "binary"
    assert document["Content-ID"].startswith("<")
    assert document.get_payload() == "%PDF"


def test_boundaries_and_ids_are_never_the_same():
    tokens = set()
    for _ in range(50):
        headers, pieces = mtom.write([b"<e/>"], ACTION)
        parameters = parse_content_type(dict(headers)["Content-Type"])[1]
        tokens |= {parameters["boundary"], parameters["start"]}
        b"".join(pieces)
    assert len(tokens) == 100


@given(st.lists(documents, max_size=4))
def test_a_plain_message_has_base64_in_place(contents):
    envelope: list[bytes | Binary] = [b"<e>"]
    for chunks in contents:
        envelope += [b"<d>", binary(*chunks), b"</d>"]
    headers, pieces = mtom.write_plain((*envelope, b"</e>"), ACTION)
    body = b"".join(pieces)
    assert dict(headers)["Content-Length"] == str(len(body))
    found = [base64.b64decode(d.text or "", validate=True) for d in etree.fromstring(body)]
    assert found == [b"".join(chunks) for chunks in contents]


def test_a_plain_message_names_its_action_only_if_told():
    assert dict(mtom.write_plain([b"<e/>"])[0])["Content-Type"] == (
        "application/soap+xml; charset=UTF-8"
    )
    told = parse_content_type(dict(mtom.write_plain([b"<e/>"], ACTION)[0])["Content-Type"])
    assert told == ("application/soap+xml", {"charset": "UTF-8", "action": ACTION})


@pytest.mark.parametrize("write", [lambda e: mtom.write(e, ACTION), mtom.write_plain])
def test_the_length_of_what_is_not_made_yet_is_not_promised(write):
    headers, pieces = write(piece for piece in [b"<e>", binary(b"abc"), b"</e>"])
    assert "Content-Length" not in dict(headers)
    assert b"</e>" in b"".join(pieces)


@pytest.mark.parametrize("write", [lambda e: mtom.write(e, ACTION), mtom.write_plain])
@pytest.mark.parametrize(
    ("chunks", "size"), [([b"abc"], 4), ([b"abc"], 2), ([b"a", b"b"], 1), ([], 1), ([b"a"], 0)]
)
def test_a_binary_of_another_size_breaks_the_message_off(write, chunks, size):
    _, pieces = write([b"<e/>" + b" " * 100_000, binary(*chunks, size=size)])
    sent = []
    with pytest.raises(mtom.SizeDiffers, match=f"a document of {size} octets"):
        sent.extend(pieces)
    assert not b"".join(sent).endswith(b"--\r\n")


@pytest.mark.parametrize("text", ["", "a/b\r\nX: y", "a/b\x00", "é"])
def test_what_no_header_can_hold_is_refused(text):
    with pytest.raises(ValueError):
        mtom.write([binary(content_type=text)], ACTION)
    with pytest.raises(ValueError):
        mtom.write([b"<e/>"], text)


def test_quotes_in_an_action_are_escaped():
    action = 'a"b\\c; boundary=x'
    headers, pieces = mtom.write([b"<e/>"], action)
    assert MultipartReader(dict(headers)["Content-Type"], SoapLimits()).action == action
    assert read(dict(headers)["Content-Type"], b"".join(pieces))[0].data == b"<e/>"


class Stream:
    """Counts what is taken of it, and knows whether it was closed."""

    def __init__(self, pieces: int) -> None:
        self.taken = 0
        self.closed = False
        self.chunks = self._chunks(pieces)

    def _chunks(self, pieces: int) -> Iterator[bytes]:
        try:
            for _ in range(pieces):
                self.taken += 1
                yield b"x" * 65536
        finally:
            self.closed = True


Write = Callable[[list[bytes | Binary]], tuple[mtom.Headers, Iterator[bytes]]]


@pytest.mark.parametrize("write", [lambda e: mtom.write(e, ACTION), mtom.write_plain])
def test_a_binary_is_taken_as_it_is_sent_and_told_when_the_receiver_has_gone(write: Write):
    stream = Stream(100)
    _, pieces = write([b"<e>", Binary("a/b", 6553600, lambda: stream.chunks), b"</e>"])
    for _ in range(3):
        next(pieces)
    assert 2 <= stream.taken <= 5
    pieces.close()  # type: ignore[attr-defined]
    assert stream.closed


@pytest.mark.parametrize("write", [lambda e: mtom.write(e, ACTION), mtom.write_plain])
def test_an_answer_made_while_it_is_sent_is_told_when_the_receiver_has_gone(write: Write):
    stream = Stream(100)
    held = stream.chunks
    _, pieces = write(held)  # type: ignore[arg-type]
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert stream.closed
    assert stream.taken < 3


def test_small_pieces_are_joined_and_large_ones_passed_on():
    large = b"x" * 100_000
    _, pieces = mtom.write_plain([*[b"<a/>"] * 1000, large, large, b"</e>"])
    sent = list(pieces)
    assert [len(piece) for piece in sent] == [104_000, 100_000, 4]
    assert sent[1] is large


def test_a_large_document_passes_in_three_character_groups():
    stream = Stream(3)
    _, pieces = mtom.write_plain([Binary("a/b", 3 * 65536, lambda: stream.chunks)])
    text = b"".join(pieces)
    assert re.fullmatch(rb"(eHh4)+", text)
    assert base64.b64decode(text) == b"x" * 3 * 65536
