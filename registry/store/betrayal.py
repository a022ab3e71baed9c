"""Which SubmissionSets, Folders and Associations would betray a hidden DocumentEntry.

An Association with a hidden end is hidden. A Folder or a SubmissionSet is shown when something that
is shown is among its members, and hidden when its members are hidden; without any it is judged like
an entry of its patient that has neither codes nor authors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import ColumnElement, FromClause, exists, not_, or_

from ihe_profiles.xds.vocabulary import AssociationType
from registry.store.numbers import ASSOCIATION_TYPE, Kind
from registry.store.tables import association, document_entry, folder, submission_set
from registry.store.visibility import WHOLE, Shape, shown, visible

_HAS_MEMBER: Final = ASSOCIATION_TYPE[AssociationType.HAS_MEMBER]


def visible_to(view: Shape, kind: Kind) -> ColumnElement[bool]:
    """Say that a row of the kind's table is neither withdrawn nor hidden from the requester."""
    table, is_shown = _KINDS[kind]
    if view == WHOLE:
        return visible(table)
    return visible(table) & is_shown(view, table)


def _folder(view: Shape, own: FromClause) -> ColumnElement[bool]:
    holds_hidden = _holds_entry(view, own, is_shown=False)
    return or_(_holds_entry(view, own, is_shown=True), not_(holds_hidden) & shown(view, own))


def _submission_set(view: Shape, own: FromClause) -> ColumnElement[bool]:
    """Members are entries, folders, and what relates or files entries."""
    holds = (_holds_entry, _holds_link_to, _holds_folder)
    hides = or_(*(member(view, own, is_shown=False) for member in holds))
    shows = or_(*(member(view, own, is_shown=True) for member in holds))
    return or_(shows, not_(hides) & shown(view, own))


def _link(view: Shape, own: FromClause) -> ColumnElement[bool]:
    """Either end may be an entry; the target also a folder, or a link between entries."""
    return not_(
        or_(
            _is_hidden_entry(view, own.c.patient, own.c.source),
            _is_hidden_entry(view, own.c.target_patient, own.c.target),
            _is_hidden_folder(view, own),
            _is_hidden_link(view, own),
        )
    )


_KINDS: Final[dict[Kind, tuple[FromClause, Callable[[Shape, FromClause], ColumnElement[bool]]]]] = {
    Kind.SUBMISSION_SET: (submission_set, _submission_set),
    Kind.DOCUMENT_ENTRY: (document_entry, shown),
    Kind.FOLDER: (folder, _folder),
    Kind.ASSOCIATION: (association, _link),
}


def _is_hidden_entry(
    view: Shape, patient: ColumnElement[int], uuid: ColumnElement[str]
) -> ColumnElement[bool]:
    entry = document_entry.alias()
    return exists().where(
        entry.c.patient == patient, entry.c.entry_uuid == uuid, not_(shown(view, entry))
    )


def _is_hidden_folder(view: Shape, own: FromClause) -> ColumnElement[bool]:
    found = folder.alias()
    return exists().where(
        found.c.patient == own.c.target_patient,
        found.c.entry_uuid == own.c.target,
        not_(_folder(view, found)),
    )


def _is_hidden_link(view: Shape, own: FromClause) -> ColumnElement[bool]:
    inner = association.alias()
    return exists().where(
        inner.c.patient == own.c.target_patient,
        inner.c.entry_uuid == own.c.target,
        or_(
            _is_hidden_entry(view, inner.c.patient, inner.c.source),
            _is_hidden_entry(view, inner.c.target_patient, inner.c.target),
        ),
    )


def _members(own: FromClause, link: FromClause) -> tuple[ColumnElement[bool], ...]:
    return (
        link.c.patient == own.c.patient,
        link.c.source == own.c.entry_uuid,
        link.c.type == _HAS_MEMBER,
        visible(link),
    )


def _holds_entry(view: Shape, own: FromClause, *, is_shown: bool) -> ColumnElement[bool]:
    link, entry = association.alias(), document_entry.alias()
    condition = shown(view, entry)
    return exists().where(
        *_members(own, link),
        entry.c.patient == link.c.target_patient,
        entry.c.entry_uuid == link.c.target,
        visible(entry),
        condition if is_shown else not_(condition),
    )


def _holds_folder(view: Shape, own: FromClause, *, is_shown: bool) -> ColumnElement[bool]:
    link, found = association.alias(), folder.alias()
    condition = _folder(view, found)
    return exists().where(
        *_members(own, link),
        found.c.patient == link.c.target_patient,
        found.c.entry_uuid == link.c.target,
        condition if is_shown else not_(condition),
    )


def _holds_link_to(view: Shape, own: FromClause, *, is_shown: bool) -> ColumnElement[bool]:
    """Say that a member is an Association whose ends are all shown, or one of them hidden."""
    link, inner = association.alias(), association.alias()
    hidden = or_(
        _is_hidden_entry(view, inner.c.patient, inner.c.source),
        _is_hidden_entry(view, inner.c.target_patient, inner.c.target),
    )
    return exists().where(
        *_members(own, link),
        inner.c.patient == link.c.target_patient,
        inner.c.entry_uuid == link.c.target,
        not_(hidden) if is_shown else hidden,
    )
