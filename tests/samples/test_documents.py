"""The sample CDA documents: sound XML, resolving references, and the metadata they should give."""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import replace

import pytest
from lxml import etree
from lxml.etree import _Element

import schemas
from ihe_profiles.cda.binding import document_entry, replaced
from ihe_profiles.cda.header import read
from ihe_profiles.cda.model import BodyKind
from ihe_profiles.xds.datatypes import CX, DTM, XCN, XON, XTN, CXi, pid_field_problem
from ihe_profiles.xds.encoding import read_submission, write_submission
from ihe_profiles.xds.metadata import DocumentEntry, Submission
from ihe_profiles.xds.rules import check
from ihe_profiles.xds.submission import build
from samples.content.consultation import letter
from samples.generate import FOLDER

V3 = "{urn:hl7-org:v3}"
ZOE = "275019999901258^^^&1.2.250.1.213.1.4.10&ISO"
BASILE = "158079999903445^^^&1.2.250.1.213.1.4.10&ISO"
TRISTAN = "TEST55031497^^^&2.16.124.10.101.1.60.100&ISO"
PETRA = "MRN-0093215^^^&2.999.40.1&ISO"

LABORATORY = "urn:ihe:lab:xd-lab:2008"
PDF = "urn:ihe:iti:xds-sd:pdf:2008"
IMAGING = "urn:ihe:rad:CDA:ImagingReportStructuredHeadings:2013"

EXPECTED = {
    # file: patient, language, typeCode, classCode, formatCode, creationTime, serviceStartTime
    "biologie-v1.xml": (
        ZOE, "fr-FR", "11502-2", "10", LABORATORY, "20240311150000", "20240311071500",
    ),
    "biologie-v2.xml": (
        ZOE, "fr-FR", "11502-2", "10", LABORATORY, "20240312093000", "20240311071500",
    ),
    "ordonnance.xml": (
        ZOE, "fr-FR", "57833-6", "42", "urn:ihe:pharm:pre:2010", "20240313081500", "20240313081500",
    ),
    "vaccination.xml": (
        ZOE, "fr-FR", "87273-9", "52", "urn:ihe:pcc:ic:2008", "20240313082000", "20240313082000",
    ),
    "consultation.xml": (
        ZOE, "fr-FR", "11488-4", "10", PDF, "20240328163000", "20240328153000",
    ),
    "rcp-cancer.xml": (
        BASILE, "fr-FR", "34794-8", "10", "urn:asipSante:modelesHorsProfils:2011", "20240522164500",
        "20240522153000",
    ),
    "imagerie.xml": (
        TRISTAN, "fr-CA", "18748-4", "REPORTS", IMAGING, "20240212154500", "20240212143000",
    ),
    "sommaire-hospitalisation.xml": (
        TRISTAN, "fr-CA", "18842-5", "SUMMARIES", "urn:ihe:iti:xds:2017:mimeTypeSufficient",
        "20240216161500", "20240212024000",
    ),
    "referral.xml": (
        PETRA, "en-CA", "57133-1", "REPORTS", "urn:ihe:pcc:xds-ms:2007", "20240607182000",
        "20240607174000",
    ),
}  # fmt: skip


def entry_of(name: str) -> DocumentEntry:
    return document_entry(read((FOLDER / name).read_bytes()))


def submitted(entry: DocumentEntry) -> Submission:
    """The entry as a repository would register it, in a submission of its own."""
    assert entry.patient_id
    assert entry.class_code
    return build(
        [replace(entry, hash="0" * 40, size="1", repository_unique_id="1.2.3")],
        source_id="1.2.3",
        content_type_code=entry.class_code,
        patient_id=entry.patient_id,
        submission_time=DTM("20240601000000"),
    )


def tree(name: str) -> _Element:
    return etree.fromstring((FOLDER / name).read_bytes())


def test_every_cda_is_expected() -> None:
    assert sorted(path.name for path in FOLDER.glob("*.xml")) == sorted(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_metadata(name: str) -> None:
    entry = entry_of(name)
    codes = [entry.type_code, entry.class_code, entry.format_code]
    found = (
        entry.patient_id,
        entry.language_code,
        *(code.code for code in codes if code),
        entry.creation_time,
        entry.service_start_time,
    )
    assert found == EXPECTED[name]
    assert entry.title
    assert entry.legal_authenticator == entry.author[0].person
    assert entry.source_patient_id
    assert "2.999." in entry.source_patient_id


@pytest.mark.parametrize("name", EXPECTED)
def test_no_default_is_needed(name: str) -> None:
    entry = entry_of(name)
    assert entry.healthcare_facility_type_code
    assert entry.healthcare_facility_type_code.code != "43741000"
    assert entry.practice_setting_code
    assert entry.practice_setting_code.code != "394658006"


@pytest.mark.parametrize("name", EXPECTED)
def test_every_value_is_well_formed(name: str) -> None:
    entry = entry_of(name)
    (author,) = entry.author
    assert CX.problem(entry.patient_id or "") is None
    assert XCN.problem(author.person or "") is None
    assert [text for text in author.institutions if XON.problem(text)] == []
    assert [text for text in author.telecommunications if XTN.problem(text)] == []
    assert [text for text in entry.reference_id_list if CXi.problem(text)] == []
    assert [text for text in entry.source_patient_info if pid_field_problem(text)] == []


@pytest.mark.parametrize("name", EXPECTED)
def test_it_registers(name: str) -> None:
    submission = submitted(entry_of(name))
    sent = etree.fromstring(write_submission(submission))
    assert schemas.violations(sent) == []
    assert check(submission) == []
    assert read_submission(sent) == submission


def test_the_second_version_replaces_the_first() -> None:
    first, second = (read((FOLDER / f"biologie-v{n}.xml").read_bytes()) for n in (1, 2))
    assert replaced(second) == ((document_entry(first).unique_id,),)
    assert first.set_id == second.set_id
    assert (first.version, second.version) == ("1", "2")
    assert replaced(first) == ()


def test_the_images_are_found_by_order_and_study() -> None:
    kinds = [reference.id_type for reference in entry_of("imagerie.xml").reference_id_list]
    assert kinds == ["urn:ihe:iti:xds:2013:order", "urn:ihe:iti:xds:2016:studyInstanceUID"]
    assert "CT" in [code.code for code in entry_of("imagerie.xml").event_code_list]


def test_level_one_holds_the_letter() -> None:
    name = "consultation.xml"
    assert read((FOLDER / name).read_bytes()).body.kind is BodyKind.NON_XML
    text = tree(name).findtext(f".//{V3}nonXMLBody/{V3}text")
    assert b64decode(text or "", validate=True) == letter()


@pytest.mark.parametrize("name", EXPECTED)
def test_entries_point_at_words_of_the_narrative(name: str) -> None:
    document = tree(name)
    marks = [element.get("ID") for element in document.iter(f"{V3}content")]
    references = [element.get("value") for element in document.iter(f"{V3}reference")]
    assert len(marks) == len(set(marks))
    assert {f"#{mark}" for mark in marks} == set(references)
    levels = {"consultation.xml": 0}
    assert (len(references) > 0) == (levels.get(name, 3) == 3)


@pytest.mark.parametrize("name", EXPECTED)
def test_document_ids_differ(name: str) -> None:
    others = {entry_of(other).unique_id for other in EXPECTED if other != name}
    assert entry_of(name).unique_id not in others


@pytest.mark.parametrize(("ins", "sex"), [(ZOE, "2"), (BASILE, "1")])
def test_an_ins_has_its_key(ins: str, sex: str) -> None:
    number = ins.partition("^")[0]
    assert number.startswith(sex)
    assert int(number[13:]) == 97 - int(number[:13]) % 97


def test_a_nam_has_its_form() -> None:
    assert re.fullmatch(r"TEST[0-9]{6}[1-9][0-9]", TRISTAN.partition("^")[0])
