"""What RFC 2046 and RFC 2387 allow is read; what they forbid is refused in words that help."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.soap.mime import MultipartReader, parse_content_type
from tests.soap.multipart import Part, collect, crlf, cut, read

XOP = "Content-Type: application/xop+xml"
TYPE = 'multipart/related; type="application/xop+xml"; boundary=b'


def refused(content_type: str, body: bytes, limits: SoapLimits | None = None) -> SoapFault:
    """Read a message that must be refused, whole and byte by byte, with the same fault."""
    with pytest.raises(SoapFault) as whole:
        read(content_type, body, limits=limits)
    with pytest.raises(SoapFault) as bytewise:
        read(content_type, body, range(len(body)), limits=limits)
    assert bytewise.value.key == whole.value.key
    assert whole.value.entry.code == "Sender"
    return whole.value


def message(*parts: tuple[str, bytes], boundary: str = "b", line_end: str = "\r\n") -> bytes:
    """Join (headers, content) pairs into a body."""
    marker = f"--{boundary}".encode()
    eol = line_end.encode()
    body = b"".join(
        marker + eol + headers.replace("\n", line_end).encode() + eol * 2 + content + eol
        for headers, content in parts
    )
    return body + marker + b"--" + eol


def test_without_start_the_first_part_is_the_root():
    body = message((f"{XOP}\nContent-ID: <a>", b"<e/>"), ("Content-ID: <b>", b"x"))
    assert [part.is_root for part in read(TYPE, body)] == [True, False]


@pytest.mark.parametrize("start", ['"<r@x>"', "<r@x>", '"r@x"', '"  <r@x> "'])
def test_start_names_the_root_wherever_it_is(start):
    body = message(("Content-ID: <b>", b"x"), (f"{XOP}\nContent-ID: <r@x>", b"<e/>"))
    parts = read(f"{TYPE}; start={start}", body)
    assert [(part.content_id, part.is_root) for part in parts] == [("b", False), ("r@x", True)]


def test_a_start_that_no_part_has_is_named():
    body = message((f"{XOP}\nContent-ID: <a>", b"<e/>"))
    fault = refused(f'{TYPE}; start="<r@x>"', body)
    assert fault.key == "mime-root-missing"
    assert "<r@x>" in str(fault)


def test_a_message_of_no_parts_has_no_root():
    assert refused(TYPE, b"--b--\r\n").key == "mime-root-missing"


@pytest.mark.parametrize(
    "parameter",
    [
        'boundary="gc0pJq0M:08jU534c0p"',
        "boundary=simple",
        'boundary="with spaces; and = signs"',
        'BOUNDARY="\'()+_,-./:=?"',
        'boundary="----=_Part_7_12345.678"',
        'boundary="' + "x" * 70 + '"',
        "boundary=-",
        'boundary="(["',
        "boundary*=us-ascii'en'encoded%20value",
        'boundary*0="in two "; boundary*1="halves"',
        'boundary="blank at the end "',
        'x=";boundary=no"; boundary=yes',
        r'boundary="quoted\"quote"',
        r'boundary="\"quoted twice\""',
        'boundary="<in brackets>"',
    ],
)
def test_any_boundary(parameter):
    content_type = f"Multipart/Related;\r\n\t{parameter}; Type=application/xop+xml"
    boundary = parse_content_type(content_type)[1]["boundary"].rstrip()
    assert 1 <= len(boundary) <= 70
    near_misses = b"\r\n--" + boundary[:-1].encode() + b"\n--" + boundary.encode() + b"\r\n"
    body = message((XOP, b"<e/>"), ("Content-ID: <a>", near_misses), boundary=boundary)
    for places in ((), range(len(body))):
        assert [part.data for part in read(content_type, body, places)] == [b"<e/>", near_misses]


def test_a_longer_text_that_begins_like_the_boundary_is_content():
    content = b"\r\n--bc\r\n--b c\r\n--b-\r\n--b\t" + b" " * 300 + b"\r\n"
    body = message((XOP, b"<e/>"), ("Content-ID: <a>", content))
    for places in ((), range(len(body))):
        assert read(TYPE, body, places)[1].data == content


def test_preamble_padding_and_epilogue_are_passed_over():
    body = (
        crlf("This is a MIME message.\n--bogus\n\n--b \t \n")
        + crlf(f"{XOP}\n\n<e/>\n--b\t\nContent-ID: <a>\n\nx\n--b--  \t\nThe end.\n--b\n\nno part\n")
        + b"--b"
    )
    for places in ((), range(len(body))):
        assert [part.data for part in read(TYPE, body, places)] == [b"<e/>", b"x"]


def test_a_message_with_lf_alone_keeps_every_other_byte():
    content = b"a\r\n--x\r\n\r"
    body = message((XOP, b"<e/>"), ("Content-ID: <a>", content), line_end="\n")
    for places in ((), range(len(body))):
        assert read(TYPE, body, places)[1].data == content


def test_a_boundary_after_lf_alone_is_content_in_a_message_with_crlf():
    body = message((XOP, b"<e/>"), ("Content-ID: <a>", b"x\n--b\r\ny"))
    for places in ((), range(len(body))):
        assert read(TYPE, body, places)[1].data == b"x\n--b\r\ny"


def test_header_blocks_may_end_their_lines_with_lf_alone():
    body = crlf("--b\n") + f"{XOP}\nContent-ID: <r>\n\n<e/>".encode() + crlf("\n--b--\n")
    assert read(TYPE, body) == [Part("r", "application/xop+xml", True, b"<e/>", True)]


def test_headers_are_folded_quoted_and_of_any_case():
    headers = (
        'CONTENT-TYPE:application/xop+xml;\n\tcharset="utf-8";\n  type="application/soap+xml"\n'
        "content-id :\n <r@x>\nContent-Transfer-ENCODING:  BASE64  \nX-Other: a:b"
    )
    body = message((headers, b"PGUv\r\nPg=="))
    assert read(f'{TYPE}; start="<r@x>"', body)[0].data == b"<e/>"


@pytest.mark.parametrize("separator", ["\r\n\r\n", "\r\n"])
def test_empty_parts_with_and_without_a_line_of_their_own(separator):
    body = crlf(f"--b\n{XOP}\n\n<e/>\n--b\nContent-ID: <a>") + b"\r\n" + separator.encode()
    body += crlf("--b\n\n--b\nContent-ID: <c>\n\nz\n--b--")
    for places in ((), range(len(body))):
        root, empty, headerless, last = read(TYPE, body, places)
        assert root.data == b"<e/>"
        assert (empty.content_id, empty.data, empty.complete) == ("a", b"", True)
        assert (headerless.content_id, headerless.content_type) == ("", "text/plain")
        assert (headerless.data, last.data) == (b"", b"z")


def test_parts_without_content_id_are_read_but_have_no_name():
    body = message((XOP, b"<e/>"), ("Content-Type: text/plain", b"x"), ("X: y", b"z"))
    assert [part.content_id for part in read(TYPE, body)] == ["", "", ""]


@pytest.mark.parametrize("media_type", ["application/soap+xml", "text/xml"])
def test_a_root_part_may_be_of_the_envelopes_own_media_type(media_type):
    body = message((f"Content-Type: {media_type}; charset=utf-8", b"<e/>"))
    content_type = f'multipart/related; boundary=b; type="{media_type}"'
    assert read(content_type, body)[0].content_type == media_type
    assert read("multipart/related; boundary=b", body)[0].is_root


def test_a_root_part_of_another_media_type_is_named():
    fault = refused(TYPE, message(("Content-Type: application/pdf\nContent-ID: <p>", b"")))
    assert fault.key == "mime-root-media-type"
    assert "part 1 (Content-ID <p>)" in str(fault)
    assert "application/pdf" in str(fault)


@pytest.mark.parametrize(
    ("content_type", "key", "words"),
    [
        ("multipart/mixed; boundary=b", "mime-not-related", "multipart/mixed"),
        ("", "mime-not-related", "multipart/related"),
        ("multipart/related; boundary=b; type=image/png", "mime-type-parameter", "image/png"),
        ("multipart/related; type=text/xml", "mime-boundary-missing", "boundary"),
        ('multipart/related; boundary=""', "mime-boundary-missing", "boundary"),
        (f"multipart/related; boundary={'x' * 71}", "mime-boundary-invalid", "1 to 70"),
        ('multipart/related; boundary="é"', "mime-boundary-invalid", "é"),
    ],
)
def test_a_content_type_that_cannot_be_read_is_refused(content_type, key, words):
    fault = refused(content_type, b"")
    assert fault.key == key
    assert words in str(fault)


def test_a_boundary_that_never_appears_is_named():
    body = message((XOP, b"<e/>"), boundary="other")
    fault = refused(TYPE, body)
    assert fault.key == "mime-boundary-absent"
    assert '"b"' in str(fault)
    assert "anywhere in the body" in str(fault)


def test_a_boundary_that_does_not_come_soon_is_not_waited_for():
    reader = MultipartReader(TYPE, SoapLimits())
    piece = b"\r\n-" * 1000
    for _ in range(5):
        assert list(reader.feed(piece)) == []
    with pytest.raises(SoapFault, match=r"first 16384 octets \(limits\.part_headers\)"):
        list(reader.feed(piece))


@pytest.mark.parametrize(
    ("end", "where"),
    [
        ("--b\n", "inside the headers of part 1"),
        (f"--b\n{XOP}\n\n<e", "inside part 1, after"),
        (f"--b\n{XOP}\n\n<e/>\n--b", "inside part 1,"),
        (f"--b\n{XOP}\n\n<e/>\n--b\nContent-ID: <a>\n", "inside the headers of part 2"),
        (f"--b\n{XOP}\n\n<e/>\n--b\nContent-ID: <a>\n\nx\n", "inside part 2 (Content-ID <a>)"),
        (f"--b\n{XOP}\n\n<e/>\n--b\nContent-ID: <a>\n\nx\n--b-", "inside part 2 (Content-ID <a>)"),
    ],
)
def test_a_truncated_message_says_where_it_ends(end, where):
    body = crlf(end)
    fault = refused(TYPE, body)
    assert fault.key == "mime-truncated"
    assert where in str(fault)
    assert f"after {len(body)} octets" in str(fault)


def test_two_parts_with_one_content_id_are_refused():
    body = message(
        (f"{XOP}\nContent-ID: <r>", b""), ("Content-ID: <a>", b""), ("Content-ID: a", b"")
    )
    fault = refused(TYPE, body)
    assert fault.key == "mime-content-id-twice"
    assert "<a>" in str(fault)


@pytest.mark.parametrize(
    ("headers", "key", "words"),
    [
        (f"{XOP}\nnonsense", "mime-header-malformed", "part 1"),
        (f"{XOP}\n--b:x", "mime-header-malformed", "part 1"),
        (f"{XOP}\nContent-ID: <a>\ncontent-id: <b>", "mime-header-twice", "content-id"),
        (f"{XOP}\nContent-Transfer-Encoding: x-gzip", "mime-transfer-encoding", "x-gzip"),
    ],
)
def test_headers_that_mislead_are_refused(headers, key, words):
    fault = refused(TYPE, message((headers, b"<e/>")))
    assert fault.key == key
    assert words in str(fault)


def test_headers_that_never_end_are_refused():
    limits = replace(SoapLimits(), part_headers=100)
    fault = refused(TYPE, crlf(f"--b\n{XOP}\nX-Long: ") + b"x" * 100, limits)
    assert fault.key == "mime-part-headers"
    assert "100 octets" in str(fault)
    assert "limits.part_headers" in str(fault)
    assert read(TYPE, message((XOP, b"<e/>")), limits=limits)


@pytest.mark.parametrize("where", ["preamble", "headers"])
def test_a_limit_does_not_depend_on_the_cuts(where):
    limits = replace(SoapLimits(), part_headers=40)
    outcomes = []
    for size in range(34, 46):
        preamble = b"p" * size + b"\r\n" if where == "preamble" else b""
        headers = XOP if where == "preamble" else f"{XOP}\nX:".ljust(size, "x")
        body = preamble + message((headers, b"<e/>"))
        try:
            outcomes.append(len(read(TYPE, body, limits=limits)))
        except SoapFault:
            outcomes.append(0)
            refused(TYPE, body, limits)
        else:
            assert len(read(TYPE, body, range(len(body)), limits=limits)) == 1
    assert outcomes == sorted(outcomes, reverse=True)
    assert set(outcomes) == {0, 1}


def test_a_root_part_above_its_limit_is_refused_before_it_is_whole():
    limits = replace(SoapLimits(), root_part=10)
    assert read(TYPE, message((XOP, b"0123456789")), limits=limits)
    fault = refused(TYPE, crlf(f"--b\n{XOP}\n\n0123456789abc "), limits)
    assert fault.key == "mime-root-size"
    assert "10 octets" in str(fault)
    assert "limits.root_part" in str(fault)


def test_attachments_above_their_limit_are_refused():
    limits = replace(SoapLimits(), parts=2)
    two = [("Content-ID: <a>", b""), ("", b"")]
    assert len(read(TYPE, message((XOP, b""), *two), limits=limits)) == 3
    fault = refused(TYPE, message((XOP, b""), *two, ("", b"")), limits)
    assert fault.key == "mime-parts"
    assert "2 attachments" in str(fault)
    assert "limits.parts" in str(fault)
    late_root = message(*two, (f"{XOP}\nContent-ID: <r>", b""))
    assert read(f"{TYPE}; start=r", late_root, limits=limits)[2].is_root
    assert refused(f"{TYPE}; start=r", message(*two, ("", b"")), limits).key == "mime-parts"


def test_ten_thousand_parts_fail_fast():
    body = message((XOP, b"<e/>"), *[(f"Content-ID: <{n}>", b"x") for n in range(10_000)])
    begin = time.perf_counter()
    with pytest.raises(SoapFault, match="1000 attachments"):
        read(TYPE, body)
    assert time.perf_counter() - begin < 2


def test_text_on_the_line_of_the_closing_boundary_is_refused():
    body = message((XOP, b"<e/>"), ("Content-ID: <a>", b"x\r\n--b--of another text\r\ny"))
    assert refused(TYPE, body).key == "mime-text-after-end"


def test_what_is_sent_after_the_end_takes_no_memory():
    reader = MultipartReader(TYPE, SoapLimits())
    assert len(list(reader.feed(message((XOP, b"<e/>"))))) == 3
    for _ in range(100):
        assert list(reader.feed(b"\r\n--b\r\n" * 1000)) == []
    assert len(reader._kept) < 10
    reader.close()


def test_whole_pieces_of_a_document_are_handed_on_without_a_copy():
    reader = MultipartReader(TYPE, SoapLimits())
    begun = message((XOP, b"<e/>"), ("Content-ID: <a>", b"x")).removesuffix(b"\r\n--b--\r\n")
    assert collect(reader.feed(begun))[1].data == b"x"
    piece = b"0123456789" * 6554
    (event,) = reader.feed(piece)
    assert event.data is piece


_BOUNDARY_CHARACTERS = "abB0'()+_,-./:=? "
_boundaries = st.text(_BOUNDARY_CHARACTERS, min_size=1, max_size=70).filter(
    lambda text: not text.endswith(" ")
)


@st.composite
def _messages(draw: st.DrawFn) -> tuple[str, bytes, list[bytes]]:
    """A message whose documents look as much like boundary lines as they may."""
    boundary = draw(_boundaries)
    eol = draw(st.sampled_from(["\r\n", "\n"]))
    marker = f"--{boundary}".encode()
    pieces = st.sampled_from([b"\r", b"\n", b"\r\n", b"-", b"--", marker, marker[:-1], b" ", b"\t"])
    document = st.lists(pieces | st.binary(max_size=9), max_size=12).map(b"".join)
    documents = draw(st.lists(document, min_size=1, max_size=4))
    delimiter = eol.encode() + marker
    documents = [d.replace(marker, marker + b"x") for d in documents]
    assert all(delimiter + b"--" not in eol.encode() + d for d in documents)
    parts = [(f"Content-ID: <{n}>", data) for n, data in enumerate(documents)]
    body = message((XOP, b"<e/>"), *parts, boundary=boundary, line_end=eol)
    quoted = boundary.replace("\\", "\\\\").replace('"', '\\"')
    preamble = draw(st.sampled_from([b"", b"\r\n", b"\n", b"a preamble\r\n"]))
    return f'multipart/related; boundary="{quoted}"', preamble + body, documents


@given(_messages(), st.lists(st.integers(0, 700), max_size=20))
def test_a_message_reads_the_same_however_it_is_cut(made, places):
    content_type, body, documents = made
    parts = read(content_type, body, places)
    assert [part.data for part in parts] == [b"<e/>", *documents]
    assert all(part.complete for part in parts)


@given(st.binary(max_size=60), st.lists(st.integers(0, 200), max_size=10))
def test_any_bytes_give_parts_or_a_fault_whatever_the_cuts(noise, places):
    alphabet = [b"--b", b"\r\n", b"\n", b"--", b": ", XOP.encode(), b"x", b" "]
    body = b"--b\r\n" + b"".join(alphabet[byte % len(alphabet)] for byte in noise)

    def outcome(places: list[int]) -> tuple[str, list[Part]]:
        try:
            return "", read(TYPE, body, places)
        except SoapFault as fault:
            return str(fault), []

    assert outcome(places) == outcome([])
    assert b"".join(cut(body, places)) == body
