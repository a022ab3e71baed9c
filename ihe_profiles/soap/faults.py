"""SOAP faults: refusals of a message as a message (ITI TF-2 Appendix V.3.2, SOAP 1.2 part 1, 5.4).

Whatever concerns content is a RegistryResponse instead (`ihe_profiles.xds.errors`).
"""

from __future__ import annotations

import re
from typing import Final

from ihe_profiles.soap.fault_entry import FaultEntry
from ihe_profiles.soap.faults_of_assertions import ASSERTIONS
from ihe_profiles.soap.namespaces import WSA

__all__ = ["FAULTS", "INVALID_HEADER", "FaultEntry", "SoapFault"]

_QUOTED: Final = 200
"""How many characters of a request a fault quotes at most."""
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


INVALID_HEADER: Final = f"{{{WSA}}}InvalidAddressingHeader"

_XML: Final[dict[str, FaultEntry]] = {
    "empty-request": FaultEntry(
        "Sender",
        "The request has no content; a SOAP 1.2 envelope is expected in its body.",
        "ITI TF-2 V.3",
    ),
    "envelope-too-large": FaultEntry(
        "Sender",
        "The SOAP envelope is larger than the {limit} octets accepted here."
        " Send large documents as XOP parts beside it.",
        "ITI TF-2 V.8",
        status=413,
    ),
    "malformed-xml": FaultEntry(
        "Sender",
        "The SOAP envelope is not well-formed XML: line {line}, column {column}: {problem}.",
        "XML 1.0 2.1",
    ),
    "document-type": FaultEntry(
        "Sender",
        "The SOAP envelope has a document type declaration (DOCTYPE), which SOAP forbids.",
        "SOAP 1.2 part 1, 5",
    ),
    "too-deep": FaultEntry(
        "Sender",
        "The XML elements of the SOAP envelope are nested deeper than the {limit} levels accepted.",
        "ITI TF-2 V.3",
    ),
    "namespace-too-long": FaultEntry(
        "Sender",
        "The name of an XML namespace in the SOAP envelope is longer than the {limit} characters"
        " accepted.",
        "ITI TF-2 V.3",
    ),
    "namespace-relative": FaultEntry(
        "Sender",
        "The XML of {element} has no canonical form: the name of a namespace is a relative"
        " reference. Name namespaces by absolute IRIs.",
        "Canonical XML 1.0 1.3",
    ),
    "text-too-long": FaultEntry(
        "Sender",
        "A text in the SOAP envelope is too long to be read (line {line}). A document inside the"
        " envelope may have {limit} octets; send a larger one as an XOP part.",
        "ITI TF-2 V.8",
        status=413,
    ),
}

_ENVELOPE: Final[dict[str, FaultEntry]] = {
    "soap-1.1": FaultEntry(
        "VersionMismatch",
        "The message is a SOAP 1.1 envelope; this service speaks SOAP 1.2"
        " (namespace http://www.w3.org/2003/05/soap-envelope).",
        "SOAP 1.2 part 1, 5.4.7 and appendix A; ITI TF-2 V.3.2",
        status=500,
    ),
    "not-an-envelope": FaultEntry(
        "VersionMismatch",
        "The root element is {found}; a SOAP 1.2 Envelope"
        " (namespace http://www.w3.org/2003/05/soap-envelope) is expected.",
        "SOAP 1.2 part 1, 5.4.6",
        status=500,
    ),
    "envelope-structure": FaultEntry(
        "Sender",
        "The Envelope must hold at most one Header and then exactly one Body; it holds: {found}.",
        "SOAP 1.2 part 1, 5.1",
    ),
    "empty-body": FaultEntry(
        "Sender", "The SOAP Body is empty; it must hold the request element.", "ITI TF-2 V.3"
    ),
    "several-body-elements": FaultEntry(
        "Sender",
        "The SOAP Body holds {count} elements; it must hold the request element alone.",
        "ITI TF-2 V.3",
    ),
    "not-understood": FaultEntry(
        "MustUnderstand",
        "Headers that must be understood are not understood here: {names}.",
        "SOAP 1.2 part 1, 5.4.8",
        status=500,
    ),
}

_ADDRESSING: Final[dict[str, FaultEntry]] = {
    "action-missing": FaultEntry(
        "Sender",
        "The WS-Addressing header {header} is missing; it says which transaction is asked for.",
        "WS-Addressing SOAP Binding 6.4.2; ITI TF-2 V.3 IHE-WSA101",
        subcode=f"{{{WSA}}}MessageAddressingHeaderRequired",
        problem_header="{header}",
    ),
    "header-repeated": FaultEntry(
        "Sender",
        "The WS-Addressing header {header} may occur once; it occurs {count} times.",
        "WS-Addressing SOAP Binding 6.4.1.3",
        subcode=INVALID_HEADER,
        subsubcode=f"{{{WSA}}}InvalidCardinality",
        problem_header="{header}",
    ),
    "header-empty": FaultEntry(
        "Sender",
        "The WS-Addressing header {header} is empty; it must hold an absolute IRI.",
        "WS-Addressing SOAP Binding 6.4.1",
        subcode=INVALID_HEADER,
        problem_header="{header}",
    ),
    "address-missing": FaultEntry(
        "Sender",
        "The WS-Addressing header {header} must hold exactly one Address; it holds {count}.",
        "WS-Addressing SOAP Binding 6.4.1.4",
        subcode=INVALID_HEADER,
        subsubcode=f"{{{WSA}}}MissingAddressInEPR",
        problem_header="{header}",
    ),
    "only-anonymous": FaultEntry(
        "Sender",
        "{header} is {address}; answers are only given on the same connection"
        " (http://www.w3.org/2005/08/addressing/anonymous), and that address was not contacted.",
        "WS-Addressing SOAP Binding 6.4.1.7; ITI TF-2 V.5",
        subcode=INVALID_HEADER,
        subsubcode=f"{{{WSA}}}OnlyAnonymousAddressSupported",
        problem_header="{header}",
    ),
    "action-not-supported": FaultEntry(
        "Sender",
        "The action {action} is not served here. Served are: {served}.",
        "WS-Addressing SOAP Binding 6.4.4",
        subcode=f"{{{WSA}}}ActionNotSupported",
        problem_action="{action}",
    ),
    "action-mismatch": FaultEntry(
        "Sender",
        "The action {action} is that of {transaction}, whose body element is {expected};"
        " the Body holds {found}.",
        "ITI TF-2 V.3; the transaction's section 3.Y.4.1.2",
    ),
    "message-id-reused": FaultEntry(
        "Sender",
        "The MessageID {message_id} was already used for another message;"
        " repeat a message unchanged, or give a new one its own MessageID.",
        "WS-Addressing SOAP Binding 6.4.1.5",
        subcode=INVALID_HEADER,
        subsubcode=f"{{{WSA}}}DuplicateMessageID",
        problem_header="MessageID",
    ),
}

_EXCHANGE: Final[dict[str, FaultEntry]] = {
    "internal-error": FaultEntry(
        "Receiver",
        "The request could not be carried out because of an internal error."
        " The service's log tells more under the trace id {trace_id}.",
        "SOAP 1.2 part 1, 5.4.6",
        status=500,
    ),
    "audit-unavailable": FaultEntry(
        "Receiver",
        "The request was not carried out, because its audit record cannot be kept now."
        " Send it again later, unchanged.",
        "ITI TF-2 3.20; SOAP 1.2 part 1, 5.4.6",
        status=500,
    ),
    "media-type": FaultEntry(
        "Sender",
        "The Content-Type is {found}; expected is application/soap+xml, or multipart/related with"
        ' type="application/xop+xml" (MTOM).',
        "ITI TF-2 V.3 and V.8; RFC 9110 15.5.16",
        status=415,
    ),
    "content-encoding": FaultEntry(
        "Sender",
        "The Content-Encoding {found} is not accepted; send the message without one.",
        "RFC 9110 15.5.16",
        status=415,
    ),
    "message-too-large": FaultEntry(
        "Sender",
        "The message is larger than the {limit} octets accepted here.",
        "RFC 9110 15.5.14",
        status=413,
    ),
    "early-parts-too-large": FaultEntry(
        "Sender",
        "The attachments before the envelope are larger than the {limit} octets kept for them;"
        " send the envelope as the first part.",
        "RFC 2387 3.2",
        status=413,
    ),
    "early-parts-unkept": FaultEntry(
        "Receiver",
        "The attachments before the envelope cannot be kept here now, for want of temporary room."
        " Send the envelope as the first part, or the message again later, unchanged.",
        "RFC 2387 3.2",
        status=500,
    ),
    "body-stalled": FaultEntry(
        "Sender",
        "No further bytes of the message came for {seconds} seconds; it is given up.",
        "RFC 9110 15.5.9",
        status=408,
    ),
    "body-too-slow": FaultEntry(
        "Sender",
        "The message comes slower than {rate} octets a second; it is given up.",
        "RFC 9110 15.5.9",
        status=408,
    ),
    "body-too-late": FaultEntry(
        "Sender",
        "The message was not complete after {seconds} seconds; it is given up.",
        "RFC 9110 15.5.9",
        status=408,
    ),
}

_MIME: Final[dict[str, FaultEntry]] = {
    "mime-not-related": FaultEntry(
        "Sender",
        "The media type is {media_type}; expected is multipart/related with"
        ' type="application/xop+xml" (MTOM).',
        "ITI TF-2 V.8; RFC 2387",
        status=415,
    ),
    "mime-type-parameter": FaultEntry(
        "Sender",
        'The parameter type of the multipart/related Content-Type is "{type}";'
        ' expected is "application/xop+xml".',
        "ITI TF-2 V.8; XOP 1.0 4.1",
        status=415,
    ),
    "mime-boundary-missing": FaultEntry(
        "Sender",
        "The multipart/related Content-Type has no parameter boundary (or an empty one),"
        " so its parts cannot be told apart.",
        "RFC 2046 5.1.1",
    ),
    "mime-boundary-invalid": FaultEntry(
        "Sender",
        'The boundary "{boundary}" is not 1 to 70 printable ASCII characters.',
        "RFC 2046 5.1.1",
    ),
    "mime-boundary-absent": FaultEntry(
        "Sender",
        'The boundary "{boundary}" that the Content-Type declares does not appear {where}.'
        " Declare the boundary that the body uses.",
        "RFC 2046 5.1.1",
    ),
    "mime-truncated": FaultEntry(
        "Sender",
        "The message ends too early, {where}, after {octets} octets: no closing boundary came.",
        "RFC 2046 5.1.1",
    ),
    "mime-text-after-end": FaultEntry(
        "Sender",
        'Text stands on the line of the closing boundary "--{boundary}--", so it is not certain'
        " that the message ends there.",
        "RFC 2046 5.1.1",
    ),
    "mime-root-missing": FaultEntry(
        "Sender",
        "The message has no root part {wanted}among its parts; their number is {parts}.",
        "RFC 2387 3.2",
    ),
    "mime-root-media-type": FaultEntry(
        "Sender",
        "The root part, {part}, is of the media type {media_type}; expected is application/xop+xml"
        " (or application/soap+xml).",
        "ITI TF-2 V.8; XOP 1.0 4.1",
        status=415,
    ),
    "mime-root-size": FaultEntry(
        "Sender",
        "The root part is larger than the {limit} octets accepted here (limits.root_part)."
        " Send large documents as XOP parts beside it.",
        "ITI TF-2 V.8",
        status=413,
    ),
    "mime-parts": FaultEntry(
        "Sender",
        "The message has more than the {limit} attachments accepted here (limits.parts).",
        "ITI TF-2 V.8",
        status=413,
    ),
    "mime-part-headers": FaultEntry(
        "Sender",
        "The headers of part {part} are larger than the {limit} octets accepted here"
        " (limits.part_headers), or no blank line ends them.",
        "RFC 2046 5.1",
    ),
    "mime-header-malformed": FaultEntry(
        "Sender",
        'Among the headers of part {part} is a line that is not of the form "Name: value".',
        "RFC 2045 3",
    ),
    "mime-header-twice": FaultEntry(
        "Sender",
        "The header {name} is there twice in part {part}; it may be there once.",
        "RFC 2045 3",
    ),
    "mime-content-id-twice": FaultEntry(
        "Sender",
        "Two parts have the Content-ID <{content_id}>; each must have its own.",
        "RFC 2045 7; XOP 1.0 4.1",
    ),
    "mime-part-missing": FaultEntry(
        "Sender",
        "The document {document} refers to the part with the Content-ID <{content_id}>,"
        " which the message does not hold.",
        "ITI TF-2 V.8; XOP 1.0 4.1",
    ),
    "mime-transfer-encoding": FaultEntry(
        "Sender",
        "The Content-Transfer-Encoding of {part} is {encoding}; understood are 7bit, 8bit, binary,"
        " base64 and quoted-printable.",
        "RFC 2045 6",
    ),
    "mime-undecodable": FaultEntry(
        "Sender",
        "The content of {part} cannot be decoded as {encoding}: {problem}.",
        "RFC 2045 6.7 and 6.8",
    ),
}

FAULTS: Final[dict[str, FaultEntry]] = {
    **_XML,
    **_ENVELOPE,
    **_ADDRESSING,
    **_EXCHANGE,
    **_MIME,
    **ASSERTIONS,
}


class SoapFault(Exception):
    """The message is refused with the fault that the table holds under `key`; unknown: KeyError."""

    def __init__(self, key: str, **fields: object) -> None:
        self.key = key
        self.entry = FAULTS[key]
        self.fields = {name: _shown(value) for name, value in fields.items()}
        super().__init__(self.entry.text.format_map(self.fields))


def _shown(value: object) -> object:
    """Shorten what is quoted, and keep out what XML cannot hold."""
    if not isinstance(value, str):
        return value
    text = _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", value)
    return text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…"
