"""Small integers that stand in the tables for the standard's URNs and kinds."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from ihe_profiles.xds.vocabulary import (
    ON_DEMAND,
    STABLE,
    AssociationType,
    DocumentAvailability,
    FrenchStatus,
    Status,
)


class Kind(IntEnum):
    """The four kinds of registry objects."""

    SUBMISSION_SET = 1
    DOCUMENT_ENTRY = 2
    FOLDER = 3
    ASSOCIATION = 4


class Scheme(IntEnum):
    """What an identifier is: an object may have a uniqueId that equals its own entryUUID."""

    ENTRY_UUID = 1
    UNIQUE_ID = 2


class CodeAttribute(IntEnum):
    """The coded attributes of a DocumentEntry that have several values."""

    EVENT_CODE_LIST = 1
    CONFIDENTIALITY_CODE = 2


STATUS: Final[dict[str, int]] = {
    Status.APPROVED: 1,
    Status.DEPRECATED: 2,
    FrenchStatus.ARCHIVED: 3,
    FrenchStatus.DELETED: 4,
}
OBJECT_TYPE: Final[dict[str, int]] = {STABLE: 1, ON_DEMAND: 2}
AVAILABILITY: Final[dict[str, int]] = {
    DocumentAvailability.ONLINE: 1,
    DocumentAvailability.OFFLINE: 2,
}
ASSOCIATION_TYPE: Final[dict[str, int]] = {
    AssociationType.HAS_MEMBER: 1,
    AssociationType.RPLC: 2,
    AssociationType.XFRM: 3,
    AssociationType.APND: 4,
    AssociationType.XFRM_RPLC: 5,
    AssociationType.SIGNS: 6,
    AssociationType.IS_SNAPSHOT_OF: 7,
}

STATUS_URN: Final = {number: urn for urn, number in STATUS.items()}
OBJECT_TYPE_URN: Final = {number: urn for urn, number in OBJECT_TYPE.items()}
ASSOCIATION_TYPE_URN: Final = {number: urn for urn, number in ASSOCIATION_TYPE.items()}

APPROVED: Final = STATUS[Status.APPROVED]
DEPRECATED: Final = STATUS[Status.DEPRECATED]
