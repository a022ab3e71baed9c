"""Content-Transfer-Encodings decode to the same bytes however the text is cut."""

from __future__ import annotations

import base64
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.soap.transfer_encoding import DECODERS
from tests.soap.multipart import cut, read

cuts = st.lists(st.integers(0, 400), max_size=10)


def decode(encoding: str, text: bytes, places: list[int] | range = range(0)) -> bytes:
    decoder = DECODERS[encoding]()
    return b"".join(map(decoder.decode, cut(text, places))) + decoder.finish()


@pytest.mark.parametrize("encoding", ["7bit", "8bit", "binary"])
@given(data=st.binary(), places=cuts)
def test_identity(encoding, data, places):
    assert decode(encoding, data, places) == data


@given(st.binary(max_size=300), cuts, st.sampled_from([b"\r\n", b"\n", b"", b" \t\r\n"]))
def test_base64(data, places, line_end):
    text = base64.encodebytes(data).replace(b"\n", line_end)
    assert decode("base64", text, places) == data
    assert decode("base64", text, range(len(text))) == data


@pytest.mark.parametrize(
    "text", [b"QUI", b"QUI=QUJD", b"QU!D", b"QUJD\r\n=", b"Q===", b"QUI=\r\nQUJD", b"=", b"QU-_"]
)
def test_base64_that_is_none_is_refused_whatever_the_cuts(text):
    with pytest.raises(ValueError):
        decode("base64", text)
    with pytest.raises(ValueError):
        decode("base64", text, range(len(text)))


@given(st.binary(max_size=300), cuts)
def test_quoted_printable_of_any_bytes(data, places):
    text = quopri.encodestring(data, quotetabs=True).replace(b"\n", b"\r\n")
    expected = data.replace(b"\n", b"\r\n")
    assert decode("quoted-printable", text, places) == expected
    assert decode("quoted-printable", text, range(len(text))) == expected


@pytest.mark.parametrize(
    ("text", "data"),
    [
        (b"caf=C3=A9", "café".encode()),
        (b"caf=c3=a9", "café".encode()),
        (b"one =\r\nline", b"one line"),
        (b"one=  \t\r\n line", b"one line"),
        (b"lf =\nalone\n", b"lf alone\n"),
        (b"blanks fall \t \r\naway  ", b"blanks fall\r\naway"),
        (b"kept=20\r\n", b"kept \r\n"),
        (b"3=3D3", b"3=3"),
        (b"at the end=", b"at the end"),
        (b"at the end= \r", b"at the end"),
        (b"carriage return\r", b"carriage return\r"),
        (b"\r\r\n", b"\r\r\n"),
        (b" " * 999 + b"x", b" " * 999 + b"x"),
        (b"", b""),
    ],
)
def test_quoted_printable_by_its_rules(text, data):
    assert decode("quoted-printable", text) == data
    assert decode("quoted-printable", text, range(len(text))) == data


@pytest.mark.parametrize(
    "text", [b"=4", b"=G0", b"a=4\r\n", b"=\rx", b"= x", b"\t " * 500, b"=C3=A"]
)
def test_quoted_printable_that_is_none_is_refused_whatever_the_cuts(text):
    with pytest.raises(ValueError):
        decode("quoted-printable", text)
    with pytest.raises(ValueError):
        decode("quoted-printable", text, range(len(text)))


def test_a_part_that_cannot_be_decoded_is_named_without_its_content():
    body = (
        b"--b\r\nContent-Type: application/xop+xml\r\n\r\n<e/>\r\n--b\r\nContent-ID: <a>\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\nSecret!\r\n--b--"
    )
    with pytest.raises(SoapFault) as fault:
        read("multipart/related; boundary=b", body)
    assert fault.value.key == "mime-undecodable"
    assert "part 2 (Content-ID <a>)" in str(fault.value)
    assert "base64" in str(fault.value)
    assert "Secret" not in str(fault.value)


def test_an_encoded_part_of_a_message_is_decoded_across_cuts():
    body = (
        b"--b\r\nContent-Type: application/xop+xml\r\nContent-Transfer-Encoding: quoted-printable"
        b"\r\n\r\n<e a=3D'=C3=A9'/>=\r\n\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        b"JVBERi0x\r\nLjc=\r\n--b--"
    )
    for places in ((), range(len(body))):
        root, document = read("multipart/related; boundary=b", body, places)
        assert root.data == "<e a='é'/>".encode()
        assert document.data == b"%PDF-1.7"
