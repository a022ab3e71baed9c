"""Good messages of Document Sources, Consumers and Identity Sources, as octets on the wire."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from ihe_profiles import iti18, iti42, iti43
from ihe_profiles.ebrim.objects import LocalizedString, Slot
from ihe_profiles.xds import encoding
from ihe_profiles.xds.datatypes import CX, DTM, XCN, XON, XTN, CXi
from ihe_profiles.xds.metadata import (
    Association,
    Author,
    Code,
    DocumentEntry,
    Folder,
    Submission,
    SubmissionSet,
)
from ihe_profiles.xds.vocabulary import AssociationType, SubmissionSetStatus

PATIENT = CX("P1^^^&2.999.7&ISO")
OLD = "urn:uuid:0fbd8a26-8d0a-4b4e-9f4c-3f4d8f2b0001"
SET = "urn:uuid:0fbd8a26-8d0a-4b4e-9f4c-3f4d8f2b0002"
ENTRY = "urn:uuid:0fbd8a26-8d0a-4b4e-9f4c-3f4d8f2b0003"
CONTENT = b"<letter>Dear colleague</letter>"
NOTE = b"a note"
BOUNDARY = "limit-1"
WSA = "http://www.w3.org/2005/08/addressing"
MESSAGE_ID = "urn:uuid:0fbd8a26-8d0a-4b4e-9f4c-3f4d8f2b0009"


@dataclass(frozen=True)
class Sent:
    """One request: its header lines but for the length, and its body."""

    head: bytes
    body: bytes

    def octets(self) -> bytes:
        """Write it with the length that it has."""
        length = b"" if b"Transfer-Encoding" in self.head else b"Content-Length: %d\r\n"
        length = length % len(self.body) if length else length
        return self.head + length + b"\r\n" + self.body

    def spoiled(self, old: str, new: str) -> Sent:
        """Change the first place of a text: of the head if it is there, else of the body."""
        before, after = old.encode(), new.encode()
        if before in self.head:
            return Sent(self.head.replace(before, after, 1), self.body)
        assert before in self.body, old
        return Sent(self.head, self.body.replace(before, after, 1))


def envelope(action: str, body: str) -> str:
    """Write an envelope as Appendix V wants it."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="{WSA}"><s:Header>'
        f'<a:Action s:mustUnderstand="true">{action}</a:Action>'
        f"<a:MessageID>{MESSAGE_ID}</a:MessageID><a:To>http://there.example/</a:To>"
        f"<a:ReplyTo><a:Address>{WSA}/anonymous</a:Address></a:ReplyTo>"
        f"</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )


def plain(action: str, body: str) -> Sent:
    """Send an envelope in simple SOAP."""
    media = f'application/soap+xml; charset=UTF-8; action="{action}"'
    head = f"POST /service HTTP/1.1\r\nHost: there.example\r\nContent-Type: {media}\r\n"
    return Sent(head.encode(), envelope(action, body).encode())


def mtom(action: str, body: str, *parts: tuple[str, bytes]) -> Sent:
    """Send an envelope in MTOM, with parts by their Content-ID."""
    media = (
        f'multipart/related; boundary="{BOUNDARY}"; type="application/xop+xml";'
        f' start="<root@here>"; start-info="application/soap+xml"; action="{action}"'
    )
    head = f"POST /service HTTP/1.1\r\nHost: there.example\r\nContent-Type: {media}\r\n"
    root = (
        'Content-Type: application/xop+xml; charset=UTF-8; type="application/soap+xml"\r\n'
        "Content-Transfer-Encoding: binary\r\nContent-ID: <root@here>\r\n\r\n"
    )
    blocks = [root.encode() + envelope(action, body).encode()]
    for content_id, content in parts:
        part = (
            "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n"
            f"Content-ID: <{content_id}>\r\n\r\n"
        )
        blocks.append(part.encode() + content)
    line = f"--{BOUNDARY}".encode()
    inner = b"".join(line + b"\r\n" + block + b"\r\n" for block in blocks)
    return Sent(head.encode(), inner + line + b"--\r\n")


def _code(code: str) -> Code:
    return Code(code, "2.999.3", (LocalizedString(f"the {code}"),), id=f"c-{code}")


def _entry(number: int, content: bytes, **more: Any) -> DocumentEntry:
    return DocumentEntry(
        **{
            "entry_uuid": f"entry{number}",
            "mime_type": "text/xml",
            "unique_id": f"2.999.1.{number}",
            "patient_id": PATIENT,
            "class_code": _code("class"),
            "type_code": _code("type"),
            "format_code": _code("format"),
            "practice_setting_code": _code("setting"),
            "healthcare_facility_type_code": _code("facility"),
            "confidentiality_code": (_code("N"),),
            "creation_time": DTM("20240102030405"),
            "language_code": "fr-CA",
            "hash": hashlib.sha1(content, usedforsecurity=False).hexdigest(),
            "size": str(len(content)),
            "source_patient_id": CX("S1^^^&2.999.8&ISO"),
            **more,
        }
    )


@cache
def submission() -> Submission:
    """A replacement with an addendum, in a new folder: every attribute once."""
    author = Author(
        person=XCN("^Curie^Marie"),
        institutions=(XON("Radium^^^^^^^^^2.999.12"),),
        roles=("chemist",),
        specialties=("radium",),
        telecommunications=(XTN("^NET^Internet^marie@radium.example"),),
    )
    first = _entry(
        1,
        CONTENT,
        entry_uuid=ENTRY,
        logical_id=ENTRY,
        author=(author,),
        service_start_time=DTM("2024010101"),
        service_stop_time=DTM("2024010102"),
        legal_authenticator=XCN("^Curie^Pierre"),
        source_patient_info=("PID-5|Sklodowska^Maria", "PID-7|18671107"),
        reference_id_list=(CXi("A7^^^&2.999.9&ISO^urn:ihe:iti:xds:2013:accession"),),
        uri="letter.xml",
        home_community_id="urn:oid:2.999.5",
        document_availability="urn:ihe:iti:2010:DocumentAvailability:Online",
        title=(LocalizedString("Letter"),),
        extra_slots=(Slot("urn:example:ward", ("B2",)),),
    )
    second = _entry(2, NOTE, mime_type="text/plain")
    made = SubmissionSet(
        entry_uuid=SET,
        unique_id="2.999.2.1",
        source_id="2.999.4",
        patient_id=PATIENT,
        author=(author,),
        content_type_code=_code("episode"),
        submission_time=DTM("20240102030406"),
        intended_recipient=("Hospital^^^^^^^^^2.999.6",),
        title=(LocalizedString("Submission"),),
    )
    folder = Folder(
        entry_uuid="folder",
        unique_id="2.999.2.2",
        patient_id=PATIENT,
        code_list=(_code("topic"),),
        title=(LocalizedString("Folder"),),
    )
    has = AssociationType.HAS_MEMBER
    original = SubmissionSetStatus.ORIGINAL
    links = (
        ("a1", has, SET, ENTRY, original),
        ("a2", has, SET, "entry2", original),
        ("a3", has, SET, "folder", None),
        ("a4", has, "folder", ENTRY, None),
        ("a5", has, SET, "a4", None),
        ("a6", AssociationType.RPLC, ENTRY, OLD, None),
        ("a7", AssociationType.APND, "entry2", ENTRY, None),
    )
    return Submission(
        (made,),
        (first, second),
        (folder,),
        tuple(
            Association(
                entry_uuid=id, type=kind, source=source, target=target, submission_set_status=status
            )
            for id, kind, source, target, status in links
        ),
    )


def objects() -> str:
    """Write the object list of the submission."""
    return encoding.write_submission(submission()).decode()


def provide() -> Sent:
    """ITI-41: one document as XOP part, one in place."""
    action = "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b"
    body = (
        '<xds:ProvideAndRegisterDocumentSetRequest xmlns:xds="urn:ihe:iti:xds-b:2007">'
        f"{iti42.request(objects().encode()).decode()}"
        f'<xds:Document id="{ENTRY}"><xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include"'
        ' href="cid:letter@here"/></xds:Document>'
        '<xds:Document id="entry2">YSBub3Rl</xds:Document>'
        "</xds:ProvideAndRegisterDocumentSetRequest>"
    )
    return mtom(action, body, ("letter@here", CONTENT))


def _without_documents(made: Submission) -> Sent:
    action = "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b"
    body = (
        '<xds:ProvideAndRegisterDocumentSetRequest xmlns:xds="urn:ihe:iti:xds-b:2007">'
        f"{iti42.request(encoding.write_submission(made)).decode()}"
        "</xds:ProvideAndRegisterDocumentSetRequest>"
    )
    return mtom(action, body)


def empty() -> Sent:
    """ITI-41 of a SubmissionSet alone, which is not good."""
    return _without_documents(Submission(submission().submission_sets))


def twice() -> Sent:
    """ITI-41 of a folder in two SubmissionSets, which is not good."""
    made = submission()
    other = replace(made.submission_sets[0], entry_uuid="other", unique_id="2.999.2.3")
    link = made.associations[2]
    return _without_documents(Submission((*made.submission_sets, other), (), made.folders, (link,)))


def register() -> Sent:
    """ITI-42 of a source that is its own repository."""
    text = objects().replace(
        '<rim:Slot name="size">',
        '<rim:Slot name="repositoryUniqueId"><rim:ValueList><rim:Value>'
        '2.999.11</rim:Value></rim:ValueList></rim:Slot><rim:Slot name="size">',
    )
    return plain("urn:ihe:iti:2007:RegisterDocumentSet-b", iti42.request(text.encode()).decode())


def query() -> Sent:
    """ITI-18: FindDocuments with codes, times and an author."""
    body = iti18.request(
        "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d",
        {
            "$XDSDocumentEntryPatientId": str(PATIENT),
            "$XDSDocumentEntryStatus": ["urn:oasis:names:tc:ebxml-regrep:StatusType:Approved"],
            "$XDSDocumentEntryClassCode": ["class^^2.999.3"],
            "$XDSDocumentEntryCreationTimeFrom": "2023",
            "$XDSDocumentEntryAuthorPerson": ["%O'Brien%"],
            "$XDSDocumentEntryType": ["urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"],
        },
        home="urn:oid:2.999.5",
    )
    return plain("urn:ihe:iti:2007:RegistryStoredQuery", body.decode())


def get() -> Sent:
    """ITI-18: GetDocuments by entryUUID."""
    query_id = "urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4"
    body = iti18.request(query_id, {"$XDSDocumentEntryEntryUUID": [ENTRY]})
    return plain("urn:ihe:iti:2007:RegistryStoredQuery", body.decode())


def retrieve() -> Sent:
    """ITI-43: two documents."""
    requests = [
        iti43.DocumentRequest("urn:oid:2.999.5", "2.999.11", f"2.999.1.{n}^x") for n in (1, 2)
    ]
    return mtom("urn:ihe:iti:2007:RetrieveDocumentSet", iti43.request(requests).decode())


def added() -> Sent:
    """ITI-44: a patient added."""
    return _v3("PRPA_IN201301UV02", "")


def merged() -> Sent:
    """ITI-44: two records resolved to one."""
    prior = (
        '<replacementOf typeCode="RPLC"><priorRegistration classCode="REG" moodCode="EVN">'
        '<statusCode code="obsolete"/><subject1 typeCode="SBJ"><priorRegisteredRole'
        ' classCode="PAT"><id root="2.999.7" extension="P0"/></priorRegisteredRole></subject1>'
        "</priorRegistration></replacementOf>"
    )
    return _v3("PRPA_IN201304UV02", prior)


def _v3(name: str, prior: str) -> Sent:
    device = '<device classCode="DEV" determinerCode="INSTANCE"><id root="2.999.13"/></device>'
    body = (
        f'<{name} xmlns="urn:hl7-org:v3" ITSVersion="XML_1.0"><id root="2.999.14"/>'
        f'<creationTime value="20240102030405"/><interactionId root="2.16.840.1.113883.1.6"'
        f' extension="{name}"/><processingCode code="P"/><processingModeCode code="T"/>'
        f'<acceptAckCode code="AL"/><receiver typeCode="RCV">{device}</receiver>'
        f'<sender typeCode="SND">{device}</sender><controlActProcess classCode="CACT"'
        ' moodCode="EVN"><subject typeCode="SUBJ"><registrationEvent classCode="REG"'
        ' moodCode="EVN"><statusCode code="active"/><subject1 typeCode="SBJ"><patient'
        ' classCode="PAT"><id root="2.999.7" extension="P1"/><statusCode code="active"/>'
        '<patientPerson classCode="PSN" determinerCode="INSTANCE"><name><family>Curie</family>'
        f"</name></patientPerson></patient></subject1>{prior}</registrationEvent></subject>"
        f"</controlActProcess></{name}>"
    )
    return plain(f"urn:hl7-org:v3:{name}", body)


@dataclass(frozen=True)
class Fed:
    """One message of HL7 v2 in its frame."""

    body: bytes

    def octets(self) -> bytes:
        """Write it."""
        return self.body

    def spoiled(self, old: str, new: str) -> Fed:
        """Change the first place of a text."""
        before, after = old.encode("latin-1"), new.encode("latin-1")
        assert before in self.body, old
        return Fed(self.body.replace(before, after, 1))


def admitted() -> Fed:
    """ITI-8: an admission."""
    return _v2("A01", "PV1||O")


def resolved() -> Fed:
    """ITI-8: a merge."""
    return _v2("A40", "MRG|P0^^^&2.999.7&ISO")


def _v2(event: str, last: str) -> Fed:
    segments = (
        f"MSH|^~\\&|HIS|WARD|REGISTRY|DOMAIN|20240102030405||ADT^{event}|c-1|P|2.3.1",
        f"EVN|{event}|20240102030405",
        "PID|||P1^^^&2.999.7&ISO||Curie^Marie",
        last,
    )
    return Fed(b"\x0b" + "".join(f"{one}\r" for one in segments).encode() + b"\x1c\r")


GOOD = {
    made.__name__: made
    for made in (
        *(provide, register, query, get, retrieve),
        *(added, merged, admitted, resolved),
    )
}
"""Every good message, by its name."""
