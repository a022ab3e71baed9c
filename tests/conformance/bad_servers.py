"""The bad servers: each row is one fault, and the assertion that must find it."""

from __future__ import annotations

import re

from lxml import etree

from ihe_profiles.soap.namespaces import SOAP11, SOAP12
from ihe_profiles.xds.queries import BY_NAME
from tests.conformance.faults import (
    APPROVED,
    DEPRECATED,
    DONE,
    EMPTY,
    FAILURE,
    PARTIAL,
    SUCCESS,
    Fault,
    R,
    accept,
    all_approved,
    ask_otherwise,
    deaf,
    edit,
    errors_last,
    first_value_only,
    groups_joined,
    header,
    is_fault,
    last_object_lost,
    mentions,
    not_mandatory,
    objects,
    refuse,
    removed,
    renamed,
    resub,
    shifted,
    swap,
    told_as_success,
    twice_in_body,
    without,
)
from tests.conformance.proxy import Passing

FIND = BY_NAME["FindDocuments"].id
_FILTERS = {
    "ITI-18.03": "$XDSDocumentEntryClassCode",
    "ITI-18.04": "$XDSDocumentEntryTypeCode",
    "ITI-18.05": "$XDSDocumentEntryPracticeSettingCode",
    "ITI-18.06": "$XDSDocumentEntryHealthcareFacilityTypeCode",
    "ITI-18.07": "$XDSDocumentEntryFormatCode",
    "ITI-18.08": "$XDSDocumentEntryEventCodeList",
    "ITI-18.09": "$XDSDocumentEntryConfidentialityCode",
    "ITI-18.10": "$XDSDocumentEntryCreationTimeFrom",
    "ITI-18.11": "$XDSDocumentEntryServiceStartTimeTo",
    "ITI-18.12": "$XDSDocumentEntryServiceStopTimeFrom",
    "ITI-18.14": "$XDSDocumentEntryAuthorPerson",
    "ITI-18.28": "$XDSSubmissionSetSourceId",
    "ITI-18.29": "$XDSSubmissionSetSubmissionTimeFrom",
    "ITI-18.30": "$XDSSubmissionSetAuthorPerson",
    "ITI-18.31": "$XDSSubmissionSetContentType",
    "ITI-18.33": "$XDSFolderCodeList",
    "ITI-18.34": "$XDSFolderLastUpdateTimeFrom",
    "ITI-18.36": "$XDSDocumentEntryFormatCode",
    "ITI-18.45": "$XDSDocumentEntryConfidentialityCode",
    "ITI-18.47": "$XDSDocumentEntryFormatCode",
}


def _header_names_as_sent(passing: Passing) -> bool:
    return b"CONTENT-ID:" in passing.body


def _root_is_not_first(passing: Passing) -> bool:
    return 0 < passing.body.find(b"octet-stream") < passing.body.find(b"application/xop+xml")


def _action_parameter(passing: Passing) -> bool:
    return "urn:example:other" in passing.headers.get("content-type", "")


def _other_role(passing: Passing) -> bool:
    return b"urn:example:another" in passing.body


def _utf_16(passing: Passing) -> bool:
    return passing.body[:2] in (b"\xff\xfe", b"\xfe\xff")


def _without_doctype(passing: Passing) -> None:
    passing.body = re.sub(rb"<!DOCTYPE[^\[>]*(\[.*\])?>", b"", passing.body, flags=re.DOTALL)


def _understands_all(passing: Passing) -> None:
    passing.body = re.sub(rb"<x:Strange.*?</x:Strange>", b"", passing.body)


def _tells_inside(passing: Passing) -> None:
    if is_fault(passing):
        passing.reply = passing.reply.replace(b"</s:Text>", b" Traceback (most recent</s:Text>")


def _reads_soap_11(passing: Passing) -> None:
    passing.body = passing.body.replace(SOAP11.encode(), SOAP12.encode())
    passing.headers["content-type"] = "application/soap+xml; charset=utf-8"


def _answers_plain(passing: Passing) -> None:
    """An ITI-43 answer without its MIME parts around."""
    if b"RetrieveDocumentSetResponse" in passing.reply:
        start = passing.reply.find(b"<s:Envelope")
        end = passing.reply.find(b"</s:Envelope>") + len(b"</s:Envelope>")
        passing.reply = passing.reply[start:end]
        passing.reply_headers["content-type"] = "application/soap+xml"


def _content_type(old: str, new: str) -> object:
    def alter(passing: Passing) -> None:
        headers = passing.reply_headers
        headers["content-type"] = headers["content-type"].replace(old, new)

    return alter


def _status_200(passing: Passing) -> None:
    passing.status = 200


def _ignores_a_merge(message: bytes, answer: bytes | None) -> bytes | None:
    """Say AA to an A40 and do nothing."""
    if answer is None and b"A40" in message:
        control = message.split(b"|")[9]
        return b"MSH|^~\\&|R|D|C|B|20260101||ACK^A40|1|P|2.3.1\rMSA|AA|" + control + b"\r"
    return answer


def _always_aa(message: bytes, answer: bytes | None) -> bytes | None:
    return answer and re.sub(rb"MSA\|A[ER]", b"MSA|AA", answer)


def _another_control_id(message: bytes, answer: bytes | None) -> bytes | None:
    return answer and re.sub(rb"(MSA\|..\|)[^|\r]*", rb"\g<1>0", answer)


def _not_exchanged(message: bytes, answer: bytes | None) -> bytes | None:
    sent = b"|".join(message.split(b"|")[2:6])
    return answer and re.sub(rb"(MSH\|[^|]*\|)[^|]*\|[^|]*\|[^|]*\|[^|]*", rb"\g<1>" + sent, answer)


def _another_object(root: etree._Element) -> None:
    """Answer every query with one object more: what is hidden or another's is shown."""
    for one in objects(root)[:1]:
        twin = etree.fromstring(etree.tostring(one).replace(b"urn:uuid:", b"urn:uuid:f", 1))
        one.addnext(twin)


def _whole_instead_of_reference(root: etree._Element) -> None:
    for option in root.iter("{urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0}ResponseOption"):
        option.set("returnType", "LeafClass")


def _related_itself(passing: Passing) -> None:
    """GetRelatedDocuments without any types: all of them."""
    if mentions(passing, BY_NAME["GetRelatedDocuments"].id):
        every = (
            "('urn:ihe:iti:2007:AssociationType:APND','urn:ihe:iti:2007:AssociationType:RPLC',"
            "'urn:ihe:iti:2007:AssociationType:XFRM')"
        )
        passing.body = re.sub(rb"\('urn:[^)]*AssociationType:[^)]*\)", every.encode(), passing.body)


def _no_further_slots(root: etree._Element) -> None:
    for slot in list(root.iter(f"{R}Slot")):
        if slot.get("name", "").startswith("urn:example:"):
            removed(slot)


def _another_repository(root: etree._Element) -> None:
    for slot in root.iter(f"{R}Slot"):
        if slot.get("name") == "repositoryUniqueId":
            for value in slot.iter(f"{R}Value"):
                value.text = "2.25.6174999"


FAULTS: tuple[Fault, ...] = (
    # Appendix V
    Fault("another response action", "V.03", after=header("Action", renamed("urn:example:x"))),
    Fault("action not mustUnderstand", "V.04", after=header("Action", not_mandatory)),
    Fault("no RelatesTo", "V.05", after=header("RelatesTo", removed)),
    Fault("RelatesTo of another", "V.05", after=header("RelatesTo", renamed("urn:example:x"))),
    Fault("SOAP 1.1 answers", "V.01", after=swap(SOAP12, SOAP11)),
    Fault("two elements in the Body", "V.01", after=edit(twice_in_body)),
    Fault("text/xml", "V.02", after=_content_type("application/soap+xml", "text/xml")),
    Fault("wants ReplyTo", "V.06", before=refuse(lambda p: b"ReplyTo" not in p.body)),
    Fault(
        "reads no 1 in mustUnderstand",
        "V.07",
        before=refuse(lambda p: b'mustUnderstand="1"' in p.body),
    ),
    Fault("wants its own prefix", "V.08", before=refuse(lambda p: b"<s:Envelope" not in p.body)),
    Fault("takes any action", "V.09", after=accept(is_fault, EMPTY)),
    Fault("faults without subcode", "V.10", after=resub(rb"<s:Subcode>.*?</s:Subcode>", b"")),
    Fault("blames the receiver", "V.09", after=swap("s:Sender<", "s:Receiver<")),
    Fault("understands every header", "V.11", before=_understands_all),
    Fault("understands no header", "V.12", before=refuse(lambda p: b"x:Strange" in p.body)),
    Fault("takes others' headers for its own", "V.13", before=refuse(_other_role)),
    Fault("decides by soapAction", "V.14", before=refuse(_action_parameter)),
    Fault("reads SOAP 1.1", "V.15", before=_reads_soap_11),
    Fault("texts of faults in no language", "V.17", after=resub(rb' xml:lang="en"', b"")),
    Fault("faults with status 200", "V.18", after=_status_200),
    Fault("reads no UTF-16", "V.19", before=refuse(_utf_16)),
    Fault("reads no CDATA", "V.20", before=refuse(lambda p: b"CDATA" in p.body)),
    Fault(
        "reads no chunks",
        "V.21",
        before=refuse(lambda p: "transfer-encoding" in p.headers and b"AdhocQuery" in p.body),
    ),
    Fault("answers ITI-43 in plain SOAP", "V.23", after=_answers_plain),
    Fault(
        "start-info of text/xml",
        "V.23",
        after=_content_type('start-info="application/soap+xml', 'start-info="text/xml'),
    ),
    Fault(
        "a root part of text/xml",
        "V.24",
        after=resub(rb"Content-Type: application/xop\+xml[^\r]*", b"Content-Type: text/xml"),
    ),
    Fault("start names no part", "V.25", after=_content_type('start="<', 'start="<no')),
    Fault("Include leads nowhere", "V.26", after=swap('href="cid:', 'href="cid:no')),
    Fault(
        "takes no base64",
        "V.27",
        before=refuse(lambda p: re.search(rb"<xds:Document [^>]*>[A-Za-z0-9]", p.body) is not None),
    ),
    Fault("wants the root part first", "V.28", before=refuse(_root_is_not_first)),
    Fault("names of MIME headers as it likes", "V.29", before=refuse(_header_names_as_sent)),
    Fault("decodes no cid", "V.30", before=refuse(lambda p: b"cid:a%2B" in p.body)),
    Fault(
        "takes what is not whole",
        "V.31",
        after=accept(lambda p: is_fault(p) and b"ProvideAndRegister" in p.body, DONE),
    ),
    # Hostile input
    Fault("takes document types", "H.01", before=_without_doctype),
    Fault("shows its inside", "H.10", after=_tells_inside),
    # Patient feeds
    Fault("ignores merges", "ITI-8.03", feed=_ignores_a_merge),
    Fault("acknowledges everything", "ITI-8.15", feed=_always_aa),
    Fault("another control id", "ITI-8.12", feed=_another_control_id),
    Fault("sender and receiver not exchanged", "ITI-8.12", feed=_not_exchanged),
    Fault(
        "names another message",
        "ITI-44.12",
        after=resub(rb"<targetMessage><id root=\"[^\"]*\"", b'<targetMessage><id root="1.2"'),
    ),
    # ITI-18
    *(Fault(f"deaf to {name} ({rule})", rule, deaf(name)) for rule, name in _FILTERS.items()),
    Fault("schema broken", "ITI-18.01", after=edit(errors_last, FIND)),
    Fault("loses an object", "ITI-18.02", after=edit(last_object_lost, FIND)),
    Fault("shows what is another's", "ITI-18.02", after=edit(_another_object, FIND)),
    Fault("deprecated shown as approved", "ITI-18.26", after=edit(all_approved, FIND)),
    Fault("approved shown as deprecated", "ITI-18.26", after=swap(APPROVED, DEPRECATED, FIND)),
    Fault("partial success of a query", "ITI-18.02", after=swap(SUCCESS, PARTIAL, FIND)),
    Fault("AND for OR", "ITI-18.03", before=first_value_only("$XDSDocumentEntryClassCode")),
    Fault("OR for AND", "ITI-18.08", before=groups_joined("$XDSDocumentEntryEventCodeList")),
    Fault("To is inclusive", "ITI-18.10", before=shifted("$XDSDocumentEntryCreationTimeTo", 1)),
    Fault("From is exclusive", "ITI-18.10", before=shifted("$XDSDocumentEntryCreationTimeFrom", 1)),
    Fault(
        "a slot is lost",
        "ITI-18.63",
        after=edit(without("Slot", name="languageCode"), BY_NAME["GetDocuments"].id),
    ),
    Fault("a title is lost", "ITI-18.63", after=edit(without("Name"), BY_NAME["GetDocuments"].id)),
    Fault("no classifications", "ITI-18.22", after=edit(without("Classification"), FIND)),
    Fault("no mimeType", "ITI-18.26", after=resub(rb' mimeType="[^"]*"', b"", FIND)),
    Fault("no lid", "ITI-18.65", after=resub(rb' lid="[^"]*"', b"")),
    Fault(
        "whole objects for references",
        "ITI-18.23",
        before=ask_otherwise(_whole_instead_of_reference),
    ),
    Fault(
        "nothing found is a failure",
        "ITI-18.24",
        after=lambda p: (
            swap(SUCCESS, FAILURE)(p) if b"<rim:RegistryObjectList></rim" in p.reply else None
        ),
    ),
    Fault("knows every query", "ITI-18.53", after=told_as_success()),
    Fault("misses no parameter", "ITI-18.54", after=told_as_success(FIND)),
    Fault(
        "another code for a missing parameter",
        "ITI-18.54",
        after=swap("XDSStoredQueryMissingParam", "XDSRegistryError"),
    ),
    Fault("takes two values for one", "ITI-18.55", after=told_as_success(FIND)),
    Fault(
        "several patients in one answer",
        "ITI-18.58",
        after=told_as_success(BY_NAME["GetDocuments"].id),
    ),
    Fault("a failure without errors", "ITI-18.60", after=resub(rb"<rs:RegistryError .*?/>", b"")),
    Fault(
        "no folders of a document",
        "ITI-18.48",
        after=edit(without("RegistryPackage"), BY_NAME["GetFoldersForDocument"].id),
    ),
    Fault(
        "loses an association",
        "ITI-18.41",
        after=edit(last_object_lost, BY_NAME["GetAssociations"].id),
    ),
    Fault("all relationships", "ITI-18.50", before=_related_itself),
    Fault(
        "hides deprecated documents",
        "ITI-18.37",
        after=edit(without("ExtrinsicObject", status=DEPRECATED)),
    ),
    # ITI-42 and TF-3
    Fault("requires nothing", "TF3.01", after=told_as_success()),
    Fault("takes any date", "TF3.24", after=told_as_success()),
    Fault(
        "another code for bad metadata",
        "TF3.27",
        after=swap("XDSRegistryMetadataError", "XDSRegistryError"),
    ),
    Fault(
        "wants a hash in lower case",
        "TF3.28",
        before=refuse(lambda p: re.search(rb">[0-9]*[A-F][0-9A-F]{38,}<", p.body) is not None),
    ),
    Fault("drops further slots silently", "TF3.43", before=ask_otherwise(_no_further_slots)),
    Fault(
        "a bare RegistryResponse",
        "ITI-42.01",
        after=resub(rb"(<rs:RegistryResponse[^>]*) status=\"[^\"]*Success\"", rb"\1"),
    ),
    Fault("replaced stays approved", "ITI-42.15", after=swap(DEPRECATED, APPROVED)),
    Fault("takes every patient", "ITI-42.07", after=told_as_success()),
    Fault(
        "another code for a known uniqueId",
        "ITI-42.09",
        after=swap("XDSDuplicateUniqueIdInRegistry", "XDSRegistryError"),
    ),
    Fault(
        "errors without severity",
        "ITI-42.06",
        after=resub(rb"ErrorSeverityType:Error", b"ErrorSeverityType:Warning"),
    ),
    # ITI-41 and ITI-43
    Fault("takes a wrong hash", "ITI-41.05", after=told_as_success("ProvideAndRegister")),
    Fault("another repositoryUniqueId", "ITI-41.04", after=edit(_another_repository)),
    Fault("other bytes", "ITI-41.02", after=swap(b"A document of ITI-41", b"Another of ITI-41 ..")),
    Fault(
        "an error of the registry renamed",
        "ITI-41.10",
        after=swap("UnresolvedReferenceException", "XDSRepositoryError"),
    ),
    Fault("a document cut short", "ITI-43.02", after=swap(b"the first document", b"the first")),
    Fault(
        "octet-stream for every document",
        "ITI-43.03",
        after=resub(rb"<xds:mimeType>[^<]*", b"<xds:mimeType>application/octet-stream"),
    ),
    Fault("partial success told as success", "ITI-43.05", after=swap(PARTIAL, SUCCESS)),
    Fault("an unknown document is no error", "ITI-43.04", after=told_as_success()),
    Fault("errors name no document", "ITI-43.04", after=resub(rb' location="[^"]*"', b"")),
    Fault(
        "another code for a repository",
        "ITI-43.06",
        after=swap("XDSUnknownRepositoryId", "XDSDocumentUniqueIdError"),
    ),
    Fault(
        "says its home unasked",
        "ITI-43.07",
        after=swap(
            "<xds:DocumentResponse>",
            "<xds:DocumentResponse><xds:HomeCommunityId>urn:oid:1.2</xds:HomeCommunityId>",
        ),
    ),
)
