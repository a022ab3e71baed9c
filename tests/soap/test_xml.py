from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ihe_profiles.soap import xml
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.soap.limits import SoapLimits

LIMITS = SoapLimits()
DTD = '<!DOCTYPE a [<!ENTITY l "lol">]>'
LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
BOMB = f'<!DOCTYPE a [<!ENTITY l0 "lol">{LAUGHS}]>'


def refused(data: bytes) -> SoapFault:
    with pytest.raises(SoapFault) as caught:
        xml.parse(data, LIMITS)
    return caught.value


@pytest.mark.parametrize("data", [b"", b" \r\n\t "])
def test_nothing_is_not_xml(data: bytes) -> None:
    assert refused(data).key == "empty-request"


@pytest.mark.parametrize(
    "data",
    [
        f"{DTD}<a/>".encode(),
        f"<?xml version='1.0'?><!-- <a/> --><?x y?>\n{DTD}<a/>".encode(),
        f"\ufeff{DTD}<a/>".encode(),
        f"{DTD}<a/>".encode("utf-16"),
        f"{DTD}<a/>".encode("utf-16-be"),
        f'<?xml version="1.0" encoding="UTF-16"?>{DTD}<a/>'.encode("utf-16"),
        b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a><a/>',
        b'<!DOCTYPE a SYSTEM "http://203.0.113.1/a.dtd"><a/>',
        b'<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><a>&f;</a>',
        f"{BOMB}<a>&l11;</a>".encode(),
        f'{BOMB}<a b="&l11;"/>'.encode(),
    ],
)
def test_a_document_type_is_refused_as_such_in_any_encoding(data: bytes) -> None:
    started = time.monotonic()
    assert refused(data).key == "document-type"
    assert time.monotonic() - started < 1


def test_the_word_doctype_in_content_is_content() -> None:
    root = xml.parse(b"<a><![CDATA[<!DOCTYPE html>]]></a>", LIMITS)
    assert root.text == "<!DOCTYPE html>"


def test_malformed_xml_is_told_with_its_place() -> None:
    fault = refused(b"<a>\n  <b></c></a>")
    assert fault.key == "malformed-xml"
    assert "line 2, column 9: " in str(fault)
    assert "Opening and ending tag mismatch: b line 2 and c" in str(fault)


@pytest.mark.parametrize("data", [b"<a>&nope;</a>", b"<a>\xe9</a>", b"<a>\0</a>", b"<a/><b/>"])
def test_other_malformed_xml(data: bytes) -> None:
    assert refused(data).key == "malformed-xml"


@given(st.binary(min_size=1))
def test_random_bytes_are_parsed_or_refused_and_nothing_else(data: bytes) -> None:
    with contextlib.suppress(SoapFault):
        xml.parse(data, LIMITS)


def nested(levels: int) -> bytes:
    return b"<a>" * levels + b"</a>" * levels


@pytest.mark.parametrize("levels", [65, 300, 100_000])
def test_a_depth_bomb(levels: int) -> None:
    fault = refused(nested(levels))
    assert fault.key == "too-deep"
    assert "64 levels" in str(fault)


def test_the_deepest_accepted() -> None:
    assert xml.parse(nested(64), LIMITS).tag == "a"


def test_an_unclosed_depth_bomb() -> None:
    assert refused(b"<a>" * 100_000).key == "too-deep"


def test_the_depth_check_is_linear_in_a_broad_deep_tree() -> None:
    data = b"<a>" * 60 + b"<b/>" * 500_000 + b"</a>" * 60
    started = time.monotonic()
    xml.parse(data, LIMITS)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("data", [b"<a>%s</a>", b'<a b="%s"/>'])
def test_a_text_that_libxml2_will_not_hold(data: bytes) -> None:
    fault = refused(data % (b"x" * 10_000_100))
    assert fault.key == "text-too-long"
    assert "XOP part" in str(fault)


@pytest.mark.parametrize(
    "data",
    [
        "<a>é</a>".encode(),
        "\ufeff<a>é</a>".encode(),
        "<a>é</a>".encode("utf-16"),
        '<?xml version="1.0" encoding="UTF-16LE"?><a>é</a>'.encode("utf-16-le"),
        '<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>'.encode("latin-1"),
    ],
)
def test_encodings(data: bytes) -> None:
    assert xml.parse(data, LIMITS).text == "é"


def test_comments_and_instructions_are_left_out() -> None:
    root = xml.parse(b"<?p q?><a><!-- c --><b/><?p q?>t</a>", LIMITS)
    assert etree.tostring(root) == b"<a><b/>t</a>"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "utf-7"])
@pytest.mark.parametrize("quote", ["'", '"'])
def test_the_name_of_a_namespace_has_a_limit(encoding: str, quote: str) -> None:
    """A canonical form repeats it for each element: 84 kB would become 200 MB."""

    def named(length: int) -> bytes:
        name = "urn:" + "x" * (length - 4)
        text = f'<a b="{name}x" xmlns:p = {quote}{name}{quote}><p:b/></a>'
        return (f'<?xml version="1.0" encoding="{encoding}"?>' + text).encode(encoding)

    assert xml.parse(named(LIMITS.namespace), LIMITS).tag == "a"
    assert refused(named(LIMITS.namespace + 1)).key == "namespace-too-long"


def test_a_long_value_is_no_long_namespace() -> None:
    data = f"<a b='{'x' * 300}'><![CDATA[= '{'y' * 300}]]></a>"
    assert xml.parse(data.encode(), LIMITS).get("b") == "x" * 300
