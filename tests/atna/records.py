"""Audit records read back, for tests: judged by the schema, then as plain values."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree
from lxml.etree import _Element
from sqlalchemy import Connection

import schemas
from ihe_profiles.atna.reporter import Reporter
from ihe_profiles.atna.syslog import Origin
from ledger.audit import outbox
from ledger.audit.audit import Audit
from ledger.audit.spill import Spill
from ledger.audit.trail import OutboxTrail, Pressure
from ledger.database import Database

Coded = tuple[str, str, str]


@dataclass(frozen=True)
class Participant:
    user_id: str
    alternative: str | None
    name: str | None
    requestor: bool
    roles: tuple[str, ...]
    place: tuple[str | None, str | None]


@dataclass(frozen=True)
class Told:
    id: str
    kind: tuple[str | None, str | None]
    id_type: Coded
    name: str | None
    query: bytes | None
    details: dict[str, str]
    life_cycle: str | None


@dataclass(frozen=True)
class Record:
    event: Coded
    types: tuple[Coded, ...]
    action: str
    outcome: int
    description: str | None
    purposes: tuple[Coded, ...]
    participants: tuple[Participant, ...]
    objects: tuple[Told, ...]
    source: tuple[str, str | None]
    raw: bytes = field(repr=False)

    @property
    def type(self) -> str:
        return self.types[0][0] if self.types else ""

    @property
    def patients(self) -> list[str]:
        return [o.id for o in self.objects if o.kind == ("1", "1")]

    def told(self, role: str) -> list[Told]:
        """The objects of type 2 in a role."""
        return [o for o in self.objects if o.kind == ("2", role)]

    def one(self, role: str) -> Participant:
        """The participant with a RoleIDCode."""
        (found,) = [p for p in self.participants if role in p.roles]
        return found

    @property
    def humans(self) -> list[Participant]:
        return [p for p in self.participants if p.name]


def read(record: bytes) -> Record:
    """Judge one record by our schema, and read it."""
    assert b"\n" not in record
    assert b"\r" not in record
    root = etree.fromstring(record)
    schema = schemas.schema("audit")
    assert schema.validate(root), (schema.error_log, record)
    event = root[0]
    source = root.find("AuditSourceIdentification")
    assert source is not None
    return Record(
        event=_code(event.find("EventID")),
        types=tuple(map(_code, event.iterfind("EventTypeCode"))),
        action=event.attrib["EventActionCode"],
        outcome=int(event.attrib["EventOutcomeIndicator"]),
        description=event.findtext("EventOutcomeDescription"),
        purposes=tuple(map(_code, event.iterfind("PurposeOfUse"))),
        participants=tuple(map(_participant, root.iterfind("ActiveParticipant"))),
        objects=tuple(map(_told, root.iterfind("ParticipantObjectIdentification"))),
        source=(source.attrib["AuditSourceID"], source.get("AuditEnterpriseSiteID")),
        raw=record,
    )


class Outbox:
    """The real trail on one database, read back: what a transaction undoes is not there."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self.trail = OutboxTrail(
            database, Spill(folder / "spill", 1 << 20), Origin("host", "entente", "1")
        )

    def audit(self, endpoint: str) -> Audit:
        return Audit(Reporter("2.25.77", endpoint, process_id="4711"), self.trail)

    def take(self) -> list[Record]:
        """The records since the last time, in their order."""

        def work(connection: Connection) -> list[bytes]:
            waiting = outbox.take(connection, 1000)
            outbox.remove(connection, waiting)
            return [one.message for one in waiting]

        messages = self._database.write(work)
        return [read(message[message.index(b"<AuditMessage") :]) for message in messages]

    def one(self) -> Record:
        """The one record since the last time."""
        (record,) = self.take()
        return record

    def refuse(self) -> None:
        """Keep no more records from now on."""
        self.trail.pressure = Pressure.REFUSE

    def accept(self) -> None:
        self.trail.pressure = Pressure.NONE


def _code(element: _Element | None) -> Coded:
    assert element is not None
    a = element.attrib
    return a["csd-code"], a["codeSystemName"], a["originalText"]


def _participant(element: _Element) -> Participant:
    a = element.attrib
    return Participant(
        a["UserID"],
        a.get("AlternativeUserID"),
        a.get("UserName"),
        a["UserIsRequestor"] == "true",
        tuple(_code(role)[0] for role in element.iterfind("RoleIDCode")),
        (a.get("NetworkAccessPointID"), a.get("NetworkAccessPointTypeCode")),
    )


def _told(element: _Element) -> Told:
    a = element.attrib
    query = element.findtext("ParticipantObjectQuery")
    return Told(
        a["ParticipantObjectID"],
        (a.get("ParticipantObjectTypeCode"), a.get("ParticipantObjectTypeCodeRole")),
        _code(element.find("ParticipantObjectIDTypeCode")),
        element.findtext("ParticipantObjectName"),
        None if query is None else b64decode(query),
        {
            d.attrib["type"]: b64decode(d.attrib["value"]).decode()
            for d in element.iterfind("ParticipantObjectDetail")
        },
        a.get("ParticipantObjectDataLifeCycle"),
    )
