"""Reading a CDA header: every part of it, without its body, and nothing else than a CDA."""

from __future__ import annotations

import pytest

from ihe_profiles.cda.header import NotCda, read
from ihe_profiles.cda.model import (
    Body,
    BodyKind,
    CodedValue,
    Device,
    InstanceIdentifier,
    Interval,
    Part,
    Telecom,
)

from .documents import BODY, FULL, PATIENT, cda, self_displaying


def test_reads_what_identifies_the_document() -> None:
    header = read(FULL)
    assert header.realms == ("FR",)
    assert [t.root for t in header.template_ids] == ["1.2.840.10008.9.1", "1.2.250.1.213.1.1.1.45"]
    assert header.id == InstanceIdentifier("1.2.3", "doc-1")
    assert header.code == CodedValue("11502-2", "2.16.840.1.113883.6.1", "Compte rendu")
    assert header.title == "Biologie : numération"
    assert header.effective_time == "20240104160527+0100"
    assert header.confidentiality
    assert header.confidentiality.code == "R"
    assert header.language == "fr-FR"
    assert header.set_id == InstanceIdentifier("1.2.3.9", "chain")
    assert header.version == "2"
    assert header.body == Body(BodyKind.STRUCTURED)
    assert header.mime_type == "text/xml"


def test_reads_the_patient() -> None:
    patient = read(FULL).patient
    assert patient.ids == (
        InstanceIdentifier("1.2.3.4.5", "IPP 7"),
        InstanceIdentifier("1.2.250.1.213.1.4.10", "275010199901222"),
    )
    assert patient.name
    assert patient.name.parts[0] == Part("family", "ESSAI", ("BR",))
    assert patient.name.of("given") == ("ZOÉ MARIE", "ZOÉ")
    assert (patient.gender, patient.birth_time) == ("F", "19750101")
    assert patient.addresses[0].of("city") == ("EXEMPLE",)
    assert patient.telecoms == (Telecom("tel:+33-1-00-00-00-00", ("H",)),)


def test_reads_who_wrote_signed_and_keeps_it() -> None:
    header = read(FULL)
    person, device = header.authors
    assert person.function
    assert person.function.display_name == "Médecin traitant"
    assert person.time == "20240104160000+0100"
    assert person.entity.ids == (InstanceIdentifier("1.2.250.1.71.4.2.1", "800000000001"),)
    assert person.entity.name
    assert person.entity.name.of("given") == ("Jean",)
    assert len(person.entity.telecoms) == 2
    assert person.entity.organization
    assert person.entity.organization.name == "Cabinet & Cie"
    assert device.entity.device == Device("M-1", "Automate")
    assert header.custodian
    assert header.custodian.name == "Conservateur"
    assert header.legal_authenticator
    assert header.legal_authenticator.entity.name
    assert header.legal_authenticator.entity.name.of("text") == ("Docteure Signe",)


def test_reads_what_was_done_and_ordered() -> None:
    header = read(FULL)
    screening, scan, _ = header.service_events
    assert screening.performers == ()
    assert screening.effective_time == Interval()
    assert scan.ids == (InstanceIdentifier("1.2.840.99.1"),)
    assert scan.effective_time == Interval("20240104092200+0100", "202401041000+0100")
    assert scan.code
    assert [t.code for t in scan.code.translations] == ["CT"]
    assert scan.performers[0].time == "20240104"
    assert scan.performers[0].entity.ids == ()
    (order,) = header.orders
    assert order.accession_numbers == (InstanceIdentifier("1.2.8", "ACC-1"),)
    assert header.encounter
    assert header.encounter.facility
    assert header.encounter.facility.code == "SA25"
    assert header.encounter.effective_time == Interval("20240104", None)


def test_reads_what_it_replaces() -> None:
    replacement, transformation = read(FULL).related_documents
    assert replacement.type_code == "RPLC"
    assert replacement.ids == (InstanceIdentifier("90E1C8EC-F951-4B26-A305-A34848818DD6"),)
    assert replacement.version == "1"
    assert transformation.type_code == "XFRM"


def test_a_point_in_time_is_both_bounds() -> None:
    event = '<serviceEvent><effectiveTime value="2024"/></serviceEvent>'
    header = f"<documentationOf>{event}</documentationOf>"
    assert read(cda(header)).service_events[0].effective_time == Interval("2024", "2024")


def test_a_self_displaying_document_is_the_one_inside_the_stylesheet() -> None:
    header = read(self_displaying(FULL))
    assert header.self_displaying
    assert header.mime_type == "application/xslt+xml"
    assert header.id == InstanceIdentifier("1.2.3", "doc-1")
    assert header.encounter == read(FULL).encounter


def test_a_body_larger_than_the_parser_allows_is_not_looked_at() -> None:
    large = "QUJD" * 3_000_000  # 12 MB, where libxml2 ends at 10
    text = f'<text mediaType="application/pdf" representation="B64">{large}</text>'
    header = read(cda(body=f"<component><nonXMLBody>{text}</nonXMLBody></component>"))
    assert header.body == Body(BodyKind.NON_XML, "application/pdf")


def test_comments_and_processing_instructions_are_no_content() -> None:
    prolog = '<?xml-stylesheet type="text/xsl" href="a.xsl"?><!-- a -->'
    header = read(cda("<title>Avant<!-- caché --> après</title>" + PATIENT, prolog=prolog))
    assert header.title == "Avant après"


LAUGHS = (
    "<!DOCTYPE a [<!ENTITY a 'haha'>"
    + "".join(f"<!ENTITY {chr(i + 1)} '{f'&{chr(i)};' * 30}'>" for i in range(97, 107))
    + "]>"
)

NO_CDA = {
    "nothing": (b"", "XML"),
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "XML"),
    "text": (b"Bonjour, ceci n'est pas un CDA.", "XML"),
    "other XML": (b"<html/>", "root element"),
    "another namespace": (b'<ClinicalDocument xmlns="urn:other"/>', "root element"),
    "a plain stylesheet": (
        b'<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"/>',
        "no ClinicalDocument",
    ),
    "no body": (cda(body=""), "structuredBody"),
    "an empty component": (cda(body="<component/>"), "structuredBody"),
    "a body elsewhere": (cda(body=f"<other>{BODY}</other>"), "structuredBody"),
    "cut in the header": (FULL[:900], "XML"),
    "a DTD": (cda(prolog="<!DOCTYPE ClinicalDocument>"), "DOCTYPE"),
    "an entity": (cda(prolog="<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>"), "DOCTYPE"),
    "a bomb": (cda("<title>&k;</title>", prolog=LAUGHS), "DOCTYPE"),
    "a bomb in an attribute": (LAUGHS.encode() + b'<a b="&k;"/>', "XML"),
    "ten million characters of title": (cda(f"<title>{'a' * 10_000_001}</title>"), "XML"),
}


@pytest.mark.parametrize(("data", "why"), NO_CDA.values(), ids=NO_CDA.keys())
def test_what_is_no_cda_is_said_not_to_be(data: bytes, why: str) -> None:
    with pytest.raises(NotCda, match=why) as refused:
        read(data)
    assert "aaaa" not in str(refused.value)
    assert len(str(refused.value)) < 120
