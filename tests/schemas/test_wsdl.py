"""The service descriptions: complete in one document, and read right by a toolkit not ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests
import zeep
from lxml import etree
from lxml.etree import _Element
from zeep.transports import Transport

import schemas
from tests.schemas.messages import ALL, XDS
from tests.schemas.mutations import DAMAGES, damaged

XS = "{http://www.w3.org/2001/XMLSchema}"
XML = "http://www.w3.org/XML/1998/namespace"
WSAW = "{http://www.w3.org/2006/05/addressing/wsdl}"
ENVELOPE = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://www.w3.org/2005/08/addressing"
HL7 = "urn:hl7-org:v3"

OPERATIONS = {
    "DocumentRegistry": {
        "DocumentRegistry_RegisterDocumentSet-b": "2007:RegisterDocumentSet-b",
        "DocumentRegistry_RegistryStoredQuery": "2007:RegistryStoredQuery",
        "DocumentRegistry_MultiPatientStoredQuery": "2009:MultiPatientStoredQuery",
        "DocumentRegistry_PRPA_IN201301UV02": "PRPA_IN201301UV02",
        "DocumentRegistry_PRPA_IN201302UV02": "PRPA_IN201302UV02",
        "DocumentRegistry_PRPA_IN201304UV02": "PRPA_IN201304UV02",
    },
    "DocumentRepository": {
        "DocumentRepository_ProvideAndRegisterDocumentSet-b": (
            "2007:ProvideAndRegisterDocumentSet-b"
        ),
        "DocumentRepository_RetrieveDocumentSet": "2007:RetrieveDocumentSet",
    },
}
NAMES = {"DocumentRegistry": "rim rs lcm query hl7", "DocumentRepository": "rim rs lcm query xds-b"}


def actions(operation: str) -> list[str]:
    """The actions of an operation's request and response."""
    for named in OPERATIONS.values():
        if operation in named:
            name = named[operation]
    if name.startswith("PRPA"):
        return [f"{HL7}:{name}", f"{HL7}:MCCI_IN000002UV01"]
    return [f"urn:ihe:iti:{name}", f"urn:ihe:iti:{name}Response"]


class Memory(Transport):  # type: ignore[misc]
    """Knows one document, keeps what is posted, and answers with one body."""

    def __init__(self, url: str, document: bytes) -> None:
        super().__init__()
        self.url, self.document = url, document
        self.reply = b""
        self.posted: list[tuple[_Element, dict[str, str]]] = []

    def load(self, url: str) -> bytes:
        assert url == self.url
        return self.document

    def post_xml(self, address: str, envelope: _Element, headers: dict[str, str]) -> Any:
        assert address == "https://node.example/service"
        self.posted.append((etree.fromstring(etree.tostring(envelope)), headers))
        response = requests.Response()
        response.status_code = 200
        response.headers["Content-Type"] = "application/soap+xml; charset=utf-8"
        response._content = (
            f'<e:Envelope xmlns:e="{ENVELOPE}"><e:Body>'.encode()
            + self.reply
            + b"</e:Body></e:Envelope>"
        )
        return response


def _client(actor: str) -> tuple[zeep.Client, Memory]:
    url = "https://node.example/service?wsdl"
    memory = Memory(url, schemas.wsdl(actor, "https://node.example/service"))
    return zeep.Client(url, transport=memory), memory


def _call(actor: str, operation: str, reply: bytes, **arguments: object) -> tuple[Any, _Element]:
    """Return what the toolkit makes of the reply, and the body that it sent, found valid."""
    client, memory = _client(actor)
    memory.reply = reply
    result = client.service[operation](**arguments)
    ((envelope, headers),) = memory.posted
    action = actions(operation)[0]
    assert envelope.findtext(f".//{{{ADDRESSING}}}Action") == action
    assert f'action="{action}"' in headers["Content-Type"]
    body = envelope.find(f"{{{ENVELOPE}}}Body")
    assert body is not None
    assert schemas.violations(body[0]) == []
    return result, body[0]


@pytest.mark.parametrize("actor", OPERATIONS)
def test_every_operation_names_the_actions_of_both_directions(actor: str) -> None:
    root = etree.fromstring(schemas.wsdl(actor, "https://node.example/service"))
    assert root.get("targetNamespace") == "urn:ihe:iti:xds-b:2007"
    assert root.get("name") == actor
    found = {
        operation.get("name"): [
            (etree.QName(way).localname, way.get(f"{WSAW}Action")) for way in operation
        ]
        for operation in root.iterfind("{*}portType/{*}operation")
    }
    assert found == {
        name: list(zip(("input", "output"), actions(name), strict=True))
        for name in OPERATIONS[actor]
    }


@pytest.mark.parametrize("actor", OPERATIONS)
def test_a_toolkit_lists_the_operations_of_a_soap12_port(actor: str) -> None:
    client, _ = _client(actor)
    service = client.wsdl.services[f"{actor}_Service"]
    binding = service.ports[f"{actor}_Port_Soap12"].binding
    assert isinstance(binding, zeep.wsdl.bindings.Soap12Binding)
    assert {name: operation.abstract.wsa_action for name, operation in binding.all().items()} == {
        name: actions(name)[0] for name in OPERATIONS[actor]
    }


@pytest.mark.parametrize("actor", OPERATIONS)
def test_the_document_refers_to_no_other(actor: str) -> None:
    root = etree.fromstring(schemas.wsdl(actor, "https://node.example/service"))
    assert not root.xpath("//@schemaLocation")
    assert not list(root.iter(f"{XS}include", "{*}redefine"))
    inside = [node.get("targetNamespace") for node in root.iterfind(f"{{*}}types/{XS}schema")]
    assert inside == [schemas.NAMESPACES[name] for name in NAMES[actor].split()]
    assert {node.get("namespace") for node in root.iter(f"{XS}import")} <= set(inside)


def test_the_address_is_escaped() -> None:
    address = 'https://node.example/a?b="c"&d=<é>'
    root = etree.fromstring(schemas.wsdl("DocumentRegistry", address))
    assert root.xpath("//@location") == [address]


def test_an_unknown_actor_is_an_error() -> None:
    with pytest.raises(KeyError, match="DocumentSource"):
        schemas.wsdl("DocumentSource", "https://node.example/")


def test_two_descriptions_do_not_share_their_address() -> None:
    first = schemas.wsdl("DocumentRegistry", "https://first.example/")
    second = schemas.wsdl("DocumentRegistry", "https://second.example/")
    assert first.replace(b"/first.", b"/second.") == second


@pytest.fixture(scope="module")
def inlined(tmp_path_factory: pytest.TempPathFactory) -> etree.XMLSchema:
    """The schemas inside the repository's description, tied together again as files."""
    folder: Path = tmp_path_factory.mktemp("inlined")
    root = etree.fromstring(schemas.wsdl("DocumentRepository", "https://node.example/service"))
    names = {namespace: f"{name}.xsd" for name, namespace in schemas.NAMESPACES.items()}
    for node in list(root.iterfind(f"{{*}}types/{XS}schema")):
        for found in node.iterfind(f"{XS}import"):
            found.set("schemaLocation", names[found.attrib["namespace"]])
        Path(folder, names[node.attrib["targetNamespace"]]).write_bytes(etree.tostring(node))
    return etree.XMLSchema(etree.parse(folder / "xds-b.xsd"))


def test_the_schemas_inside_judge_like_the_files(inlined: etree.XMLSchema) -> None:
    """But for attributes of the XML namespace, which they let in without looking."""
    whole = schemas.schema("xds-b")
    valid = invalid = 0
    for name, data in ALL.items():
        base = etree.fromstring(data)
        if etree.QName(base).namespace == schemas.NAMESPACES["cms"]:
            continue
        for damage in DAMAGES:
            for round_ in range(15):
                message = damaged(base, f"{name} {damage.__name__} {round_} inlined", damage)
                ours = whole.validate(message)
                told = [error.message for error in whole.error_log]
                if not told or not all(f"attribute '{{{XML}}}" in text for text in told):
                    assert inlined.validate(message) is ours
                valid, invalid = valid + ours, invalid + (not ours)
    assert valid > 400
    assert invalid > 800


SLOT = {"name": "creationTime", "ValueList": {"Value": ["20240311"]}}
TITLE = {"LocalizedString": [{"value": "Bilan", "_attr_1": {f"{{{XML}}}lang": "fr-CA"}}]}
OBJECTS = {
    "_value_1": [
        {"ExtrinsicObject": {"id": "Document01", "Slot": [SLOT], "Name": TITLE}},
        {"RegistryPackage": {"id": "SubmissionSet01"}},
        {"Classification": {"id": "c", "classifiedObject": "SubmissionSet01"}},
        {
            "Association": {
                "id": "a",
                "associationType": "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember",
                "sourceObject": "SubmissionSet01",
                "targetObject": "Document01",
            }
        },
    ]
}


def test_a_toolkit_registers_typed_objects() -> None:
    result, body = _call(
        "DocumentRegistry",
        "DocumentRegistry_RegisterDocumentSet-b",
        XDS["ITI-42 response"],
        RegistryObjectList=OBJECTS,
    )
    assert [etree.QName(found).localname for found in body[0]] == [
        "ExtrinsicObject",
        "RegistryPackage",
        "Classification",
        "Association",
    ]
    assert body.xpath("//@xml:lang") == ["fr-CA"]
    assert result.status.endswith(":Failure")
    assert [error.errorCode for error in result.RegistryErrorList.RegistryError] == [
        "XDSRegistryMetadataError",
        "XDSExtraMetadataNotSaved",
    ]


def test_a_toolkit_queries_and_reads_typed_objects() -> None:
    patient = {"name": "$XDSDocumentEntryPatientId", "ValueList": {"Value": ["'77^^^&1.2.3&ISO'"]}}
    result, body = _call(
        "DocumentRegistry",
        "DocumentRegistry_RegistryStoredQuery",
        XDS["ITI-18 response"],
        ResponseOption={"returnType": "LeafClass", "returnComposedObjects": True},
        AdhocQuery={"id": "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d", "Slot": [patient]},
    )
    assert body.xpath("//*[local-name() = 'Value']/text()") == ["'77^^^&1.2.3&ISO'"]
    objects = [
        next((k, v) for k, v in each.items() if v) for each in result.RegistryObjectList._value_1
    ]
    assert [name for name, _ in objects] == [
        "ExtrinsicObject",
        "RegistryPackage",
        "Classification",
        "Association",
        "Identifiable",
    ]
    entry = objects[0][1]
    assert entry.Slot[0].ValueList.Value == ["20240311"]
    assert entry.Name.LocalizedString[0].value == "Compte rendu de biologie"
    assert entry.Name.LocalizedString[0]._attr_1 == {f"{{{XML}}}lang": "fr"}
    assert objects[4][1].mimeType == "text/plain"


def test_a_toolkit_reads_a_query_failure() -> None:
    result, _ = _call(
        "DocumentRegistry",
        "DocumentRegistry_RegistryStoredQuery",
        XDS["ITI-18 failure"],
        ResponseOption={"returnType": "ObjectRef"},
        AdhocQuery={"id": "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d"},
    )
    assert result.status.endswith(":Failure")
    assert result.RegistryErrorList.RegistryError[0].codeContext == "title is missing"


def test_a_toolkit_sends_a_document_as_bytes() -> None:
    _, body = _call(
        "DocumentRepository",
        "DocumentRepository_ProvideAndRegisterDocumentSet-b",
        XDS["ITI-42 response"],
        SubmitObjectsRequest={"RegistryObjectList": OBJECTS},
        Document=[{"_value_1": b"\x00Bonjour\xff", "id": "Document01"}],
    )
    assert [(found.get("id"), found.text) for found in body.iter("{*}Document")] == [
        ("Document01", "AEJvbmpvdXL/")
    ]


def test_a_toolkit_receives_documents_as_bytes() -> None:
    wanted = {"RepositoryUniqueId": "1.2.250.1.999.5", "DocumentUniqueId": "1.2.250.1.999.1.1"}
    result, body = _call(
        "DocumentRepository",
        "DocumentRepository_RetrieveDocumentSet",
        XDS["ITI-43 response"],
        DocumentRequest=[wanted],
    )
    assert [etree.QName(found).localname for found in body[0]] == list(wanted)
    assert result.RegistryResponse.status.endswith(":Success")
    assert [found.mimeType for found in result.DocumentResponse] == 2 * ["text/plain"]
    assert result.DocumentResponse[0].Document == b"Bonjour"
    assert result.DocumentResponse[0].NewDocumentUniqueId == "1.2.250.1.999.1.9"


def test_a_toolkit_feeds_a_patient() -> None:
    reply = (
        f'<MCCI_IN000002UV01 xmlns="{HL7}" ITSVersion="XML_1.0"><id root="1"/></MCCI_IN000002UV01>'
    )
    patient = etree.fromstring(f'<id xmlns="{HL7}" root="1.2.3" extension="7"/>')
    operation = "DocumentRegistry_PRPA_IN201301UV02"
    result, body = _call("DocumentRegistry", operation, reply.encode(), _value_1=[patient])
    assert body.tag == f"{{{HL7}}}PRPA_IN201301UV02"
    assert body[0].attrib == {"root": "1.2.3", "extension": "7"}
    assert result["ITSVersion"] == "XML_1.0"
