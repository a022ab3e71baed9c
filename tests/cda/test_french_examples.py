"""The published French examples, where they are at hand: each one binds as its header says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

import schemas
from ihe_profiles.cda.binding import document_entry
from ihe_profiles.cda.header import read
from ihe_profiles.cda.model import BodyKind
from ihe_profiles.xds.datatypes import CX, DTM, XCN, XON, XTN, CXi, pid_field_problem
from ihe_profiles.xds.domain.judge import Judge
from ihe_profiles.xds.domain.presets import PRESETS
from ihe_profiles.xds.encoding import read_submission, write_submission
from ihe_profiles.xds.errors import Severity
from ihe_profiles.xds.metadata import DocumentEntry, Submission
from ihe_profiles.xds.rules import check
from ihe_profiles.xds.submission import build

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "fr" / "cda"
FILES = sorted(SHARED.glob("*.xml")) or [None]
V3 = "{urn:hl7-org:v3}"
KINDS = {"structured": BodyKind.STRUCTURED, "N1 application/pdf": BodyKind.NON_XML}


def table() -> Iterator[tuple[str, list[str]]]:
    """Rows of the README: file name; bytes, SHA-1, typeCode, body, uniqueId, version, note."""
    for line in (SHARED / "README.md").read_text(encoding="utf-8").splitlines():
        name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        if name.endswith(".xml") and len(cells) == 7:
            yield name, cells


@pytest.fixture(params=FILES, ids=lambda file: file.name if file else "none")
def example(request: pytest.FixtureRequest, shared: Path) -> Path:
    assert isinstance(request.param, Path)
    return request.param


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


def test_the_table_names_every_file(shared: Path) -> None:
    assert sorted(name for name, _ in table()) == [file.name for file in FILES if file]
    assert len(FILES) == 21


def test_metadata_are_those_of_the_table(example: Path) -> None:
    row = dict(table())[example.name]
    _, _, type_code, body, unique_id, version, note = row
    header = read(example.read_bytes())
    entry = document_entry(header)
    assert entry.unique_id == unique_id
    assert entry.type_code
    assert entry.type_code.code == type_code
    assert header.body.kind == KINDS[body.split(" (")[0]]
    number, _, related = version.partition(" / ")
    assert header.version == number
    parents = [i.root for r in header.related_documents if r.type_code == "RPLC" for i in r.ids]
    assert parents == [p for p in related.removeprefix("RPLC ").split() if p != "-"]
    assert header.self_displaying == ("application/xslt+xml" in note)


def test_metadata_are_those_of_the_header(example: Path) -> None:
    root = etree.parse(example, etree.XMLParser(huge_tree=True)).getroot()
    document = next(root.iter(f"{V3}ClinicalDocument"))
    entry = document_entry(read(example.read_bytes()))
    patient = document.find(f"{V3}recordTarget/{V3}patientRole/{V3}id")
    assert patient is not None
    assert entry.patient_id == f"{patient.get('extension')}^^^&{patient.get('root')}&ISO"
    assert entry.title[0].value == " ".join(str(document.findtext(f"{V3}title")).split())
    assert entry.language_code == "fr-FR"
    assert [code.code for code in entry.confidentiality_code] == ["N"]
    facility = document.find(f".//{V3}healthCareFacility/{V3}code")
    assert facility is not None
    assert entry.healthcare_facility_type_code
    assert entry.healthcare_facility_type_code.code == facility.get("code")
    assert len(entry.author) == len(document.findall(f"{V3}author"))
    created = document.find(f"{V3}effectiveTime")
    assert created is not None
    assert entry.creation_time
    hours = int(str(created.get("value"))[8:10]) - 1  # all of them say +0100
    assert entry.creation_time[8:10] == f"{hours:02}"
    assert entry.service_start_time


def test_every_value_is_well_formed(example: Path) -> None:
    entry = document_entry(read(example.read_bytes()))
    values = [(CX, entry.patient_id), (CX, entry.source_patient_id)]
    made: list[tuple[type, str | None]] = [*values, (XCN, entry.legal_authenticator)]
    made += [(CXi, reference) for reference in entry.reference_id_list]
    for author in entry.author:
        made += [(XCN, author.person)]
        made += [(XON, institution) for institution in author.institutions]
        made += [(XTN, telecom) for telecom in author.telecommunications]
    problems = [(kind.__name__, text, kind.problem(text)) for kind, text in made if text]
    assert [problem for problem in problems if problem[2]] == []
    assert [v for v in entry.source_patient_info if pid_field_problem(v)] == []
    assert entry.legal_authenticator


def test_the_french_domain_takes_it(example: Path) -> None:
    entry = document_entry(read(example.read_bytes()))
    submission = submitted(entry)
    (submission_set,) = submission.submission_sets
    with_author = replace(submission_set, author=entry.author[:1])
    found = Judge.of(PRESETS["france"])(replace(submission, submission_sets=(with_author,)))
    assert [e.context for e in found if e.severity is Severity.ERROR] == []


def test_it_registers(example: Path) -> None:
    submission = submitted(document_entry(read(example.read_bytes())))
    sent = etree.fromstring(write_submission(submission))
    assert schemas.violations(sent) == []
    assert check(submission) == []
    assert read_submission(sent) == submission
