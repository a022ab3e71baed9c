"""Parameters of stored queries as conditions in SQL: a row for each attribute and way to compare.

The groups of a parameter must all match, each by any of its values (ITI TF-2 3.18.4.1.2.3.5).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Table, bindparam, exists, or_

from ihe_profiles.xds.errors import refuse
from ihe_profiles.xds.phrases import phrase
from ihe_profiles.xds.queries import CodeValue, Kind, StoredQuery, StoredQueryCall, Value
from registry.store import codes
from registry.store.numbers import OBJECT_TYPE, STATUS, CodeAttribute
from registry.store.pattern import Pattern, matches
from registry.store.tables import document_author, document_code, document_entry

Group = tuple[Value, ...]
Shape = tuple[tuple[str, tuple[int, ...]], ...]
"""The parameters that a call filters by, and the number of conditions of each group of theirs."""

VALUES: Final = 1000
"""The most values that the filters of one query compare with."""
PATTERNS: Final = 100
"""The most patterns of one parameter."""
SLOTS: Final = 20
"""The most groups of one parameter: PostgreSQL plans a hundred of them for seconds."""


@dataclass(frozen=True, slots=True)
class Filter:
    """How one attribute is compared with one group.

    `condition` gets the name of the group's first bound value and the number of its conditions;
    `bind` makes the bound values. `separate`: each value is a condition of its own.
    """

    condition: Callable[[str, int], ColumnElement[bool]]
    bind: Callable[[str, Group], dict[str, Any]]
    separate: bool = False


def shape(call: StoredQueryCall, but: Collection[str]) -> Shape:
    """Return the shape of a call, which decides its SQL; the parameters `but` are no filters.

    Raises Refusal when a parameter has more values than one statement should hold.
    """
    found = []
    for name, groups in call.values.items():
        if name in but:
            continue
        separate = _filter(call.query, name).separate
        counts = tuple(len(group) if separate else 1 for group in groups)
        number = sum(map(len, groups))
        if len(groups) > SLOTS or number > (PATTERNS if separate else VALUES):
            raise refuse(
                "stored-query-param-number",
                query=call.query.name,
                parameter=name,
                problem=phrase(
                    "has {number} values in {slots} slots", number=number, slots=len(groups)
                ),
                rule=phrase(
                    "Give at most {values} values, {patterns} patterns and {slots} slots.",
                    values=VALUES,
                    patterns=PATTERNS,
                    slots=SLOTS,
                ),
                section=call.query.section,
            )
        found.append((name, counts))
    return tuple(sorted(found))


def conditions(query: StoredQuery, wanted: Shape) -> list[ColumnElement[bool]]:
    """Return the conditions of a shape."""
    return [
        _filter(query, name).condition(_bound(name, number), count)
        for name, counts in wanted
        for number, count in enumerate(counts)
    ]


def binds(call: StoredQueryCall, wanted: Shape) -> dict[str, Any]:
    """Return the values that the conditions of a call compare with."""
    found: dict[str, Any] = {}
    for name, _counts in wanted:
        bind = _filter(call.query, name).bind
        for number, group in enumerate(call.values[name]):
            found |= bind(_bound(name, number), group)
    return found


def _filter(query: StoredQuery, name: str) -> Filter:
    parameter = query.by_name[name]
    return FILTERS[parameter.attribute, parameter.kind]


def _bound(name: str, number: int) -> str:
    return f"{name.removeprefix('$')}_{number}"


def _number(column: Column[int], numbers: Mapping[str, int]) -> Filter:
    """Compare with URNs that the column holds as numbers; an unknown one matches nothing."""
    return Filter(
        lambda name, _count: column.in_(bindparam(name, expanding=True)),
        lambda name, group: {name: [numbers[str(v)] for v in group if v in numbers]},
    )


def _identities(name: str, group: Group) -> dict[str, Any]:
    found = [codes.identity(v.scheme, v.code) for v in group if isinstance(v, CodeValue)]
    return {name: found}


def _code(column: Column[int]) -> Filter:
    return Filter(lambda name, _count: column.in_(codes.matching(name)), _identities)


def _codes(attribute: CodeAttribute) -> Filter:
    return Filter(
        lambda name, _count: _of_document(
            document_code,
            document_code.c.attribute == attribute.value,
            document_code.c.code.in_(codes.matching(name)),
        ),
        _identities,
    )


def _patterns(table: Table, column: Column[str]) -> Filter:
    return Filter(
        lambda name, count: _of_document(
            table,
            or_(*(matches(column, bindparam(f"{name}_{n}", type_=Pattern)) for n in range(count))),
        ),
        lambda name, group: {f"{name}_{n}": value for n, value in enumerate(group)},
        separate=True,
    )


def _of_document(table: Table, *wanted: ColumnElement[bool]) -> ColumnElement[bool]:
    """Say that the entry has a row in the table of one of its lists."""
    entry = document_entry.c
    return exists().where(table.c.patient == entry.patient, table.c.document == entry.key, *wanted)


def _from(column: Column[int]) -> Filter:
    """From <= value; a bound is not applied to an entry without the time (3.18.4.1.2.3.7.1)."""
    return Filter(lambda name, _count: or_(column.is_(None), column >= bindparam(name)), _single)


def _to(column: Column[int]) -> Filter:
    """Value < To."""
    return Filter(lambda name, _count: or_(column.is_(None), column < bindparam(name)), _single)


def _single(name: str, group: Group) -> dict[str, Any]:
    return {name: group[0]}


def _times(attribute: str, column: Column[int]) -> dict[tuple[str, Kind], Filter]:
    return {(attribute, Kind.TIME_FROM): _from(column), (attribute, Kind.TIME_TO): _to(column)}


_ENTRY: Final = document_entry.c

FILTERS: Final[dict[tuple[str, Kind], Filter]] = {
    ("DocumentEntry.availabilityStatus", Kind.STATUS): _number(_ENTRY.status, STATUS),
    ("DocumentEntry.objectType", Kind.TYPE): _number(_ENTRY.object_type, OBJECT_TYPE),
    ("DocumentEntry.classCode", Kind.CODE): _code(_ENTRY.class_code),
    ("DocumentEntry.typeCode", Kind.CODE): _code(_ENTRY.type_code),
    ("DocumentEntry.formatCode", Kind.CODE): _code(_ENTRY.format_code),
    ("DocumentEntry.practiceSettingCode", Kind.CODE): _code(_ENTRY.practice_setting_code),
    ("DocumentEntry.healthcareFacilityTypeCode", Kind.CODE): _code(
        _ENTRY.healthcare_facility_type_code
    ),
    ("DocumentEntry.eventCodeList", Kind.CODE): _codes(CodeAttribute.EVENT_CODE_LIST),
    ("DocumentEntry.confidentialityCode", Kind.CODE): _codes(CodeAttribute.CONFIDENTIALITY_CODE),
    ("DocumentEntry.authorPerson", Kind.LIKE): _patterns(document_author, document_author.c.person),
    **_times("DocumentEntry.creationTime", _ENTRY.creation_time),
    **_times("DocumentEntry.serviceStartTime", _ENTRY.service_start_time),
    **_times("DocumentEntry.serviceStopTime", _ENTRY.service_stop_time),
}
