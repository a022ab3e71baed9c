"""The metadata of a submission, by the rules of the registry (ITI TF-3 4.1 to 4.3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from lxml import etree
from lxml.etree import _Element

from conformance.judging.case import MOST, Case
from conformance.judging.places import of_attribute, xpath
from conformance.judging.table import ATTRIBUTES, METADATA
from ihe_profiles.xds import encoding
from ihe_profiles.xds.domain.affinity import AffinityDomain
from ihe_profiles.xds.domain.judge import Judge
from ihe_profiles.xds.errors import Refusal, RegistryError
from ihe_profiles.xds.metadata import (
    Association,
    Author,
    DocumentEntry,
    Folder,
    RegistryObject,
    Submission,
    SubmissionSet,
)
from ihe_profiles.xds.rules import RULES, broken
from ihe_profiles.xds.vocabulary import AssociationType

_ANY_UUID: Final = re.compile(r"\s*urn:uuid:", re.IGNORECASE)
_UUID: Final = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_REFERENCES: Final = ("id", "lid", "sourceObject", "targetObject")

_BY_REPOSITORY: Final = frozenset(("hash", "size", "repositoryUniqueId"))
"""What a Document Source may leave out, and a registration may not."""
_REQUIRED: Final = {
    DocumentEntry: "DS-TF3.13",
    SubmissionSet: "DS-TF3.14",
    Folder: "DS-TF3.15",
}

_ALWAYS: Final = (
    *("DS-TF3.01", "DS-TF3.02", "DS-TF3.05", "DS-TF3.06", "DS-TF3.07", "DS-TF3.14", "DS-TF3.16"),
    *("DS-TF3.19", "DS-TF3.20", "DS-TF3.23", "DS-TF3.35", "DS-TF3.36", "DS-TF3.37"),
    *("DS-TF3.43", "DS-TF3.44", "DS-TF3.45", "DS-TF3.46", "DS-TF3.47"),
)
"""The assertions that every readable submission bears on."""

_Applies = Callable[[Submission], object]
_SOMETIMES: Final[dict[str, _Applies]] = {
    "DS-TF3.03": lambda s: s.documents or s.folders,
    "DS-TF3.04": lambda s: s.folders and len(s.associations) > len(s.documents) + len(s.folders),
    **dict.fromkeys(
        (f"DS-TF3.{n:02}" for n in (8, 9, 10, 48)),
        lambda s: s.associations,
    ),
    "DS-TF3.11": lambda s: any(a.type == AssociationType.APND for a in s.associations),
    **dict.fromkeys(("DS-TF3.12", "DS-TF3.13", "DS-TF3.41"), lambda s: s.documents),
    "DS-TF3.15": lambda s: s.folders,
    "DS-TF3.17": lambda s: any(o.title for o in _titled(s)),
    "DS-TF3.21": lambda s: any(d.size for d in s.documents),
    "DS-TF3.22": lambda s: any(d.hash for d in s.documents),
    "DS-TF3.24": lambda s: any(o.home_community_id for o in _titled(s)),
    "DS-TF3.25": lambda s: s.documents,
    "DS-TF3.26": lambda s: s.documents,
    "DS-TF3.27": lambda s: any(d.uri for d in s.documents),
    "DS-TF3.28": lambda s: any(d.source_patient_info for d in s.documents),
    "DS-TF3.29": lambda s: any(d.reference_id_list for d in s.documents),
    "DS-TF3.30": lambda s: any(a.person for a in _authors(s)),
    "DS-TF3.31": lambda s: any(a.institutions for a in _authors(s)),
    "DS-TF3.32": lambda s: any(a.telecommunications for a in _authors(s)),
    "DS-TF3.33": lambda s: s.documents,
    "DS-TF3.34": lambda s: any(o.intended_recipient for o in s.submission_sets),
    "DS-TF3.38": lambda s: any(True for _ in _authors(s)),
    "DS-TF3.39": lambda s: any(o.extra_slots for o in _titled(s)),
    "DS-TF3.40": lambda s: any(d.logical_id for d in s.documents),
    "DS-TF3.42": lambda s: any(d.service_start_time and d.service_stop_time for d in s.documents),
    "DS-TF3.49": lambda s: any(d.document_availability for d in s.documents),
}
"""The others, and which submissions bear on them."""


def judge(
    case: Case, object_list: _Element, *, registers: bool, domain: AffinityDomain | None
) -> Submission | None:
    """Judge a schema-valid rim:RegistryObjectList; None when it cannot be read.

    `registers`: it comes by ITI-42, where more is required. Codes are judged where a domain is
    known.
    """
    places = {_normal(one.get("id")): one for one in object_list.iterchildren(etree.Element)}
    _judge_uuids(case, object_list)
    try:
        submission = encoding.read_submission(object_list)
    except Refusal as refusal:
        for error in refusal.errors[:MOST]:
            case.error(METADATA[error.key], error, _place(places, error, None))
        return None
    case.see(*_ALWAYS)
    case.see(*(one for one, applies in _SOMETIMES.items() if applies(submission)))
    if domain is not None:
        case.see("DS-TF3.50")
    _judge_rules(case, submission, places, registers=registers, domain=domain)
    return submission


def _judge_rules(
    case: Case,
    submission: Submission,
    places: dict[str, _Element],
    *,
    registers: bool,
    domain: AffinityDomain | None,
) -> None:
    objects = _by_id(submission)
    if registers and submission.documents:
        case.see("DS-42.02")
    rules = RULES if domain is None else Judge.of(domain).rules
    for _rule, error in broken(submission, rules):
        if case.full:
            return
        if error.key == "attribute-missing" and error.about in _BY_REPOSITORY and not registers:
            continue
        obj = objects.get(_normal(error.location))
        assertion = _assertion(error, obj)
        if assertion != "DS-TF3.18" or not case.has(assertion):
            case.error(assertion, error, _place(places, error, obj))


def _assertion(error: RegistryError, obj: RegistryObject | None) -> str:
    if error.key == "attribute-missing":
        if error.about in _BY_REPOSITORY:
            return "DS-42.02"
        return _REQUIRED.get(type(obj), "DS-TF3.08")
    if error.key in ("member-missing", "member-repeated"):
        return "DS-TF3.04" if isinstance(obj, Association) else "DS-TF3.03"
    if error.key == "value-malformed":
        if error.about.startswith("codingScheme"):
            return "DS-TF3.35"
        if error.about == "uniqueId":
            return "DS-TF3.33" if isinstance(obj, DocumentEntry) else "DS-TF3.23"
        return ATTRIBUTES[error.about]
    return METADATA.get(error.key, "DS-TF3.50")


def _place(places: dict[str, _Element], error: RegistryError, obj: RegistryObject | None) -> str:
    element = places.get(_normal(error.location))
    if element is None:
        element = next(iter(places.values()), None)
        parent = None if element is None else element.getparent()
        return "" if parent is None else xpath(parent)
    path, blank, line = xpath(element).partition(" ")
    return path + of_attribute(type(obj) if obj else None, error.about) + blank + line


def _judge_uuids(case: Case, object_list: _Element) -> None:
    """Judge UUIDs as they are written: the reader takes them in any case."""
    case.see("DS-TF3.18")
    for element in object_list.iterchildren(etree.Element):
        for name in _REFERENCES:
            value = element.get(name)
            if not case.full and value and _ANY_UUID.match(value) and not _UUID.fullmatch(value):
                path, blank, line = xpath(element).partition(" ")
                case.fault("DS-TF3.18", f'{name}="{value}"', f"{path}/@{name}{blank}{line}")


def _by_id(submission: Submission) -> dict[str, RegistryObject]:
    kinds: Iterable[Iterable[RegistryObject]] = (
        submission.submission_sets,
        submission.documents,
        submission.folders,
        submission.associations,
    )
    return {_normal(obj.entry_uuid): obj for kind in kinds for obj in kind}


def _authors(submission: Submission) -> Iterable[Author]:
    for entry in submission.documents:
        yield from entry.author
    for one in submission.submission_sets:
        yield from one.author


def _titled(submission: Submission) -> list[DocumentEntry | SubmissionSet | Folder]:
    return [*submission.documents, *submission.submission_sets, *submission.folders]


def _normal(id: str | None) -> str:
    return (id or "").strip().lower()
