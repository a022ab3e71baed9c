"""The UUIDs and URNs that XDS metadata is written with, as tables (ITI TF-3 4.2.5)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

CLASSIFICATION_SCHEMES: Final = {
    "DocumentEntry.author": "urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d",
    "DocumentEntry.classCode": "urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a",
    "DocumentEntry.confidentialityCode": "urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f",
    "DocumentEntry.eventCodeList": "urn:uuid:2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4",
    "DocumentEntry.formatCode": "urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d",
    "DocumentEntry.healthcareFacilityTypeCode": "urn:uuid:f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1",
    "DocumentEntry.practiceSettingCode": "urn:uuid:cccf5598-8b07-4b77-a05e-ae952c785ead",
    "DocumentEntry.typeCode": "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983",
    "SubmissionSet.author": "urn:uuid:a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d",
    "SubmissionSet.contentTypeCode": "urn:uuid:aa543740-bdda-424e-8c96-df4873be8500",
    "Folder.codeList": "urn:uuid:1ba97051-7806-41a8-a48b-8fce7af683c5",
    "Association.documentation": "urn:uuid:abd807a3-4432-4053-87b4-fd82c643d1f3",
}
"""Schemes of external classifications: authors and codes (TF-3 4.2.5)."""

CLASSIFICATION_NODES: Final = {
    "SubmissionSet": "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd",
    "Folder": "urn:uuid:d9d542f3-6cc4-48b6-8870-ea235fbc94c2",
    "DocumentEntry.limitedMetadata": "urn:uuid:ab9b591b-83ab-4d03-8f5d-f93b1fb92e85",
    "SubmissionSet.limitedMetadata": "urn:uuid:5003a9db-8d8d-49e6-bf0c-990e34ac7707",
    "Folder.limitedMetadata": "urn:uuid:2c144a76-29a9-4b7c-af54-b25409fe7d03",
}
"""Nodes of internal classifications: what kind of package it is, and the limited-metadata mark."""

IDENTIFICATION_SCHEMES: Final = {
    "DocumentEntry.patientId": "urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427",
    "DocumentEntry.uniqueId": "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab",
    "SubmissionSet.patientId": "urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446",
    "SubmissionSet.sourceId": "urn:uuid:554ac39e-e3fe-47fe-b233-965d2a147832",
    "SubmissionSet.uniqueId": "urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8",
    "Folder.patientId": "urn:uuid:f64ffdf0-4b97-4e06-b79f-a52b38ec2f8a",
    "Folder.uniqueId": "urn:uuid:75df8f67-9973-4fbe-a900-df66cefecc5a",
}
"""Schemes of external identifiers (TF-3 4.2.5); the Name of one is `XDS` + the key."""

STABLE: Final = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"
ON_DEMAND: Final = "urn:uuid:34268e47-fdf5-41a6-ba33-82133c465248"


class AssociationType(StrEnum):
    """What an Association says (TF-3 table 4.2.2-1)."""

    HAS_MEMBER = "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember"
    RPLC = "urn:ihe:iti:2007:AssociationType:RPLC"
    XFRM = "urn:ihe:iti:2007:AssociationType:XFRM"
    APND = "urn:ihe:iti:2007:AssociationType:APND"
    XFRM_RPLC = "urn:ihe:iti:2007:AssociationType:XFRM_RPLC"
    SIGNS = "urn:ihe:iti:2007:AssociationType:signs"
    IS_SNAPSHOT_OF = "urn:ihe:iti:2010:AssociationType:IsSnapshotOf"
    UPDATE_AVAILABILITY_STATUS = "urn:ihe:iti:2010:AssociationType:UpdateAvailabilityStatus"
    SUBMIT_ASSOCIATION = "urn:ihe:iti:2010:AssociationType:SubmitAssociation"


class Status(StrEnum):
    """availabilityStatus (TF-3 4.2.3.2.2)."""

    APPROVED = "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved"
    DEPRECATED = "urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated"


class FrenchStatus(StrEnum):
    """availabilityStatus that only France knows (CI-SIS, JDV_J52)."""

    ARCHIVED = "urn:asip:ci-sis:2010:StatusType:Archived"
    DELETED = "urn:asip:ci-sis:2010:StatusType:Deleted"


class ResponseStatus(StrEnum):
    """How a request ended (TF-3 4.2.4.2)."""

    SUCCESS = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success"
    FAILURE = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Failure"
    PARTIAL_SUCCESS = "urn:ihe:iti:2007:ResponseStatusType:PartialSuccess"


class SubmissionSetStatus(StrEnum):
    """Whether a SubmissionSet holds a DocumentEntry by value or by reference (TF-3 4.2.2.1.1)."""

    ORIGINAL = "Original"
    REFERENCE = "Reference"


class DocumentAvailability(StrEnum):
    """Whether a document can be retrieved (XDS Metadata Update); absent means Online."""

    ONLINE = "urn:ihe:iti:2010:DocumentAvailability:Online"
    OFFLINE = "urn:ihe:iti:2010:DocumentAvailability:Offline"
