"""The metadata rules of a submission to a registry, as a table (ITI TF-3 4.2, TF-2 3.42.4.1.3).

Strict where the standard is certain, tolerant where its readers disagree. Rules that need the
registry's contents are the registry's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from ihe_profiles.xds import rules_of_objects as objects
from ihe_profiles.xds import rules_of_submissions as submissions
from ihe_profiles.xds.errors import RegistryError
from ihe_profiles.xds.metadata import (
    Association,
    DocumentEntry,
    Folder,
    Submission,
    SubmissionSet,
)
from ihe_profiles.xds.rules_of_submissions import Contents

_ANY: Final = (SubmissionSet, DocumentEntry, Folder, Association)
_ABOUT_A_PATIENT: Final = (SubmissionSet, DocumentEntry, Folder)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it is called, where the standard says it, and the function that judges.

    `of` says what is judged: objects of these kinds one by one, or `Contents`, the whole.
    """

    name: str
    section: str
    of: tuple[type, ...]
    judge: Callable[[Any], Iterator[RegistryError]]


RULES: Final = (
    Rule("one-submission-set", "TF-3 4.1.4", (Contents,), submissions.one_submission_set),
    Rule("something-submitted", "TF-3 4.1.4", (Contents,), submissions.something_submitted),
    Rule("ids-unique", "TF-3 4.2.3.1.5", (Contents,), submissions.ids_unique),
    Rule("unique-ids-unique", "TF-3 4.2.4.1", (Contents,), submissions.unique_ids_unique),
    Rule("one-patient", "TF-2 3.42.4.1.3.3.2", (Contents,), submissions.one_patient),
    Rule("members-linked", "TF-3 4.1.4", (Contents,), submissions.members_linked),
    Rule("references-resolve", "TF-3 4.2.3.1.5", (Contents,), submissions.references_resolve),
    Rule("association-types", "TF-3 4.2.2", (Contents,), submissions.association_types),
    Rule("association-ends", "TF-3 4.2.2", (Contents,), submissions.association_ends),
    Rule("submission-set-status", "TF-3 4.2.2.1.1", (Contents,), submissions.submission_set_status),
    Rule("required-attributes", "TF-3 table 4.3.1-3", _ANY, objects.required_attributes),
    Rule("limited-metadata", "TF-3 table 4.3.1-3", _ABOUT_A_PATIENT, objects.limited_metadata),
    Rule("data-types", "TF-3 4.2.3.1.7", _ANY, objects.data_types),
    Rule("codes", "TF-3 4.2.3.1.2", _ANY, objects.codes),
    Rule("authors", "TF-3 4.2.3.1.4", (SubmissionSet, DocumentEntry), objects.authors),
    Rule("extra-slots", "TF-3 4.2.3.1.6", _ANY, objects.extra_slots),
    Rule("first-versions", "TF-3 4.2.3.2 (Metadata Update)", _ANY, objects.first_versions),
    Rule("stable-entries", "TF-2 3.42.4.1.2", (DocumentEntry,), objects.stable_entries),
    Rule("service-times", "TF-2 3.42.4.1.3.3.6", (DocumentEntry,), objects.service_times),
    Rule("patient-info", "TF-3 4.2.3.2.23", (DocumentEntry,), objects.patient_info),
)


def check(submission: Submission, rules: tuple[Rule, ...] = RULES) -> list[RegistryError]:
    """Judge a submission by every rule, and return all that is wrong."""
    contents = Contents.of(submission)
    targets: dict[type, tuple[Any, ...]] = {
        Contents: (contents,),
        SubmissionSet: submission.submission_sets,
        DocumentEntry: submission.documents,
        Folder: submission.folders,
        Association: submission.associations,
    }
    return [
        found
        for rule in rules
        for kind in rule.of
        for target in targets[kind]
        for found in rule.judge(target)
    ]
