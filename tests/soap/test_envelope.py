from __future__ import annotations

import pytest
from lxml import etree

from ihe_profiles.soap import addressing, envelope, xml
from ihe_profiles.soap.addressing import ANONYMOUS, Addressing
from ihe_profiles.soap.envelope import Message
from ihe_profiles.soap.exchange import Binary
from ihe_profiles.soap.faults import SoapFault
from ihe_profiles.soap.limits import SoapLimits
from tests.soap import messages
from tests.soap.messages import NAMES, S11, S12, WSA

ACTION = messages.action("urn:a")
SECURITY = (
    "<q:Security xmlns:q='http://docs.oasis-open.org/wss/2004/01/"
    "oasis-200401-wss-wssecurity-secext-1.0.xsd' s:mustUnderstand='true'/>"
)


def read(data: bytes) -> Message:
    return envelope.read(xml.parse(data, SoapLimits()))


def refused(data: bytes) -> SoapFault:
    with pytest.raises(SoapFault) as caught:
        read(data)
    return caught.value


def written(fault: SoapFault, relates_to: str | None = None) -> bytes:
    return envelope.fault(fault, "0f" * 16, relates_to)


def test_every_addressing_header_is_read_and_stripped() -> None:
    endpoint = "<wsa:{0}><wsa:Address> urn:{0} </wsa:Address></wsa:{0}>"
    header = (
        messages.action("\n urn:a ")
        + "<wsa:MessageID> urn:uuid:1\n</wsa:MessageID><wsa:To>http://h/p</wsa:To>"
        + "".join(endpoint.format(name) for name in ("ReplyTo", "FaultTo", "From"))
        + "<wsa:RelatesTo>urn:r1</wsa:RelatesTo><wsa:RelatesTo>urn:r2</wsa:RelatesTo>"
    )
    message = read(messages.envelope(header, "<x/>"))
    assert message.addressing == Addressing(
        action="urn:a",
        message_id="urn:uuid:1",
        to="http://h/p",
        reply_to="urn:ReplyTo",
        fault_to="urn:FaultTo",
        source="urn:From",
        relates_to="urn:r1",
    )
    assert message.body.tag == "x"
    assert message.header is not None
    assert message.header.tag == f"{{{S12}}}Header"


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ("<s:Header/>", "envelope-structure"),
        ("", "envelope-structure"),
        ("<s:Body/><s:Header/>", "envelope-structure"),
        ("<s:Header/><s:Body><x/></s:Body><s:Body><x/></s:Body>", "envelope-structure"),
        ("<s:Header/><s:Body> \n </s:Body>", "empty-body"),
        ("<s:Header/><s:Body><x/><y/></s:Body>", "several-body-elements"),
        ("<s:Body><x/></s:Body>", "action-missing"),
        ("<s:Header/><s:Body><x/></s:Body>", "action-missing"),
    ],
)
def test_structure(body: str, key: str) -> None:
    fault = refused(f'<s:Envelope xmlns:s="{S12}">{body}</s:Envelope>'.encode())
    assert fault.key == key
    assert fault.entry.status == 400


def test_a_missing_action_names_the_header() -> None:
    document = written(refused(messages.envelope("<wsa:To>urn:x</wsa:To>", "<x/>")))
    assert messages.fault_subcodes(document) == ["MessageAddressingHeaderRequired"]
    assert messages.qname(document, ".//wsa:ProblemHeaderQName") == f"{{{WSA}}}Action"
    assert messages.first(document, ".//wsa:Action") == f"{WSA}/fault"


@pytest.mark.parametrize("name", ["Action", "MessageID", "To", "ReplyTo", "FaultTo", "From"])
def test_a_repeated_header(name: str) -> None:
    other = "" if name == "Action" else ACTION
    once = f"<wsa:{name}><wsa:Address>urn:x</wsa:Address></wsa:{name}>"
    document = written(refused(messages.envelope(other + once + once, "<x/>")))
    assert messages.fault_subcodes(document) == ["InvalidAddressingHeader", "InvalidCardinality"]
    assert messages.qname(document, ".//wsa:ProblemHeaderQName") == f"{{{WSA}}}{name}"


@pytest.mark.parametrize("addresses", ["", "<wsa:Address>urn:a</wsa:Address>" * 2])
def test_an_endpoint_has_one_address(addresses: str) -> None:
    header = f"{ACTION}<wsa:ReplyTo>{addresses}</wsa:ReplyTo>"
    assert refused(messages.envelope(header, "<x/>")).key == "address-missing"


@pytest.mark.parametrize("value", ["", "  \n "])
def test_an_empty_header(value: str) -> None:
    assert refused(messages.envelope(messages.action(value), "<x/>")).key == "header-empty"


@pytest.mark.parametrize("header", ["ReplyTo", "FaultTo"])
@pytest.mark.parametrize("address", ["http://127.0.0.1:9/", f"{WSA}/none"])
def test_answers_go_nowhere_else(header: str, address: str) -> None:
    block = f"<wsa:{header}><wsa:Address>{address}</wsa:Address></wsa:{header}>"
    message = read(messages.envelope(ACTION + block, "<x/>"))
    with pytest.raises(SoapFault) as caught:
        addressing.require_anonymous(message.addressing)
    document = written(caught.value)
    assert messages.fault_subcodes(document) == [
        "InvalidAddressingHeader",
        "OnlyAnonymousAddressSupported",
    ]
    assert messages.qname(document, ".//wsa:ProblemHeaderQName") == f"{{{WSA}}}{header}"


def test_answers_on_the_same_connection() -> None:
    addressing.require_anonymous(Addressing("urn:a"))
    addressing.require_anonymous(Addressing("urn:a", reply_to=ANONYMOUS, fault_to=ANONYMOUS))


@pytest.mark.parametrize("value", ["1", "true", " true ", "yes", "", "TRUE"])
@pytest.mark.parametrize(
    "role", ["", f's:role="{S12}/role/next"', f's:role="{S12}/role/ultimateReceiver"']
)
def test_what_must_be_understood_and_is_not(value: str, role: str) -> None:
    stranger = f'<x:q xmlns:x="urn:q?a&amp;b" s:mustUnderstand="{value}" {role}/>'
    fault = refused(messages.envelope(ACTION + stranger + '<w s:mustUnderstand="1"/>', "<x/>"))
    assert fault.entry.status == 500
    document = written(fault)
    assert messages.fault_code(document) == "MustUnderstand"
    assert messages.first(document, ".//wsa:Action") == f"{WSA}/soap/fault"
    blocks = etree.fromstring(document).findall("s:Header/s:NotUnderstood", NAMES)
    assert [block.get("qname") for block in blocks] == ["n:q", "w"]
    assert blocks[0].nsmap["n"] == "urn:q?a&b"
    assert "{urn:q?a&b}q" in str(fault)


@pytest.mark.parametrize(
    "stranger",
    [
        '<q s:mustUnderstand="0"/>',
        '<q s:mustUnderstand="false"/>',
        "<q/>",
        f'<q s:mustUnderstand="1" s:role="{S12}/role/none"/>',
        '<q s:mustUnderstand="1" s:role="urn:somebody-else"/>',
        SECURITY,
        '<wsa:ReplyTo s:mustUnderstand="1"><wsa:Address>urn:x</wsa:Address></wsa:ReplyTo>',
    ],
)
def test_what_need_not_be_understood_or_is(stranger: str) -> None:
    assert read(messages.envelope(ACTION + stranger, "<x/>")).body.tag == "x"


def test_addressing_for_somebody_else_is_not_ours() -> None:
    theirs = f'<wsa:To s:role="{S12}/role/none">urn:y</wsa:To><wsa:To>urn:x</wsa:To>'
    assert read(messages.envelope(ACTION + theirs, "<x/>")).addressing.to == "urn:x"


def test_soap_11_is_answered_in_soap_11() -> None:
    fault = refused(messages.envelope(ACTION, "<x/>", S11))
    assert fault.entry.status == 500
    root = etree.fromstring(written(fault))
    assert root.tag == f"{{{S11}}}Envelope"
    assert root.findtext("s11:Body/s11:Fault/faultcode", namespaces=NAMES) == "s:VersionMismatch"
    text = root.findtext("s11:Body/s11:Fault/faultstring", namespaces=NAMES) or ""
    assert "SOAP 1.1" in text
    assert "0f" * 16 in text
    supported = root.find("s11:Header/s:Upgrade/s:SupportedEnvelope", NAMES)
    assert supported is not None
    assert supported.get("qname") == "u:Envelope"
    assert supported.nsmap["u"] == S12


@pytest.mark.parametrize("data", [b"<a/>", messages.envelope(ACTION, "<x/>", "urn:other")])
def test_what_is_no_envelope(data: bytes) -> None:
    document = written(refused(data))
    assert messages.fault_code(document) == "VersionMismatch"
    assert etree.fromstring(document).find("s:Header/s:Upgrade", NAMES) is not None


def test_a_fault_relates_to_its_request_and_carries_the_trace_id() -> None:
    root = xml.parse(
        messages.envelope("<wsa:MessageID> urn:uuid:7 </wsa:MessageID>", ""), SoapLimits()
    )
    assert envelope.message_id(root) == "urn:uuid:7"
    document = written(SoapFault("empty-body"), envelope.message_id(root))
    assert messages.first(document, "s:Header/wsa:RelatesTo") == "urn:uuid:7"
    assert messages.first(document, ".//s:Detail/e:TraceId") == "0f" * 16
    assert messages.fault_code(document) == "Sender"


@pytest.mark.parametrize("data", [b"<a/>", messages.envelope("", ""), b"<a><b/></a>"])
def test_no_message_id(data: bytes) -> None:
    assert envelope.message_id(xml.parse(data, SoapLimits())) is None


def test_writing_and_reading_again() -> None:
    pieces = envelope.write(
        "urn:a&b",
        [b'<x xmlns="urn:x">', b"</x>"],
        relates_to="urn:<r>",
        message_id="urn:m",
        to="http://h/?a=1&b=2",
        reply_to=ANONYMOUS,
        header=b'<y xmlns="urn:y"/>',
    )
    data = b"".join(piece for piece in pieces if isinstance(piece, bytes))
    message = read(data)
    assert message.addressing == Addressing(
        action="urn:a&b",
        message_id="urn:m",
        to="http://h/?a=1&b=2",
        reply_to=ANONYMOUS,
        relates_to="urn:<r>",
    )
    assert message.header is not None
    assert message.header[-1].tag == "{urn:y}y"
    assert message.header[0].get(f"{{{S12}}}mustUnderstand") == "true"


def test_writing_leaves_binaries_in_place() -> None:
    binary = Binary("text/plain", 1, lambda: iter([b"x"]))
    pieces = list(envelope.write("urn:a", [b"<d>", binary, b"</d>"]))
    assert pieces[2] is binary
    assert b"<wsa:MessageID>urn:uuid:" in pieces[0]
