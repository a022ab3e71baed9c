"""A SOAP toolkit that is not ours reads the served description and performs the transactions."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import uuid4

import zeep

from ihe_profiles.xds.queries import BY_NAME
from ihe_profiles.xds.submission import new_oid
from ihe_profiles.xds.vocabulary import AssociationType, ResponseStatus, Status
from tests.servers import UNIQUE_ID, Server

PATIENT = "ZEEP1^^^&1.2.250.1.213.1.4.10&ISO"
CONTENT = b"Bonjour, ceci est un document.\n"
CODES = {
    "urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a": "11",
    "urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f": "N",
    "urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d": "urn:ihe:iti:xds:2017:mimeTypeSufficient",
    "urn:uuid:f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1": "SA01",
    "urn:uuid:cccf5598-8b07-4b77-a05e-ae952c785ead": "ETABLISSEMENT",
    "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983": "11502-2",
}


def _slot(name: str, *values: str) -> dict[str, Any]:
    return {"name": name, "ValueList": {"Value": list(values)}}


def _name(text: str) -> dict[str, Any]:
    return {"LocalizedString": [{"value": text}]}


def _code(of: str, scheme: str, value: str) -> dict[str, Any]:
    return {
        "id": f"c{scheme[-4:]}",
        "classifiedObject": of,
        "classificationScheme": scheme,
        "nodeRepresentation": value,
        "Slot": [_slot("codingScheme", "1.2.3.4")],
        "Name": _name(value),
    }


def _identifier(of: str, scheme: str, name: str, value: str) -> dict[str, Any]:
    return {
        "id": f"i{scheme[-4:]}",
        "registryObject": of,
        "identificationScheme": scheme,
        "value": value,
        "Name": _name(name),
    }


def _document(unique_id: str) -> dict[str, Any]:
    return {
        "id": "Document01",
        "objectType": "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1",
        "mimeType": "text/plain",
        "Slot": [
            _slot("creationTime", "20260102"),
            _slot("languageCode", "fr-FR"),
            _slot("sourcePatientId", PATIENT),
            _slot("hash", hashlib.sha1(CONTENT).hexdigest()),
            _slot("size", str(len(CONTENT))),
            _slot("repositoryUniqueId", UNIQUE_ID),
        ],
        "Name": _name("Essai"),
        "Classification": [_code("Document01", scheme, value) for scheme, value in CODES.items()],
        "ExternalIdentifier": [
            _identifier(
                "Document01",
                "urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427",
                "XDSDocumentEntry.patientId",
                PATIENT,
            ),
            _identifier(
                "Document01",
                "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab",
                "XDSDocumentEntry.uniqueId",
                unique_id,
            ),
        ],
    }


def _submission_set() -> dict[str, Any]:
    schemes = {
        "urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446": ("XDSSubmissionSet.patientId", PATIENT),
        "urn:uuid:554ac39e-e3fe-47fe-b233-965d2a147832": ("XDSSubmissionSet.sourceId", "1.2.3"),
        "urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8": ("XDSSubmissionSet.uniqueId", new_oid()),
    }
    mark = {
        "id": "mark",
        "classifiedObject": "Set01",
        "classificationNode": "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd",
    }
    kind = _code("Set01", "urn:uuid:aa543740-bdda-424e-8c96-df4873be8500", "04")
    return {
        "id": "Set01",
        "Slot": [_slot("submissionTime", "20260102030405")],
        "Classification": [mark, kind],
        "ExternalIdentifier": [
            _identifier("Set01", scheme, name, value) for scheme, (name, value) in schemes.items()
        ],
    }


def _objects(unique_id: str) -> dict[str, Any]:
    member = {
        "id": "Member01",
        "associationType": str(AssociationType.HAS_MEMBER),
        "sourceObject": "Set01",
        "targetObject": "Document01",
        "Slot": [_slot("SubmissionSetStatus", "Original")],
    }
    return {
        "_value_1": [
            {"RegistryPackage": _submission_set()},
            {"ExtrinsicObject": _document(unique_id)},
            {"Association": member},
        ]
    }


def _find(registry: Any) -> list[Any]:
    answer = registry["DocumentRegistry_RegistryStoredQuery"](
        ResponseOption={"returnType": "LeafClass", "returnComposedObjects": True},
        AdhocQuery={
            "id": BY_NAME["FindDocuments"].id,
            "Slot": [
                _slot("$XDSDocumentEntryPatientId", f"'{PATIENT}'"),
                _slot("$XDSDocumentEntryStatus", f"('{Status.APPROVED}')"),
            ],
        },
    )
    assert answer["status"] == ResponseStatus.SUCCESS
    return [item["ExtrinsicObject"] for item in answer["RegistryObjectList"]["_value_1"] or []]


def _service(server: Server, path: str) -> Any:
    return zeep.Client(f"{server.url}{path}?wsdl").service


def test_zeep_registers_and_finds(server: Server) -> None:
    registry, unique_id = _service(server, "/registry"), new_oid()
    outcome = registry["DocumentRegistry_RegisterDocumentSet-b"](
        RegistryObjectList=_objects(unique_id), id=uuid4().urn
    )
    assert outcome["status"] == ResponseStatus.SUCCESS, outcome
    (found,) = _find(registry)
    assert found["status"] == Status.APPROVED
    assert found["id"].startswith("urn:uuid:")
    assert found["lid"] == found["id"]
    assert unique_id in {identifier["value"] for identifier in found["ExternalIdentifier"]}


def test_zeep_provides_inline_and_retrieves_inline(server: Server) -> None:
    registry, repository = _service(server, "/registry"), _service(server, "/repository")
    unique_id = new_oid()
    outcome = repository["DocumentRepository_ProvideAndRegisterDocumentSet-b"](
        SubmitObjectsRequest={"RegistryObjectList": _objects(unique_id)},
        Document=[{"_value_1": CONTENT, "id": "Document01"}],
    )
    assert outcome["status"] == ResponseStatus.SUCCESS, outcome
    assert len(_find(registry)) == 1
    answer = repository["DocumentRepository_RetrieveDocumentSet"](
        DocumentRequest=[{"RepositoryUniqueId": UNIQUE_ID, "DocumentUniqueId": unique_id}]
    )
    assert answer["RegistryResponse"]["status"] == ResponseStatus.SUCCESS
    (document,) = answer["DocumentResponse"]
    assert document["Document"] == CONTENT
    assert document["mimeType"] == "text/plain"
