"""The metadata rules of a submission to a registry, as a table (ITI TF-3 4.2, TF-2 3.42.4.1.3).

Strict where the standard is certain, tolerant where its readers disagree. Rules that need the
registry's contents are the registry's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
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

    `of` says what is judged: objects of these kinds one by one, or `Contents`, the whole. What
    breaks a `firm` rule cannot be stored, so no strictness profile may soften it.
    """

    name: str
    section: str
    of: tuple[type, ...]
    judge: Callable[[Any], Iterator[RegistryError]]
    firm: bool = False


def _form(name: str, attributes: str, *, firm: bool = False) -> Rule:
    return Rule(name, "TF-3 4.2.3.1.7", _ANY, objects.forms(attributes), firm)


RULES: Final = (
    Rule("one-submission-set", "TF-3 4.1.4", (Contents,), submissions.one_submission_set, True),
    Rule("something-submitted", "TF-3 4.1.4", (Contents,), submissions.something_submitted),
    Rule("ids-unique", "TF-3 4.2.3.1.5", (Contents,), submissions.ids_unique, True),
    Rule("unique-ids-unique", "TF-3 4.2.4.1", (Contents,), submissions.unique_ids_unique, True),
    Rule("one-patient", "TF-2 3.42.4.1.3.3.2", (Contents,), submissions.one_patient, True),
    Rule("members-linked", "TF-3 4.1.4", (Contents,), submissions.members_linked),
    Rule("references-resolve", "TF-3 4.2.3.1.5", (Contents,), submissions.references_resolve, True),
    Rule("association-types", "TF-3 4.2.2", (Contents,), submissions.association_types, True),
    Rule("association-ends", "TF-3 4.2.2", (Contents,), submissions.association_ends, True),
    Rule(
        "append-to-originals",
        "TF-3 4.2.2.2",
        (Contents,),
        submissions.appended_to_originals,
        True,  # as of registered documents
    ),
    Rule("submission-set-status", "TF-3 4.2.2.1.1", (Contents,), submissions.submission_set_status),
    Rule(
        "identifying-attributes",
        "TF-3 table 4.3.1-3",
        _ANY,
        objects.required(identifying=True),
        True,
    ),
    Rule("required-attributes", "TF-3 table 4.3.1-3", _ANY, objects.required(identifying=False)),
    Rule("limited-metadata", "TF-3 table 4.3.1-3", _ABOUT_A_PATIENT, objects.limited_metadata),
    Rule("title-length", "TF-3 4.2.3.2.24", _ABOUT_A_PATIENT, objects.title_length),
    _form("uuid-form", "entryUUID logicalID sourceObject targetObject", firm=True),
    _form("patient-id-form", "patientId", firm=True),
    _form(
        "time-form",
        "creationTime serviceStartTime serviceStopTime submissionTime lastUpdateTime",
        firm=True,
    ),
    _form("size-form", "size", firm=True),
    _form(
        "association-slots",
        "SubmissionSetStatus PreviousVersion AssociationPropagation OriginalStatus NewStatus",
    ),
    _form("availability-form", "documentAvailability", firm=True),
    _form("unique-id-form", "uniqueId sourceId", firm=True),
    _form("oid-form", "repositoryUniqueId homeCommunityId"),
    _form("hash-form", "hash"),
    _form("language-form", "languageCode"),
    _form("mime-type-form", "mimeType"),
    _form("uri-form", "URI"),
    _form("source-patient-id-form", "sourcePatientId"),
    _form("patient-info-form", "sourcePatientInfo"),
    _form("reference-id-form", "referenceIdList"),
    _form("person-form", "authorPerson legalAuthenticator"),
    _form("institution-form", "authorInstitution"),
    _form("author-text-form", "authorRole authorSpecialty"),
    _form("telecom-form", "authorTelecommunication"),
    _form("recipient-form", "intendedRecipient"),
    Rule("codes", "TF-3 4.2.3.1.2", _ANY, objects.codes),
    Rule("authors", "TF-3 4.2.3.1.4", (SubmissionSet, DocumentEntry), objects.authors),
    Rule("extra-slots", "TF-3 4.2.3.1.6", _ANY, objects.extra_slots),
    Rule("first-versions", "TF-3 4.2.3.2 (Metadata Update)", _ANY, objects.first_versions, True),
    Rule("stable-entries", "TF-2 3.42.4.1.2", (DocumentEntry,), objects.stable_entries, True),
    Rule("service-times", "TF-2 3.42.4.1.3.3.6", (DocumentEntry,), objects.service_times),
    Rule("patient-info", "TF-3 4.2.3.2.23", (DocumentEntry,), objects.patient_info),
)


def broken(submission: Submission, rules: Iterable[Rule]) -> Iterator[tuple[Rule, RegistryError]]:
    """Judge a submission by rules, and yield all that is wrong, each with the rule it breaks."""
    contents = Contents.of(submission)
    targets: dict[type, tuple[Any, ...]] = {
        Contents: (contents,),
        SubmissionSet: submission.submission_sets,
        DocumentEntry: submission.documents,
        Folder: submission.folders,
        Association: submission.associations,
    }
    return (
        (rule, found)
        for rule in rules
        for kind in rule.of
        for target in targets[kind]
        for found in rule.judge(target)
    )


def check(submission: Submission, rules: Iterable[Rule] = RULES) -> list[RegistryError]:
    """Judge a submission by every rule, and return all that is wrong."""
    return [found for _, found in broken(submission, rules)]
