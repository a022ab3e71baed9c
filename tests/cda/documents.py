"""CDA documents for the tests, small enough to be read beside the test that uses them."""

from __future__ import annotations

PATIENT = """
  <recordTarget><patientRole>
    <id root="1.2.250.1.213.1.4.10" extension="275010199901222"/>
    <patient><name><given>Zoé</given><family>ESSAI</family></name></patient>
  </patientRole></recordTarget>"""

BODY = "<component><structuredBody/></component>"


def cda(
    header: str = PATIENT,
    *,
    body: str = BODY,
    ids: str = '<id root="1.2.3" extension="doc-1"/>',
    time: str = '<effectiveTime value="20240104160527+0100"/>',
    start: str = "",
    prolog: str = "",
) -> bytes:
    """A ClinicalDocument: `start` before its id, `header` after its time."""
    return f"""{prolog}<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:ps3-20="urn:dicom-org:ps3-20">
      {start}{ids}
      <code code="11502-2" codeSystem="2.16.840.1.113883.6.1" displayName="Compte rendu"/>
      {time}{header}{body}
    </ClinicalDocument>""".encode()


def self_displaying(document: bytes) -> bytes:
    """The document inside a stylesheet that displays it."""
    return (
        b'<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">'
        b'<xsl:template match="/"><html/></xsl:template>'
        b'<data xmlns="urn:example:data">' + document + b"</data></xsl:stylesheet>"
    )


FULL = cda(
    """
  <title> Biologie :\n numération </title>
  <confidentialityCode code="R" codeSystem="2.16.840.1.113883.5.25" displayName="Restreint"/>
  <languageCode code="fr-FR"/>
  <setId root="1.2.3.9" extension="chain"/>
  <versionNumber value="2"/>
  <recordTarget><patientRole>
    <id nullFlavor="UNK"/>
    <id root="1.2.3.4.5" extension="IPP 7"/>
    <id root="1.2.250.1.213.1.4.10" extension="275010199901222"/>
    <addr use="H"><houseNumber>3</houseNumber><streetName>rue de l'Essai</streetName>
      <unitID>Bât. B</unitID><postalCode>75000</postalCode><city>EXEMPLE</city></addr>
    <telecom value="tel:+33-1-00-00-00-00" use="H"/>
    <patient>
      <name><family qualifier="BR">ESSAI</family><given>ZOÉ MARIE</given>
        <given qualifier="BR">ZOÉ</given><family qualifier="CL">DUTEST</family></name>
      <administrativeGenderCode code="F"/><birthTime value="19750101"/>
    </patient>
  </patientRole></recordTarget>
  <author>
    <functionCode code="PCP" codeSystem="2.16.840.1.113883.5.88" displayName="Médecin traitant"/>
    <time value="20240104160000+0100"/>
    <assignedAuthor>
      <id root="1.2.250.1.71.4.2.1" extension="800000000001"/>
      <code code="G15_10/SM54" codeSystem="1.2.250.1.213.1.1.4.5" displayName="Généraliste"/>
      <telecom value="tel:0100000001" use="WP"/><telecom value="mailto:z@example.org"/>
      <telecom nullFlavor="NASK"/>
      <assignedPerson><name><prefix>M</prefix><given>Jean </given><family>DU|PONT</family>
        <suffix>DR</suffix></name></assignedPerson>
      <representedOrganization>
        <id root="1.2.250.1.71.4.2.2" extension="1000000001"/><name>Cabinet &amp; Cie</name>
      </representedOrganization>
    </assignedAuthor>
  </author>
  <author>
    <time value="20240104160000+0100"/>
    <assignedAuthor>
      <id root="1.2.250.1.71.4.2.1" extension="3000/9"/>
      <assignedAuthoringDevice><manufacturerModelName>M-1</manufacturerModelName>
        <softwareName>Automate</softwareName></assignedAuthoringDevice>
    </assignedAuthor>
  </author>
  <custodian><assignedCustodian><representedCustodianOrganization>
    <id root="1.2.250.1.71.4.2.2" extension="1000000001"/><name>Conservateur</name>
  </representedCustodianOrganization></assignedCustodian></custodian>
  <legalAuthenticator>
    <time value="20240104160100+0100"/><signatureCode code="S"/>
    <assignedEntity><id root="1.2.250.1.71.4.2.1" extension="800000000002"/>
      <assignedPerson><name>Docteure Signe</name></assignedPerson></assignedEntity>
  </legalAuthenticator>
  <inFulfillmentOf><order>
    <id root="1.2.7" extension="ORD-1"/><id root="2CE71A5B-FD99-4958-ADE4-CA39E86625ED"/>
    <ps3-20:accessionNumber root="1.2.8" extension="ACC-1"/>
  </order></inFulfillmentOf>
  <documentationOf><serviceEvent>
    <code code="Z13" codeSystem="2.16.840.1.113883.6.3" displayName="Dépistage"/>
  </serviceEvent></documentationOf>
  <documentationOf><serviceEvent classCode="ACT">
    <id root="1.2.840.99.1"/>
    <code code="24727-0" codeSystem="2.16.840.1.113883.6.1" displayName="Scanner">
      <translation code="CT" codeSystem="1.2.840.10008.2.16.4" displayName="Tomodensitométrie"/>
      <translation nullFlavor="UNK"/>
    </code>
    <effectiveTime>
      <low value="20240104092200+0100"/><high value="202401041000+0100"/></effectiveTime>
    <performer typeCode="PRF"><time><high value="20240104"/></time>
      <assignedEntity><id nullFlavor="UNK"/>
        <representedOrganization>
          <standardIndustryClassCode code="AMBULATOIRE" codeSystem="1.2.250.1.213.1.1.4.9"/>
        </representedOrganization></assignedEntity></performer>
  </serviceEvent></documentationOf>
  <documentationOf><serviceEvent>
    <code code="CT" codeSystem="1.2.840.10008.2.16.4" displayName="CT"/>
  </serviceEvent></documentationOf>
  <relatedDocument typeCode="RPLC"><parentDocument>
    <id root="90E1C8EC-F951-4B26-A305-A34848818DD6"/><setId root="1.2.3.9" extension="chain"/>
    <versionNumber value="1"/></parentDocument></relatedDocument>
  <relatedDocument typeCode="XFRM"><parentDocument><id root="1.2.9"/></parentDocument>
  </relatedDocument>
  <componentOf><encompassingEncounter>
    <id root="1.2.6" extension="E1"/>
    <code code="AMB" codeSystem="2.16.840.1.113883.5.4"/>
    <effectiveTime><low value="20240104"/></effectiveTime>
    <location><healthCareFacility>
      <code code="SA25" codeSystem="1.2.250.1.71.4.2.4" displayName="Laboratoire"/>
    </healthCareFacility></location>
  </encompassingEncounter></componentOf>""",
    start="""<realmCode code="FR"/>
      <typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
      <templateId root="1.2.840.10008.9.1"/>
      <templateId root="1.2.250.1.213.1.1.1.45" extension="2024.01"/>""",
)
"""A document that fills every element which metadata come from."""
