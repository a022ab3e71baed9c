"""Faults seeded into good messages, each with the assertion that must be named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.conformance import CODES
from tests.conformance import senders
from tests.conformance.senders import ENTRY, NOTE, OLD, SET, Fed, Sent

Octets = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Seeded:
    """One fault: the good message, how its text or its octets are spoiled, what must be named.

    `also` are the other SHALLs that the same change breaks, `codes` the domain to judge by.
    """

    name: str
    message: Callable[[], Sent | Fed]
    assertion: str
    changes: tuple[tuple[str, str], ...] = ()
    octets: Octets = bytes
    also: frozenset[str] = frozenset()
    codes: str | None = None

    def captured(self) -> bytes:
        """Write the spoiled message."""
        made = self.message()
        for old, new in self.changes:
            made = made.spoiled(old, new)
        return self.octets(made.octets())


def _f(
    name: str,
    message: Callable[[], Sent | Fed],
    assertion: str,
    *changes: tuple[str, str],
    octets: Octets = bytes,
    also: str = "",
) -> Seeded:
    return Seeded(name, message, assertion, changes, octets, frozenset(also.split()))


def _utf16(data: bytes) -> bytes:
    head, _, body = data.partition(b"\r\n\r\n")
    text = body.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")
    head = head.replace(b"%d" % len(body), b"%d" % len(text))
    return head + b"\r\n\r\n" + text


def _deep(data: bytes) -> bytes:
    return data.replace(b"<a:To>", b"<a:To>" + b"<x>" * 70 + b"</x>" * 70, 1)


def _far_named(data: bytes) -> bytes:
    return data.replace(b"<a:To>", b'<a:To xmlns:x="urn:%b">' % (b"x" * 300), 1)


def _slot(name: str, value: str) -> str:
    return (
        f'<rim:Slot name="{name}"><rim:ValueList><rim:Value>{value}</rim:Value></rim:ValueList>'
        "</rim:Slot>"
    )


def _link(id: str, kind: str, source: str, target: str) -> str:
    return (
        f'<rim:Association id="{id}" associationType="{kind}" sourceObject="{source}"'
        f' targetObject="{target}"/>'
    )


p, r, q, g, m = senders.provide, senders.register, senders.query, senders.get, senders.retrieve
a3, m3, a2, m2 = senders.added, senders.merged, senders.admitted, senders.resolved

HAS = "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember"
RPLC = "urn:ihe:iti:2007:AssociationType:RPLC"
END = "</rim:RegistryObjectList>"
TIME = "<rim:Value>20240102030405</rim:Value>"
DUPLICATE = '<a:To xmlns:a="http://www.w3.org/2005/08/addressing">urn:x</a:To></s:Header>'
FROM = "<a:From><a:Address> </a:Address></a:From></s:Header>"
FOLDERS = "urn:uuid:d9d542f3-6cc4-48b6-8870-ea235fbc94c2"

REQUESTS = (
    _f("cut envelope", q, "REQ.01", ("</s:Body></s:Envelope>", "")),
    _f("undeclared prefix", q, "REQ.01", ("<a:To>", "<b:To>")),
    _f("bare ampersand", q, "REQ.01", ("&amp;ISO", "&ISO")),
    _f("doctype", q, "REQ.02", ('encoding="UTF-8"?>', 'encoding="UTF-8"?><!DOCTYPE x>')),
    _f("soap 1.1", q, "REQ.03", ("www.w3.org/2003/05/soap-env", "schemas.xmlsoap.org/soap/env")),
    _f(
        "no envelope", q, "REQ.03", ("<s:Envelope ", "<s:Letter "), ("</s:Envelope>", "</s:Letter>")
    ),
    _f("two elements in the body", q, "REQ.04", ("<s:Body>", "<s:Body><x/>")),
    _f("trailer after the body", q, "REQ.04", ("</s:Body>", "</s:Body><x/>")),
    _f("old addressing", a3, "REQ.05", ("2005/08", "2004/08"), also="REQ.09"),
    _f(
        "two actions",
        q,
        "REQ.05",
        ("</s:Header>", "<a:Action>urn:x</a:Action></s:Header>"),
        also="REQ.07",
    ),
    _f(
        "unknown action", m, "REQ.06", (">urn:ihe:iti:2007:RetrieveDocumentSet<", ">urn:my:action<")
    ),
    _f(
        "action of another transaction",
        q,
        "REQ.06",
        (">urn:ihe:iti:2007:RegistryStoredQuery<", ">urn:ihe:iti:2007:RetrieveDocumentSet<"),
    ),
    _f("action not mandatory", p, "REQ.07", (' s:mustUnderstand="true"', "")),
    _f(
        "action said to be optional",
        m,
        "REQ.07",
        ('s:mustUnderstand="true"', 's:mustUnderstand="0"'),
    ),
    _f("mandatory in capitals", q, "REQ.08", ("<a:To>", '<a:To s:mustUnderstand="TRUE">')),
    _f("no message id", q, "REQ.09", (f"<a:MessageID>{senders.MESSAGE_ID}</a:MessageID>", "")),
    _f("message id without scheme", q, "REQ.09", (">urn:uuid:0fbd8a26", ">0fbd8a26")),
    _f(
        "no reply to",
        q,
        "REQ.10",
        (f"<a:ReplyTo><a:Address>{senders.WSA}/anonymous</a:Address></a:ReplyTo>", ""),
    ),
    _f(
        "reply to without address",
        q,
        "REQ.11",
        (f"<a:Address>{senders.WSA}/anonymous</a:Address>", ""),
    ),
    _f("empty from", q, "REQ.11", ("</s:Header>", FROM)),
    _f("mandatory reply to", q, "REQ.12", ("<a:ReplyTo>", '<a:ReplyTo s:mustUnderstand="1">')),
    _f("two addressees", m, "REQ.13", ("</s:Header>", DUPLICATE)),
    _f("put", q, "REQ.14", ("POST ", "PUT ")),
    _f("text/xml", q, "REQ.15", ("application/soap+xml", "text/xml")),
    _f("no content type", q, "REQ.15", ("Content-Type", "X-Content-Type")),
    _f("wrong charset", q, "REQ.16", ("charset=UTF-8", "charset=ISO-8859-1")),
    _f("utf-16 said to be utf-8", q, "REQ.16", octets=_utf16),
    _f(
        "wrong charset of the root",
        p,
        "REQ.16",
        ("application/xop+xml; charset=UTF-8", "application/xop+xml; charset=US-ASCII"),
        ("<a:To>http://there", "<a:To>http://où"),
    ),
    _f(
        "other action parameter",
        q,
        "REQ.17",
        ('action="urn:ihe:iti:2007:Registry', 'action="urn:ihe:iti:2007:Repository'),
    ),
    _f(
        "other action parameter around",
        m,
        "REQ.17",
        ('action="urn:ihe:iti:2007:Retrieve', 'action="urn:ihe:iti:2007:Receive'),
    ),
    _f(
        "cut by two octets",
        g,
        "REQ.18",
        octets=lambda d: d.replace(b"</s:Envelope>", b"</s:Envelope> "),
    ),
    _f(
        "a broken chunk",
        q,
        "REQ.18",
        ("Host:", "Transfer-Encoding: chunked\r\nHost:"),
        octets=lambda d: d.replace(b"\r\n\r\n", b"\r\n\r\nffffff\r\n", 1),
    ),
    _f("elements 70 levels deep", q, "REQ.19", octets=lambda d: _longer(d, _deep(d))),
    _f("a namespace of 304 letters", q, "REQ.19", octets=lambda d: _longer(d, _far_named(d))),
    _f(
        "retrieve without mtom",
        m,
        "REQ.20",
        octets=lambda d: _plain(d, "urn:ihe:iti:2007:RetrieveDocumentSet"),
    ),
    _f("no type", m, "REQ.21", (' type="application/xop+xml";', "")),
    _f("type of swa", p, "REQ.21", ('type="application/xop+xml"', 'type="text/xml"')),
    _f("no start-info", p, "REQ.22", (' start-info="application/soap+xml";', "")),
    _f(
        "start-info of soap 1.1",
        m,
        "REQ.22",
        ('start-info="application/soap+xml"', 'start-info="text/xml"'),
    ),
    _f("no boundary", p, "REQ.23", (' boundary="limit-1";', "")),
    _f(
        "boundary with forbidden end", p, "REQ.23", ('boundary="limit-1"', f'boundary="{"x" * 71}"')
    ),
    _f("another boundary", p, "REQ.24", ('boundary="limit-1"', 'boundary="limit-2"')),
    _f("no closing boundary", p, "REQ.25", ("--limit-1--\r\n", "")),
    _f("text after the closing boundary", m, "REQ.25", ("--limit-1--\r\n", "--limit-1--and more")),
    _f("start of another message", p, "REQ.26", ('start="<root@here>"', 'start="<root@there>"')),
    _f(
        "root of text/xml",
        p,
        "REQ.27",
        (
            'Content-Type: application/xop+xml; charset=UTF-8; type="application/soap+xml"',
            "Content-Type: text/xml; charset=UTF-8",
        ),
    ),
    _f(
        "root without type",
        m,
        "REQ.27",
        ('charset=UTF-8; type="application/soap+xml"', "charset=UTF-8"),
    ),
    _f(
        "two content types of a part",
        p,
        "REQ.28",
        ("Content-Type: application/octet-stream", "Content-Type: a/b\r\nContent-Type: a/c"),
    ),
    _f(
        "a header that is none",
        p,
        "REQ.28",
        ("Content-Type: application/octet-stream", "this is not a field"),
    ),
    _f(
        "one content id for two parts", p, "REQ.29", ("<letter@here>", "<root@here>"), also="REQ.32"
    ),
    _f(
        "content id without brackets",
        p,
        "REQ.29",
        ("Content-ID: <letter@here>", "Content-ID: letter@here"),
    ),
    _f(
        "unknown transfer encoding",
        p,
        "REQ.30",
        (
            "octet-stream\r\nContent-Transfer-Encoding: binary",
            "octet-stream\r\nContent-Transfer-Encoding: x-zip",
        ),
    ),
    _f("blanks beside the include", p, "REQ.31", ("<xop:Include", "\n  <xop:Include")),
    _f("include beside text", p, "REQ.31", ("<xop:Include", "YQ==<xop:Include")),
    _f("include to no part", p, "REQ.32", ("cid:letter@here", "cid:letter@there")),
    _f("include by http", p, "REQ.32", ("cid:letter@here", "http://letter/here")),
    _f(
        "a part for nobody",
        m,
        "REQ.33",
        ("--limit-1--", "--limit-1\r\nContent-ID: <spare@here>\r\n\r\nspare\r\n--limit-1--"),
    ),
    _f("document in hexadecimal", p, "REQ.34", (">YSBub3Rl<", ">61 20 6e 6f 74 65!<")),
)


def _longer(before: bytes, after: bytes) -> bytes:
    old = len(before.partition(b"\r\n\r\n")[2])
    new = len(after.partition(b"\r\n\r\n")[2])
    return after.replace(b"Content-Length: %d" % old, b"Content-Length: %d" % new)


def _plain(data: bytes, action: str) -> bytes:
    start, end = data.index(b"<?xml"), data.index(b"</s:Envelope>") + len(b"</s:Envelope>")
    head = b"POST / HTTP/1.1\r\nContent-Type: application/soap+xml\r\n\r\n"
    assert action.encode() in data[start:end]
    return head + data[start:end]


LETTER = '<rim:Name><rim:LocalizedString value="Letter"/></rim:Name>'
LIMITED = (
    f'<rim:Classification id="lim" classifiedObject="{ENTRY}"'
    ' classificationNode="urn:uuid:ab9b591b-83ab-4d03-8f5d-f93b1fb92e85"/>'
)

SOURCE = (
    _f(
        "no submit objects",
        p,
        "DS-41.01",
        ("lcm:SubmitObjectsRequest ", "lcm:RemoveObjectsRequest "),
        ("</lcm:SubmitObjectsRequest", "</lcm:RemoveObjectsRequest"),
    ),
    _f("slot after name", p, "DS-41.01", (LETTER, LETTER + _slot("urn:example:y", "z"))),
    _f(
        "entry without document",
        p,
        "DS-41.02",
        ('<xds:Document id="entry2">YSBub3Rl</xds:Document>', ""),
    ),
    _f(
        "document without entry",
        p,
        "DS-41.03",
        ("</xds:ProvideAnd", '<xds:Document id="entry3">YQ==</xds:Document></xds:ProvideAnd'),
    ),
    _f(
        "document twice",
        p,
        "DS-41.04",
        ("</xds:ProvideAnd", '<xds:Document id="entry2">YSBub3Rl</xds:Document></xds:ProvideAnd'),
    ),
    _f("hash of other bytes", p, "DS-41.05", ("Dear colleague", "Dear colleagus")),
    _f("wrong size", p, "DS-41.06", (f"<rim:Value>{len(NOTE)}<", f"<rim:Value>{len(NOTE) + 1}<")),
    _f("xml said to be pdf", p, "DS-41.07", ('mimeType="text/xml"', 'mimeType="application/pdf"')),
    _f("unknown element in the list", r, "DS-42.01", (END, f"<rim:Stranger/>{END}")),
    _f(
        "registered without hash",
        r,
        "DS-42.02",
        ('<rim:Slot name="hash"', '<rim:Slot name="urn:example:h"'),
    ),
    _f(
        "registered without size",
        r,
        "DS-42.02",
        ('<rim:Slot name="size"', '<rim:Slot name="urn:example:s"'),
    ),
    _f("two submission sets", senders.twice, "DS-TF3.01"),
    _f("nothing submitted", senders.empty, "DS-TF3.02"),
    _f(
        "entry not in the set",
        p,
        "DS-TF3.03",
        (
            f'associationType="{HAS}" sourceObject="{SET}" targetObject="entry2"',
            f'associationType="{HAS}" sourceObject="{SET}" targetObject="{OLD}"',
        ),
        also="DS-TF3.12",
    ),
    _f(
        "membership not in the set",
        p,
        "DS-TF3.04",
        (
            f'associationType="{HAS}" sourceObject="{SET}" targetObject="a4"',
            f'associationType="{HAS}" sourceObject="{SET}" targetObject="folder"',
        ),
        also="DS-TF3.03",
    ),
    _f("one id for two", p, "DS-TF3.05", ('id="a7"', 'id="a6"')),
    _f("one unique id for two", p, "DS-TF3.06", ('value="2.999.2.2"', 'value="2.999.2.1"')),
    _f("two patients", p, "DS-TF3.07", ('value="P1^^^', 'value="P2^^^')),
    _f(
        "symbol that leads nowhere",
        p,
        "DS-TF3.08",
        ('targetObject="folder"', 'targetObject="folder9"'),
        also="DS-TF3.03",
    ),
    _f(
        "replacing something of the message",
        p,
        "DS-TF3.08",
        (f'targetObject="{OLD}"', 'targetObject="entry2"'),
    ),
    _f("type in another case", p, "DS-TF3.09", (RPLC, RPLC.replace("RPLC", "rplc"))),
    _f("folder replaced", p, "DS-TF3.10", (END, _link("a8", RPLC, "folder", OLD) + END)),
    _f("relationship as member", p, "DS-TF3.10", (END, _link("a8", HAS, SET, "a6") + END)),
    _f("addendum to a transformation", p, "DS-TF3.11", (RPLC, f"{RPLC[:-4]}XFRM_RPLC")),
    _f("no submission set status", p, "DS-TF3.12", (_slot("SubmissionSetStatus", "Original"), "")),
    _f("reference to a submitted entry", p, "DS-TF3.12", (">Original<", ">Reference<")),
    _f(
        "no class",
        p,
        "DS-TF3.13",
        ("41a5887f-8865-4c09-adf7-e362475b143a", "2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4"),
    ),
    _f("no creation time", p, "DS-TF3.13", ('name="creationTime"', 'name="urn:example:c"')),
    _f("no source patient", p, "DS-TF3.13", ('name="sourcePatientId"', 'name="urn:example:c"')),
    _f("no submission time", p, "DS-TF3.14", ('name="submissionTime"', 'name="urn:example:c"')),
    _f(
        "folder without title",
        p,
        "DS-TF3.15",
        ('<rim:Name><rim:LocalizedString value="Folder"/></rim:Name>', ""),
    ),
    _f("limited metadata", p, "DS-TF3.16", (LETTER, LETTER + LIMITED)),
    _f("title of 128 characters", p, "DS-TF3.17", ('value="Letter"', f'value="{"x" * 128}"')),
    _f("uuid in capitals", p, "DS-TF3.18", (OLD, OLD[:9] + OLD[9:].upper())),
    _f("urn:uuid: before a symbol", p, "DS-TF3.18", ('id="a7"', 'id="urn:uuid:a7"')),
    _f("patient without authority", p, "DS-TF3.19", (">S1^^^&amp;2.999.8&amp;ISO<", ">S1<")),
    _f("time with zone", p, "DS-TF3.20", (TIME, "<rim:Value>20240102030405+0100</rim:Value>")),
    _f("thirtieth of February", p, "DS-TF3.20", (TIME, "<rim:Value>20240230</rim:Value>")),
    _f("time as iso", p, "DS-TF3.20", (">2024010101<", ">2024-01-01T01:00<")),
    _f("size with unit", p, "DS-TF3.21", (">31<", ">31 B<"), also="DS-41.06"),
    _f(
        "hash as base64",
        p,
        "DS-TF3.22",
        (">1d2c78fd0075d1dbd79dae24de7df2ec1fa151f4<", ">HSx4/Q==<"),
        also="DS-41.05",
    ),
    _f("source by name", p, "DS-TF3.23", ('value="2.999.4"', 'value="my-source"')),
    _f("oid with a leading zero", p, "DS-TF3.23", ('value="2.999.2.2"', 'value="2.999.02.2"')),
    _f("home without urn", p, "DS-TF3.24", ('home="urn:oid:2.999.5"', 'home="2.999.5"')),
    _f("language in words", p, "DS-TF3.25", (">fr-CA<", ">français<")),
    _f("mime type without subtype", p, "DS-TF3.26", ('mimeType="text/xml"', 'mimeType="xml"')),
    _f("uri with blanks", p, "DS-TF3.27", (">letter.xml<", ">my letter.xml<")),
    _f("patient info without field", p, "DS-TF3.28", (">PID-5|Skl", ">Skl")),
    _f("two birth times", p, "DS-TF3.28", (">PID-5|Sklodowska^Maria<", ">PID-7|18671108<")),
    _f("reference id without type", p, "DS-TF3.29", ("^urn:ihe:iti:xds:2013:accession<", "<")),
    _f("author with given name alone", p, "DS-TF3.30", (">^Curie^Marie<", ">^^Marie<")),
    _f("institution without name", p, "DS-TF3.31", (">Radium^", ">^")),
    _f("telecom as plain address", p, "DS-TF3.32", (">^NET^Internet^marie@", ">marie@")),
    _f("empty role", p, "DS-TF3.33", (">chemist<", "> <")),
    _f("empty recipient", p, "DS-TF3.34", (">Hospital^^^^^^^^^2.999.6<", ">||<")),
    _f("code without scheme", p, "DS-TF3.35", (_slot("codingScheme", "2.999.3"), "")),
    _f("code without value", p, "DS-TF3.36", ('nodeRepresentation="class"', "")),
    _f(
        "code without name",
        p,
        "DS-TF3.37",
        ('<rim:Name><rim:LocalizedString value="the class"/></rim:Name>', ""),
    ),
    _f(
        "author without anything",
        p,
        "DS-TF3.38",
        (_slot("authorPerson", "^Curie^Marie"), ""),
        (_slot("authorInstitution", "Radium^^^^^^^^^2.999.12"), ""),
        (_slot("authorTelecommunication", "^NET^Internet^marie@radium.example"), ""),
    ),
    _f("extra slot without urn", p, "DS-TF3.39", ('name="urn:example:ward"', 'name="ward"')),
    _f("extra slot of ihe", p, "DS-TF3.39", ('name="urn:example:ward"', 'name="urn:ihe:ward"')),
    _f("second version", p, "DS-TF3.40", (f'lid="{ENTRY}"', f'lid="{OLD}"')),
    _f(
        "on-demand entry",
        p,
        "DS-TF3.41",
        (
            "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1",
            "urn:uuid:34268e47-fdf5-41a6-ba33-82133c465248",
        ),
    ),
    _f(
        "entry of no type",
        p,
        "DS-TF3.41",
        ("urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1", "urn:example:document"),
    ),
    _f(
        "stops before it starts",
        p,
        "DS-TF3.42",
        (">2024010102<", ">20240101<"),
        (">2024010101<", ">20240102<"),
    ),
    _f("package of no kind", p, "DS-TF3.43", (FOLDERS, SET)),
    _f(
        "classification of another object",
        p,
        "DS-TF3.44",
        ('143a" classifiedObject="' + ENTRY, '143a" classifiedObject="entry2'),
    ),
    _f(
        "unknown scheme",
        p,
        "DS-TF3.45",
        ("41a5887f-8865-4c09-adf7-e362475b143a", "41a5887f-8865-4c09-adf7-e362475b143b"),
    ),
    _f("a service in the list", p, "DS-TF3.46", (END, f'<rim:Service id="svc"/>{END}')),
    _f("two values of one", p, "DS-TF3.47", (TIME, TIME + TIME)),
    _f(
        "slot twice",
        p,
        "DS-TF3.47",
        (_slot("languageCode", "fr-CA"), _slot("languageCode", "fr-CA") * 2),
    ),
    _f(
        "empty association slot",
        p,
        "DS-TF3.48",
        (
            _slot("SubmissionSetStatus", "Original"),
            _slot("SubmissionSetStatus", "Original") + _slot("PreviousVersion", " "),
        ),
    ),
    _f(
        "availability in words",
        p,
        "DS-TF3.49",
        (">urn:ihe:iti:2010:DocumentAvailability:Online<", ">Online<"),
    ),
)

CONSUMER = (
    _f(
        "no response option",
        q,
        "DC-18.01",
        ('<query:ResponseOption returnComposedObjects="true" returnType="LeafClass"/>', ""),
    ),
    _f("value of 257 characters", q, "DC-18.01", ("O''Brien", "x" * 257)),
    _f("unknown query", g, "DC-18.02", ("5c4f972b-d56b", "5c4f972c-d56b")),
    _f(
        "query of another transaction",
        q,
        "DC-18.02",
        ("14d4debf-8f97-4251-9a74-a90016b0af0d", "3d1bdb10-39a2-11de-89c2-2f44d94eaa9f"),
    ),
    _f(
        "return type of ebxml",
        q,
        "DC-18.03",
        ('returnType="LeafClass"', 'returnType="RegistryObject"'),
    ),
    _f("no patient", q, "DC-18.04", ('"$XDSDocumentEntryPatientId"', '"$XDSDocumentEntryPatient"')),
    _f(
        "status without prefix",
        q,
        "DC-18.04",
        ("urn:oasis:names:tc:ebxml-regrep:StatusType:Approved", "Approved"),
    ),
    _f(
        "two patients asked for",
        q,
        "DC-18.05",
        (
            "'P1^^^&amp;2.999.7&amp;ISO'",
            "('P1^^^&amp;2.999.7&amp;ISO','P2^^^&amp;2.999.7&amp;ISO')",
        ),
    ),
    _f(
        "slot of one parameter twice",
        q,
        "DC-18.05",
        (
            "</rim:AdhocQuery>",
            _slot("$XDSDocumentEntryClassCode", "('b^^2.999.3')") + "</rim:AdhocQuery>",
        ),
    ),
    _f(
        "patient without quotes",
        q,
        "DC-18.06",
        ("'P1^^^&amp;2.999.7&amp;ISO'", "P1^^^&amp;2.999.7&amp;ISO"),
    ),
    _f("quote not doubled", q, "DC-18.06", ("O''Brien", "O'Brien")),
    _f("double quotes", g, "DC-18.06", (f"('{ENTRY}')", f'("{ENTRY}")')),
    _f("list left open", q, "DC-18.06", ("('class^^2.999.3')", "('class^^2.999.3'")),
    _f("code without scheme", q, "DC-18.07", ("class^^2.999.3", "class")),
    _f("code with one circumflex", q, "DC-18.07", ("class^^2.999.3", "class^2.999.3")),
    _f("time with zone", q, "DC-18.08", (">2023<", ">'20230101000000Z'<")),
    _f("month thirteen", q, "DC-18.08", (">2023<", ">202313<")),
    _f("quoted time", q, "DC-18.09", (">2023<", ">'2023'<")),
    _f("code outside of a list", q, "DC-18.10", ("('class^^2.999.3')", "'class^^2.999.3'")),
    _f("patient of a local domain", q, "DC-18.11", ("'P1^^^&amp;2.999.7&amp;ISO'", "'P1^^^LOCAL'")),
    _f("bare patient number", q, "DC-18.11", ("'P1^^^&amp;2.999.7&amp;ISO'", "'P1'")),
    _f("uuid in capitals", g, "DC-18.12", (f"('{ENTRY}')", f"('urn:uuid:{ENTRY[9:].upper()}')")),
    _f(
        "misspelt parameter",
        q,
        "DC-18.13",
        ("$XDSDocumentEntryClassCode", "$XDSDocumentEntryClassCodes"),
    ),
    _f(
        "objects not composed",
        q,
        "DC-18.14",
        ('returnComposedObjects="true"', 'returnComposedObjects="false"'),
    ),
    _f("home without urn", q, "DC-18.15", ('home="urn:oid:2.999.5"', 'home="2.999.5"')),
    _f(
        "request without repository",
        m,
        "DC-43.01",
        ("<xds:RepositoryUniqueId>2.999.11</xds:RepositoryUniqueId>", ""),
    ),
    _f("repository as urn", m, "DC-43.02", (">2.999.11<", ">urn:oid:2.999.11<")),
    _f("home as oid", m, "DC-43.03", (">urn:oid:2.999.5<", ">2.999.5<")),
    _f("blank document id", m, "DC-43.04", (">2.999.1.1^x<", "> 2.999.1.1^x<")),
    _f("one document twice", m, "DC-43.05", (">2.999.1.1^x<", ">2.999.1.2^x<")),
)

IDENTITY = (
    _f("one delimiter for two", a2, "PIS-8.01", ("|^~\\&", "|^~\\^")),
    _f("no end of the frame", a2, "PIS-8.02", ("\x1c\r", "")),
    _f("frame without cr", a2, "PIS-8.02", ("\x1c\r", "\x1c")),
    _f("line feeds", a2, "PIS-8.03", ("\rPID", "\r\nPID")),
    _f("another event", a2, "PIS-8.04", ("ADT^A01", "ADT^A31")),
    _f("another message", a2, "PIS-8.04", ("ADT^A01", "ORU^R01")),
    _f("no control id", a2, "PIS-8.05", ("|c-1|", "||")),
    _f("processing id", a2, "PIS-8.06", ("|P|2.3.1", "|X|2.3.1")),
    _f("version 2.5", a2, "PIS-8.07", ("|2.3.1", "|2.5")),
    _f("no facility", a2, "PIS-8.08", ("|WARD|", "||")),
    _f("two patients", m2, "PIS-8.09", ("MRG|", "PID|||P9^^^&2.999.7&ISO\rMRG|")),
    _f("merge without MRG", m2, "PIS-8.09", ("MRG|", "ZRG|")),
    _f("no identifier", a2, "PIS-8.10", ("P1^^^&2.999.7&ISO", "")),
    _f("identifier without authority", a2, "PIS-8.11", ("P1^^^&2.999.7&ISO", "P1")),
    _f("merged without authority", m2, "PIS-8.11", ("P0^^^&2.999.7&ISO", "P0")),
    _f("authority that is no oid", a2, "PIS-8.12", ("&2.999.7&ISO", "&HOSPITAL&ISO")),
    _f("authority of another type", a2, "PIS-8.12", ("&2.999.7&ISO", "&2.999.7&L")),
    _f("nobody subsumed", m2, "PIS-8.13", ("P0^^^&2.999.7&ISO", "")),
    _f("merged into itself", m2, "PIS-8.14", ("P0^^^", "P1^^^")),
    _f("merged across authorities", m2, "PIS-8.14", ("P0^^^&2.999.7&", "P0^^^&2.999.8&")),
    _f("latin-1 that is not said", a2, "PIS-8.15", ("Marie", "Andr\xe9")),
    _f("unknown character set", a2, "PIS-8.15", ("|2.3.1", "|2.3.1||||||KLINGON")),
    _f("no EVN", a2, "PIS-8.16", ("EVN|", "ZVN|")),
    _f(
        "no sender",
        a3,
        "PIS-44.01",
        ('<sender typeCode="SND">', '<sponsor typeCode="SND">'),
        ("</sender>", "</sponsor>"),
    ),
    _f(
        "other interaction",
        a3,
        "PIS-44.02",
        ('extension="PRPA_IN201301', 'extension="PRPA_IN201302'),
    ),
    _f(
        "processing mode",
        a3,
        "PIS-44.03",
        ('<processingModeCode code="T"/>', '<processingModeCode code="R"/>'),
    ),
    _f(
        "accept acknowledgement",
        a3,
        "PIS-44.03",
        ('<acceptAckCode code="AL"/>', '<acceptAckCode code="ER"/>'),
    ),
    _f("patient without id", a3, "PIS-44.04", ('<id root="2.999.7" extension="P1"/>', "")),
    _f(
        "authority by name",
        a3,
        "PIS-44.05",
        ('<id root="2.999.7" extension="P1"/>', '<id root="HOSP" extension="P1"/>'),
    ),
    _f(
        "id in the root",
        a3,
        "PIS-44.05",
        ('<id root="2.999.7" extension="P1"/>', '<id root="2.999.7.1"/>'),
    ),
    _f("nobody replaced", m3, "PIS-44.06", ('<id root="2.999.7" extension="P0"/>', "")),
    _f("merged into itself (v3)", m3, "PIS-44.07", ('extension="P0"', 'extension="P1"')),
    _f(
        "inactive patient",
        a3,
        "PIS-44.08",
        ('extension="P1"/><statusCode code="active"/>', 'extension="P1"/><statusCode code="new"/>'),
    ),
)

DOMAIN = (Seeded("codes of another domain", p, "DS-TF3.50", codes=str(CODES)),)

SEEDED = (*REQUESTS, *SOURCE, *CONSUMER, *IDENTITY, *DOMAIN)
