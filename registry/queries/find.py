"""The Find queries: the objects of one kind of a patient, or of several (ITI TF-2 3.18.4.1.2.3.7).

FindDocuments, FindSubmissionSets, FindFolders, FindDocumentsByReferenceId, FindDocumentsExclude,
and those of ITI-51 (3.51.4.1.2).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, bindparam

from registry.queries import parts
from registry.queries.filters import Form
from registry.store.leaves import TABLES, Part
from registry.store.numbers import Kind
from registry.store.patients import CHAIN, CHAINS


def documents(form: Form, part: Part) -> list[Select[*tuple[Any, ...]]]:
    """Select DocumentEntries."""
    return _objects(Kind.DOCUMENT_ENTRY, form, part)


def submission_sets(form: Form, part: Part) -> list[Select[*tuple[Any, ...]]]:
    """Select SubmissionSets."""
    return _objects(Kind.SUBMISSION_SET, form, part)


def folders(form: Form, part: Part) -> list[Select[*tuple[Any, ...]]]:
    """Select Folders."""
    return _objects(Kind.FOLDER, form, part)


def _objects(kind: Kind, form: Form, part: Part) -> list[Select[*tuple[Any, ...]]]:
    wanted = form.conditions(kind)
    if not form.by:
        return [_of_all_patients(kind, form, part)]
    chain = CHAINS if form.stored_query.by_name[form.by].multiple else CHAIN
    return [parts.matching(form, kind, part, TABLES[kind].c.patient.in_(chain), *wanted)]


def _of_all_patients(kind: Kind, form: Form, part: Part) -> Select[*tuple[Any, ...]]:
    """Stop at the limit before anything is sorted: much may match."""
    found = parts.matching(form, kind, Part.PLACE, *form.conditions(kind)).limit(bindparam("limit"))
    return parts.among(kind, part, found.cte("found"))
