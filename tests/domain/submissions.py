"""Submissions that a domain takes, to be spoiled one attribute at a time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ihe_profiles.xds.domain.affinity import AffinityDomain, Value, utc_now
from ihe_profiles.xds.domain.judge import Judge
from ihe_profiles.xds.domain.specimen import Choice, choice, specimen
from ihe_profiles.xds.errors import RegistryError, Severity
from ihe_profiles.xds.metadata import Association, Submission
from ihe_profiles.xds.submission import new_oid
from ihe_profiles.xds.vocabulary import AssociationType

FILES = Path(__file__).with_name("files")


def usual(domain: AffinityDomain) -> Submission:
    return specimen(choice(domain, utc_now()))


def with_document(submission: Submission, **changes: Any) -> Submission:
    (document,) = submission.documents
    return replace(submission, documents=(replace(document, **changes),))


def with_set(submission: Submission, **changes: Any) -> Submission:
    (submission_set,) = submission.submission_sets
    return replace(submission, submission_sets=(replace(submission_set, **changes),))


def fresh(chosen: Choice, replaced: str | None = None) -> Submission:
    """A specimen that can be registered: its ids are new; it replaces `replaced`, or nothing."""
    made = specimen(chosen)
    made = with_document(made, unique_id=new_oid())
    (folder,) = made.folders
    return replace(
        made,
        folders=(replace(folder, unique_id=new_oid()),),
        associations=tuple(
            replace(a, target=replaced) if replaced and _is_replacement(a) else a
            for a in made.associations
            if replaced or not _is_replacement(a)
        ),
    )


def _is_replacement(association: Association) -> bool:
    return association.type == AssociationType.RPLC


def errors(judge: Judge, submission: Submission) -> list[RegistryError]:
    return [found for found in judge(submission) if found.severity is Severity.ERROR]


def rules(found: list[RegistryError]) -> dict[str, str]:
    """Rule and severity of each finding, as the answer names them."""
    return {e.context.rpartition("(rule ")[2].rstrip(")"): e.severity.name for e in found}


def chosen_with(chosen: Choice, attribute: str, value: Value) -> Choice:
    return {**chosen, attribute: (value,)}
