"""Which assertion each refusal is about: of the message as a message, and of its content."""

from __future__ import annotations

from typing import Final

FAULTS: Final = {
    "empty-request": "REQ.01",
    "malformed-xml": "REQ.01",
    "document-type": "REQ.02",
    "too-deep": "REQ.19",
    "text-too-long": "REQ.19",
    "namespace-too-long": "REQ.19",
    "envelope-too-large": "REQ.19",
    "soap-1.1": "REQ.03",
    "not-an-envelope": "REQ.03",
    "envelope-structure": "REQ.04",
    "empty-body": "REQ.04",
    "several-body-elements": "REQ.04",
    "mime-not-related": "REQ.20",
    "mime-type-parameter": "REQ.21",
    "mime-boundary-missing": "REQ.23",
    "mime-boundary-invalid": "REQ.23",
    "mime-boundary-absent": "REQ.24",
    "mime-truncated": "REQ.25",
    "mime-text-after-end": "REQ.25",
    "mime-root-missing": "REQ.26",
    "mime-root-media-type": "REQ.27",
    "mime-root-size": "REQ.19",
    "mime-parts": "REQ.19",
    "mime-part-headers": "REQ.28",
    "mime-header-malformed": "REQ.28",
    "mime-header-twice": "REQ.28",
    "mime-content-id-twice": "REQ.29",
    "mime-transfer-encoding": "REQ.30",
    "mime-undecodable": "REQ.30",
}
"""SOAP faults of the reader, by their key."""

ADDRESSING: Final = {
    "Action": "REQ.05",
    "MessageID": "REQ.09",
    "To": "REQ.13",
    "ReplyTo": "REQ.11",
    "FaultTo": "REQ.11",
    "From": "REQ.11",
}
"""The rule for each addressing header."""

ATTRIBUTES: Final = {
    **dict.fromkeys(("entryUUID", "logicalID", "sourceObject", "targetObject"), "DS-TF3.18"),
    **dict.fromkeys(("patientId", "sourcePatientId"), "DS-TF3.19"),
    **dict.fromkeys(
        (
            *("creationTime", "serviceStartTime", "serviceStopTime"),
            *("submissionTime", "lastUpdateTime"),
        ),
        "DS-TF3.20",
    ),
    "size": "DS-TF3.21",
    "hash": "DS-TF3.22",
    **dict.fromkeys(("sourceId", "repositoryUniqueId"), "DS-TF3.23"),
    "homeCommunityId": "DS-TF3.24",
    "languageCode": "DS-TF3.25",
    "mimeType": "DS-TF3.26",
    "URI": "DS-TF3.27",
    "sourcePatientInfo": "DS-TF3.28",
    "referenceIdList": "DS-TF3.29",
    **dict.fromkeys(("authorPerson", "legalAuthenticator"), "DS-TF3.30"),
    "authorInstitution": "DS-TF3.31",
    "authorTelecommunication": "DS-TF3.32",
    **dict.fromkeys(("authorRole", "authorSpecialty"), "DS-TF3.33"),
    "intendedRecipient": "DS-TF3.34",
    **dict.fromkeys(
        (
            *("SubmissionSetStatus", "PreviousVersion", "AssociationPropagation"),
            *("OriginalStatus", "NewStatus"),
        ),
        "DS-TF3.48",
    ),
    "documentAvailability": "DS-TF3.49",
    "title": "DS-TF3.17",
}
"""The rule for the form of each attribute; `uniqueId` depends on the object."""

METADATA: Final = {
    "unexpected-element": "DS-TF3.46",
    "unexpected-content": "DS-TF3.46",
    "unknown-object-type": "DS-TF3.41",
    "only-stable-entries": "DS-TF3.41",
    "unmarked-package": "DS-TF3.43",
    "ambiguous-package": "DS-TF3.43",
    "stray-classification": "DS-TF3.44",
    "wrong-parent": "DS-TF3.44",
    "unknown-classification": "DS-TF3.45",
    "unknown-identification-scheme": "DS-TF3.45",
    "slot-repeated": "DS-TF3.47",
    "attribute-repeated": "DS-TF3.47",
    "slot-value-number": "DS-TF3.47",
    "code-without-scheme": "DS-TF3.35",
    "code-without-value": "DS-TF3.36",
    "code-without-display": "DS-TF3.37",
    "submission-set-number": "DS-TF3.01",
    "submission-empty": "DS-TF3.02",
    "id-repeated": "DS-TF3.05",
    "duplicate-id-in-message": "DS-TF3.06",
    "patient-id-mismatch": "DS-TF3.07",
    "unresolved-reference": "DS-TF3.08",
    "association-type-unknown": "DS-TF3.09",
    "association-ends": "DS-TF3.10",
    "transformation-appended-to": "DS-TF3.11",
    "submission-set-status": "DS-TF3.12",
    "attribute-forbidden": "DS-TF3.16",
    "value-repeated": "DS-TF3.28",
    "author-empty": "DS-TF3.38",
    "extra-slot-name": "DS-TF3.39",
    "logical-id-differs": "DS-TF3.40",
    "service-times-reversed": "DS-TF3.42",
    "value-not-in-domain": "DS-TF3.50",
    "patient-authority-unknown": "DS-TF3.50",
    "domain-attribute-missing": "DS-TF3.50",
    "domain-attribute-number": "DS-TF3.50",
}
"""Errors of metadata, by their key; `value-malformed` and `attribute-missing` say of what."""

DOCUMENTS: Final = {
    "repository-schema-violation": "DS-41.01",
    "document-repeated": "DS-41.04",
    "document-not-base64": "REQ.34",
    "document-too-large-inline": "REQ.19",
    "document-reference": "REQ.32",
    "missing-document": "DS-41.02",
    "missing-document-metadata": "DS-41.03",
    "hash-differs": "DS-41.05",
    "size-differs": "DS-41.06",
}
"""Errors of the documents of ITI-41, by their key."""

QUERIES: Final = {
    "query-schema-violation": "DC-18.01",
    "unknown-stored-query": "DC-18.02",
    "query-of-another-transaction": "DC-18.02",
    "query-return-type": "DC-18.03",
    "stored-query-missing-param": "DC-18.04",
    "stored-query-param-number": "DC-18.05",
    "stored-query-syntax": "DC-18.06",
}
"""Errors of stored queries, by their key."""

FEED: Final = {
    "feed-unreadable": "PIS-8.01",
    "feed-field-missing": "PIS-8.05",
    "feed-message-type": "PIS-8.04",
    "feed-event": "PIS-8.04",
    "feed-processing-id": "PIS-8.06",
    "feed-version": "PIS-8.07",
    "feed-segment-number": "PIS-8.09",
    "feed-segment-length": "PIS-8.09",
    "feed-character-set": "PIS-8.15",
    "feed-characters": "PIS-8.15",
}
"""Errors of HL7 v2 messages, by their key."""
