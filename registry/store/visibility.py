"""What a query may see at all: one predicate for every kind of objects.

What a policy hides is hidden here too, in the same statement. A statement depends on the shape of a
view only; its values are bound (`binds`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    FromClause,
    and_,
    bindparam,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
)

from ihe_profiles.policy import view as nodes
from ihe_profiles.policy.view import View
from registry.store import authors, codes
from registry.store.numbers import CodeAttribute
from registry.store.tables import consent, document_author, document_code, patient

NOW: Final = "policy_now"
_PREFIX: Final = "policy"


def visible(objects: FromClause) -> ColumnElement[bool]:
    """Say that a row of the objects is not withdrawn; every query asks it of whatever it returns.

    An Association is withdrawn together with the object at either end of it.
    """
    return objects.c.withdrawn.is_(None)


@dataclass(frozen=True, slots=True)
class Shape:
    """What decides the SQL of a view: the kinds of its nodes, and of each leaf what is no value."""

    node: type
    parts: tuple[Shape, ...] = ()
    detail: Any = None


WHOLE: Final = Shape(nodes.AllOf)
"""The shape of a view that shows everything."""


@lru_cache(maxsize=1024)  # hashing a view is faster than walking it
def shape(view: View) -> Shape:
    """Return the shape of a view."""
    if isinstance(view, nodes.AllOf | nodes.AnyOf):
        return Shape(type(view), tuple(map(shape, view.parts)))
    if isinstance(view, nodes.Not):
        return Shape(nodes.Not, (shape(view.part),))
    return Shape(type(view), detail=_LEAVES[type(view)].detail(view))


def binds(view: View, now: int) -> dict[str, Any]:
    """Return the values that the statements of a view compare with, at a 14-digit UTC time."""
    return {**_bound(view), NOW: now}


@lru_cache(maxsize=1024)
def _bound(view: View) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for number, leaf in enumerate(_leaves(view)):
        found |= _LEAVES[type(leaf)].bind(leaf, f"{_PREFIX}_{number}")
    return found


def shown(wanted: Shape, entry: FromClause) -> ColumnElement[bool]:
    """Say that a view of this shape shows a row of the DocumentEntries; never null.

    A Folder or SubmissionSet is taken for an entry without codes and authors.
    """
    return _compiled(wanted, entry, iter(range(1 << 16)))


def _compiled(wanted: Shape, entry: FromClause, numbers: Iterator[int]) -> ColumnElement[bool]:
    if wanted.node in _LEAVES:
        name = f"{_PREFIX}_{next(numbers)}"
        return _LEAVES[wanted.node].condition(wanted, entry, name)
    parts = [_compiled(part, entry, numbers) for part in wanted.parts]
    if wanted.node is nodes.Not:
        return not_(parts[0])
    return and_(true(), *parts) if wanted.node is nodes.AllOf else or_(false(), *parts)


def _leaves(view: View) -> Iterator[View]:
    if isinstance(view, nodes.AllOf | nodes.AnyOf):
        for part in view.parts:
            yield from _leaves(part)
    elif isinstance(view, nodes.Not):
        yield from _leaves(view.part)
    else:
        yield view


@dataclass(frozen=True, slots=True)
class _Leaf:
    """How a leaf becomes SQL; each condition is true or false, never null."""

    condition: Callable[[Shape, FromClause, str], ColumnElement[bool]]
    bind: Callable[[Any, str], dict[str, Any]]
    detail: Callable[[Any], Any] = lambda leaf: None


def _identities(pairs: tuple[tuple[str, str], ...]) -> list[str]:
    return [codes.identity(scheme, code) for scheme, code in pairs]


def _labelled(_wanted: Shape, entry: FromClause, name: str) -> ColumnElement[bool]:
    if not _is_entry(entry):
        return false()
    own = document_code.alias().c
    return _found(
        own.patient == entry.c.patient,
        own.document == entry.c.key,
        own.attribute == CodeAttribute.CONFIDENTIALITY_CODE.value,
        own.code.in_(codes.matching(name)),
    )


def _coded(wanted: Shape, entry: FromClause, name: str) -> ColumnElement[bool]:
    if not _is_entry(entry):
        return false()
    column = entry.c[wanted.detail.value]
    return func.coalesce(column.in_(codes.matching(name)), false())


def _authored(_wanted: Shape, entry: FromClause, name: str) -> ColumnElement[bool]:
    if not _is_entry(entry):
        return false()
    own = document_author.alias().c
    return _found(
        own.patient == entry.c.patient,
        own.document == entry.c.key,
        own.identity.in_(bindparam(name, expanding=True)),
    )


def _of_patient(_wanted: Shape, entry: FromClause, name: str) -> ColumnElement[bool]:
    own, named = patient.alias(), patient.alias()
    return _found(
        named.c.authority == bindparam(f"{name}_authority"),
        named.c.identifier == bindparam(f"{name}_id"),
        own.c.key == entry.c.patient,
        _survivor(own) == _survivor(named),
    )


def _consented(wanted: Shape, entry: FromClause, name: str) -> ColumnElement[bool]:
    own, said = patient.alias(), consent.alias()
    about = said.c.whom.in_(bindparam(f"{name}_whom", expanding=True)) if wanted.detail else true()
    return _found(
        own.c.key == entry.c.patient,
        said.c.patient == _survivor(own),
        said.c.kind == bindparam(f"{name}_kind"),
        in_force(said),
        about,
        or_(said.c.before.is_(None), said.c.before > _time(entry)),
        or_(said.c.item.is_(None), said.c.item == entry.c.entry_uuid),
    )


def in_force(said: FromClause) -> ColumnElement[bool]:
    """Say that a consent was not taken back and is not over."""
    until = said.c.until
    return said.c.ended_by.is_(None) & or_(until.is_(None), until > bindparam(NOW))


def _found(*wanted: ColumnElement[bool]) -> ColumnElement[bool]:
    """Look for something by itself, for each row: OFFSET keeps PostgreSQL from joining instead.

    Of a join it would not know that indexes lead to the few that are wanted.
    """
    return select(literal_column("1")).where(*wanted).offset(literal_column("0")).exists()


def _is_entry(objects: FromClause) -> bool:
    return "service_start_time" in objects.c


def _time(objects: FromClause) -> ColumnElement[int]:
    """Return when the care of an entry began, or a SubmissionSet was made; 0: nobody knows."""
    names = ("service_start_time", "creation_time", "submission_time")
    known = [objects.c[name] for name in names if name in objects.c]
    return func.coalesce(*known, 0) if known else literal(0)


def _survivor(of: FromClause) -> ColumnElement[int]:
    found: ColumnElement[int] = func.coalesce(of.c.survivor, of.c.key)
    return found


_LEAVES: Final[dict[type, _Leaf]] = {
    nodes.Labelled: _Leaf(_labelled, lambda leaf, name: {name: _identities(leaf.codes)}),
    nodes.Coded: _Leaf(
        _coded, lambda leaf, name: {name: _identities(leaf.codes)}, lambda leaf: leaf.attribute
    ),
    nodes.AuthoredBy: _Leaf(
        _authored, lambda leaf, name: {name: [authors.joined(*one) for one in leaf.identities]}
    ),
    nodes.OfPatient: _Leaf(
        _of_patient,
        lambda leaf, name: {f"{name}_authority": leaf.identity[0], f"{name}_id": leaf.identity[1]},
    ),
    nodes.Consented: _Leaf(
        _consented,
        lambda leaf, name: {
            f"{name}_kind": leaf.kind.value,
            **({} if leaf.whom is None else {f"{name}_whom": list(leaf.whom)}),
        },
        lambda leaf: leaf.whom is not None,
    ),
}
