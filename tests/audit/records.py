"""Records of invented people, as the operations make them."""

from __future__ import annotations

from ihe_profiles.atna import syslog
from ledger.audit import outbox
from ledger.audit.outbox import Waiting
from tests.audit.conftest import ORIGIN

PATIENT = "MTL-7^^^&1.2.3.4&ISO"


def access(
    patient: str = PATIENT, user: str = "nurse<n.roy@idp.example.org>", document: str = "2.25.77"
) -> bytes:
    """A record of a retrieval."""
    escaped = {name: _escape(value) for name, value in locals().items()}
    return (
        '<AuditMessage><EventIdentification EventActionCode="R"'
        ' EventDateTime="2026-03-02T08:15:30.000Z" EventOutcomeIndicator="0">'
        '<EventID csd-code="110106" codeSystemName="DCM" originalText="Export"/>'
        '<EventTypeCode csd-code="ITI-43" codeSystemName="IHE Transactions"'
        ' originalText="Retrieve Document Set"/>'
        '<PurposeOfUse csd-code="TREATMENT" codeSystemName="x" originalText="Treatment"/>'
        "</EventIdentification>"
        '<ActiveParticipant UserID="https://node.example.org/repository" UserIsRequestor="false">'
        '<RoleIDCode csd-code="110153" codeSystemName="DCM" originalText="Source"/>'
        "</ActiveParticipant>"
        f'<ActiveParticipant UserID="{escaped["user"]}" UserName="Nathalie Roy"'
        ' UserIsRequestor="true">'
        '<RoleIDCode csd-code="N" codeSystemName="x" originalText="Nurse"/></ActiveParticipant>'
        '<AuditSourceIdentification AuditSourceID="node"/>'
        f'<ParticipantObjectIdentification ParticipantObjectID="{escaped["patient"]}"'
        ' ParticipantObjectTypeCode="1" ParticipantObjectTypeCodeRole="1">'
        '<ParticipantObjectIDTypeCode csd-code="2" codeSystemName="RFC-3881"'
        ' originalText="Patient Number"/></ParticipantObjectIdentification>'
        f'<ParticipantObjectIdentification ParticipantObjectID="{escaped["document"]}"'
        ' ParticipantObjectTypeCode="2" ParticipantObjectTypeCodeRole="3">'
        '<ParticipantObjectIDTypeCode csd-code="9" codeSystemName="RFC-3881"'
        ' originalText="Report Number"/></ParticipantObjectIdentification></AuditMessage>'
    ).encode()


def waiting(number: int, record: bytes | None = None) -> Waiting:
    """A record that waits; its time is `number` seconds after 1970."""
    body = access(document=f"2.25.{number}") if record is None else record
    return Waiting(outbox.new_id(), syslog.message(number * 1000, ORIGIN, body))


def _escape(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
