"""ITI-44 Patient Identity Feed HL7 V3: its messages and their acknowledgement (ITI TF-2 3.44)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from lxml import etree
from lxml.etree import _Element

from ihe_profiles.ebrim.markup import attributes, content
from ihe_profiles.hl7 import acknowledgement
from ihe_profiles.hl7.identity import Event, IdentityChange, PatientId
from ihe_profiles.soap.exchange import Transaction
from ihe_profiles.xds.errors import RegistryError

HL7: Final = "urn:hl7-org:v3"
ANSWER: Final = "MCCI_IN000002UV01"
NAMES: Final = ("patient/id", "priorRegisteredRole/id")

_INTERACTIONS: Final = "2.16.840.1.113883.1.6"
_CONDITIONS: Final = "2.16.840.1.113883.12.357"  # HL7 table 0357
_EVENTS: Final = {
    "PRPA_IN201301UV02": ("Patient Registry Record Added", Event.ADD),
    "PRPA_IN201302UV02": ("Patient Registry Record Revised", Event.ADD),
    "PRPA_IN201304UV02": ("Patient Registry Duplicates Resolved", Event.MERGE),
}


def _transaction(interaction: str, name: str) -> Transaction:
    return Transaction(
        number="ITI-44",
        name=f"Patient Identity Feed HL7 V3: {name}",
        operation=f"DocumentRegistry_{interaction}",
        action=f"{HL7}:{interaction}",
        response_action=f"{HL7}:{ANSWER}",
        request=f"{{{HL7}}}{interaction}",
    )


TRANSACTIONS: Final = tuple(_transaction(code, name) for code, (name, _event) in _EVENTS.items())


@dataclass(frozen=True, slots=True)
class Instance:
    """An HL7 v3 instance identifier (II); `root` is an OID or a UUID."""

    root: str | None
    extension: str | None

    def __str__(self) -> str:
        """Write it as people do: root^extension, or what there is of it."""
        return "^".join(part for part in (self.root, self.extension) if part)

    def write(self, name: str = "id") -> str:
        """Write it as an element."""
        return f"<{name}{attributes(root=self.root, extension=self.extension)}/>"


@dataclass(frozen=True, slots=True)
class Wrapper:
    """What an acknowledgement must know of the message around the patient."""

    id: Instance
    sender: tuple[Instance, ...]
    receiver: tuple[Instance, ...]
    processing_code: str


def wrapper(body: _Element) -> Wrapper:
    """Read the transmission wrapper; what is not there is empty."""
    return Wrapper(
        id=next(iter(_instances(body, "id")), Instance(None, None)),
        sender=_instances(body, "sender/device/id"),
        receiver=_instances(body, "receiver/device/id"),
        processing_code=next(
            (e.get("code", "P") for e in body.iterfind(_path("processingCode"))), "P"
        ),
    )


def read(body: _Element) -> IdentityChange:
    """Read what a message asks for; only identifiers matter to a registry (3.44.4.1.3)."""
    event = _EVENTS[etree.QName(body).localname][1]
    registration = "controlActProcess/subject/registrationEvent"
    patient = _identifiers(body, f"{registration}/subject1/patient/id")
    if event is Event.ADD:
        return IdentityChange(event, NAMES, patient)
    replaced = f"{registration}/replacementOf/priorRegistration/subject1/priorRegisteredRole/id"
    return IdentityChange(event, NAMES, patient, _identifiers(body, replaced))


def answer(of: Wrapper, errors: Sequence[RegistryError] = ()) -> bytes:
    """Write MCCI_IN000002UV01: AA, or AE or AR with each error as a detail."""
    details = "".join(
        '<acknowledgementDetail typeCode="E">'
        f"<code{attributes(code=error.code, codeSystem=_CONDITIONS)}"
        f"{attributes(displayName=acknowledgement.CONDITIONS[error.code])}/>"
        f"<text>{content(error.context)}</text></acknowledgementDetail>"
        for error in errors
    )
    now = time.strftime("%Y%m%d%H%M%S", time.gmtime()) + "+0000"
    return (
        f'<{ANSWER}{attributes(xmlns=HL7)} ITSVersion="XML_1.0">'
        f"{Instance(str(uuid4()).upper(), None).write()}"
        f"<creationTime{attributes(value=now)}/>"
        f"{Instance(_INTERACTIONS, ANSWER).write('interactionId')}"
        f"<processingCode{attributes(code=of.processing_code)}/>"
        '<processingModeCode code="T"/><acceptAckCode code="NE"/>'
        f"{_device('receiver', 'RCV', of.sender)}{_device('sender', 'SND', of.receiver)}"
        f"<acknowledgement><typeCode{attributes(code=acknowledgement.code(errors))}/>"
        f"<targetMessage>{of.id.write()}</targetMessage>{details}</acknowledgement></{ANSWER}>"
    ).encode()


def _device(role: str, code: str, ids: Sequence[Instance]) -> str:
    known = "".join(instance.write() for instance in ids) or '<id nullFlavor="UNK"/>'
    device = f'<device classCode="DEV" determinerCode="INSTANCE">{known}</device>'
    return f"<{role}{attributes(typeCode=code)}>{device}</{role}>"


def _identifiers(body: _Element, path: str) -> tuple[PatientId, ...]:
    found = _instances(body, path)
    return tuple(PatientId(i.extension, "", i.root, "ISO") for i in found if i.root and i.extension)


def _instances(body: _Element, path: str) -> tuple[Instance, ...]:
    found = body.iterfind(_path(path))
    return tuple(
        Instance(e.get("root"), e.get("extension")) for e in found if e.get("nullFlavor") is None
    )


def _path(path: str) -> str:
    return "/".join(f"{{{HL7}}}{step}" for step in path.split("/"))
