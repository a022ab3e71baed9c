"""Queries that name objects by their ids and return these alone (ITI TF-2 3.18.4.1.2.3.7)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, union

from registry.queries import parts
from registry.queries.filters import Form
from registry.store.leaves import Part
from registry.store.numbers import Kind
from registry.store.tables import association


def documents(form: Form, part: Part) -> list[Select[*tuple[Any, ...]]]:
    """GetDocuments (3.18.4.1.2.3.7.5)."""
    return [_named(Kind.DOCUMENT_ENTRY, form, part)]


def folders(form: Form, part: Part) -> list[Select[*tuple[Any, ...]]]:
    """GetFolders (3.18.4.1.2.3.7.6)."""
    return [_named(Kind.FOLDER, form, part)]


def associations(form: Form, part: Part) -> list[Select[*tuple[Any, ...]]]:
    """GetAssociations: those of which a named object is source or target (3.18.4.1.2.3.7.7)."""
    own = association.c
    wanted = form.conditions(Kind.ASSOCIATION)
    arms = (parts.listed_in(own.patient, end) for end in (own.source, own.target))
    found = union(*(parts.link(form).where(arm, *wanted) for arm in arms))
    return [parts.among(Kind.ASSOCIATION, part, found.cte("found"))]


def _named(kind: Kind, form: Form, part: Part) -> Select[*tuple[Any, ...]]:
    return parts.matching(form, kind, part, parts.named(kind, form.by), *form.conditions(kind))
