"""GetSubmissionSetAndContents: a SubmissionSet and what it holds (ITI TF-2 3.18.4.1.2.3.7.10)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    bindparam,
    select,
    union_all,
)

from ihe_profiles.xds.queries import BY_NAME, ReturnType, StoredQueryCall
from ihe_profiles.xds.vocabulary import AssociationType
from registry.queries.filters import Shape, binds, conditions, shape
from registry.store import identifiers
from registry.store.batches import Rows
from registry.store.leaves import TABLES, columns
from registry.store.numbers import ASSOCIATION_TYPE, Kind, Scheme
from registry.store.tables import association, submission_set
from registry.store.visibility import visible

_QUERY: Final = BY_NAME["GetSubmissionSetAndContents"]
_BY: Final = {
    "$XDSSubmissionSetEntryUUID": (Scheme.ENTRY_UUID, submission_set.c.entry_uuid),
    "$XDSSubmissionSetUniqueId": (Scheme.UNIQUE_ID, submission_set.c.unique_id),
}


def get_submission_set_and_contents(
    connection: Connection, call: StoredQueryCall, limit: int
) -> Rows:
    """Find the patient of the SubmissionSet, then all of it: two round trips."""
    wanted = shape(call, but=_BY)
    (parameter,) = _BY.keys() & call.values.keys()
    scheme, _column = _BY[parameter]
    value = str(call.one(parameter))
    found = [patient for patient, _value in identifiers.places(connection, scheme, {value})]
    if not found:
        return ()
    terms = binds(call, wanted) | {"patients": found, "id": value, "limit": limit}
    return connection.execute(statement(call.return_type, parameter, wanted), terms).all()


@lru_cache(maxsize=64)
def statement(
    return_type: ReturnType, parameter: str, wanted: Shape
) -> CompoundSelect[*tuple[Any, ...]]:
    """Build the query once for each parameter and shape (section 3.18.4.1.2.3.7.10)."""
    chosen = _chosen(parameter)
    members = _members(chosen)
    entries = _reached(Kind.DOCUMENT_ENTRY, members, *conditions(_QUERY, wanted))
    folders = _reached(Kind.FOLDER, members)
    filings = _reached(
        Kind.ASSOCIATION,
        members,
        association.c.source.in_(select(folders.c.entry_uuid)),
        association.c.target.in_(select(entries.c.entry_uuid)),
    )
    kept = _kept(members, entries, folders, filings)
    found = {
        Kind.SUBMISSION_SET: (chosen,),
        Kind.DOCUMENT_ENTRY: (entries,),
        Kind.FOLDER: (folders,),
        Kind.ASSOCIATION: (kept, filings),
    }
    arms = [_objects(kind, return_type, ids) for kind, some in found.items() for ids in some]
    return union_all(*arms).order_by("key").limit(bindparam("limit"))


def _chosen(parameter: str) -> CTE:
    """The SubmissionSet."""
    _scheme, column = _BY[parameter]
    return (
        select(submission_set.c.patient, submission_set.c.key, submission_set.c.entry_uuid)
        .where(
            submission_set.c.patient.in_(bindparam("patients", expanding=True)),
            column == bindparam("id"),
            visible(submission_set),
        )
        .cte("chosen")
    )


def _members(chosen: CTE) -> CTE:
    """The HasMember Associations from the SubmissionSet."""
    has_member = ASSOCIATION_TYPE[AssociationType.HAS_MEMBER]
    return (
        select(
            association.c.patient,
            association.c.key,
            association.c.entry_uuid,
            association.c.target,
            association.c.target_patient,
        )
        .join(
            chosen,
            (association.c.patient == chosen.c.patient)
            & (association.c.source == chosen.c.entry_uuid),
        )
        .where(association.c.type == has_member, visible(association))
        .cte("members")
    )


def _reached(kind: Kind, members: CTE, *wanted: ColumnElement[bool]) -> CTE:
    """The members that are of this kind, and fulfil what is wanted."""
    own = TABLES[kind].c
    return (
        select(own.patient, own.key, own.entry_uuid)
        .join(
            members,
            (own.patient == members.c.target_patient) & (own.entry_uuid == members.c.target),
        )
        .where(visible(TABLES[kind]), *wanted)
        .cte(f"{TABLES[kind].name}_found")
    )


def _kept(members: CTE, *reached: CTE) -> CTE:
    """The members' Associations whose other end is returned."""
    targets = union_all(*(select(some.c.entry_uuid) for some in reached))
    return select(members.c.patient, members.c.key).where(members.c.target.in_(targets)).cte("kept")


def _objects(kind: Kind, return_type: ReturnType, ids: CTE) -> Select[*tuple[Any, ...]]:
    own = TABLES[kind].c
    return select(*columns(kind, return_type)).join(
        ids, (own.patient == ids.c.patient) & (own.key == ids.c.key)
    )
