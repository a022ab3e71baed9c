"""The stored queries, each with what selects its objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import CompoundSelect, Select, bindparam, union_all

from registry.queries import find, get, get_all, get_contents, get_related
from registry.queries.filters import Form
from registry.store.leaves import Part

Selection = Callable[[Form, Part], list[Select[*tuple[Any, ...]]]]
"""Selects a part of all objects that a call asks for, in one or several statements."""

OFFERED: Final[Mapping[str, Selection]] = {
    "FindDocuments": find.documents,
    "FindSubmissionSets": find.submission_sets,
    "FindFolders": find.folders,
    "GetAll": get_all.everything,
    "GetDocuments": get.documents,
    "GetFolders": get.folders,
    "GetAssociations": get.associations,
    "GetDocumentsAndAssociations": get_related.documents_and_associations,
    "GetSubmissionSets": get_related.submission_sets,
    "GetSubmissionSetAndContents": get_contents.submission_set,
    "GetFolderAndContents": get_contents.folder,
    "GetFoldersForDocument": get_related.folders_for_document,
    "GetRelatedDocuments": get_related.related_documents,
    "FindDocumentsByReferenceId": find.documents,
    "FindDocumentsExclude": find.documents,
    "FindDocumentsForMultiplePatients": find.documents,
    "FindFoldersForMultiplePatients": find.folders,
    "FindDocumentsByReferenceIdForMultiplePatients": find.documents,
}


@lru_cache(maxsize=1024)
def statement(
    form: Form, part: Part
) -> Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]:
    """Build the statement once for each form: the objects in the order of their keys."""
    arms = OFFERED[form.query](form, part)
    whole = arms[0] if len(arms) == 1 else union_all(*arms)
    return whole.order_by("key").limit(bindparam("limit"))
