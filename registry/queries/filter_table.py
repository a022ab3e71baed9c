"""How each attribute is compared: a row for each attribute and way to compare."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Table, bindparam, exists, or_, select, tuple_

from ihe_profiles.xds.metadata import ON_DEMAND
from ihe_profiles.xds.queries import CodeValue, Kind, Value
from registry.store import codes
from registry.store.numbers import (
    ASSOCIATION_TYPE,
    AVAILABILITY,
    OBJECT_TYPE,
    STATUS,
    CodeAttribute,
)
from registry.store.pattern import Pattern, matches
from registry.store.tables import (
    association,
    document_author,
    document_code,
    document_entry,
    document_reference,
    folder,
    folder_code,
    submission_set,
    submission_set_author,
)

Group = tuple[Value, ...]
Condition = Callable[[str, int], ColumnElement[bool]]
"""Gets the name of a group's first bound value, and the number of its conditions."""


@dataclass(frozen=True, slots=True)
class Filter:
    """How one attribute is compared with one group.

    `bind` makes the bound values. `separate`: each value is a condition of its own. `across` is the
    same condition written so that objects are found by it under all patients; codes are then bound
    by their keys (`coded`), so that a database knows how many objects each of them has.
    """

    condition: Condition
    bind: Callable[[str, Group], dict[str, Any]]
    separate: bool = False
    across: Condition | None = None
    coded: bool = False


def _number(column: Column[int], numbers: Mapping[str, int]) -> Filter:
    """Compare with URNs that the column holds as numbers; an unknown one matches nothing."""
    return Filter(
        lambda name, _count: column.in_(bindparam(name, expanding=True)),
        lambda name, group: {name: [numbers[str(v)] for v in group if v in numbers]},
    )


def _text(column: Column[str]) -> Filter:
    return Filter(
        lambda name, _count: column.in_(bindparam(name, expanding=True)),
        lambda name, group: {name: list(group)},
    )


def _identities(name: str, group: Group) -> dict[str, Any]:
    found = [codes.identity(v.scheme, v.code) for v in group if isinstance(v, CodeValue)]
    return {name: found}


def _code(column: Column[int]) -> Filter:
    return Filter(
        lambda name, _count: column.in_(codes.matching(name)),
        _identities,
        across=lambda name, _count: column.in_(bindparam(name, expanding=True)),
        coded=True,
    )


@dataclass(frozen=True, slots=True)
class _List:
    """The table of an attribute that has several values, and the objects that have them."""

    table: Table
    owner: Column[int]
    objects: Table

    def has(self, *wanted: ColumnElement[bool]) -> ColumnElement[bool]:
        """Look for a value of the object at hand."""
        own = self.objects.c
        return exists().where(self.table.c.patient == own.patient, self.owner == own.key, *wanted)

    def found(self, *wanted: ColumnElement[bool]) -> ColumnElement[bool]:
        """Look for the objects that have a value."""
        own = self.objects.c
        having = select(self.table.c.patient, self.owner).where(*wanted)
        return tuple_(own.patient, own.key).in_(having)


def _codes(values: _List, *attribute: ColumnElement[bool]) -> Filter:
    column = values.table.c.code
    return Filter(
        lambda name, _count: values.has(*attribute, column.in_(codes.matching(name))),
        _identities,
        across=lambda name, _count: values.found(
            *attribute, column.in_(bindparam(name, expanding=True))
        ),
        coded=True,
    )


def _patterns(values: _List, column: Column[str]) -> Filter:
    def wanted(name: str, count: int) -> ColumnElement[bool]:
        bound = (bindparam(f"{name}_{n}", type_=Pattern) for n in range(count))
        return or_(*(matches(column, pattern) for pattern in bound))

    return Filter(
        lambda name, count: values.has(wanted(name, count)),
        lambda name, group: {f"{name}_{n}": value for n, value in enumerate(group)},
        separate=True,
        across=lambda name, count: values.found(wanted(name, count)),
    )


def _single(name: str, group: Group) -> dict[str, Any]:
    return {name: group[0]}


def _times(
    attribute: str, column: Column[int], *unless: ColumnElement[bool]
) -> dict[tuple[str, Kind], Filter]:
    """From <= value < To; neither bound is applied to an object of which `unless` is true."""
    return {
        (attribute, Kind.TIME_FROM): Filter(
            lambda name, _count: or_(*unless, column >= bindparam(name)), _single
        ),
        (attribute, Kind.TIME_TO): Filter(
            lambda name, _count: or_(*unless, column < bindparam(name)), _single
        ),
    }


_ENTRY: Final = document_entry.c
_SET: Final = submission_set.c

_DOCUMENT_CODES: Final = _List(document_code, document_code.c.document, document_entry)
_DOCUMENT_AUTHORS: Final = _List(document_author, document_author.c.document, document_entry)
_REFERENCES: Final = _List(document_reference, document_reference.c.document, document_entry)
_SET_AUTHORS: Final = _List(
    submission_set_author, submission_set_author.c.submission_set, submission_set
)
_FOLDER_CODES: Final = _List(folder_code, folder_code.c.folder, folder)


def _document_codes(attribute: CodeAttribute) -> Filter:
    return _codes(_DOCUMENT_CODES, document_code.c.attribute == attribute.value)


FILTERS: Final[dict[tuple[str, Kind], Filter]] = {
    ("DocumentEntry.availabilityStatus", Kind.STATUS): _number(_ENTRY.status, STATUS),
    ("DocumentEntry.objectType", Kind.TYPE): _number(_ENTRY.object_type, OBJECT_TYPE),
    ("DocumentEntry.documentAvailability", Kind.AVAILABILITY): _number(
        _ENTRY.availability, AVAILABILITY
    ),
    ("DocumentEntry.classCode", Kind.CODE): _code(_ENTRY.class_code),
    ("DocumentEntry.typeCode", Kind.CODE): _code(_ENTRY.type_code),
    ("DocumentEntry.formatCode", Kind.CODE): _code(_ENTRY.format_code),
    ("DocumentEntry.practiceSettingCode", Kind.CODE): _code(_ENTRY.practice_setting_code),
    ("DocumentEntry.healthcareFacilityTypeCode", Kind.CODE): _code(
        _ENTRY.healthcare_facility_type_code
    ),
    ("DocumentEntry.eventCodeList", Kind.CODE): _document_codes(CodeAttribute.EVENT_CODE_LIST),
    ("DocumentEntry.confidentialityCode", Kind.CODE): _document_codes(
        CodeAttribute.CONFIDENTIALITY_CODE
    ),
    ("DocumentEntry.authorPerson", Kind.LIKE): _patterns(
        _DOCUMENT_AUTHORS, document_author.c.person
    ),
    ("DocumentEntry.referenceIdList", Kind.LIKE): _patterns(
        _REFERENCES, document_reference.c.value
    ),
    # 3.18.4.1.2.3.7.1: no creationTime of on-demand entries; no service time where there is none
    **_times(
        "DocumentEntry.creationTime",
        _ENTRY.creation_time,
        _ENTRY.object_type == OBJECT_TYPE[ON_DEMAND],
    ),
    **_times(
        "DocumentEntry.serviceStartTime",
        _ENTRY.service_start_time,
        _ENTRY.service_start_time.is_(None),
    ),
    **_times(
        "DocumentEntry.serviceStopTime",
        _ENTRY.service_stop_time,
        _ENTRY.service_stop_time.is_(None),
    ),
    ("SubmissionSet.availabilityStatus", Kind.STATUS): _number(_SET.status, STATUS),
    ("SubmissionSet.sourceId", Kind.TEXT): _text(_SET.source_id),
    ("SubmissionSet.authorPerson", Kind.LIKE): _patterns(
        _SET_AUTHORS, submission_set_author.c.person
    ),
    ("SubmissionSet.contentTypeCode", Kind.CODE): _code(_SET.content_type_code),
    **_times("SubmissionSet.submissionTime", _SET.submission_time),
    ("Folder.availabilityStatus", Kind.STATUS): _number(folder.c.status, STATUS),
    ("Folder.codeList", Kind.CODE): _codes(_FOLDER_CODES),
    **_times("Folder.lastUpdateTime", folder.c.last_update_time),
    ("Association.availabilityStatus", Kind.STATUS): _number(association.c.status, STATUS),
    ("Association.type", Kind.ASSOCIATION_TYPE): _number(association.c.type, ASSOCIATION_TYPE),
}
