"""Gives every object of a submission its final entryUUID (ITI TF-3 4.2.3.1.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import uuid4

from ihe_profiles.xds.attributes import label
from ihe_profiles.xds.datatypes import is_uuid
from ihe_profiles.xds.metadata import Submission
from ihe_profiles.xds.rules_of_submissions import Contents


@dataclass(frozen=True, slots=True)
class Resolved:
    """A submission whose ids are UUIDs; `labels` names its objects as they were sent, by UUID."""

    submission: Submission
    labels: Mapping[str, str]


def resolve(submission: Submission) -> Resolved:
    """Keep each id that is a UUID, replace each symbolic one by a new UUID wherever it stands."""
    objects = Contents.of(submission).objects
    ids = {obj.entry_uuid: _final(obj.entry_uuid) for obj in objects}
    resolved = Submission(
        tuple(replace(s, entry_uuid=ids[s.entry_uuid]) for s in submission.submission_sets),
        tuple(replace(d, entry_uuid=ids[d.entry_uuid]) for d in submission.documents),
        tuple(replace(f, entry_uuid=ids[f.entry_uuid]) for f in submission.folders),
        tuple(
            replace(
                association,
                entry_uuid=ids[association.entry_uuid],
                source=ids.get(association.source, association.source),
                target=ids.get(association.target, association.target),
            )
            for association in submission.associations
        ),
    )
    return Resolved(resolved, {ids[obj.entry_uuid]: label(obj) for obj in objects})


def _final(entry_uuid: str) -> str:
    return entry_uuid if is_uuid(entry_uuid) else uuid4().urn
