"""Reads an audit message again: who did what to whom, when and why (DICOM PS3.15 A.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lxml import etree
from lxml.etree import _Element

_PARSER: Final = etree.XMLParser(
    resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, collect_ids=False
)
_NODES: Final = frozenset({"110150", "110152", "110153"})
"""Roles of machines: Application, Destination, Source."""
_PATIENT: Final = ("1", "1")
_DOCUMENTS: Final = frozenset({("2", "3"), ("2", "20")})
"""Type and role of a document or entry, and of a SubmissionSet."""


@dataclass(frozen=True, slots=True)
class Someone:
    """An ActiveParticipant; `address` is its network access point, `roles` codes and texts."""

    id: str
    name: str
    address: str
    requestor: bool
    roles: tuple[tuple[str, str], ...]

    @property
    def is_node(self) -> bool:
        """True for a machine or a program."""
        return any(code in _NODES for code, _ in self.roles)


@dataclass(frozen=True, slots=True)
class Reading:
    """What an audit message says; codes as pairs of code and text."""

    time: datetime
    event: tuple[str, str]
    types: tuple[tuple[str, str], ...]
    action: str
    outcome: str
    description: str
    purposes: tuple[tuple[str, str], ...]
    participants: tuple[Someone, ...]
    patients: tuple[str, ...]
    documents: tuple[str, ...]

    @property
    def people(self) -> tuple[Someone, ...]:
        """The participants that are no machines."""
        return tuple(one for one in self.participants if not one.is_node)


def read(record: bytes) -> Reading:
    """Read an audit message. Raises ValueError for what is none."""
    root, when = _opened(record)
    event = root.find("EventIdentification")
    assert event is not None
    objects = root.findall("ParticipantObjectIdentification")
    return Reading(
        time=when,
        event=next(iter(_codes(event, "EventID")), ("", "")),
        types=_codes(event, "EventTypeCode"),
        action=event.get("EventActionCode", ""),
        outcome=event.get("EventOutcomeIndicator", ""),
        description=event.findtext("EventOutcomeDescription") or "",
        purposes=_codes(event, "PurposeOfUse"),
        participants=tuple(map(_someone, root.findall("ActiveParticipant"))),
        patients=tuple(_id(one) for one in objects if _kind(one) == _PATIENT),
        documents=tuple(_id(one) for one in objects if _kind(one) in _DOCUMENTS),
    )


def subjects(record: bytes) -> frozenset[tuple[str, str]]:
    """Return what a record can be found by: pairs of patient, user or document and its id.

    Each record that comes to the store is looked at, so that no more of it is read than that.
    """
    try:
        root, _ = _opened(record)
    except ValueError:
        return frozenset()
    found = []
    for one in root.iterchildren("ActiveParticipant"):
        if not any(role.get("csd-code") in _NODES for role in one.iterchildren("RoleIDCode")):
            found += [("user", one.get("UserID", "")), ("user", one.get("UserName", ""))]
    for one in root.iterchildren("ParticipantObjectIdentification"):
        kind = _kind(one)
        if kind == _PATIENT or kind in _DOCUMENTS:
            found.append(("patient" if kind == _PATIENT else "document", _id(one)))
    return frozenset(pair for pair in found if pair[1])


def _opened(record: bytes) -> tuple[_Element, datetime]:
    """Return an audit message and the time of its event. Raises ValueError."""
    try:
        root = etree.fromstring(record, _PARSER)
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from error
    event = root.find("EventIdentification")
    if root.tag != "AuditMessage" or event is None:
        raise ValueError("not an audit message")
    return root, datetime.fromisoformat(event.get("EventDateTime", ""))


def _codes(element: _Element, tag: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (code.get("csd-code", ""), code.get("originalText", "")) for code in element.findall(tag)
    )


def _someone(element: _Element) -> Someone:
    return Someone(
        id=element.get("UserID", ""),
        name=element.get("UserName", ""),
        address=element.get("NetworkAccessPointID", ""),
        requestor=element.get("UserIsRequestor", "true") == "true",
        roles=_codes(element, "RoleIDCode"),
    )


def _kind(element: _Element) -> tuple[str, str]:
    return (
        element.get("ParticipantObjectTypeCode", ""),
        element.get("ParticipantObjectTypeCodeRole", ""),
    )


def _id(element: _Element) -> str:
    return element.get("ParticipantObjectID", "")
