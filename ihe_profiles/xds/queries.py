"""Stored-query requests: from slots of text to typed parameters (ITI TF-2 3.18.4.1.2.3).

ITI-51 asks in the same way, by other queries (3.51.4.1.2).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from ihe_profiles.xds.errors import Refusal, RegistryError, error, refuse
from ihe_profiles.xds.phrases import phrase
from ihe_profiles.xds.query_syntax import (
    FORMS,
    READERS,
    CodeValue,
    Malformed,
    Value,
    is_pattern,
    read_literals,
)
from ihe_profiles.xds.query_table import (
    BY_ID,
    BY_NAME,
    STORED_QUERIES,
    Kind,
    Parameter,
    StoredQuery,
)
from ihe_profiles.xds.vocabulary import Status

__all__ = [
    "BY_ID",
    "BY_NAME",
    "STORED_QUERIES",
    "CodeValue",
    "Kind",
    "Parameter",
    "Request",
    "ReturnType",
    "StoredQuery",
    "StoredQueryCall",
    "Value",
    "is_pattern",
    "parse",
]

Group = tuple[Value, ...]
"""Values any of which may match."""


STATUSES: Final = frozenset(Status)
"""The values of availabilityStatus that every domain knows."""


class ReturnType(StrEnum):
    """What a query returns: whole objects or their ids (3.18.4.1.2.2)."""

    LEAF_CLASS = "LeafClass"
    OBJECT_REF = "ObjectRef"


@dataclass(frozen=True, slots=True)
class Request:
    """A query as it was sent: `slots` are (name, texts) pairs in order, names may be repeated."""

    query_id: str
    return_type: str = ReturnType.LEAF_CLASS
    home: str | None = None
    slots: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class StoredQueryCall:
    """A query understood.

    `values` maps each parameter that was given (or has a default) to groups: all groups must match,
    by any value of each. Only conjunctive parameters have more than one group. Times are 14-digit
    integers, the lowest of what was named. `ignored` lists the names that the query does not know.
    """

    query: StoredQuery
    return_type: ReturnType
    home: str | None
    values: Mapping[str, tuple[Group, ...]]
    ignored: tuple[str, ...] = ()

    def one(self, name: str) -> Value | None:
        """Return the value of a single-valued parameter, None when it was not given."""
        groups = self.values.get(name)
        return groups[0][0] if groups else None

    def any_of(self, name: str) -> Group:
        """Return the values of a parameter that has one group, () when it was not given."""
        groups = self.values.get(name)
        return groups[0] if groups else ()

    def all_of(self, name: str) -> tuple[Group, ...]:
        """Return the groups of a conjunctive parameter, () when it was not given."""
        return self.values.get(name, ())


def parse(
    request: Request,
    transaction: str = "ITI-18",
    *,
    update: bool = False,
    statuses: Collection[str] = STATUSES,
) -> StoredQueryCall:
    """Understand a query that came by a transaction.

    `update`: the registry offers the Metadata Update option. `statuses`: the values of
    availabilityStatus that the domain knows; others are passed over.

    Raises Refusal with everything that is wrong: `unknown-stored-query`,
    `query-of-another-transaction`, `query-return-type`, `stored-query-syntax`,
    `stored-query-param-number`, `stored-query-missing-param`.
    """
    query = _query(request.query_id, transaction)
    problems = _Problems(query, statuses)
    if request.return_type not in _RETURN_TYPES:
        problems.errors.append(error("query-return-type", value=request.return_type))
    slots, ignored = _sort_slots(query, request, update=update)
    given = {name: _groups(query.by_name[name], texts, problems) for name, texts in slots.items()}
    values = {name: groups for name, groups in given.items() if groups}
    _check_presence(query, given, problems, update=update)
    if problems.errors:
        raise Refusal(*problems.errors)
    replaced = {query.by_name[name].instead_of for name in values}
    for row in query.parameters:
        if row.default and row.name not in replaced:
            values.setdefault(row.name, (row.default,))
    return_type = ReturnType(request.return_type)
    return StoredQueryCall(query, return_type, request.home, values, ignored)


def _query(query_id: str, transaction: str) -> StoredQuery:
    query = BY_ID.get(query_id.lower())
    if query is None:
        raise refuse("unknown-stored-query", value=query_id)
    if query.transaction != transaction:
        raise refuse(
            "query-of-another-transaction",
            value=query_id,
            query=query.name,
            transaction=transaction,
            other=query.transaction,
        )
    return query


_RETURN_TYPES: Final = frozenset(ReturnType)
Groups = tuple[Group, ...]


class _Problems:
    """Collects what is wrong with one query, and which parameters have been blamed already."""

    def __init__(self, query: StoredQuery, statuses: Collection[str]) -> None:
        self.query = query
        self.statuses = statuses
        self.errors: list[RegistryError] = []
        self.blamed: set[str] = set()

    def add(self, key: str, parameter: str, **fields: Any) -> None:
        self.blamed.add(parameter)
        self.errors.append(
            error(
                key,
                query=self.query.name,
                section=self.query.section,
                parameter=parameter,
                **fields,
            )
        )


def _sort_slots(
    query: StoredQuery, request: Request, *, update: bool
) -> tuple[dict[str, list[tuple[str, ...]]], tuple[str, ...]]:
    """Gather the slots of each parameter of the query, and the names of all others."""
    known: dict[str, list[tuple[str, ...]]] = {}
    ignored = []
    for name, texts in request.slots:
        parameter = query.by_name.get(name)
        if parameter is None or (parameter.update and not update):
            ignored.append(name)
        else:
            known.setdefault(name, []).append(texts)
    return known, tuple(dict.fromkeys(ignored))


def _groups(parameter: Parameter, slots: list[tuple[str, ...]], problems: _Problems) -> Groups:
    """Read the slots of one parameter; empty when nothing in them is understood."""
    if len(slots) > 1 and not parameter.conjunctive:
        _add_number(
            problems,
            parameter,
            phrase("comes in {number} slots", number=len(slots)),
            "Put all values into one.",
        )
        return ()
    found = (tuple(_values(parameter, texts, problems)) for texts in slots)
    groups = tuple(group for group in found if group)
    if groups and len(groups[0]) > 1 and not parameter.multiple:
        _add_number(
            problems,
            parameter,
            phrase("has {number} values", number=len(groups[0])),
            "Give it exactly one.",
        )
    return groups


def _add_number(problems: _Problems, parameter: Parameter, problem: str, rule: str) -> None:
    problems.add("stored-query-param-number", parameter.name, problem=problem, rule=rule)


def _values(parameter: Parameter, texts: Iterable[str], problems: _Problems) -> Iterator[Value]:
    """Type the values of one slot, passing over a status that the domain does not know."""
    read = READERS[parameter.kind]
    for text in texts:
        try:
            values = [read(literal) for literal in read_literals(text)]
        except Malformed as problem:
            form = FORMS[parameter.kind]
            problems.add(
                "stored-query-syntax", parameter.name, value=text, problem=problem, form=form
            )
            continue
        is_status = parameter.kind is Kind.STATUS
        yield from (value for value in values if not is_status or value in problems.statuses)


def _check_presence(
    query: StoredQuery, given: Mapping[str, Groups], problems: _Problems, *, update: bool
) -> None:
    """Judge which parameters came: what is needed, and what excludes each other."""
    for row in query.parameters:
        understood = given.get(row.name) or row.name in problems.blamed
        without_any = row.kind is Kind.STATUS and row.name in given
        if not understood and (row.required or without_any):
            problem = "no value of which is understood" if row.name in given else "which is absent"
            problems.add("stored-query-missing-param", row.name, problem=problem)
        if row.instead_of in given and row.name in given:
            _add_together(problems, (row.instead_of, row.name), "Give at most one of them.")
    ids = tuple(name for name in query.one_of if update or not query.by_name[name].update)
    for names in (ids, query.some_of):
        if names and not any(given.get(name) or name in problems.blamed for name in names):
            choice = " or ".join(names)
            problems.add("stored-query-missing-param", choice, problem="none of which has a value")
    several = tuple(name for name in ids if name in given)
    if len(several) > 1:
        _add_together(
            problems, several, phrase("Give exactly one of {choice}.", choice=" or ".join(ids))
        )


def _add_together(problems: _Problems, names: Iterable[str], rule: str) -> None:
    problems.add(
        "stored-query-param-number",
        " and ".join(names),
        problem="are given together",
        rule=rule,
    )
