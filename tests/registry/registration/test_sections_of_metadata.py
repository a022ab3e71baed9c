"""The facts about metadata, section by section, through ITI-42: what is taken, what is refused.

Each case is the section, what is sent, and the words of the one error, or none when it is taken.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from lxml import etree

from ihe_profiles import iti42
from ihe_profiles.ebrim.namespaces import RIM
from ihe_profiles.xds.datatypes import CX, DTM, XCN, XON, XTN, CXi
from ihe_profiles.xds.encoding import write_submission
from ihe_profiles.xds.metadata import Author, LocalizedString, Submission
from ihe_profiles.xds.vocabulary import (
    CLASSIFICATION_NODES,
    CLASSIFICATION_SCHEMES,
    IDENTIFICATION_SCHEMES,
)
from tests.registry.consumer import Consumer
from tests.registry.samples import code, document, folder, put, submission, text

Element = Any


class Case(NamedTuple):
    """`words`: what the only error's context holds, code first; none when nothing is wrong."""

    section: str
    name: str
    make: Callable[[], Submission | bytes]
    words: tuple[str, ...]


CASES: list[Case] = []


def case(section: str, name: str, make: Callable[[], Any], *words: str) -> None:
    CASES.append(Case(section, name, make, words))


def entry(section: str, name: str, *words: str, **changes: Any) -> None:
    case(section, f"DocumentEntry: {name}", lambda: submission(document(**changes)), *words)


def chosen(section: str, name: str, *words: str, **changes: Any) -> None:
    case(section, f"SubmissionSet: {name}", lambda: submission(document(), **changes), *words)


def dossier(section: str, name: str, *words: str, **changes: Any) -> None:
    case(section, f"Folder: {name}", lambda: submission(folder(**changes)), *words)


def xml(section: str, name: str, change: Callable[[Element], None], *words: str) -> None:
    """A whole submission, its XML changed afterwards."""

    def make() -> bytes:
        member, holder = document(), folder()
        sent = submission(member, holder, put(holder.entry_uuid, member.entry_uuid))
        root = etree.fromstring(iti42.request(write_submission(sent)))
        change(root)
        return etree.tostring(root)

    case(section, name, make, *words)


def first(root: Element, tag: str, **attributes: str) -> Element:
    return next(
        e for e in root.iter(f"{{{RIM}}}{tag}")
        if all(e.get(name) == value for name, value in attributes.items())
    )  # fmt: skip


def by_scheme(root: Element, name: str) -> Element:
    return first(root, "Classification", classificationScheme=CLASSIFICATION_SCHEMES[name])


def by_node(root: Element, name: str) -> Element:
    return first(root, "Classification", classificationNode=CLASSIFICATION_NODES[name])


def identifier(root: Element, name: str) -> Element:
    scheme = IDENTIFICATION_SCHEMES[name]
    return first(root, "ExternalIdentifier", identificationScheme=scheme)


def setting(find: Callable[[Element], Element], **attributes: str) -> Callable[[Element], None]:
    def change(root: Element) -> None:
        for name, value in attributes.items():
            find(root).set(name, value)

    return change


def moving(find: Callable[[Element], Element], to: Callable[[Element], Element]) -> Any:
    """Move an element to the end of another one, and let it name its new parent."""

    def change(root: Element) -> None:
        one, parent = find(root), to(root)
        for name in ("classifiedObject", "registryObject"):
            if one.get(name):
                one.set(name, parent.get("id"))
        same = [child for child in parent if child.tag == one.tag]
        same[-1].addnext(one)

    return change


def doubling(find: Callable[[Element], Element]) -> Callable[[Element], None]:
    def change(root: Element) -> None:
        one = find(root)
        twin = etree.fromstring(etree.tostring(one, with_tail=False))
        if twin.get("id"):
            twin.set("id", "Twin")
        one.addnext(twin)

    return change


def dropping(find: Callable[[Element], Element]) -> Callable[[Element], None]:
    def change(root: Element) -> None:
        one = find(root)
        one.getparent().remove(one)

    return change


def the_document(root: Element) -> Element:
    return first(root, "ExtrinsicObject")


def the_set(root: Element) -> Element:
    return by_node(root, "SubmissionSet").getparent()


def the_folder(root: Element) -> Element:
    return by_node(root, "Folder").getparent()


def beside(name: str) -> Callable[[Element], None]:
    """Put the mark of a package beside it."""

    def change(root: Element) -> None:
        root[0].append(by_node(root, name))

    return change


def slot(name: str) -> Callable[[Element], Element]:
    return lambda root: first(root, "Slot", name=name)


def adding_to(name: str, value: str) -> Callable[[Element], None]:
    """Give a slot one more value."""

    def change(root: Element) -> None:
        etree.SubElement(slot(name)(root)[0], f"{{{RIM}}}Value").text = value

    return change


METADATA = "XDSRegistryMetadataError"
MALFORMED = (METADATA, "the value")
AS_NUMBER = "is not a number of octets"

# 1.1 Object types
entry("1.1", "stable")
entry("1.1", "on-demand", METADATA, "on-demand", object_type="urn:uuid:34268e47-fdf5-41a6-ba33-"
      "82133c465248")  # fmt: skip
xml("1.1", "another objectType", setting(the_document, objectType="urn:uuid:" + "0" * 36), METADATA)
xml("1.1", "the mark of the set beside it", beside("SubmissionSet"))
xml("1.1", "the mark of the folder beside it", beside("Folder"))
xml("1.1", "no mark at all", dropping(lambda r: by_node(r, "Folder")), METADATA, "neither")
xml("1.1", "both marks", moving(lambda r: by_node(r, "Folder"), the_set), METADATA)
for tag in ("Classification", "ExternalIdentifier", "RegistryPackage", "Association"):
    xml("1.1", f"{tag} without objectType", lambda root, tag=tag: [
        e.attrib.pop("objectType", None) for e in root.iter(f"{{{RIM}}}{tag}")
    ])  # fmt: skip

# 1.2 Classification and identification schemes
for name in CLASSIFICATION_SCHEMES:
    kind, _, attribute = name.partition(".")
    if kind == "Association":
        continue
    elsewhere = the_folder if kind == "DocumentEntry" else the_document
    xml("1.2", f"{name} on another kind", moving(
        lambda r, name=name: by_scheme(r, name), elsewhere), METADATA)  # fmt: skip
    xml("1.2", f"{name} of another object", setting(
        lambda r, name=name: by_scheme(r, name), classifiedObject="Nobody"), METADATA,
        "whose classifiedObject is Nobody")  # fmt: skip
    if attribute not in ("author", "confidentialityCode", "eventCodeList", "codeList"):
        xml("1.2", f"{name} twice", doubling(
            lambda r, name=name: by_scheme(r, name)), METADATA, f"{attribute} 2 times")  # fmt: skip
for name in IDENTIFICATION_SCHEMES:
    kind, _, attribute = name.partition(".")
    elsewhere = the_folder if kind == "DocumentEntry" else the_document
    xml("1.2", f"{name} on another kind", moving(
        lambda r, name=name: identifier(r, name), elsewhere), METADATA)  # fmt: skip
    xml("1.2", f"{name} of another object", setting(
        lambda r, name=name: identifier(r, name), registryObject="Nobody"), METADATA,
        "whose registryObject is Nobody")  # fmt: skip
    xml("1.2", f"{name} twice", doubling(
        lambda r, name=name: identifier(r, name)), METADATA, f"{attribute} 2 times")  # fmt: skip
xml("1.2", "an unknown classification scheme", setting(
    lambda r: by_scheme(r, "DocumentEntry.classCode"), classificationScheme="urn:uuid:" + "0" * 36,
), METADATA)  # fmt: skip
xml("1.2", "schemes in upper case", lambda root: [
    e.set("classificationScheme", e.get("classificationScheme").upper())
    for e in root.iter(f"{{{RIM}}}Classification") if e.get("classificationScheme")
])  # fmt: skip

# 1.3 Association types
for kind in ("HasMembers", "urn:ihe:iti:2007:AssociationType:Signs", "RPLC", "HasMember"):
    xml("1.3", f"the type {kind}", lambda root, kind=kind: first(root, "Association").set(
        "associationType", kind), METADATA)  # fmt: skip
xml("1.3", "SubmissionSetStatus of another value", lambda root: setattr(
    slot("SubmissionSetStatus")(root)[0][0], "text", "original"), METADATA)  # fmt: skip
xml("1.3", "no SubmissionSetStatus", dropping(slot("SubmissionSetStatus")), METADATA)

# 1.4 Statuses and availability
entry("1.4", "Online", document_availability="urn:ihe:iti:2010:DocumentAvailability:Online")
entry("1.4", "Offline", document_availability="urn:ihe:iti:2010:DocumentAvailability:Offline")
entry("1.4", "another availability", *MALFORMED, document_availability="Online")
entry("1.4", "a status is ignored", availability_status="urn:x:status")

# 2.1 DocumentEntry
for name in (
    *("class_code", "type_code", "format_code", "practice_setting_code", "creation_time", "hash"),
    *("healthcare_facility_type_code", "language_code", "size", "repository_unique_id"),
    *("source_patient_id", "unique_id", "patient_id", "mime_type"),
):
    words = re.sub("_(.)", lambda match: match[1].upper(), name)
    entry("2.1", f"without {words}", METADATA, words, **{name: None})
entry(
    "2.1", "without confidentialityCode", METADATA, "confidentialityCode", confidentiality_code=()
)
for name in ("author", "event_code_list", "title", "reference_id_list"):
    entry("2.1", f"without {name}", **{name: ()})
entry("2.1", "comments", comments=text("c" * 1024))
entry("2.1", "comments over the schema's length", METADATA, comments=text("c" * 1025))
entry("2.1", "a title of 127 characters", title=text("t" * 127))
entry("2.1", "a title of 128 characters", METADATA, "128 characters", title=text("t" * 128))
entry("2.1", "a title in two languages", title=(*text("Title"), LocalizedString("Titre", "fr")))
entry("2.1", "a hash in upper case", hash="AB" * 20)
entry("2.1", "a hash of 39 digits", *MALFORMED, hash="a" * 39)
entry("2.1", "a hash that is no hexadecimal", *MALFORMED, hash="g" * 40)
entry("2.1", "a size of nothing", size="0")
entry("2.1", "a negative size", METADATA, AS_NUMBER, size="-1")
entry("2.1", "a size with a fraction", METADATA, AS_NUMBER, size="1.5")
entry("2.1", "a repositoryUniqueId of 64 characters", repository_unique_id="1." + "2" * 62)
entry("2.1", "a repositoryUniqueId of 65 characters", METADATA, "64", repository_unique_id="1."
      + "2" * 63)  # fmt: skip
entry("2.1", "a uniqueId of 256 characters", unique_id="u" * 256)
entry("2.1", "a uniqueId of 257 characters", METADATA, unique_id="u" * 257)
for unique_id in ("1.2.3^ext", "urn:uuid:10b545ea-725c-446d-9b95-8aeb444eddf3", "https://x.y/z"):
    entry("2.1", f"the uniqueId {unique_id}", unique_id=unique_id)
entry("2.1", "a homeCommunityId", home_community_id="urn:oid:1.2.3")
entry("2.1", "a homeCommunityId that is no URN", *MALFORMED, home_community_id="1.2.3")
for language in ("fr", "fr-CA", "zh-Hant-TW", "art"):
    entry("2.1", f"the language {language}", language_code=language)
for language in ("f_r", "français", "12", "fr-"):
    entry("2.1", f"the language {language}", *MALFORMED, language_code=language)
entry("2.1", "a media type with a parameter", mime_type="text/plain; charset=utf-8")
entry("2.1", "no media type", *MALFORMED, mime_type="text")
entry("2.1", "limited metadata", METADATA, "limitedMetadata", limited_metadata=True)
entry("2.1", "a version, which is ignored", version="7")
entry("2.1", "another logicalID", METADATA, logical_id="urn:uuid:10b545ea-725c-446d-9b95-"
      "8aeb444eddf3")  # fmt: skip
xml("2.1", "creationTime twice", doubling(slot("creationTime")), METADATA, "more than once")
xml("2.1", "creationTime with two values", adding_to("creationTime", "2025"), METADATA, "2 values")
xml("2.1", "a slot value of 257 characters", lambda root: setattr(
    slot("languageCode")(root)[0][0], "text", "f" * 257), METADATA)  # fmt: skip

# 2.2 SubmissionSet
for name in ("content_type_code", "source_id", "submission_time", "unique_id", "patient_id"):
    words = re.sub("_(.)", lambda match: match[1].upper(), name)
    chosen("2.2", f"without {words}", METADATA, words, **{name: None})
chosen("2.2", "without author", author=())
chosen("2.2", "a title of 255 characters", title=text("t" * 255))
chosen("2.2", "a title of 256 characters", METADATA, "256 characters", title=text("t" * 256))
chosen("2.2", "a sourceId that is no OID", *MALFORMED, source_id="urn:oid:1.2.3")
chosen("2.2", "a uniqueId that is no OID", *MALFORMED, unique_id="1.2.3^4")
chosen("2.2", "limited metadata", METADATA, "limitedMetadata", limited_metadata=True)
for recipient in ("Clinique", "|^Martin^Léa", "||^^Internet^a@b.org", "Clinique|1^Martin|"):
    chosen("2.2", f"the recipient {recipient}", intended_recipient=(recipient,))
for recipient in ("||", "|^", "a|b|c|d", "||a@b.org"):
    chosen("2.2", f"the recipient {recipient}", METADATA, "intendedRecipient",
           intended_recipient=(recipient,))  # fmt: skip

# 2.3 Folder
for name in ("code_list", "title"):
    words = {"code_list": "codeList", "title": "title"}[name]
    dossier("2.3", f"without {words}", METADATA, words, **{name: ()})
for name in ("unique_id", "patient_id"):
    words = re.sub("_(.)", lambda match: match[1].upper(), name)
    dossier("2.3", f"without {words}", METADATA, words, **{name: None})
dossier("2.3", "a title of 256 characters", title=text("t" * 256))
dossier("2.3", "a title of 257 characters", METADATA, "257 characters", title=text("t" * 257))
dossier("2.3", "a lastUpdateTime, which is ignored", last_update_time=DTM("20200101000000"))
dossier("2.3", "a lastUpdateTime that is no time", *MALFORMED, last_update_time=DTM("yesterday"))
dossier("2.3", "a uniqueId that is no OID", *MALFORMED, unique_id="urn:x:y")
dossier("2.3", "limited metadata", METADATA, "limitedMetadata", limited_metadata=True)

# 2.4 author
WHO = {
    "a person": Author(person=XCN("^Martin^Léa")),
    "an institution": Author(institutions=(XON("Clinique"),)),
    "a telecommunication": Author(telecommunications=(XTN("^^Internet^a@b.org"),)),
    "everything": Author(
        XCN("1^Martin^Léa^^^^^^&1.2.3&ISO"),
        (XON("Clinique"), XON("Hôpital^^^^^^^^^1.2.3")),
        ("Attending", "Relecteur"),
        ("Cardiologie", "Code^^^&1.2.3&ISO"),
        (XTN("^PRN^PH^^33^1^234"), XTN("^NET^Internet^a@b.org")),
    ),
}
for name, author in WHO.items():
    entry("2.4", f"an author by {name}", author=(author,))
    chosen("2.4", f"an author by {name}", author=(author, author))
for nobody in (Author(roles=("Attending",)), Author(specialties=("x",)), Author()):
    entry("2.4", f"an author without who {nobody}", METADATA, "author", author=(nobody,))
xml("2.4", "two persons in one author", adding_to("authorPerson", "^A"), METADATA, "2 values")

# 2.5 sourcePatientInfo
for info in (
    ("PID-3|D1^^^&1.2.3&ISO", "PID-5|Martin^Léa", "PID-7|19800101", "PID-8|F"),
    ("PID-3|D1^^^&1.2.3&ISO~D2^^^&1.2.4&ISO",),
    ("PID-5|A^B", "PID-5|C^D"),
    ("PID-11|^^Lyon",),
):
    entry("2.5", f"{len(info)} fields {info[-1]}", source_patient_info=info)
for info in (("PID-7|1980", "PID-7|1981"), ("PID-8|F", "PID-8|M"), ("PV1-2|I",), ("Martin",)):
    entry("2.5", f"the fields {info}", METADATA, "sourcePatientInfo", source_patient_info=info)

# 2.6 Codes
entry("2.6", "no scheme", METADATA, class_code=code("x", ""))
entry("2.6", "no code", METADATA, class_code=code(""))
entry("2.6", "no display name", METADATA, "display name", class_code=replace(code("x"), display=()))
entry("2.6", "an empty display name", METADATA, "display name", class_code=replace(
    code("x"), display=text("")))  # fmt: skip
entry("2.6", "another display name of the same code", class_code=replace(
    code("class"), display=text("Other")))  # fmt: skip
entry("2.6", "a scheme that is no OID", class_code=code("x", "LOINC"))
xml("2.6", "a scheme of two values", adding_to("codingScheme", "2"), METADATA, "2 values")

# 3 Data types
VALUES: dict[str, tuple[str, type[str], list[str], list[str]]] = {
    "CX": ("source_patient_id", CX, ["1^^^&1.2.3&ISO", "1^^^&1.2.3&ISO^NH", "1 a^^^&1.2.3&ISO"], [
        "1", "^^^&1.2.3&ISO", "1^^^auth", "1^^^&1.2.3", "1^^^auth&1.2.3&ISO", "1^2^^&1.2.3&ISO",
        "1^^^&1.02.3&ISO", "1^^^&1.2.3&DNS", "1^^^&1.2.3&ISO^^x", "1^^^&&ISO",
    ]),
    "CXi": ("reference_id_list", CXi, [
        "1^^^&1.2.3&ISO^urn:ihe:iti:xds:2013:accession", "1^^^^urn:ihe:iti:xds:2013:order",
        "1^^^ns^urn:ihe:iti:xds:2013:order", "1.2^^^^urn:ihe:iti:xdw:2013:workflowInstanceId",
        "1.2^^^^urn:ihe:iti:xds:2016:studyInstanceUID", "1^^^&1.2.3&ISO^local",
        "e^^^&1.2.3&ISO^urn:ihe:iti:xds:2013:uniqueId",
    ], [
        "1", "1^^^&1.2.3&ISO", "^^^^urn:ihe:iti:xds:2013:order", "1^x^^^urn:ihe:iti:xds:2013:order",
        "1.2^^^&1.2.3&ISO^urn:ihe:iti:xdw:2013:workflowInstanceId",
        "1^^^&1.2.3^urn:ihe:iti:xds:2013:order", "1^^^^urn:ihe:iti:xds:2013:order^x",
    ]),
    "XCN": ("legal_authenticator", XCN, [
        "1^Martin^Léa^^^^^^&1.2.3&ISO", "^Martin", "1.2.3", "^Martin^Léa^^^Dr",
        "1^^^^^^^^&1.2.3&ISO^^",
    ], ["", "^^Léa", "^", "1^Martin^^^^^^^auth", "1^Martin^^^^^^^&1.2.3", "^^^^^^^^&1.2.3&ISO"]),
    "DTM": ("creation_time", DTM, [
        "2025", "202502", "20250228", "2025022823", "202502282359", "20250228235959",
    ], [
        "25", "20253", "202513", "20250230", "2025022824", "202502282360", "2025-02-28",
        "20250228235959.1", "20250228235959+0100", "20250228235959Z", "2025022823595",
    ]),
    "OID": ("repository_unique_id", str, ["1.2.3", "0.4", "2.25.1"], [
        "1", "1.", ".1", "3.2", "1.02", "1.2.a", "1..2", "urn:oid:1.2", "",
    ]),
    "URI": ("uri", str, ["DOC.XML", "../a/b.pdf", "https://x.y/z?a=b"], ["a b", "a\\b", "a<b"]),
    "UUID": ("entry_uuid", str, ["Document01", "id:any symbol", "urn:oid:1.2.3"], [
        "urn:uuid:x", "urn:uuid:10b545ea725c446d9b958aeb444eddf3",
    ]),
    "escapes": ("legal_authenticator", XCN, ["^A\\T\\B", "^A\\S\\B", "^A\\E\\B"], [
        "^A\\H\\B", "^A\\N\\B", "^A\\Zx\\B",
    ]),
}  # fmt: skip
for name, (field, kind, good, bad) in VALUES.items():
    for value in (*good, *bad):
        given = (kind(value),) if field == "reference_id_list" else kind(value)
        entry("3", f"{name} {value}", *(MALFORMED if value in bad and value else ()) or (
            (METADATA,) if value in bad else ()), **{field: given})  # fmt: skip
PARTS: dict[str, tuple[str, type[str], list[str], list[str]]] = {
    "XON": ("institutions", XON, [
        "Clinique", "Clinique^^^^^^^^^1.2.3", "Clinique^^^^^&1.2.3&ISO^^^^45",
        "Clinique^^^^^&1.2.3&ISO^IDNST^^^45",
    ], ["^^^^^^^^^1.2.3", "Clinique^^^^^^^^^45", "Clinique^L", "Clinique^^^^^auth^^^^45"]),
    "XTN": ("telecommunications", XTN, [
        "^^Internet^a@b.org", "^NET^Internet^a@b.org", "^PRN^PH^^33^1^234", "^^PH^^^^234",
    ], ["a@b.org", "^^Internet^ab.org", "^PRN^Internet^a@b.org", "^^PH", "^^^^^^234"]),
    "String": ("roles", str, ["x", "Code^^^&1.2.3&ISO", "é"], ["", " "]),
}  # fmt: skip
for name, (field, kind, good, bad) in PARTS.items():
    for value in (*good, *bad):
        someone = replace(Author(person=XCN("^Martin")), **{field: (kind(value),)})
        entry("3", f"{name} {value}", *((METADATA,) if value in bad else ()), author=(someone,))


# 3, the chunk rule of URI
def _pieces(*values: str) -> Callable[[Element], None]:
    def change(root: Element) -> None:
        head = etree.fromstring(
            f'<r:Slot xmlns:r="{RIM}" name="URI"><r:ValueList>'
            + "".join(f"<r:Value>{value}</r:Value>" for value in values)
            + "</r:ValueList></r:Slot>"
        )
        the_document(root).insert(0, head)

    return change


xml("3", "a URI in pieces", _pieces("1|https://x.y/", "2|a/b"))
xml("3", "a URI in pieces out of order", _pieces("2|a/b", "1|https://x.y/"))
xml("3", "a URI with a piece missing", _pieces("1|https://x.y/", "3|a/b"), METADATA, "2 values")

# 4 Optionality: everything that may be absent is, everything required alone
case("4", "only what is required", lambda: submission(
    document(author=(), event_code_list=(), service_start_time=None, service_stop_time=None,
             reference_id_list=(), title=()),
    folder(), author=(),
))  # fmt: skip

# 5 Identity and structure
xml("5", "a document outside its set", dropping(
    lambda r: next(a for a in r.iter(f"{{{RIM}}}Association")
                   if a.get("sourceObject") == the_set(r).get("id")
                   and a.get("targetObject") == the_document(r).get("id"))),
    METADATA, "is not linked to the SubmissionSet")  # fmt: skip
xml("5", "a folder outside the set", dropping(
    lambda r: next(a for a in r.iter(f"{{{RIM}}}Association")
                   if a.get("sourceObject") == the_set(r).get("id")
                   and a.get("targetObject") == the_folder(r).get("id"))),
    METADATA, "is not linked to the SubmissionSet")  # fmt: skip
xml("5", "ids used twice", lambda root: [
    a.set("id", "Twice") for a in root.iter(f"{{{RIM}}}Association")
], METADATA)  # fmt: skip
xml("5", "ObjectRefs", lambda root: root[0].append(
    etree.fromstring(f'<r:ObjectRef xmlns:r="{RIM}" id="x"/>')))  # fmt: skip
xml("5", "another object of ebRIM", lambda root: root[0].append(
    etree.fromstring(f'<r:ExternalLink xmlns:r="{RIM}" id="x" externalURI="urn:x:y"/>')),
    METADATA)  # fmt: skip
case("5", "nothing but a set", lambda: submission(), METADATA, "contains nothing")


# 6 Disagreements and traps
def _names_first(root: Element) -> None:
    one = by_scheme(root, "DocumentEntry.classCode")
    one.insert(0, first(one, "Name"))


UPPER = "urn:uuid:10B545EA-725C-446D-9B95-8AEB444EDDF3"
entry("6", "a person with an id alone", author=(Author(person=XCN("1.2.3")),))
entry("6", "an OID of arc 0", repository_unique_id="0.9.1")
entry("6", "a home of arc 0", home_community_id="urn:oid:0.9.1")
xml("6", "Name before Slot in a Classification", _names_first, METADATA, "schema")
xml("6", "VersionInfo without versionName", lambda root: the_document(root).find(
    f"{{{RIM}}}Name").addnext(etree.Element(f"{{{RIM}}}VersionInfo")))  # fmt: skip
case("6", "a UUID in upper case", lambda: iti42.request(
    write_submission(submission(document(entry_uuid="D1"))).replace(b'"D1"', f'"{UPPER}"'.encode())
))  # fmt: skip

SECTIONS = {"1.1", "1.2", "1.3", "1.4", *(f"2.{n}" for n in range(1, 7)), "3", "4", "5", "6"}
COUNTS = Counter(one.section for one in CASES)


@pytest.mark.parametrize("section", sorted(SECTIONS), ids=lambda s: f"{s}: {COUNTS[s]} cases")
def test_each_section_has_its_cases(section: str, shared: Path) -> None:
    facts = (shared / "standards/xds-metadata.md").read_text("utf-8")
    assert re.search(rf"^#+ {re.escape(section)} ", facts, re.M)
    assert COUNTS[section]


@pytest.mark.parametrize("section", sorted(SECTIONS), ids=lambda s: f"{s}: {COUNTS[s]} cases")
def test_section(registry: Consumer, section: str) -> None:
    for one in (c for c in CASES if c.section == section):
        made = one.make()
        send = registry.register_xml if isinstance(made, bytes) else registry.register
        told = [f"{e.code}: {e.context}" for e in send(made).errors]
        assert bool(told) == bool(one.words), (one.name, told)
        assert not one.words or any(all(w in line for w in one.words) for line in told), (
            one.name,
            told,
        )
