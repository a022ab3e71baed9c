"""A hospital as a registry sees it: feeds patients, sends documents, asks for them."""

from __future__ import annotations

from typing import Any

from lxml import etree
from sqlalchemy import select

from ihe_profiles import iti44
from ihe_profiles.soap.exchange import Peer
from ihe_profiles.xds.datatypes import CX
from ihe_profiles.xds.metadata import DocumentEntry, Folder, Submission, SubmissionSet
from ihe_profiles.xds.vocabulary import ResponseStatus, Status
from ledger.database import Database
from registry.service import Registry
from registry.store.tables import registry_transaction
from tests.hl7.messages import adt, code
from tests.registry.consumer import Consumer
from tests.registry.samples import PATIENT

HL7 = "{urn:hl7-org:v3}"
PEER = Peer("192.0.2.7")


def patient(identifier: str, authority: str = PATIENT.authority) -> CX:
    return CX(f"{identifier}^^^&{authority}&ISO")


class Hospital(Consumer):
    """Speaks ITI-8, ITI-44, ITI-42 and ITI-18 to a registry."""

    def __init__(self, registry: Registry, database: Database) -> None:
        super().__init__(registry)
        self._feed = registry.identity_feed
        self.database = database

    def feed(self, message: bytes, peer: Peer = PEER) -> bytes:
        return self._feed(message, peer)

    def add(self, *patients: CX) -> None:
        for identifier in patients:
            assert code(self.feed(adt("A01", identifier))) == "AA"

    def merge(self, subsumed: CX, survivor: CX) -> bytes:
        return self.feed(adt("A40", survivor, subsumed))

    def feed_v3(
        self, interaction: str, body: bytes, message_id: str | None = None
    ) -> etree._Element:
        (transaction,) = [t for t in iti44.TRANSACTIONS if t.operation.endswith(interaction)]
        return self._ask(transaction, body, message_id)

    def codes(self, submission: Submission) -> list[str]:
        """Register, and return the codes of what is wrong."""
        return [e.code for e in self.register(submission).errors]

    def find(self, identifier: CX, **more: Any) -> list[DocumentEntry]:
        """The documents of a patient, in whatever status."""
        answer = self.query(
            "FindDocuments",
            XDSDocumentEntryPatientId=identifier,
            XDSDocumentEntryStatus=[Status.APPROVED, Status.DEPRECATED],
            **more,
        )
        assert answer.status is ResponseStatus.SUCCESS, answer.errors
        return [o for o in answer.objects if isinstance(o, DocumentEntry)]

    def contents(self, unique_id: str) -> list[DocumentEntry | Folder | SubmissionSet]:
        """A SubmissionSet and its documents and folders."""
        answer = self.query("GetSubmissionSetAndContents", XDSSubmissionSetUniqueId=unique_id)
        kinds = (DocumentEntry, Folder, SubmissionSet)
        return [o for o in answer.objects if isinstance(o, kinds)]

    def transactions(self) -> list[tuple[str, str | None, bool]]:
        """(action, message id, refused) of each feed message and submission, in order."""
        table = registry_transaction
        with self.database.read() as connection:
            rows = connection.execute(select(table).order_by(table.c.key)).all()
        return [(row.action, row.message_id, row.refusal is not None) for row in rows]


def v3(interaction: str, patient: str, subsumed: str | None = None) -> bytes:
    """A message of ITI-44 around id elements."""
    replaced = (
        '<replacementOf typeCode="RPLC"><priorRegistration classCode="REG" moodCode="EVN">'
        '<statusCode code="obsolete"/><subject1 typeCode="SBJ">'
        f'<priorRegisteredRole classCode="PAT">{subsumed}</priorRegisteredRole>'
        "</subject1></priorRegistration></replacementOf>"
        if subsumed is not None
        else ""
    )
    return (
        f'<{interaction} xmlns="urn:hl7-org:v3" ITSVersion="XML_1.0">'
        '<id root="1.2.3.4" extension="77"/><creationTime value="20260102"/>'
        f'<interactionId root="2.16.840.1.113883.1.6" extension="{interaction}"/>'
        '<processingCode code="T"/><processingModeCode code="T"/><acceptAckCode code="AL"/>'
        '<receiver typeCode="RCV"><device classCode="DEV" determinerCode="INSTANCE">'
        '<id root="1.2.3.5"/></device></receiver>'
        '<sender typeCode="SND"><device classCode="DEV" determinerCode="INSTANCE">'
        '<id root="1.2.3.6"/></device></sender>'
        '<controlActProcess classCode="CACT" moodCode="EVN"><subject typeCode="SUBJ">'
        '<registrationEvent classCode="REG" moodCode="EVN"><statusCode code="active"/>'
        f'<subject1 typeCode="SBJ"><patient classCode="PAT">{patient}<statusCode code="active"/>'
        "<patientPerson><name><family>Essai</family></name></patientPerson></patient></subject1>"
        f"{replaced}</registrationEvent></subject></controlActProcess></{interaction}>"
    ).encode()


def ii(identifier: CX) -> str:
    return f'<id root="{identifier.authority}" extension="{identifier.id}"/>'


def outcome(answer: etree._Element) -> tuple[str | None, list[str | None]]:
    """The acknowledgement's code, and the codes of its details."""
    kind = answer.find(f"{HL7}acknowledgement/{HL7}typeCode")
    assert kind is not None
    details = answer.iterfind(f"{HL7}acknowledgement/{HL7}acknowledgementDetail/{HL7}code")
    return kind.get("code"), [detail.get("code") for detail in details]
