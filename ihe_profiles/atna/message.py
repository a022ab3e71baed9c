"""The audit message as DICOM PS3.15 A.5 defines it, and its bytes: one line of XML."""

from __future__ import annotations

import re
import time
from base64 import b64encode
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import lru_cache
from typing import Final


class Action(StrEnum):
    """EventActionCode."""

    CREATE = "C"
    READ = "R"
    UPDATE = "U"
    DELETE = "D"
    EXECUTE = "E"


class Outcome(IntEnum):
    """EventOutcomeIndicator."""

    SUCCESS = 0
    MINOR_FAILURE = 4
    SERIOUS_FAILURE = 8
    MAJOR_FAILURE = 12


class AccessPoint(IntEnum):
    """NetworkAccessPointTypeCode."""

    NAME = 1
    IP = 2
    PHONE = 3
    MAIL = 4
    URI = 5


class ObjectType(IntEnum):
    """ParticipantObjectTypeCode."""

    PERSON = 1
    SYSTEM = 2
    ORGANIZATION = 3
    OTHER = 4


class ObjectRole(IntEnum):
    """ParticipantObjectTypeCodeRole: those of its values that IHE and DICOM events use."""

    PATIENT = 1
    REPORT = 3
    USER = 11
    SECURITY_RESOURCE = 13
    DATA_REPOSITORY = 17
    JOB = 20
    QUERY = 24


@dataclass(frozen=True, slots=True)
class Code:
    """A coded value: csd-code, codeSystemName, originalText."""

    code: str
    system: str
    text: str


@dataclass(frozen=True, slots=True)
class Event:
    """EventIdentification; `time` is in seconds since 1970, now unless given."""

    id: Code
    action: Action
    outcome: Outcome = Outcome.SUCCESS
    types: tuple[Code, ...] = ()
    description: str = ""
    purposes: tuple[Code, ...] = ()
    time: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True)
class Participant:
    """ActiveParticipant; `access_point` without a type is one of name or IP address."""

    user_id: str
    is_requestor: bool
    roles: tuple[Code, ...] = ()
    alternative_user_id: str = ""
    user_name: str = ""
    access_point: str = ""
    access_point_type: AccessPoint | None = None
    media: Code | None = None


@dataclass(frozen=True, slots=True)
class AuditSource:
    """AuditSourceIdentification; each type is a digit of 1 to 9."""

    id: str
    enterprise_site: str = ""
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Detail:
    """ParticipantObjectDetail; the value is text here and base64 on the wire."""

    type: str
    value: str


@dataclass(frozen=True, slots=True)
class Participated:
    """ParticipantObjectIdentification: `query`, or else `name` (its id unless given), is told."""

    id: str
    id_type: Code
    type: ObjectType
    role: ObjectRole
    name: str = ""
    query: bytes | None = None
    life_cycle: int | None = None
    details: tuple[Detail, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """AuditMessage: one event, and one patient at most."""

    event: Event
    participants: tuple[Participant, ...]
    source: AuditSource
    objects: tuple[Participated, ...] = ()


def render(message: Message) -> bytes:
    """Write a message as UTF-8 without declaration and without any line break.

    What XML cannot hold becomes U+FFFD: no value may keep a record from being made.
    """
    return (
        f"<AuditMessage>{_event(message.event)}{''.join(map(_participant, message.participants))}"
        f"{_source(message.source)}{''.join(map(_object, message.objects))}</AuditMessage>"
    ).encode()


_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPED: Final = re.compile('[&<>"\t\n\r\x7f-\x9f\u2028\u2029]')
_SPECIAL: Final = re.compile(f"{_ILLEGAL.pattern[:-1]}{_ESCAPED.pattern[1:]}")


def escape(text: str) -> str:
    """Return the text as it stands in an attribute or between tags, on one line."""
    if _SPECIAL.search(text) is None:
        return text
    legal = _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text)
    return _ESCAPED.sub(lambda match: f"&#{ord(match[0])};", legal)


def _attribute(name: str, value: str) -> str:
    return f' {name}="{escape(value)}"' if value else ""


@lru_cache(maxsize=1024)
def _code(tag: str, code: Code) -> str:
    return (
        f'<{tag} csd-code="{escape(code.code)}" codeSystemName="{escape(code.system)}"'
        f' originalText="{escape(code.text)}"/>'
    )


def _codes(tag: str, codes: tuple[Code, ...]) -> str:
    return "".join(_code(tag, code) for code in codes)


def _event(event: Event) -> str:
    described = event.description
    return (
        f'<EventIdentification EventActionCode="{event.action}" EventDateTime="{_time(event.time)}"'
        f' EventOutcomeIndicator="{event.outcome}">{_code("EventID", event.id)}'
        f"{_codes('EventTypeCode', event.types)}"
        + (
            f"<EventOutcomeDescription>{escape(described)}</EventOutcomeDescription>"
            if described
            else ""
        )
        + f"{_codes('PurposeOfUse', event.purposes)}</EventIdentification>"
    )


def _time(seconds: float) -> str:
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(whole))}.{milliseconds:03}Z"


@lru_cache(maxsize=1024)
def _participant(one: Participant) -> str:
    kind = one.access_point_type or _kind(one.access_point)
    place = (
        f' NetworkAccessPointID="{escape(one.access_point)}" NetworkAccessPointTypeCode="{kind}"'
        if one.access_point
        else ""
    )
    media = (
        f"<MediaIdentifier>{_code('MediaType', one.media)}</MediaIdentifier>" if one.media else ""
    )
    return (
        f'<ActiveParticipant UserID="{escape(one.user_id)}"'
        f"{_attribute('AlternativeUserID', one.alternative_user_id)}"
        f"{_attribute('UserName', one.user_name)}"
        f' UserIsRequestor="{str(one.is_requestor).lower()}"{place}>'
        f"{_codes('RoleIDCode', one.roles)}{media}</ActiveParticipant>"
    )


def _kind(access_point: str) -> AccessPoint:
    is_address = ":" in access_point or re.fullmatch(r"[\d.]+", access_point)
    return AccessPoint.IP if is_address else AccessPoint.NAME


@lru_cache(maxsize=16)
def _source(source: AuditSource) -> str:
    types = "".join(f'<AuditSourceTypeCode csd-code="{escape(t)}"/>' for t in source.types)
    return (
        f'<AuditSourceIdentification AuditSourceID="{escape(source.id)}"'
        f"{_attribute('AuditEnterpriseSiteID', source.enterprise_site)}>{types}"
        "</AuditSourceIdentification>"
    )


def _object(one: Participated) -> str:
    life_cycle = "" if one.life_cycle is None else str(one.life_cycle)
    return (
        f'<ParticipantObjectIdentification ParticipantObjectID="{escape(one.id)}"'
        f' ParticipantObjectTypeCode="{one.type}" ParticipantObjectTypeCodeRole="{one.role}"'
        f"{_attribute('ParticipantObjectDataLifeCycle', life_cycle)}>"
        f"{_code('ParticipantObjectIDTypeCode', one.id_type)}{_name_or_query(one)}"
        f"{''.join(map(_detail, one.details))}</ParticipantObjectIdentification>"
    )


def _name_or_query(one: Participated) -> str:
    if one.query is not None:
        return f"<ParticipantObjectQuery>{_base64(one.query)}</ParticipantObjectQuery>"
    return f"<ParticipantObjectName>{escape(one.name or one.id)}</ParticipantObjectName>"


def _detail(detail: Detail) -> str:
    value = _base64(_ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", detail.value).encode())
    return f'<ParticipantObjectDetail type="{escape(detail.type)}" value="{value}"/>'


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")
