"""SubmissionSets, as rows."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, insert

from ihe_profiles.xds.metadata import SubmissionSet
from registry.store.scope import Draft, Scope
from registry.store.tables import submission_set, submission_set_author

_INSERT: Final = insert(submission_set)
_INSERT_AUTHOR: Final = insert(submission_set_author)


def store(connection: Connection, scope: Scope, draft: Draft[SubmissionSet]) -> None:
    """Write a new SubmissionSet."""
    connection.execute(_INSERT, _row(scope, draft))
    authors = [
        {
            "patient": scope.patient,
            "submission_set": scope.key(draft),
            "position": position,
            "person": author.person,
        }
        for position, author in enumerate(draft.object.author)
        if author.person
    ]
    if authors:
        connection.execute(_INSERT_AUTHOR, authors)


def _row(scope: Scope, draft: Draft[SubmissionSet]) -> dict[str, Any]:
    value = draft.object
    assert value.submission_time is not None
    return {
        **scope.row(draft),
        "patient_text": value.patient_id,
        "unique_id": value.unique_id,
        "source_id": value.source_id,
        "submission_time": value.submission_time.lowest,
        "content_type_code": scope.code(value.content_type_code),
    }
