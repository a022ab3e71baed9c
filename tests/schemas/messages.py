"""Messages of every kind that the schemas describe; all valid, all invented."""

from __future__ import annotations

from typing import Final

_XMLNS: Final = (
    'xmlns:rim="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0" '
    'xmlns:rs="urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0" '
    'xmlns:lcm="urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0" '
    'xmlns:query="urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0" '
    'xmlns:cms="urn:oasis:names:tc:ebxml-regrep:xsd:cms:3.0" '
    'xmlns:xds="urn:ihe:iti:xds-b:2007" '
    'xmlns:xs="http://www.w3.org/2001/XMLSchema" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)


def _message(name: str, attributes: str = "", content: str = "") -> bytes:
    return f"<{name} {_XMLNS} {attributes}>{content}</{name}>".encode()


def _slot(name: str, *values: str) -> str:
    listed = "".join(f"<rim:Value>{value}</rim:Value>" for value in values)
    return f'<rim:Slot name="{name}"><rim:ValueList>{listed}</rim:ValueList></rim:Slot>'


_TITLE: Final = """
  <rim:Name>
    <rim:LocalizedString xml:lang="fr" charset="UTF-8" value="Compte rendu de biologie"/>
    <rim:LocalizedString xml:lang="en" value="Laboratory report"/>
  </rim:Name>
  <rim:Description><rim:LocalizedString value="Bilan annuel"/></rim:Description>
"""

_CLASSIFICATION: Final = f"""
  <rim:Classification id="cl01" classifiedObject="Document01" nodeRepresentation="11502-2"
      classificationScheme="urn:uuid:f0306f51-975f-434e-a61c-c59651d33983">
    {_slot("codingScheme", "2.16.840.1.113883.6.1")}
    <rim:Name><rim:LocalizedString value="Biologie"/></rim:Name>
  </rim:Classification>
"""

_IDENTIFIER: Final = """
  <rim:ExternalIdentifier id="ei01" registryObject="Document01" value="1.2.250.1.999.1.1"
      identificationScheme="urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab">
    <rim:Name><rim:LocalizedString value="XDSDocumentEntry.uniqueId"/></rim:Name>
  </rim:ExternalIdentifier>
"""

_DOCUMENT_ENTRY: Final = f"""
  <rim:ExtrinsicObject id="Document01" mimeType="text/xml" isOpaque="false" lid="urn:example:lid"
      home="urn:oid:1.2.250.1.999" status="urn:oasis:names:tc:ebxml-regrep:StatusType:Approved"
      objectType="urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1">
    {_slot("creationTime", "20240311")}
    {_slot("sourcePatientInfo", "PID-3|77^^^&amp;1.2.250.1.999.2&amp;ISO", "PID-5|Martin^Zoé")}
    {_TITLE}
    <rim:VersionInfo versionName="1" comment="first"/>
    {_CLASSIFICATION}
    {_IDENTIFIER}
    <rim:ContentVersionInfo versionName="2"/>
  </rim:ExtrinsicObject>
"""

_SUBMISSION_SET: Final = f"""
  <rim:RegistryPackage id="SubmissionSet01">
    {_slot("submissionTime", "20240311101500")}
    {_TITLE}
    {_CLASSIFICATION}
    {_IDENTIFIER}
    <rim:RegistryObjectList><rim:ObjectRef id="urn:example:inside"/></rim:RegistryObjectList>
  </rim:RegistryPackage>
"""

_ASSOCIATION: Final = f"""
  <rim:Association id="as01" sourceObject="SubmissionSet01" targetObject="Document01"
      associationType="urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember">
    {_slot("SubmissionSetStatus", "Original")}
  </rim:Association>
"""

_SUBMISSION: Final = f"""
  <rim:RegistryObjectList>
    {_DOCUMENT_ENTRY}
    {_SUBMISSION_SET}
    <rim:Classification id="cl02" classifiedObject="SubmissionSet01"
        classificationNode="urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd"/>
    {_ASSOCIATION}
    <rim:Identifiable id="Document02" xsi:type="rim:ExtrinsicObjectType" mimeType="text/plain"/>
  </rim:RegistryObjectList>
"""

_ADDRESSES: Final = """
  <rim:Address streetNumber="12 bis" street="rue des Lilas" postalCode="69003" city="Lyon"
      stateOrProvince="Rhône" country="FR"/>
  <rim:Address/>
"""

_CONTACTS: Final = """
  <rim:TelephoneNumber countryCode="33" areaCode="4" number="00 00 00 00" extension="7"
      phoneType="office"/>
  <rim:TelephoneNumber/>
  <rim:EmailAddress address="accueil@clinique.example" type="work"/>
"""

_REST_OF_THE_MODEL: Final = f"""
  <rim:RegistryObjectList>
    <rim:RegistryObject id="o1" objectType="urn:example:type"/>
    <rim:ObjectRef id="o2" createReplica="true" home="urn:oid:1.2.3"/>
    <rim:Organization id="o3" parent="urn:example:parent" primaryContact="urn:example:person">
      <rim:Name/>{_ADDRESSES}{_CONTACTS}
    </rim:Organization>
    <rim:Person id="o4">
      {_ADDRESSES}<rim:PersonName firstName="Zoé" middleName="A." lastName="Martin"/>{_CONTACTS}
    </rim:Person>
    <rim:User id="o5"><rim:PersonName lastName="Tremblay"/>{_CONTACTS}</rim:User>
    <rim:ClassificationScheme id="o6" isInternal="true" nodeType="urn:example:EmbeddedPath">
      <rim:ClassificationNode id="o7" parent="o6" code="A" path="/o6/A">
        <rim:ClassificationNode id="o8" code="B"/>
      </rim:ClassificationNode>
    </rim:ClassificationScheme>
    <rim:ExternalLink id="o9" externalURI="https://clinique.example/a?b=c"/>
    <rim:Service id="o10">
      <rim:ServiceBinding id="o11" service="o10" accessURI="https://clinique.example/s">
        <rim:SpecificationLink id="o12" serviceBinding="o11" specificationObject="o9">
          <rim:UsageDescription><rim:LocalizedString value="how"/></rim:UsageDescription>
          <rim:UsageParameter>one</rim:UsageParameter>
          <rim:UsageParameter>two</rim:UsageParameter>
        </rim:SpecificationLink>
      </rim:ServiceBinding>
    </rim:Service>
    <rim:Registry id="o13" operator="o3" specificationVersion="3.0" catalogingLatency="P2D"
        conformanceProfile="registryFull" replicationSyncLatency="PT1H"/>
    <rim:Federation id="o14" replicationSyncLatency="P1D"/>
    <rim:AuditableEvent id="o15" eventType="urn:example:Created" user="o5" requestId="urn:example:r"
        timestamp="2024-03-11T10:15:00+01:00">
      <rim:affectedObjects><rim:ObjectRef id="o1"/></rim:affectedObjects>
    </rim:AuditableEvent>
    <rim:Subscription id="o16" selector="o17" startTime="2024-03-11T10:15:00"
        endTime="2025-03-11T10:15:00Z" notificationInterval="P7D">
      <rim:NotifyAction endPoint="https://clinique.example/n"
          notificationOption="urn:oasis:names:tc:ebxml-regrep:NotificationOptionType:Objects"/>
      <rim:NotifyAction endPoint="https://clinique.example/m"/>
      <rim:Action xsi:type="rim:NotifyActionType" endPoint="https://clinique.example/l"/>
    </rim:Subscription>
    <rim:AdhocQuery id="o17">
      <rim:QueryExpression queryLanguage="urn:oasis:names:tc:ebxml-regrep:QueryLanguage:SQL-92">
        SELECT id FROM ExtrinsicObject
      </rim:QueryExpression>
    </rim:AdhocQuery>
    <rim:AdhocQuery id="o18">
      <rim:QueryExpression queryLanguage="urn:example:filters"><query:ExtrinsicObjectQuery>
        <query:PrimaryFilter negate="true"/>
      </query:ExtrinsicObjectQuery></rim:QueryExpression>
    </rim:AdhocQuery>
    <rim:AdhocQuery id="o19">
      <rim:QueryExpression queryLanguage="urn:example:other"><ask xml:id="i1" xml:space="preserve"
          xmlns="urn:example:other">who</ask></rim:QueryExpression>
    </rim:AdhocQuery>
  </rim:RegistryObjectList>
"""

_REQUEST_SLOTS: Final = (
    f"<rs:RequestSlotList>{_slot('urn:example:flag', 'yes')}</rs:RequestSlotList>"
)
_RESPONSE_SLOTS: Final = (
    f"<rs:ResponseSlotList>{_slot('urn:example:took', '3')}</rs:ResponseSlotList>"
)
_ERRORS: Final = """
  <rs:RegistryErrorList
      highestSeverity="urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error">
    <rs:RegistryError errorCode="XDSRegistryMetadataError" codeContext="title is missing"
        severity="urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error" location="Document01"/>
    <rs:RegistryError errorCode="XDSExtraMetadataNotSaved" codeContext="urn:example:x"/>
  </rs:RegistryErrorList>
"""
_SUCCESS: Final = 'status="urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success"'
_FAILURE: Final = (
    'status="urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Failure" requestId="urn:example:q"'
)

_STORED_QUERY: Final = f"""
  <rim:AdhocQuery id="urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d" home="urn:oid:1.2.250.1.999">
    {_slot("$XDSDocumentEntryPatientId", "'77^^^&amp;1.2.250.1.999.2&amp;ISO'")}
    {_slot("$XDSDocumentEntryStatus", "('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved')")}
  </rim:AdhocQuery>
"""
_REFERENCES: Final = """
  <rim:ObjectRefList>
    <rim:ObjectRef id="urn:uuid:5a3d5f6e-0a3f-4a52-8f3e-0c9b2a6c7d11"/>
    <rim:ObjectRef id="urn:uuid:5a3d5f6e-0a3f-4a52-8f3e-0c9b2a6c7d12" home="urn:oid:1.2.3"/>
  </rim:ObjectRefList>
"""

XDS: Final = {
    "ITI-18 request": _message(
        "query:AdhocQueryRequest",
        'id="urn:example:q" comment="c" federated="false" federation="urn:example:f" '
        'startIndex="0" maxResults="-1"',
        _REQUEST_SLOTS
        + '<query:ResponseOption returnType="LeafClass" returnComposedObjects="true"/>'
        + _STORED_QUERY,
    ),
    "ITI-18 response": _message(
        "query:AdhocQueryResponse",
        _SUCCESS + ' startIndex="0" totalResultCount="5"',
        _RESPONSE_SLOTS + _ERRORS + _SUBMISSION,
    ),
    "ITI-18 failure": _message(
        "query:AdhocQueryResponse", _FAILURE, _ERRORS + "<rim:RegistryObjectList/>"
    ),
    "ITI-42 request": _message("lcm:SubmitObjectsRequest", 'id="urn:example:s"', _SUBMISSION),
    "ITI-42 response": _message("rs:RegistryResponse", _FAILURE, _RESPONSE_SLOTS + _ERRORS),
    "ITI-41 request": _message(
        "xds:ProvideAndRegisterDocumentSetRequest",
        "",
        f"<lcm:SubmitObjectsRequest>{_REQUEST_SLOTS}{_SUBMISSION}</lcm:SubmitObjectsRequest>"
        '<xds:Document id="Document01">Qm9uam91cg==</xds:Document>'
        '<xds:Document id="Document02">\n SGVs\n bG8=\n</xds:Document>',
    ),
    "ITI-43 request": _message(
        "xds:RetrieveDocumentSetRequest",
        "",
        """<xds:DocumentRequest>
          <xds:HomeCommunityId>urn:oid:1.2.250.1.999</xds:HomeCommunityId>
          <xds:RepositoryUniqueId>1.2.250.1.999.5</xds:RepositoryUniqueId>
          <xds:DocumentUniqueId>1.2.250.1.999.1.1</xds:DocumentUniqueId>
        </xds:DocumentRequest><xds:DocumentRequest>
          <xds:RepositoryUniqueId>1.2.250.1.999.5</xds:RepositoryUniqueId>
          <xds:DocumentUniqueId>1.2.250.1.999.1.2</xds:DocumentUniqueId>
        </xds:DocumentRequest>""",
    ),
    "ITI-43 response": _message(
        "xds:RetrieveDocumentSetResponse",
        "",
        f"""<rs:RegistryResponse {_SUCCESS}>{_ERRORS}</rs:RegistryResponse>
        <xds:DocumentResponse>
          <xds:HomeCommunityId>urn:oid:1.2.250.1.999</xds:HomeCommunityId>
          <xds:RepositoryUniqueId>1.2.250.1.999.5</xds:RepositoryUniqueId>
          <xds:DocumentUniqueId>1.2.250.1.999.1.1</xds:DocumentUniqueId>
          <xds:NewRepositoryUniqueId>1.2.250.1.999.6</xds:NewRepositoryUniqueId>
          <xds:NewDocumentUniqueId>1.2.250.1.999.1.9</xds:NewDocumentUniqueId>
          <xds:mimeType>text/plain</xds:mimeType>
          <xds:Document>Qm9uam91cg==</xds:Document>
        </xds:DocumentResponse><xds:DocumentResponse>
          <xds:RepositoryUniqueId>1.2.250.1.999.5</xds:RepositoryUniqueId>
          <xds:DocumentUniqueId>1.2.250.1.999.1.2</xds:DocumentUniqueId>
          <xds:mimeType>text/plain</xds:mimeType>
          <xds:Document/>
        </xds:DocumentResponse>""",
    ),
}
"""The bodies of the XDS.b transactions."""

_LCM: Final = {
    "update": _message("lcm:UpdateObjectsRequest", "", _REQUEST_SLOTS + _SUBMISSION),
    "all other objects": _message("lcm:SubmitObjectsRequest", "", _REST_OF_THE_MODEL),
    "approve": _message("lcm:ApproveObjectsRequest", "", _STORED_QUERY + _REFERENCES),
    "deprecate": _message("lcm:DeprecateObjectsRequest", "", _REFERENCES),
    "undeprecate": _message("lcm:UndeprecateObjectsRequest", 'comment="back"', _STORED_QUERY),
    "remove": _message(
        "lcm:RemoveObjectsRequest",
        'deletionScope="urn:oasis:names:tc:ebxml-regrep:DeletionScopeType:DeleteAll"',
        _REFERENCES,
    ),
    "relocate": _message(
        "lcm:RelocateObjectsRequest",
        "",
        _STORED_QUERY
        + '<lcm:SourceRegistry id="a"/><lcm:DestinationRegistry id="b"/>'
        + '<lcm:OwnerAtSource id="c"/><lcm:OwnerAtDestination id="d" createReplica="1"/>',
    ),
    "accept": _message("lcm:AcceptObjectsRequest", 'correlationId="urn:example:c"'),
}

_CONTENT: Final = (
    f"<cms:OriginalContent>{_DOCUMENT_ENTRY}{_ASSOCIATION}</cms:OriginalContent>"
    '<cms:InvocationControlFile id="x1"/><cms:InvocationControlFile id="x2" mimeType="text/xsl"/>'
)
_CMS: Final = {
    "validate": _message("cms:ValidateContentRequest", 'id="urn:example:v"', _CONTENT),
    "validated": _message("cms:ValidateContentResponse", _FAILURE, _ERRORS),
    "catalog": _message("cms:CatalogContentRequest", "", _REQUEST_SLOTS + _CONTENT),
    "cataloged": _message(
        "cms:CatalogContentResponse",
        _SUCCESS,
        f"{_RESPONSE_SLOTS}<cms:CatalogedContent>{_DOCUMENT_ENTRY}</cms:CatalogedContent>",
    ),
}

_RIM: Final = {
    "notification": _message("rim:Notification", 'id="n1" subscription="o16"', _SUBMISSION),
    "slot list": _message("rim:SlotList", "", _slot("a", "1") + _slot("b")),
    "text": _message("rim:InternationalString", "", '<rim:LocalizedString xml:lang="" value=""/>'),
    "postal address": _message("rim:PostalAddress", 'city="Québec" country="CA"'),
    "request": _message("rs:RegistryRequest", 'comment="nothing"', _REQUEST_SLOTS),
}


def _simple(kind: str, name: str, value: str, comparator: str = "EQ") -> str:
    return (
        f'xsi:type="query:{kind}FilterType" domainAttribute="{name}" '
        f'comparator="{comparator}" value="{value}"'
    )


_BOTH: Final = f"""<query:PrimaryFilter xsi:type="query:CompoundFilterType" logicalOperator="AND">
    <query:LeftFilter {_simple("String", "status", "Approved", "NotLike")} negate="true"/>
    <query:RightFilter xsi:type="query:CompoundFilterType" logicalOperator="OR">
      <query:LeftFilter {_simple("Integer", "size", "-12", "GE")}/>
      <query:RightFilter {_simple("Float", "score", "1.5E3", "LT")}/>
    </query:RightFilter>
  </query:PrimaryFilter>"""
_TEXT_BRANCH: Final = (
    f"<query:PrimaryFilter {_simple('Boolean', 'x', 'true', 'NE')}/>"
    f"<query:LocalizedStringFilter {_simple('String', 'value', 'Bilan%', 'Like')}/>"
    "<query:LocalizedStringFilter/>"
)
_NODE: Final = f"""<query:PrimaryFilter {_simple("String", "code", "A")}/>
  <query:ParentQuery/><query:ChildrenQuery/><query:ChildrenQuery/>"""
_COMMON: Final = f"""{_BOTH}
  <query:SlotBranch><query:PrimaryFilter/></query:SlotBranch><query:SlotBranch/>
  <query:NameBranch>{_TEXT_BRANCH}</query:NameBranch>
  <query:DescriptionBranch>{_TEXT_BRANCH}</query:DescriptionBranch>
  <query:VersionInfoFilter {_simple("String", "versionName", "1", "GT")}/>
  <query:ClassificationQuery>
    <query:ClassificationSchemeQuery><query:ChildrenQuery/><query:NodeTypeQuery/>
    </query:ClassificationSchemeQuery>
    <query:ClassifiedObjectQuery/>
    <query:ClassificationNodeQuery>{_NODE}</query:ClassificationNodeQuery>
  </query:ClassificationQuery>
  <query:ExternalIdentifierQuery>
    <query:RegistryObjectQuery/><query:IdentificationSchemeQuery/>
  </query:ExternalIdentifierQuery>
  <query:ObjectTypeQuery>{_NODE}</query:ObjectTypeQuery>
  <query:StatusQuery/>
  <query:SourceAssociationQuery><query:AssociationTypeQuery/><query:SourceObjectQuery/>
    <query:TargetObjectQuery/></query:SourceAssociationQuery>
  <query:TargetAssociationQuery/>"""
_PEOPLE: Final = (
    "<query:TelephoneNumberFilter/><query:TelephoneNumberFilter/><query:EmailAddressFilter/>"
)

_QUERIES: Final = {
    "RegistryObject": _COMMON,
    "AdhocQuery": "<query:QueryExpressionBranch><query:PrimaryFilter/><query:QueryLanguageQuery/>"
    "</query:QueryExpressionBranch>",
    "Association": "<query:AssociationTypeQuery/><query:TargetObjectQuery/>",
    "AuditableEvent": "<query:StatusQuery/><query:AffectedObjectQuery/><query:AffectedObjectQuery/>"
    "<query:EventTypeQuery/><query:UserQuery><query:PersonNameFilter/></query:UserQuery>",
    "Classification": _COMMON + "<query:ClassificationNodeQuery/>",
    "ClassificationNode": _NODE,
    "ClassificationScheme": "<query:ChildrenQuery/><query:ChildrenQuery/><query:NodeTypeQuery/>",
    "ExternalIdentifier": "<query:RegistryObjectQuery/><query:IdentificationSchemeQuery/>",
    "ExternalLink": "<query:NameBranch/>",
    "ExtrinsicObject": _BOTH
    + f"<query:ContentVersionInfoFilter {_simple('DateTime', 't', '2024-03-11T10:15:00', 'LE')}/>",
    "Federation": "<query:PrimaryFilter/>",
    "Notification": "<query:RegistryObjectQuery/>",
    "Organization": f"<query:AddressFilter/>{_PEOPLE}<query:ParentQuery/>"
    "<query:ChildOrganizationQuery><query:AddressFilter/></query:ChildOrganizationQuery>"
    "<query:PrimaryContactQuery/>",
    "Person": f"<query:AddressFilter/><query:PersonNameFilter/>{_PEOPLE}",
    "User": f"<query:PersonNameFilter/>{_PEOPLE}",
    "Registry": "<query:OperatorQuery><query:EmailAddressFilter/></query:OperatorQuery>",
    "RegistryPackage": "<query:DescriptionBranch/>",
    "Service": "<query:ServiceBindingQuery/><query:ServiceBindingQuery/>",
    "ServiceBinding": "<query:ServiceQuery/><query:SpecificationLinkQuery/>"
    "<query:SpecificationLinkQuery/><query:TargetBindingQuery/>",
    "SpecificationLink": "<query:UsageDescriptionBranch/><query:ServiceBindingQuery/>"
    "<query:SpecificationObjectQuery/>",
    "Subscription": "<query:SelectorQuery><query:QueryExpressionBranch/></query:SelectorQuery>",
}
_FILTERS: Final = {
    "string filter": _message(
        "query:StringFilter", 'domainAttribute="a" comparator="EQ" value="" negate="0"'
    ),
    "integer filter": _message(
        "query:IntegerFilter", 'domainAttribute="a" comparator="LE" value="7"'
    ),
    "float filter": _message(
        "query:FloatFilter", 'domainAttribute="a" comparator="GE" value="INF"'
    ),
    "boolean filter": _message(
        "query:BooleanFilter", 'domainAttribute="a" comparator="NE" value="1"'
    ),
    "date filter": _message(
        "query:DateTimeFilter", 'domainAttribute="a" comparator="GT" value="2024-02-29T00:00:00Z"'
    ),
    "compound filter": _message(
        "query:CompoundFilter", 'logicalOperator="OR"', "<query:LeftFilter/><query:RightFilter/>"
    ),
}

REGREP: Final = (
    _LCM
    | _CMS
    | _RIM
    | _FILTERS
    | {f"{name} query": _message(f"query:{name}Query", "", body) for name, body in _QUERIES.items()}
)
"""What ebXML RegRep has beyond XDS."""

ALL: Final = XDS | REGREP
