"""The messages of a Patient Identity Source: ITI-8 (HL7 v2.3.1) and ITI-44 (HL7 v3)."""

from __future__ import annotations

import time
from typing import Final

from ihe_profiles.ebrim.markup import attributes
from ihe_profiles.iti44 import HL7
from ihe_profiles.xds.datatypes import CX

ADMIT: Final = "ADT^A01^ADT_A01"
REGISTER: Final = "ADT^A04^ADT_A01"
PREADMIT: Final = "ADT^A05^ADT_A01"
UPDATE: Final = "ADT^A08^ADT_A01"
MERGE: Final = "ADT^A40^ADT_A39"
ADDED: Final = "PRPA_IN201301UV02"
REVISED: Final = "PRPA_IN201302UV02"
MERGED: Final = "PRPA_IN201304UV02"

SENDER: Final = "2.25.6174"
RECEIVER: Final = "2.25.6175"


def v2(kind: str, patient_id: CX, control_id: str, prior: CX | None = None) -> bytes:
    """Write a message of ITI-8: `kind` is MSH-9, `prior` who is merged (ITI TF-2 3.8.4)."""
    now = time.strftime("%Y%m%d%H%M%S", time.gmtime())
    event = kind.split("^")[1]
    segments = [
        f"MSH|^~\\&|CONFORMANCE|BENCH|REGISTRY|DOMAIN|{now}||{kind}|{control_id[-20:]}|P|2.3.1",
        f"EVN|{event}|{now}",
        f"PID|||{patient_id}||CONFORMANCE^INVENTED||19700101|F",
        *([f"MRG|{prior}"] if prior else []),
        "PV1||O",
    ]
    return "\r".join(segments).encode() + b"\r"


def v3(interaction: str, patient_id: CX, message_id: str, prior: CX | None = None) -> bytes:
    """Write a message of ITI-44 (ITI TF-2 3.44.4); `message_id` is an OID."""
    return (
        f'<{interaction} xmlns="{HL7}" ITSVersion="XML_1.0">'
        f"<id{attributes(root=message_id)}/>"
        f"<creationTime{attributes(value=time.strftime('%Y%m%d%H%M%S', time.gmtime()))}/>"
        f"<interactionId{attributes(root='2.16.840.1.113883.1.6', extension=interaction)}/>"
        '<processingCode code="P"/><processingModeCode code="T"/><acceptAckCode code="AL"/>'
        f"{_device('receiver', 'RCV', RECEIVER)}{_device('sender', 'SND', SENDER)}"
        '<controlActProcess classCode="CACT" moodCode="EVN"><subject typeCode="SUBJ">'
        '<registrationEvent classCode="REG" moodCode="EVN"><statusCode code="active"/>'
        f'<subject1 typeCode="SBJ"><patient classCode="PAT">{_id(patient_id)}'
        '<statusCode code="active"/><patientPerson classCode="PSN" determinerCode="INSTANCE">'
        "<name><family>CONFORMANCE</family><given>INVENTED</given></name></patientPerson>"
        f"</patient></subject1>{_replaced(prior)}</registrationEvent></subject>"
        f"</controlActProcess></{interaction}>"
    ).encode()


def _device(role: str, code: str, oid: str) -> str:
    return (
        f'<{role}{attributes(typeCode=code)}><device classCode="DEV" determinerCode="INSTANCE">'
        f"<id{attributes(root=oid)}/></device></{role}>"
    )


def _replaced(prior: CX | None) -> str:
    if prior is None:
        return ""
    return (
        '<replacementOf typeCode="RPLC"><priorRegistration classCode="REG" moodCode="EVN">'
        '<statusCode code="obsolete"/><subject1 typeCode="SBJ">'
        f'<priorRegisteredRole classCode="PAT">{_id(prior)}</priorRegisteredRole>'
        "</subject1></priorRegistration></replacementOf>"
    )


def _id(patient_id: CX) -> str:
    return f"<id{attributes(root=patient_id.authority, extension=patient_id.id)}/>"
