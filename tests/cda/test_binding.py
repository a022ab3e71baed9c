"""From CDA header to DocumentEntry: what the header holds, else a default, else a clear refusal."""

from __future__ import annotations

import pytest

from ihe_profiles.cda import patients
from ihe_profiles.cda.binding import Defaults, Unbindable, document_entry, replaced, unique_id
from ihe_profiles.cda.classes import FRENCH_CLASSES, IHE_CLASSES, KINDS, Kind
from ihe_profiles.cda.header import read
from ihe_profiles.cda.model import InstanceIdentifier, Patient
from ihe_profiles.xds.datatypes import CX, is_uuid
from ihe_profiles.xds.metadata import Code, DocumentEntry

from .documents import BODY, FULL, PATIENT, cda, self_displaying

LAB = "1.3.6.1.4.1.19376.1.3.3"
UUID = "90E1C8EC-F951-4B26-A305-A34848818DD6"
SECRET = "2.16.840.1.113883.4.56"


def act(low: str) -> str:
    time = f'<effectiveTime><low value="{low}"/></effectiveTime>'
    return f"<documentationOf><serviceEvent>{time}</serviceEvent></documentationOf>"


def entry_of(data: bytes, defaults: Defaults | None = None) -> DocumentEntry:
    return document_entry(read(data), defaults=defaults)


def file(media_type: str) -> str:
    text = f'<text mediaType="{media_type}" representation="B64">QUJD</text>'
    return f"<component><nonXMLBody>{text}</nonXMLBody></component>"


def named(code: Code | None) -> tuple[str, str, str]:
    assert code
    return code.code, code.scheme, code.display[0].value


def test_a_full_header_gives_every_attribute() -> None:
    entry = entry_of(FULL)
    assert is_uuid(entry.entry_uuid)
    assert entry.mime_type == "text/xml"
    assert entry.unique_id == "1.2.3^doc-1"
    assert entry.patient_id == "275010199901222^^^&1.2.250.1.213.1.4.10&ISO"
    assert entry.source_patient_id == "IPP 7^^^&1.2.3.4.5&ISO"
    assert entry.source_patient_info == (
        "PID-3|IPP 7^^^&1.2.3.4.5&ISO",
        "PID-3|275010199901222^^^&1.2.250.1.213.1.4.10&ISO",
        "PID-5|ESSAI^ZOÉ^ZOÉ MARIE^^^^L",
        "PID-5|DUTEST^ZOÉ^^^^^D",
        "PID-7|19750101",
        "PID-8|F",
        "PID-11|3 rue de l'Essai^Bât. B^EXEMPLE^^75000",
    )
    assert entry.title[0].value == "Biologie : numération"
    assert entry.title[0].lang == "fr-FR"
    assert entry.language_code == "fr-FR"
    assert entry.creation_time == "20240104150527"
    assert entry.service_start_time == "20240104082200"
    assert entry.service_stop_time == "202401040900"
    assert named(entry.type_code) == ("11502-2", "2.16.840.1.113883.6.1", "Compte rendu")
    assert named(entry.class_code) == ("10", "1.2.250.1.213.1.1.4.1", "Compte rendu")
    assert entry.format_code
    assert entry.format_code.code == "urn:ihe:rad:CDA:ImagingReportStructuredHeadings:2013"
    assert [named(c) for c in entry.confidentiality_code] == [
        ("R", "2.16.840.1.113883.5.25", "Restreint")
    ]
    assert named(entry.healthcare_facility_type_code)[0] == "SA25"
    ambulatory = ("AMBULATOIRE", "1.2.250.1.213.1.1.4.9", "AMBULATOIRE")
    assert named(entry.practice_setting_code) == ambulatory
    assert [code.code for code in entry.event_code_list] == ["Z13", "24727-0", "CT"]
    assert entry.reference_id_list == (
        "ORD-1^^^&1.2.7&ISO^urn:ihe:iti:xds:2013:order",
        "urn:uuid:2ce71a5b-fd99-4958-ade4-ca39e86625ed^^^^urn:ihe:iti:xds:2013:order",
        "ACC-1^^^&1.2.8&ISO^urn:ihe:iti:xds:2013:accession",
        "1.2.840.99.1^^^^urn:ihe:iti:xds:2016:studyInstanceUID",
    )
    assert entry.legal_authenticator == "800000000002^Docteure Signe^^^^^^^&1.2.250.1.71.4.2.1&ISO"
    assert (entry.hash, entry.size, entry.repository_unique_id) == (None, None, None)


def test_each_author_is_bound() -> None:
    person, device = entry_of(FULL).author
    assert person.person == "800000000001^DU\\F\\PONT^Jean^^DR^M^^^&1.2.250.1.71.4.2.1&ISO"
    assert person.institutions == ("Cabinet \\T\\ Cie^^^^^&1.2.250.1.71.4.2.2&ISO^^^^1000000001",)
    assert person.roles == ("Médecin traitant",)
    assert person.specialties == ("G15_10/SM54^^^&1.2.250.1.213.1.1.4.5&ISO",)
    assert person.telecommunications == ("^WPN^PH^^^^0100000001", "^NET^Internet^z@example.org")
    assert device.person == "3000/9^Automate^M-1^^^^^^&1.2.250.1.71.4.2.1&ISO"
    assert device.institutions == ()


def test_an_author_of_whom_nothing_is_known_is_left_out() -> None:
    nobody = "<author><assignedAuthor><id nullFlavor='UNK'/></assignedAuthor></author>"
    assert entry_of(cda(PATIENT + nobody)).author == ()


def test_a_bare_header_takes_the_defaults() -> None:
    entry = entry_of(cda())
    assert entry.language_code == "und"
    assert named(entry.class_code) == ("REPORTS", "1.3.6.1.4.1.19376.1.2.6.1", "Reports")
    assert named(entry.confidentiality_code[0])[:2] == ("N", "2.16.840.1.113883.5.25")
    assert named(entry.healthcare_facility_type_code)[2] == "Site of care"
    assert named(entry.practice_setting_code)[2] == "Clinical specialty"
    assert named(entry.format_code)[0] == "urn:ihe:iti:xds:2017:mimeTypeSufficient"
    assert entry.source_patient_id == entry.patient_id
    assert (entry.title, entry.service_start_time, entry.legal_authenticator) == ((), None, None)


def test_a_caller_decides_on_defaults_id_and_patient() -> None:
    mine = Code("X", "1.2.3")
    given = Defaults(
        language_code="fr-CA",
        practice_setting_code=mine,
        healthcare_facility_type_code=mine,
        class_codes={"11502-2": mine},
    )
    patient = CX("TEST75510112^^^&2.16.124.10.101.1.60.100&ISO")
    entry = document_entry(read(cda()), entry_uuid="a", patient_id=patient, defaults=given)
    assert entry.entry_uuid == "a"
    assert entry.patient_id == patient
    assert entry.source_patient_id == "275010199901222^^^&1.2.250.1.213.1.4.10&ISO"
    assert entry.language_code == "fr-CA"
    assert {entry.class_code, entry.practice_setting_code} == {mine}
    assert entry.healthcare_facility_type_code == mine


def test_a_type_outside_the_table_takes_the_class_of_the_caller_else_of_the_realm() -> None:
    unknown = cda().replace(b"11502-2", b"00000-0")
    french = cda(start='<realmCode code="FR"/>').replace(b"11502-2", b"00000-0")
    mine = Code("X", "1.2.3")
    assert entry_of(unknown).class_code == IHE_CLASSES[Kind.REPORT]
    assert entry_of(french).class_code == FRENCH_CLASSES[Kind.REPORT]
    assert entry_of(french, Defaults(class_code=mine)).class_code == mine


@pytest.mark.parametrize("classes", [IHE_CLASSES, FRENCH_CLASSES], ids=["IHE", "France"])
def test_every_kind_has_a_class(classes: dict[Kind, Code]) -> None:
    assert set(classes) == set(Kind)
    assert set(KINDS.values()) == set(Kind)


@pytest.mark.parametrize(
    ("templates", "body", "realm", "expected"),
    [
        ((LAB, "1.2.250.1.213.1.1.1.57"), BODY, "FR", "urn:ihe:palm:apsr:2016"),
        (("1.2.250.1.213.1.1.1.57", LAB), BODY, "FR", "urn:ihe:palm:apsr:2016"),
        (("1.3.6.1.4.1.19376.1.5.3.1.1.4",), BODY, "CA", "urn:ihe:pcc:xds-ms:2007"),
        (("1.3.6.1.4.1.19376.1.8.1.1.2.20",), BODY, "", "urn:ihe:pat:apsr:larynx:2010"),
        ((), BODY, "FR", "urn:asipSante:modelesHorsProfils:2011"),
        ((), file("application/pdf"), "", "urn:ihe:iti:xds-sd:pdf:2008"),
        ((), file("text/plain"), "", "urn:ihe:iti:xds-sd:text:2008"),
        ((), file("image/png"), "", "urn:ihe:iti:xds:2017:mimeTypeSufficient"),
        ((), file(""), "", "urn:ihe:iti:xds:2017:mimeTypeSufficient"),
    ],
)
def test_templates_and_body_give_the_format(
    templates: tuple[str, ...], body: str, realm: str, expected: str
) -> None:
    start = f'<realmCode code="{realm}"/>' + "".join(f'<templateId root="{t}"/>' for t in templates)
    code = entry_of(cda(start=start, body=body)).format_code
    assert code
    assert code.code == expected
    scheme = "1.3.6.1.4.1.19376.1.2.3" if "urn:ihe" in expected else "1.2.250.1.213.1.1.4.2.282"
    assert code.scheme == scheme


def test_a_self_displaying_document_has_its_own_media_type() -> None:
    assert entry_of(self_displaying(cda())).mime_type == "application/xslt+xml"


@pytest.mark.parametrize(
    ("root", "extension", "expected"),
    [
        ("1.2.3", None, "1.2.3"),
        ("1.2.3", "A 1", "1.2.3^A 1"),
        (UUID, None, f"urn:uuid:{UUID.lower()}"),
        ("ACME", "1", "ACME^1"),
    ],
)
def test_unique_id(root: str, extension: str | None, expected: str) -> None:
    assert unique_id(InstanceIdentifier(root, extension)) == expected


def test_a_replaced_document_is_named_in_both_spellings_of_a_uuid() -> None:
    assert replaced(read(FULL)) == ((f"urn:uuid:{UUID.lower()}", UUID),)
    assert replaced(read(cda())) == ()


def test_service_times_come_from_the_principal_act_else_the_encounter() -> None:
    stay = (
        "<componentOf><encompassingEncounter><effectiveTime><low value='20230101'/>"
        "<high value='20230105'/></effectiveTime></encompassingEncounter></componentOf>"
    )
    assert entry_of(cda(PATIENT + act("2001") + stay)).service_start_time == "2001"
    encounter = entry_of(cda(PATIENT + stay))
    assert (encounter.service_start_time, encounter.service_stop_time) == ("20230101", "20230105")


def test_long_texts_do_not_break() -> None:
    long = "é" * 3000
    name = f"<name><family>{long}</family></name>"
    header = (
        f"<title>{long}</title>{PATIENT}<author><assignedAuthor><assignedPerson>{name}"
        f"</assignedPerson><representedOrganization><name>{long}</name></representedOrganization>"
        "</assignedAuthor></author>"
    )
    entry = entry_of(cda(header))
    assert len(entry.title[0].value) == 1024
    (author,) = entry.author
    assert author.person
    assert len(author.person) == len(author.institutions[0]) == 256
    assert entry_of(cda(f"<title>{'t' * 300}</title>" + PATIENT)).title[0].value == "t" * 300


@pytest.mark.parametrize(
    ("ids", "expected", "source"),
    [
        ([("1.2.3", "L"), ("2.16.124.10.101.1.60.100", "TEST")], "TEST", "L"),
        ([("1.2.250.1.213.1.4.9", "A"), ("1.2.250.1.213.1.4.8", "R")], "R", "R"),
        ([("1.2.3", None), ("1.2.4", "X"), ("1.2.5", "Y")], "X", "X"),
        ([(SECRET, "1"), ("1.2.4", "X")], "X", "X"),
        ([(SECRET, "1")], None, None),
        ([("HOSPITAL", "1")], None, None),
        ([], None, None),
    ],
)
def test_which_identifier_is_taken(
    ids: list[tuple[str, str | None]], expected: str | None, source: str | None
) -> None:
    patient = Patient(ids=tuple(InstanceIdentifier(*parts) for parts in ids))
    chosen, own = patients.patient_id(patient), patients.source_patient_id(patient)
    assert (chosen and chosen.id) == expected
    assert (own and own.id) == source
    assert not any(SECRET in value for value in patients.source_patient_info(patient))


@pytest.mark.parametrize(
    ("gender", "expected"), [("M", "M"), ("F", "F"), ("UN", "O"), (None, "U"), ("?", "U")]
)
def test_gender(gender: str | None, expected: str) -> None:
    assert f"PID-8|{expected}" in patients.source_patient_info(Patient(gender=gender))


@pytest.mark.parametrize(
    ("data", "element"),
    [
        (cda(ids='<id nullFlavor="UNK"/>'), "ClinicalDocument/id"),
        (cda(""), "recordTarget/patientRole/id"),
        (cda(time='<effectiveTime nullFlavor="UNK"/>'), "ClinicalDocument/effectiveTime"),
        (cda(time='<effectiveTime value="hier"/>'), "effectiveTime is not a time"),
        (cda(PATIENT + act("1/1/2024")), "serviceEvent/effectiveTime/low"),
    ],
)
def test_what_nobody_can_say_is_refused_by_name(data: bytes, element: str) -> None:
    with pytest.raises(Unbindable, match=element):
        entry_of(data)
