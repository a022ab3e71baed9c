"""SOAP messages as clients write them, for the tests of this folder."""

from __future__ import annotations

from lxml import etree

S12 = "http://www.w3.org/2003/05/soap-envelope"
S11 = "http://schemas.xmlsoap.org/soap/envelope/"
WSA = "http://www.w3.org/2005/08/addressing"
NAMES = {"s": S12, "s11": S11, "wsa": WSA, "e": "urn:entente:soap"}


def action(value: str) -> str:
    return f'<wsa:Action s:mustUnderstand="1">{value}</wsa:Action>'


def envelope(header: str, body: str, namespace: str = S12) -> bytes:
    return (
        f'<s:Envelope xmlns:s="{namespace}" xmlns:wsa="{WSA}">'
        f"<s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def first(document: bytes, path: str) -> str:
    """The text at a path in a message that must hold it."""
    found = etree.fromstring(document).findtext(path, namespaces=NAMES)
    assert found is not None, f"{path} is not in {document.decode()}"
    return found


def qname(document: bytes, path: str) -> str:
    """The QName that stands as text at a path, in Clark notation."""
    element = etree.fromstring(document).find(path, namespaces=NAMES)
    assert element is not None, f"{path} is not in {document.decode()}"
    prefix, _, local = (element.text or "").rpartition(":")
    return f"{{{element.nsmap[prefix]}}}{local}"


def fault_code(document: bytes) -> str:
    return qname(document, ".//s:Fault/s:Code/s:Value").removeprefix(f"{{{S12}}}")


def fault_subcodes(document: bytes) -> list[str]:
    elements = etree.fromstring(document).iterfind(".//s:Subcode/s:Value", namespaces=NAMES)
    return [(e.text or "").partition(":")[2] for e in elements]


def fault_text(document: bytes) -> str:
    return first(document, ".//s:Fault/s:Reason/s:Text")
