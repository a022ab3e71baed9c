"""What the statements of the stored queries are made of."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import CTE, ColumnElement, FromClause, Select, bindparam, select, union, union_all

from ihe_profiles.xds.vocabulary import AssociationType
from registry.queries.filters import Form
from registry.store.leaves import TABLES, Part, columns
from registry.store.numbers import ASSOCIATION_TYPE, Kind, Scheme
from registry.store.tables import association, further_patient

IS_MEMBERSHIP: Final = association.c.type == ASSOCIATION_TYPE[AssociationType.HAS_MEMBER]
LISTED_PATIENTS: Final = "patients"
LISTED_IDS: Final = "ids"


def scheme(parameter: str) -> Scheme:
    """Return what kind of ids a parameter lists."""
    return Scheme.UNIQUE_ID if parameter.endswith("UniqueId") else Scheme.ENTRY_UUID


def listed_in(patient: ColumnElement[int], id_: ColumnElement[str]) -> ColumnElement[bool]:
    """Say that an id is listed, and its patient is among those under whom the ids are found."""
    patients: ColumnElement[Any] = bindparam(LISTED_PATIENTS, expanding=True)
    return patient.in_(patients) & id_.in_(bindparam(LISTED_IDS, expanding=True))


def named(kind: Kind, parameter: str) -> ColumnElement[bool]:
    """Say that an object is one of those whose ids the parameter lists."""
    own = TABLES[kind].c
    column = own.unique_id if scheme(parameter) is Scheme.UNIQUE_ID else own.entry_uuid
    return listed_in(own.patient, column)


def matching(
    form: Form, kind: Kind, part: Part, *wanted: ColumnElement[bool]
) -> Select[*tuple[Any, ...]]:
    """Select the objects that fulfil the conditions."""
    return select(*columns(kind, part)).where(form.visible(kind), *wanted)


def among(
    kind: Kind, part: Part, found: CTE, *wanted: ColumnElement[bool]
) -> Select[*tuple[Any, ...]]:
    """Select the objects that were found."""
    own = TABLES[kind].c
    return (
        select(*columns(kind, part))
        .join(found, (own.patient == found.c.patient) & (own.key == found.c.key))
        .where(*wanted)
    )


def objects(form: Form, kind: Kind, *wanted: ColumnElement[bool]) -> CTE:
    """Find the objects that fulfil the conditions."""
    own = TABLES[kind].c
    return (
        select(own.patient, own.key, own.entry_uuid)
        .where(form.visible(kind), *wanted)
        .cte(f"found_{TABLES[kind].name}")
    )


def together(*some: CTE) -> CTE:
    """Join what was found of several kinds."""
    return union_all(*(select(one) for one in some)).cte("together")


def members(form: Form, holders: CTE, *wanted: ColumnElement[bool]) -> CTE:
    """Find the HasMember Associations from the objects."""
    return _from(form, holders).where(IS_MEMBERSHIP, *wanted).cte("members")


def held(form: Form, kind: Kind, links: CTE, *wanted: ColumnElement[bool]) -> CTE:
    """Find the targets of the Associations that are of this kind and fulfil the conditions."""
    own = TABLES[kind].c
    return (
        select(own.patient, own.key, own.entry_uuid)
        .join(links, (own.patient == links.c.target_patient) & (own.entry_uuid == links.c.target))
        .where(form.visible(kind), *wanted)
        .distinct()
        .cte(f"held_{TABLES[kind].name}")
    )


def holders(form: Form, kind: Kind, links: CTE) -> CTE:
    """Find the sources of the Associations that are of this kind."""
    own = TABLES[kind].c
    return (
        select(own.patient, own.key, own.entry_uuid)
        .join(links, (own.patient == links.c.patient) & (own.entry_uuid == links.c.source))
        .where(form.visible(kind))
        .distinct()
        .cte(f"holding_{TABLES[kind].name}")
    )


def link(form: Form, joined: FromClause = association) -> Select[*tuple[Any, ...]]:
    """Select of Associations what tells where they and their ends are found."""
    own = association.c
    place = (own.patient, own.key, own.entry_uuid)
    return (
        select(*place, own.source, own.target, own.target_patient)
        .select_from(joined)
        .where(form.visible(Kind.ASSOCIATION))
    )


def touching(form: Form, ends: CTE, *wanted: ColumnElement[bool]) -> CTE:
    """Find the Associations of which an object is source or target."""
    arms = (_from(form, ends), _to(form, ends), _to_from_elsewhere(form, ends))
    return union(*(arm.where(*wanted) for arm in arms)).cte("touching")


def leading_to(form: Form, ends: CTE, *wanted: ColumnElement[bool]) -> CTE:
    """Find the Associations of which an object is the target."""
    arms = (_to(form, ends), _to_from_elsewhere(form, ends))
    return union(*(arm.where(*wanted) for arm in arms)).cte("leading")


def _from(form: Form, ends: CTE) -> Select[*tuple[Any, ...]]:
    own = association.c
    return link(
        form,
        association.join(ends, (own.patient == ends.c.patient) & (own.source == ends.c.entry_uuid)),
    )


def _to(form: Form, ends: CTE) -> Select[*tuple[Any, ...]]:
    own = association.c
    return link(
        form,
        association.join(ends, (own.patient == ends.c.patient) & (own.target == ends.c.entry_uuid)),
    )


def _to_from_elsewhere(form: Form, ends: CTE) -> Select[*tuple[Any, ...]]:
    """Look under the other patients from whom an object is referred to.

    These are found first, each once: SQLite, which counts nothing, might begin at the other end.
    """
    own, elsewhere = association.c, further_patient.c
    is_place = (elsewhere.value == ends.c.entry_uuid) & (
        elsewhere.scheme == Scheme.ENTRY_UUID.value
    )
    places = (
        select(elsewhere.patient, elsewhere.value)
        .join(ends, is_place)
        .distinct()
        .cte(f"{ends.name}_elsewhere")
    )
    return link(
        form,
        association.join(
            places, (own.patient == places.c.patient) & (own.target == places.c.value)
        ),
    )
