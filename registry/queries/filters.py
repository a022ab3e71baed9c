"""Parameters of stored queries as conditions in SQL (ITI TF-2 3.18.4.1.2.3.5).

The groups of a parameter must all match, each by any of its values. A parameter that stands in
place of another leaves out what that one would match.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, false, func, not_

from ihe_profiles.xds import queries
from ihe_profiles.xds.errors import refuse
from ihe_profiles.xds.phrases import phrase
from ihe_profiles.xds.queries import BY_NAME, StoredQuery, StoredQueryCall
from registry.queries.filter_table import FILTERS, Filter
from registry.store import betrayal, visibility
from registry.store.numbers import Kind

Shape = tuple[tuple[str, tuple[int, ...]], ...]
"""The parameters that a call filters by, and the number of conditions of each group of theirs."""

VALUES: Final = 1000
"""The most values that one parameter compares with."""
PATTERNS: Final = 100
"""The most patterns of one parameter."""
SLOTS: Final = 20
"""The most groups of one parameter: PostgreSQL plans a hundred of them for seconds."""

_PREFIXES: Final = {
    Kind.SUBMISSION_SET: "SubmissionSet.",
    Kind.DOCUMENT_ENTRY: "DocumentEntry.",
    Kind.FOLDER: "Folder.",
    Kind.ASSOCIATION: "Association.",
}


@dataclass(frozen=True, slots=True)
class Form:
    """What decides the SQL of a call.

    `by` is the parameter that says where to look: a patient or ids. Without one the query looks
    under all patients, from group `start[1]` of the filter `start[0]`. `view` is what the requester
    may see.
    """

    query: str
    by: str
    shape: Shape
    start: tuple[str, int] = ("", 0)
    view: visibility.Shape = visibility.WHOLE

    @property
    def stored_query(self) -> StoredQuery:
        """The row of the table."""
        return BY_NAME[self.query]

    def visible(self, kind: Kind) -> ColumnElement[bool]:
        """Say that an object of one kind is there for the requester."""
        return betrayal.visible_to(self.view, kind)

    def conditions(self, kind: Kind) -> list[ColumnElement[bool]]:
        """Return what the filters ask of objects of one kind."""
        query = self.stored_query
        return [
            _combined(query, name, list(self._groups(name, counts)))
            for name, counts in self.shape
            if query.by_name[name].attribute.startswith(_PREFIXES[kind])
        ]

    def _groups(self, name: str, counts: tuple[int, ...]) -> Iterator[ColumnElement[bool]]:
        row = _filter(self.stored_query, name)
        for number, count in enumerate(counts):
            across = row.across if (name, number) == self.start else None
            yield (across or row.condition)(_bound(name, number), count)


def shape(call: StoredQueryCall, but: Collection[str]) -> Shape:
    """Return the shape of a call; the parameters `but` are no filters.

    Raises Refusal when a parameter has more values than one statement should hold.
    """
    found = []
    for name, groups in call.values.items():
        if name in but or call.query.by_name[name].kind is queries.Kind.INTEGER:
            continue
        separate = _filter(call.query, name).separate
        require_few(call, name, PATTERNS if separate else VALUES)
        found.append((name, tuple(len(group) if separate else 1 for group in groups)))
    return tuple(sorted(found))


def require_few(call: StoredQueryCall, name: str, limit: int = VALUES) -> None:
    """Raise Refusal when a parameter has more values, or slots, than one statement should hold."""
    groups = call.all_of(name)
    number = sum(map(len, groups))
    if len(groups) > SLOTS or number > limit:
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


def start_codes(call: StoredQueryCall, start: tuple[str, int]) -> str | None:
    """Return the name of the bound codes that the query starts from, None where these are none."""
    return _bound(*start) if _filter(call.query, start[0]).coded else None


def binds(call: StoredQueryCall, wanted: Shape) -> dict[str, Any]:
    """Return the values that the conditions of a call compare with."""
    found: dict[str, Any] = {}
    for name, _counts in wanted:
        bind = _filter(call.query, name).bind
        for number, group in enumerate(call.values[name]):
            found |= bind(_bound(name, number), group)
    return found


def _combined(
    query: StoredQuery, name: str, groups: list[ColumnElement[bool]]
) -> ColumnElement[bool]:
    wanted = and_(*groups)
    if query.by_name[name].instead_of:
        return not_(func.coalesce(wanted, false()))  # what has no such attribute is not left out
    return wanted


def _filter(query: StoredQuery, name: str) -> Filter:
    parameter = query.by_name[name]
    return FILTERS[parameter.attribute, parameter.kind]


def _bound(name: str, number: int) -> str:
    return f"{name.removeprefix('$')}_{number}"
