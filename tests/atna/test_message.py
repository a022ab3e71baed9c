"""The bytes of audit messages: valid whatever the values are, on one line, and our schema's say."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

import schemas
from ihe_profiles.atna import events_general, objects
from ihe_profiles.atna.codes import QUERY, Media
from ihe_profiles.atna.events import Ending, responded
from ihe_profiles.atna.message import (
    AccessPoint,
    Action,
    AuditSource,
    Code,
    Detail,
    Event,
    Message,
    Participant,
    render,
)
from ihe_profiles.soap.exchange import Peer
from tests.atna.records import read
from tests.atna.test_events import PATIENT, PEER, REPORTER, USER, submission_set

HOSTILE = "\x00\x0b<&>\"'\r\n\t]]>\ud800\ufffe\u2028\x85\U0001f600é" + "}" * 3
SHOWN = "��<&>\"'\r\n\t]]>��\u2028\x85\U0001f600é}}}"


def test_every_value_may_be_hostile() -> None:
    bad = Code(HOSTILE, HOSTILE, HOSTILE)
    told = objects.query(bad, HOSTILE, HOSTILE.encode("utf-8", "replace"), HOSTILE)
    who = Participant(HOSTILE, True, (bad,), HOSTILE, HOSTILE, HOSTILE, AccessPoint.NAME, bad)
    message = Message(
        Event(bad, Action.READ, types=(bad,), description=HOSTILE, purposes=(bad,)),
        (who,),
        AuditSource(HOSTILE, HOSTILE, (HOSTILE,)),
        (told, objects.patient(HOSTILE, Detail(HOSTILE, HOSTILE)), objects.submission_set(HOSTILE)),
    )
    record = read(render(message))
    assert record.description == SHOWN
    assert record.participants[0].user_id == SHOWN
    assert record.objects[1].id == SHOWN
    assert record.objects[1].details == {SHOWN: SHOWN}
    assert len(record.raw.decode().splitlines()) == 1


@given(st.text(st.characters(exclude_categories=()), max_size=40))
def test_any_text_makes_a_record_of_one_line(text: str) -> None:
    peer = Peer(text)
    told = (objects.patient(text, Detail(text, text)),)
    record = read(responded(REPORTER, "ITI-18", peer, told, Ending.failed(text)))
    assert len(record.raw.decode().splitlines()) == 1
    shown = [c for c in record.objects[0].id if c.isprintable()]
    assert len(shown) >= len([c for c in text if c.isprintable()])


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0.0, "1970-01-01T00:00:00.000Z"),
        (1.9996, "1970-01-01T00:00:02.000Z"),
        (1700000000.25, "2023-11-14T22:13:20.250Z"),
    ],
)
def test_times_are_utc_to_the_millisecond(seconds: float, written: str) -> None:
    record = render(
        Message(
            Event(QUERY, Action.EXECUTE, time=seconds), (Participant("a", True),), AuditSource("s")
        )
    )
    assert f'EventDateTime="{written}"'.encode() in record


@pytest.mark.parametrize(
    ("place", "kind"),
    [("192.0.2.1", "2"), ("2001:db8::1", "2"), ("node.example", "1"), ("10.example", "1")],
)
def test_an_access_point_is_an_address_or_a_name(place: str, kind: str) -> None:
    record = read(responded(REPORTER, "ITI-18", Peer(place)))
    assert record.one("110153").place == (place, kind)


def test_a_peer_without_address_has_no_access_point() -> None:
    assert read(responded(REPORTER, "ITI-18", Peer(""))).one("110153").place == (None, None)


def _good() -> bytes:
    return responded(REPORTER, "ITI-41", PEER, (objects.patient(PATIENT), submission_set))


# What is wrong, and whether the third party's schema is as strict.
BROKEN = {
    "no event": ("//EventIdentification", None, True),
    "no participant": ("//ActiveParticipant", None, True),
    "no source": ("//AuditSourceIdentification", None, True),
    "no event id": ("//EventID", None, True),
    "no time": ("//EventIdentification", ("EventDateTime", None), True),
    "no date": ("//EventIdentification", ("EventDateTime", "today"), True),
    "outcome": ("//EventIdentification", ("EventOutcomeIndicator", "1"), True),
    "no outcome": ("//EventIdentification", ("EventOutcomeIndicator", None), True),
    "action": ("//EventIdentification", ("EventActionCode", "X"), True),
    "code": ("//EventID", ("csd-code", None), True),
    "code's system": ("//EventTypeCode", ("codeSystemName", None), True),
    "code's text": ("//RoleIDCode", ("originalText", None), True),
    "user": ("//ActiveParticipant", ("UserID", None), True),
    "requestor": ("//ActiveParticipant", ("UserIsRequestor", None), True),
    "requestor's value": ("//ActiveParticipant", ("UserIsRequestor", "yes"), True),
    "access point": ("//ActiveParticipant", ("NetworkAccessPointTypeCode", "6"), True),
    "source id": ("//AuditSourceIdentification", ("AuditSourceID", None), True),
    "object type": ("//ParticipantObjectIdentification", ("ParticipantObjectTypeCode", "5"), True),
    "role": ("//ParticipantObjectIdentification", ("ParticipantObjectTypeCodeRole", "27"), True),
    "id type": ("//ParticipantObjectIDTypeCode", None, True),
    "unknown": ("//ActiveParticipant", ("Nonsense", "1"), True),
    "object id": ("//ParticipantObjectIdentification", ("ParticipantObjectID", None), False),
    "name": ("//ParticipantObjectName", None, False),
}


@pytest.mark.parametrize("case", BROKEN)
def test_the_schema_refuses(case: str, request: pytest.FixtureRequest) -> None:
    path, change, is_known_elsewhere = BROKEN[case]
    root = etree.fromstring(_good())
    for element in root.xpath(path):  # type: ignore[union-attr]
        assert isinstance(element, etree._Element)
        parent = element.getparent()
        assert parent is not None
        if change is None:
            parent.remove(element)
        elif change[1] is None:
            del element.attrib[change[0]]
        else:
            element.set(*change)
    assert not schemas.schema("audit").validate(root)
    shared = request.getfixturevalue("shared")
    assert _official(shared).validate(root) is not is_known_elsewhere


def test_the_third_partys_schema_accepts_ours(shared: Path) -> None:
    official = _official(shared)
    records = [
        _good(),
        responded(REPORTER, "ITI-18", PEER, (), Ending.failed("x"), requester=USER),
        events_general.audit_log_used(REPORTER, "a", "b"),
        events_general.export_to_media(REPORTER, "a", Media.USB, PATIENT, ["1"]),
        events_general.node_authentication_failed(REPORTER, PEER, "no"),
    ]
    for record in records:
        assert official.validate(etree.fromstring(record)), official.error_log


def _official(shared: Path) -> etree.XMLSchema:
    path = shared / "standards" / "schemas" / "audit" / "dicom-audit-2017c.xsd"
    return etree.XMLSchema(etree.parse(path))
