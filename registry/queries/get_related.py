"""Queries that name objects by their ids and return what is linked to them.

ITI TF-2 3.18.4.1.2.3.7.8, .9, .12 and .13; each goes one step.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, Select, select, union

from registry.queries import parts
from registry.queries.filters import Form
from registry.store.leaves import Part
from registry.store.numbers import Kind
from registry.store.tables import association, document_entry

_ENTRY = Kind.DOCUMENT_ENTRY


def documents_and_associations(form: Form, part: Part) -> list[Select[*tuple[Any, ...]]]:
    """GetDocumentsAndAssociations: DocumentEntries and every Association that touches them."""
    found = parts.objects(form, _ENTRY, parts.named(_ENTRY, form.by))
    links = parts.touching(form, found, *form.conditions(Kind.ASSOCIATION))
    return [parts.among(_ENTRY, part, found), parts.among(Kind.ASSOCIATION, part, links)]


def submission_sets(form: Form, part: Part) -> list[Select[*tuple[Any, ...]]]:
    """GetSubmissionSets: those that hold a named object, and the memberships that say so."""
    own = association.c
    listed = parts.listed_in(own.patient, own.target)
    links = parts.link(form).where(parts.IS_MEMBERSHIP, listed).cte("links")
    found = parts.holders(form, Kind.SUBMISSION_SET, links)
    kept = (
        select(links)
        .join(found, (found.c.patient == links.c.patient) & (found.c.entry_uuid == links.c.source))
        .cte("kept")
    )
    return [
        parts.among(Kind.SUBMISSION_SET, part, found),
        parts.among(Kind.ASSOCIATION, part, kept),
    ]


def folders_for_document(form: Form, part: Part) -> list[Select[*tuple[Any, ...]]]:
    """GetFoldersForDocument: the Folders that hold a document, without Associations."""
    found = parts.objects(form, _ENTRY, parts.named(_ENTRY, form.by))
    wanted = form.conditions(Kind.ASSOCIATION)
    links = parts.leading_to(form, found, parts.IS_MEMBERSHIP, *wanted)
    return [parts.among(Kind.FOLDER, part, parts.holders(form, Kind.FOLDER, links))]


def related_documents(form: Form, part: Part) -> list[Select[*tuple[Any, ...]]]:
    """GetRelatedDocuments: the Associations of some types from or to a document, and both ends.

    Where none matches not even the named document comes. The filter on the kind of entry is for the
    DocumentEntries alone, as in GetAll.
    """
    start = parts.objects(form, _ENTRY, parts.named(_ENTRY, form.by))
    links = parts.touching(form, start, *form.conditions(Kind.ASSOCIATION))
    related = _between_documents(links)
    ends = union(
        select(related.c.patient, related.c.source.label("entry_uuid")),
        select(related.c.target_patient, related.c.target),
    ).cte("ends")
    own = document_entry.c
    at_ends = (own.patient == ends.c.patient) & (own.entry_uuid == ends.c.entry_uuid)
    return [
        parts.matching(form, _ENTRY, part, *form.conditions(_ENTRY)).join(ends, at_ends),
        parts.among(Kind.ASSOCIATION, part, related),
    ]


def _between_documents(links: CTE) -> CTE:
    """Keep those with a document at both ends (withdrawn with it, so these need no look)."""
    source, target = document_entry.alias("source_entry"), document_entry.alias("target_entry")
    return (
        select(links)
        .join(
            source,
            (source.c.patient == links.c.patient) & (source.c.entry_uuid == links.c.source),
        )
        .join(
            target,
            (target.c.patient == links.c.target_patient) & (target.c.entry_uuid == links.c.target),
        )
        .cte("related")
    )
