"""GetSubmissionSetAndContents and GetFolderAndContents (ITI TF-2 3.18.4.1.2.3.7.10 and .11)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, Select, select, union_all

from registry.queries import parts
from registry.queries.filters import Form
from registry.store.leaves import Part
from registry.store.numbers import Kind
from registry.store.tables import association


def submission_set(form: Form, part: Part) -> list[Select[*tuple[Any, ...]]]:
    """Select a SubmissionSet, its DocumentEntries that pass the filters, its Folders, and links.

    Of its Associations those come that link two objects of the answer; and of its memberships those
    whose member comes.
    """
    chosen = parts.objects(form, Kind.SUBMISSION_SET, parts.named(Kind.SUBMISSION_SET, form.by))
    members = parts.members(form, chosen)
    entries = parts.held(form, Kind.DOCUMENT_ENTRY, members, *form.conditions(Kind.DOCUMENT_ENTRY))
    folders = parts.held(form, Kind.FOLDER, members)
    ids = union_all(select(entries.c.entry_uuid), select(folders.c.entry_uuid))
    links = parts.held(
        form,
        Kind.ASSOCIATION,
        members,
        association.c.source.in_(ids),
        association.c.target.in_(ids),
    )
    kept = _kept(members, entries, folders, links)
    return [
        parts.among(Kind.SUBMISSION_SET, part, chosen),
        parts.among(Kind.DOCUMENT_ENTRY, part, entries),
        parts.among(Kind.FOLDER, part, folders),
        parts.among(Kind.ASSOCIATION, part, kept),
        parts.among(Kind.ASSOCIATION, part, links),
    ]


def folder(form: Form, part: Part) -> list[Select[*tuple[Any, ...]]]:
    """Select a Folder, its DocumentEntries that pass the filters, and their memberships."""
    chosen = parts.objects(form, Kind.FOLDER, parts.named(Kind.FOLDER, form.by))
    members = parts.members(form, chosen, *form.conditions(Kind.ASSOCIATION))
    entries = parts.held(form, Kind.DOCUMENT_ENTRY, members, *form.conditions(Kind.DOCUMENT_ENTRY))
    return [
        parts.among(Kind.FOLDER, part, chosen),
        parts.among(Kind.DOCUMENT_ENTRY, part, entries),
        parts.among(Kind.ASSOCIATION, part, _kept(members, entries)),
    ]


def _kept(members: CTE, *held: CTE) -> CTE:
    """Find the memberships whose member is returned."""
    targets = union_all(*(select(some.c.entry_uuid) for some in held))
    return select(members.c.patient, members.c.key).where(members.c.target.in_(targets)).cte("kept")
