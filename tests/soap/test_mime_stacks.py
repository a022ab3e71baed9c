"""Messages as the SOAP stacks in the field write them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.soap.mime import MultipartReader, content_id_of
from tests.soap.multipart import crlf, read

PDF = b"%PDF-1.7\r\n\x00\xff\r\n--uuid:not-the-boundary\r\n\r\n\x1a"


def _cxf() -> tuple[str, bytes]:
    head = crlf(
        """
--uuid:5f0c1a52-7d0e-4a57-9d3c-6b7c27b0a001
Content-Type: application/xop+xml; charset=UTF-8; type="application/soap+xml"
Content-Transfer-Encoding: binary
Content-ID: <root.message@cxf.example>

<soap:Envelope/>
--uuid:5f0c1a52-7d0e-4a57-9d3c-6b7c27b0a001
Content-Type: application/pdf
Content-Transfer-Encoding: binary
Content-ID: <5f0c1a52-1@urn:ihe:iti:xds-b:2007>

"""
    )
    content_type = (
        'multipart/related; type="application/xop+xml";'
        ' boundary="uuid:5f0c1a52-7d0e-4a57-9d3c-6b7c27b0a001";'
        ' start="<root.message@cxf.example>"; start-info="application/soap+xml";'
        ' action="urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b"'
    )
    # No line end after the last boundary, and a line end before the first.
    return content_type, head + PDF + b"\r\n--uuid:5f0c1a52-7d0e-4a57-9d3c-6b7c27b0a001--"


def _axis2() -> tuple[str, bytes]:
    boundary = "MIMEBoundaryurn_uuid_0A1B2C3D4E5F60718293"
    head = crlf(
        f"""--{boundary}
Content-Type: application/xop+xml; charset=UTF-8; type="application/soap+xml"
Content-Transfer-Encoding: binary
Content-ID: <0.urn:uuid:0A1B2C3D4E5F60718294@axis.example>

<soap:Envelope/>
--{boundary}
content-type: application/pdf
content-transfer-encoding: binary
content-id: <1.urn:uuid:0A1B2C3D4E5F60718295@axis.example>

"""
    )
    content_type = (
        f'multipart/related; boundary={boundary}; type="application/xop+xml";'
        ' start="<0.urn:uuid:0A1B2C3D4E5F60718294@axis.example>";'
        ' start-info="application/soap+xml"; action="urn:ihe:iti:2007:RetrieveDocumentSet"'
    )
    return content_type, head + PDF + f"\r\n--{boundary}--\r\n".encode()


def _dotnet() -> tuple[str, bytes]:
    boundary = "uuid:93a1f6b2-02ab-4c6d-8e0f-000000000001+id=7"
    head = crlf(
        f"""MIME-Version: 1.0

--{boundary}
Content-ID: <http://tempuri.example/0>
Content-Transfer-Encoding: 8bit
Content-Type: application/xop+xml;charset=utf-8;type="application/soap+xml"

<s:Envelope/>
--{boundary}
Content-ID: <http://tempuri.example/1/638000000000000000>
Content-Transfer-Encoding: binary
Content-Type: application/octet-stream

"""
    )
    content_type = (
        f'multipart/related; type="application/xop+xml";start="<http://tempuri.example/0>";'
        f'boundary="{boundary}";start-info="application/soap+xml"'
    )
    return content_type, head + PDF + f"\r\n--{boundary}--\r\n".encode()


@pytest.mark.parametrize("stack", [_cxf, _axis2, _dotnet])
def test_each_stack_is_read_byte_for_byte(stack):
    content_type, body = stack()
    root, document = read(content_type, body)
    assert root.is_root
    assert root.content_type == "application/xop+xml"
    assert root.data.endswith(b":Envelope/>")
    assert not document.is_root
    assert document.data == PDF
    assert document.complete


@pytest.mark.parametrize("stack", [_cxf, _axis2, _dotnet])
def test_every_single_cut_gives_the_same_parts(stack):
    content_type, body = stack()
    whole = read(content_type, body)
    for place in range(len(body)):
        assert read(content_type, body, [place]) == whole
    assert read(content_type, body, range(len(body))) == whole


def test_parameters_beside_the_boundary_can_be_read():
    reader = MultipartReader(_cxf()[0], SoapLimits())
    assert reader.start_info == "application/soap+xml"
    assert reader.action == "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b"
    assert MultipartReader(_dotnet()[0], SoapLimits()).action is None


@pytest.mark.parametrize(
    ("href", "content_id"),
    [
        ("cid:5f0c1a52-1@urn:ihe:iti:xds-b:2007", "5f0c1a52-1@urn:ihe:iti:xds-b:2007"),
        ("cid:5f0c1a52-1%40urn%3Aihe%3Aiti%3Axds-b%3A2007", "5f0c1a52-1@urn:ihe:iti:xds-b:2007"),
        (
            "cid:http%3A%2F%2Ftempuri.example%2F1%2F638000000000000000",
            "http://tempuri.example/1/638000000000000000",
        ),
        ("CID:a+b@c", "a+b@c"),
        ("http://somewhere.example/a", None),
        ("5f0c1a52-1", None),
    ],
)
def test_an_href_names_a_content_id(href, content_id):
    assert content_id_of(href) == content_id


def test_the_href_finds_the_part_of_its_stack():
    _, document = read(*_dotnet())
    href = "cid:http%3A%2F%2Ftempuri.example%2F1%2F638000000000000000"
    assert document.content_id == content_id_of(href)


def _recorded(shared: Path) -> tuple[str, bytes]:
    """The recorded dump: HTTP head, blank line, body; then the recorder's own next log line."""
    dump = (shared / "data" / "ch" / "ITI-41_request_raw.xml").read_bytes()
    head, _, body = dump.partition(b"\n\n")
    declared = re.search(rb"^Content-Type: (.*)$", head, re.MULTILINE)
    assert declared
    return declared[1].decode(), body


def test_the_recorded_message_declares_another_boundary_than_it_uses(shared):
    content_type, body = _recorded(shared)
    with pytest.raises(SoapFault) as fault:
        read(content_type, body)
    assert fault.value.key == "mime-boundary-absent"
    assert "MIMEBoundary_05b39a33" in str(fault.value)


def test_the_recorded_message_reads_with_the_boundary_that_it_uses(shared):
    _, body = _recorded(shared)
    used = body[2 : body.index(b"\n")].decode()
    end = body.index(f"--{used}--".encode()) + len(used) + 4
    root, document = read(f'multipart/related; boundary="{used}"', body[:end])
    assert root.content_id == "root.message@cxf.apache.org"
    assert b"ProvideAndRegisterDocumentSetRequest" in root.data
    assert document.content_type == "application/fhir+json"
    assert document.data.startswith(b'{\n  "resourceType": "Bundle"')
    assert document.data.endswith(b"\n}")
    href = re.search(rb'Include [^>]*href="([^"]*)"', root.data)
    assert href
    assert content_id_of(href[1].decode()) == document.content_id


def test_what_follows_the_recorded_closing_boundary_on_its_line_is_named(shared):
    _, body = _recorded(shared)
    used = body[2 : body.index(b"\n")].decode()
    with pytest.raises(SoapFault) as fault:
        read(f'multipart/related; boundary="{used}"', body)
    assert fault.value.key == "mime-text-after-end"
