"""The codes of audit messages (DICOM PS3.16 CID 400 to 405, RFC 3881, IHE transactions)."""

from __future__ import annotations

from enum import Enum
from typing import Final

from ihe_profiles.atna.message import Code
from ihe_profiles.xds.vocabulary import STABLE

DCM: Final = "DCM"
IHE: Final = "IHE Transactions"
XDS: Final = "IHE XDS Metadata"
RFC: Final = "RFC-3881"
UNSPECIFIED: Final = "unspecified"
"""The codeSystemName of a code that came without one."""

# EventID
APPLICATION_ACTIVITY: Final = Code("110100", DCM, "Application Activity")
AUDIT_LOG_USED: Final = Code("110101", DCM, "Audit Log Used")
EXPORT: Final = Code("110106", DCM, "Export")
IMPORT: Final = Code("110107", DCM, "Import")
PATIENT_RECORD: Final = Code("110110", DCM, "Patient Record")
QUERY: Final = Code("110112", DCM, "Query")
SECURITY_ALERT: Final = Code("110113", DCM, "Security Alert")
USER_AUTHENTICATION: Final = Code("110114", DCM, "User Authentication")
SIGNED_MANIFEST: Final = Code("113031", DCM, "Signed Manifest")
REPORT_VERIFICATION: Final = Code("110007", DCM, "Report Verification")

# EventTypeCode
APPLICATION_START: Final = Code("110120", DCM, "Application Start")
APPLICATION_STOP: Final = Code("110121", DCM, "Application Stop")
LOGIN: Final = Code("110122", DCM, "Login")
LOGOUT: Final = Code("110123", DCM, "Logout")
DISCLOSURE: Final = Code("IHE0006", "IHE", "Disclosure")
SIGNATURE: Final = Code("urn:ihe:iti:dsg", IHE, "Document Digital Signature")


class Alert(Enum):
    """EventTypeCode of Security Alert (DICOM PS3.15 A.5.3.11)."""

    NODE_AUTHENTICATION = Code("110126", DCM, "Node Authentication")
    EMERGENCY_OVERRIDE_STARTED = Code("110127", DCM, "Emergency Override Started")
    NETWORK_CONFIGURATION = Code("110128", DCM, "Network Configuration")
    SECURITY_CONFIGURATION = Code("110129", DCM, "Security Configuration")
    HARDWARE_CONFIGURATION = Code("110130", DCM, "Hardware Configuration")
    SOFTWARE_CONFIGURATION = Code("110131", DCM, "Software Configuration")
    RESTRICTED_FUNCTION = Code("110132", DCM, "Use of Restricted Function")
    AUDIT_RECORDING_STOPPED = Code("110133", DCM, "Audit Recording Stopped")
    AUDIT_RECORDING_STARTED = Code("110134", DCM, "Audit Recording Started")
    OBJECT_SECURITY_CHANGED = Code("110135", DCM, "Object Security Attributes Changed")
    SECURITY_ROLES_CHANGED = Code("110136", DCM, "Security Roles Changed")
    USER_SECURITY_CHANGED = Code("110137", DCM, "User Security Attributes Changed")
    EMERGENCY_OVERRIDE_STOPPED = Code("110138", DCM, "Emergency Override Stopped")
    REMOTE_SERVICE_STARTED = Code("110139", DCM, "Remote Service Operation Started")
    REMOTE_SERVICE_STOPPED = Code("110140", DCM, "Remote Service Operation Stopped")
    LOCAL_SERVICE_STARTED = Code("110141", DCM, "Local Service Operation Started")
    LOCAL_SERVICE_STOPPED = Code("110142", DCM, "Local Service Operation Stopped")
    AUTHENTICATION_DECISION = Code("110143", DCM, "Authentication Decision")
    AUTHORIZATION_DECISION = Code("110144", DCM, "Authorization Decision")
    SESSION_STARTED = Code("110145", DCM, "Session Start")
    SESSION_STOPPED = Code("110146", DCM, "Session Stop")
    ACCESS_CONTROL_DECISION = Code("110147", DCM, "Access Control Decision")


class Media(Enum):
    """MediaType of a MediaIdentifier (DICOM PS3.16 CID 405)."""

    USB = Code("110030", DCM, "USB Disk Emulation")
    EMAIL = Code("110031", DCM, "Email")
    CD = Code("110032", DCM, "CD")
    DVD = Code("110033", DCM, "DVD")
    COMPACT_FLASH = Code("110034", DCM, "Compact Flash")
    MULTI_MEDIA_CARD = Code("110035", DCM, "Multi-media Card")
    SD_CARD = Code("110036", DCM, "Secure Digital Card")
    URI = Code("110037", DCM, "URI")
    FILM = Code("110038", DCM, "Film")


# RoleIDCode
APPLICATION: Final = Code("110150", DCM, "Application")
APPLICATION_LAUNCHER: Final = Code("110151", DCM, "Application Launcher")
DESTINATION: Final = Code("110152", DCM, "Destination Role ID")
SOURCE: Final = Code("110153", DCM, "Source Role ID")
SOURCE_MEDIA: Final = Code("110155", DCM, "Source Media")
DESTINATION_MEDIA: Final = Code("110154", DCM, "Destination Media")
CUSTODIAN: Final = Code("159541003", "SNOMED CT", "Record keeping library clerk")

# ParticipantObjectIDTypeCode
PATIENT_NUMBER: Final = Code("2", RFC, "Patient Number")
REPORT_NUMBER: Final = Code("9", RFC, "Report Number")
USER_IDENTIFIER: Final = Code("11", RFC, "User Identifier")
URI: Final = Code("12", RFC, "URI")
SUBMISSION_SET: Final = Code(
    "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd", XDS, "submission set classificationNode"
)
DOCUMENT_ENTRY: Final = Code(STABLE, XDS, "document entry object type")
OBJECT_REF: Final = Code("urn:ihe:iti:2017:ObjectRef", XDS, "registry object reference")
