"""Files of domains: what they hold, and that a broken one is named to the line and element."""

from __future__ import annotations

from pathlib import Path

import pytest

from ihe_profiles.xds.domain.affinity import Period, Value, utc_now
from ihe_profiles.xds.domain.broken import BrokenDomain
from ihe_profiles.xds.domain.judge import Judge
from ihe_profiles.xds.domain.load import load, with_authorities
from ihe_profiles.xds.domain.presets import PRESETS
from ihe_profiles.xds.domain.self_test import self_test
from ihe_profiles.xds.vocabulary import FrenchStatus, Status
from tests.domain.submissions import FILES, usual, with_document

CODES = FILES / "codes.xml"


def broken(path: Path) -> tuple[str, ...]:
    with pytest.raises(BrokenDomain) as raised:
        load(str(path))
    return raised.value.problems


def test_codes_xml() -> None:
    domain = load(str(CODES))
    assert (domain.name, domain.version, domain.strictness) == ("codes.xml", "2025-1", "ihe")
    counts = {name: len(found.values) for name, found in domain.value_sets.items()}
    assert counts == {
        "classCode": 5,
        "typeCode": 3,
        "formatCode": 2,
        "confidentialityCode": 2,
        "healthcareFacilityTypeCode": 1,
        "practiceSettingCode": 2,
        "eventCodeList": 1,
        "contentTypeCode": 1,
        "codeList": 1,
        "documentation": 1,
        "mimeType": 2,
        "patientId": 1,
    }
    classes = domain.value_sets["classCode"].values
    assert classes["2.999.7.1", "REPORT"] == Value("REPORT", "2.999.7.1", "Report")
    assert classes["2.999.7.1", "FAX"].periods == (Period(None, 20200101000000),)
    assert classes["2.999.7.1", "HOLOGRAM"].periods == (Period(29990101000000, None),)
    assert "2.999.7.9" in {value.code for value in domain.value_sets["patientId"].values.values()}


def test_media_types_are_compared_without_case_and_parameters(tmp_path: Path) -> None:
    path = tmp_path / "codes.xml"
    path.write_text('<Codes><CodeType name="mimeType"><Code code="Text/XML"/></CodeType></Codes>')
    judge = Judge.of(load(str(path)))
    assert judge(with_document(usual(judge.domain), mime_type="text/Xml; charset=UTF-8")) == []
    assert judge(with_document(usual(judge.domain), mime_type="text/plain"))


def test_a_toml_puts_value_sets_together() -> None:
    domain = load("site.toml", FILES)
    assert (domain.name, domain.version) == ("Ville-Fictive", "2026-1")
    assert domain.strictness == "france"
    assert domain.value_sets["languageCode"] is PRESETS["france"].value_sets["languageCode"]
    assert set(domain.value_sets["mimeType"].values) == {("", "text/xml"), ("", "application/pdf")}
    classes = domain.value_sets["classCode"].values
    assert classes["2.999.8.1", "10"].display == "Compte rendu, lettre"
    assert classes["2.999.8.1", "10"].periods == (Period(20200101000000, None),)
    types = domain.value_sets["typeCode"].values
    loinc = types["2.16.840.1.113883.6.1", "11502-2"]
    assert loinc.periods == (Period(20150901000000, None),)
    assert types["2.999.8.3", "VIEUX"].periods == (Period(20150901000000, 20190630000000),)
    assert types["2.999.8.5", "71"].periods == (Period(20100101000000, 20241213120000),)


def test_presets() -> None:
    assert load("ihe").value_sets == {}
    assert load("ihe").statuses == frozenset(Status)
    assert load("france").statuses == {*Status, *FrenchStatus}
    assert {name: load(name).strictness for name in PRESETS} == {
        "ihe": "ihe",
        "france": "france",
        "quebec": "quebec",
    }


def test_authorities_of_the_settings_win() -> None:
    domain = with_authorities(load("quebec"), ["2.999.1", "2.999.2"])
    assert set(domain.value_sets["patientId"].values) == {("", "2.999.1"), ("", "2.999.2")}
    assert "languageCode" in domain.value_sets


TOP = '<?xml version="1.0"?>\n<Codes>\n'
SVS = '<RetrieveValueSetResponse xmlns="urn:ihe:iti:svs:2008">\n<ValueSet id="1.2"><ConceptList>\n'
END = "</ConceptList></ValueSet></RetrieveValueSetResponse>"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            f'{TOP}<CodeType name="clasCode"><Code code="a" codingScheme="1"/></CodeType></Codes>',
            ['line 3: CodeType "clasCode": is no attribute of codes; allowed: classCode'],
        ),
        (
            (
                f'{TOP}<CodeType name="classCode">\n<Code display="A"/>\n<Code code="b"/>'
                "</CodeType></Codes>"
            ),
            [
                'line 4: Code "" of classCode: has no code and no codingScheme',
                'line 5: Code "b" of classCode: has no codingScheme',
            ],
        ),
        (
            f'{TOP}<CodeType name="classCode"></CodeType></Codes>',
            ['line 3: CodeType "classCode": has no Code, so nothing would be allowed'],
        ),
        (
            f'{TOP}<CodeType name="mimeType"><Term code="x"/></CodeType></Codes>',
            ['line 3: Term "x" of mimeType: stands where only Code may stand'],
        ),
        (
            (
                f'{TOP}<CodeType name="classCode">\n'
                '<Code code="a" codingScheme="1" dateFin="tomorrow"/></CodeType></Codes>'
            ),
            ['line 4: Code "a" of classCode: has a date that cannot be read'],
        ),
        (
            f'{TOP}<AssigningAuthority id="&amp;1.2.03&amp;ISO"/></Codes>',
            ['line 3: AssigningAuthority "&1.2.03&ISO": is not an OID'],
        ),
        (f"{TOP}<Language/></Codes>", ["line 3: Language: is not known here; allowed: CodeType"]),
        ("<Kodes/>", ["line 1: Kodes: is not the element Codes"]),
        ("<Codes>", ["codes.xml: "]),
        ("<!DOCTYPE Codes><Codes/>", ["codes.xml: "]),
        ("", ["codes.xml: "]),
    ],
)
def test_a_broken_codes_xml_is_named(tmp_path: Path, text: str, words: list[str]) -> None:
    path = tmp_path / "codes.xml"
    path.write_text(text)
    found = broken(path)
    assert len(found) == len(words)
    for problem, expected in zip(found, words, strict=True):
        assert problem.startswith(str(path))
        assert expected in problem


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.csv", "code,codeSystem\n10,1.2\n11,\n", 'a.csv, line 3: row "11": has no codeSystem'),
        ("a.csv", "code;codeSystem\n", 'a.csv, line 1: header "code;codeSystem": allowed: code,'),
        ("a.csv", "code,codeSystem\n10,1.2,x\n", 'a.csv, line 2: row "10": has more cells'),
        ("a.csv", 'code,codeSystem\n"10,1.2\n', "row: is not CSV"),
        ("a.csv", "code,codeSystem\n", "a.csv: holds no code"),
        ("a.csv", "code,codeSystem,dateFin\n1,2,x\n", 'line 2: row "1": has a date that'),
        ("a.xml", f'{SVS}<Concept code="10"/>{END}', 'line 3: Concept "10": has no codeSystem'),
        ("a.xml", f"{SVS}{END}", "a.xml: holds no code"),
        ("a.xml", "<ValueSet/>", "line 1: ValueSet: holds no ValueSet of urn:ihe:iti:svs:2008"),
        ("a.xml", "<ValueSet>", "a.xml: "),
        ("a.txt", "", "a.txt: is no value set; allowed: .xml, .csv"),
    ],
)
def test_a_broken_value_set_is_named(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text)
    site = tmp_path / "site.toml"
    site.write_text(f'[value_sets]\nclassCode = "{name}"\n')
    (problem,) = broken(site)
    assert words in problem


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nam = 'x'\n", "line 1: nam: allowed: name, version"),
        ("name = 3\n", "line 1: name: must be str"),
        ("[value_sets]\nclasCode = 'x.csv'\n", "line 2: clasCode: allowed: classCode"),
        ("[value_sets]\nclassCode = 3\n", "line 2: classCode: must be texts"),
        ("[value_sets]\nclassCode = 'absent.csv'\n", "absent.csv: cannot be read: No such file"),
        ("[values]\nclassCode = ['a']\n", "line 2: classCode: has coding schemes"),
        ("based_on = 'frence'\n", "did you mean france? presets: ihe, france, quebec"),
        ("name = \n", "is not TOML"),
    ],
)
def test_a_broken_toml_is_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "site.toml"
    path.write_text(text)
    (problem,) = broken(path)
    assert words in problem


def test_a_file_that_is_not_there_or_not_text_is_named(tmp_path: Path) -> None:
    assert broken(tmp_path / "no.xml") == (
        f"{tmp_path}/no.xml: cannot be read: No such file or directory",
    )
    path = tmp_path / "a.toml"
    path.write_bytes(b"name = '\xff'")
    assert broken(path) == (f"{path}: is not UTF-8 at byte 8",)


NATIONAL = {
    "authorRole": "JDV_J47_FunctionCode_CISIS.xml",
    "authorSpecialty": "JDV_J01_XdsAuthorSpecialty_CISIS.xml",
    "classCode": "JDV_J06_XdsClassCode_CISIS.csv",
    "confidentialityCode": "JDV_J08_XdsConfidentialityCode_CISIS.xml",
    "contentTypeCode": "JDV_J03_XdsContentTypeCode_CISIS.csv",
    "formatCode": "JDV_J10_XdsFormatCode_CISIS.csv",
    "healthcareFacilityTypeCode": "JDV_J02_XdsHealthcareFacilityTypeCode_CISIS.xml",
    "practiceSettingCode": "JDV_J04_XdsPracticeSettingCode_CISIS.xml",
    "referenceIdList": "JDV_J197_XdsTypesIdentifiantsReferenceId_CISIS.xml",
    "typeCode": "JDV_J07_XdsTypeCode_CISIS.xml",
}


def test_the_national_value_sets_of_france(tmp_path: Path, shared: Path) -> None:
    folder = shared / "data" / "fr" / "valuesets"
    site = tmp_path / "site.toml"
    lines = (f"{name} = '{folder / file}'\n" for name, file in NATIONAL.items())
    site.write_text(f"based_on = 'france'\n[value_sets]\n{''.join(lines)}")
    domain = load(str(site))
    counts = {name: len(domain.value_sets[name].values) for name in NATIONAL}
    assert counts == {
        "authorRole": 10,
        "authorSpecialty": 396,
        "classCode": 13,
        "confidentialityCode": 6,
        "contentTypeCode": 100,
        "formatCode": 84,
        "healthcareFacilityTypeCode": 69,
        "practiceSettingCode": 12,
        "referenceIdList": 7,
        "typeCode": 114,
    }
    own = load("france").value_sets["confidentialityCode"].values
    assert set(domain.value_sets["confidentialityCode"].values) == set(own)
    tested = list(self_test(Judge.of(domain), utc_now()))
    assert [problem for row in tested for problem in row.problems] == []
    assert sum(row.accepted for row in tested) == sum(counts.values()) + 6


def test_a_value_set_that_ended_and_one_of_thousands(tmp_path: Path, shared: Path) -> None:
    folder = shared / "data" / "fr" / "valuesets"
    site = tmp_path / "site.toml"
    site.write_text(
        f"[value_sets]\nauthorRole = '{folder}/JDV_J48_ProfessionNonPS_CISIS.xml'\n"
        f"eventCodeList = '{folder}/JDV_CodesDocumentImagerie_CISIS.xml'\n"
    )
    domain = load(str(site))
    roles = domain.value_sets["authorRole"].values.values()
    assert {value.is_valid(20241213115959) for value in roles} == {True}
    assert {value.is_valid(20241213120000) for value in roles} == {False}
    assert len(domain.value_sets["eventCodeList"].values) == 6343
