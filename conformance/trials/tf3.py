"""TF-3 4.2: what metadata a registry refuses, and what it must accept (ITI TF-3 4.2, 4.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from lxml import etree

from conformance.target import Offer
from conformance.trial import Session, trial
from conformance.trials import changes
from conformance.trials.asking import ask, of_kind
from conformance.trials.changes import Change, doubled, of_another, slot, valued, without
from conformance.world import SetupFailed
from ihe_profiles import iti42
from ihe_profiles.xds import encoding, response
from ihe_profiles.xds.datatypes import XCN, XON, XTN
from ihe_profiles.xds.metadata import Author, DocumentEntry, Folder, LocalizedString, Submission
from ihe_profiles.xds.response import RegistryResponse
from ihe_profiles.xds.submission import Filing
from ihe_profiles.xds.vocabulary import ResponseStatus, Status

NEEDS: Final = (Offer.REGISTRY,)
_METADATA: Final = ("XDSRegistryMetadataError",)
_DOCUMENT: Final = "DocumentEntry"
_REQUIRED: Final = {
    "DocumentEntry": (
        "classCode", "confidentialityCode", "creationTime", "formatCode", "hash",
        "healthcareFacilityTypeCode", "languageCode", "patientId", "practiceSettingCode",
        "repositoryUniqueId", "size", "sourcePatientId", "typeCode", "uniqueId",
    ),
    "SubmissionSet": ("contentTypeCode", "patientId", "sourceId", "submissionTime", "uniqueId"),
    "Folder": ("codeList", "patientId", "title", "uniqueId"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A change of a submission, and the codes of which one must be given; none: it is accepted."""

    assertion: str
    says: str
    change: Change
    codes: Sequence[str] = _METADATA


def _missing() -> list[Row]:
    names = [(kind, name) for kind, names in _REQUIRED.items() for name in names]
    return [
        Row(f"TF3.{n:02}", f"{kind} without {name}", without(kind, name), _codes(name))
        for n, (kind, name) in enumerate(names, 1)
    ]


def _codes(name: str) -> tuple[str, ...]:
    """A missing patientId may be seen as one that does not agree, or that is unknown."""
    further = ("XDSPatientIdDoesNotMatch", "XDSUnknownPatientId") if name == "patientId" else ()
    return (*_METADATA, *further)


_MALFORMED: Final = (
    *(
        Row("TF3.24", f"{name} {text}", valued(kind, name, text))
        for kind, name in (
            (_DOCUMENT, "creationTime"),
            (_DOCUMENT, "serviceStartTime"),
            ("SubmissionSet", "submissionTime"),
        )
        for text in ("20251", "20251301", "20250230", "2025-01-01", "20250101120000+0100", "")
    ),
    *(
        Row("TF3.25", f"creationTime {text}", valued(_DOCUMENT, "creationTime", text), ())
        for text in ("2025", "202502", "20250228", "2025022823", "202502282359", "20250228235958")
    ),
    *(
        Row("TF3.26", text, valued(_DOCUMENT, "patientId", text), _codes("patientId"))
        for text in ("1", "1^^^&&ISO", "1^^^authority", "^^^&1.2.3&ISO", "1^^^&1.2.3&DNS")
    ),
    *(
        Row("TF3.27", f"hash {text}", valued(_DOCUMENT, "hash", text))
        for text in ("abc", "g" * 40, "0" * 39, "0" * 41)
    ),
    Row("TF3.28", "upper case", changes.hash_case(True), ()),
    Row("TF3.28", "lower case", changes.hash_case(False), ()),
    *(
        Row("TF3.29", f"size {text}", valued(_DOCUMENT, "size", text))
        for text in ("-1", "1.5", "many", "0x10")
    ),
    Row("TF3.30", "repositoryUniqueId", valued(_DOCUMENT, "repositoryUniqueId", "here")),
    Row("TF3.30", "repositoryUniqueId 1..2", valued(_DOCUMENT, "repositoryUniqueId", "1..2")),
    Row("TF3.30", "sourceId", valued("SubmissionSet", "sourceId", "not an OID")),
    Row("TF3.37", "start after stop", valued(_DOCUMENT, "serviceStartTime", "20990101")),
)

_MISSHAPEN: Final = (
    Row("TF3.31", "two creationTimes", valued(_DOCUMENT, "creationTime", "2024", "2025")),
    Row("TF3.31", "two languageCodes", valued(_DOCUMENT, "languageCode", "fr-FR", "fr-CA")),
    Row("TF3.31", "two classCodes", doubled(_DOCUMENT, "classCode")),
    Row("TF3.31", "two uniqueIds", doubled(_DOCUMENT, "uniqueId")),
    Row("TF3.32", "creationTime twice", doubled(_DOCUMENT, "creationTime")),
    Row("TF3.32", "submissionTime twice", doubled("SubmissionSet", "submissionTime")),
    Row("TF3.33", "no codingScheme", changes.without_scheme),
    Row("TF3.34", "classifiedObject", of_another("classCode", "classifiedObject")),
    Row("TF3.34", "registryObject", of_another("uniqueId", "registryObject")),
    Row("TF3.35", "only a role", changes.nobody),
    Row("TF3.36", "limitedMetadata", changes.limited),
    Row("TF3.38", "two SubmissionSets", changes.second_set),
    Row("TF3.38", "no SubmissionSet", changes.no_set),
    Row("TF3.39", "a SubmissionSet alone", changes.nothing_but_the_set),
    Row("TF3.40", "an unmarked package", changes.unmarked),
    Row("TF3.41", "no HasMember", changes.not_a_member),
    Row("TF3.42", "unknown associationType", changes.unknown_type),
    Row("TF3.43", "urn:example:note", slot(_DOCUMENT, "urn:example:note", "kept?"), ()),
    Row("TF3.44", "a name that is no URN", slot(_DOCUMENT, "note", "kept?")),
    Row("TF3.44", "urn:ihe:iti:unheard", slot(_DOCUMENT, "urn:ihe:iti:unheard", "kept?")),
    Row("TF3.45", "marks beside", changes.marks_beside, ()),
    Row("TF3.46", "status, version, lastUpdateTime", changes.already_registered, ()),
)


def sample(s: Session) -> Submission:
    """A valid submission: one document in one folder, of the patient that this module shares."""
    patient = s.world.once("patient of tf3", s.world.patient)
    entry = s.world.entry(patient)
    if entry.service_start_time is not None:
        entry = replace(entry, service_stop_time=entry.service_start_time)
    folder = Folder(
        entry_uuid=s.world.uuid(),
        unique_id=s.world.oid(),
        patient_id=patient,
        title=(LocalizedString("Conformance"),),
        code_list=s.world.codes("codeList", 1),
    )
    return s.world.submission([entry], folders=[Filing(folder, (entry.entry_uuid,))])


def send(s: Session, listed: bytes) -> RegistryResponse:
    """Send a rim:RegistryObjectList by ITI-42, as it is. Raises CallFailed."""
    body = iti42.request(listed)
    return response.read(s.wire.registry_direct.call(iti42.TRANSACTION, [body]).body)


def changed(made: Submission, change: Change) -> bytes:
    """Write a submission with a change."""
    listed = etree.fromstring(encoding.write_submission(made))
    change(listed)
    return etree.tostring(listed)


def outcome(
    s: Session, assertion: str, answer: RegistryResponse, codes: Sequence[str], place: str
) -> bool:
    """Note whether a submission was refused with one of the codes, or accepted without any."""
    found = [error.code for error in answer.errors]
    if not codes:
        is_right = answer.status is ResponseStatus.SUCCESS
        return s.check(assertion, is_right, "Success", found or answer.status, place)
    is_right = answer.status is ResponseStatus.FAILURE and bool(set(codes) & set(found))
    return s.check(assertion, is_right, " or ".join(codes), found or answer.status, place)


def _try(s: Session, rows: Sequence[Row]) -> None:
    refused = []
    for row in rows:
        made = sample(s)
        outcome(s, row.assertion, send(s, changed(made, row.change)), row.codes, row.says)
        if row.codes:
            refused.append((row, made.documents[0].unique_id or ""))
    ids = [unique_id for _, unique_id in refused]
    left = {e.unique_id for e in of_kind(ask(s, "GetDocuments", _by_id(ids)), DocumentEntry)
            if isinstance(e, DocumentEntry)}  # fmt: skip
    for row, unique_id in refused:
        s.check(row.assertion, unique_id not in left, "nothing", "registered", f"{row.says}: after")


def _by_id(ids: Sequence[str]) -> dict[str, Sequence[str]]:
    return {"$XDSDocumentEntryUniqueId": ids}


_MISSING: Final = _missing()


@trial(*(row.assertion for row in _MISSING), needs=NEEDS)
def missing(s: Session) -> None:
    """Each required attribute left out."""
    outcome(s, _MISSING[0].assertion, send(s, changed(sample(s), lambda _: None)), (), "as it is")
    _try(s, _MISSING)


@trial(*dict.fromkeys(row.assertion for row in _MALFORMED), needs=NEEDS)
def malformed(s: Session) -> None:
    """Values of another form, and every allowed one."""
    _try(s, _MALFORMED)


@trial(*dict.fromkeys(row.assertion for row in _MISSHAPEN), needs=NEEDS)
def misshapen(s: Session) -> None:
    """Other structures, and those that are allowed."""
    _try(s, _MISSHAPEN)


@trial("TF3.43", needs=NEEDS)
def further_slots(s: Session) -> None:
    """A further slot comes back, or a warning says that it does not."""
    made, name = sample(s), "urn:example:conformance:note"
    answer = send(s, changed(made, slot(_DOCUMENT, name, "kept")))
    warned = "XDSExtraMetadataNotSaved" in [error.code for error in answer.errors]
    kept = [one.name for one in _found(s, made).extra_slots]
    s.check("TF3.43", warned or name in kept, "kept, or a warning", kept or "neither", name)


@trial("TF3.46", needs=NEEDS)
def given_by_the_registry(s: Session) -> None:
    """What a source says in the registry's place counts for nothing."""
    made = sample(s)
    send(s, changed(made, changes.already_registered))
    found = _found(s, made)
    s.equal("TF3.46", found.availability_status, Status.APPROVED, "@status")
    s.check("TF3.46", found.version in (None, "1", "1.1"), "1", found.version, "VersionInfo")
    ids = {"$XDSFolderUniqueId": [made.folders[0].unique_id or ""]}
    for folder in of_kind(ask(s, "GetFolders", ids), Folder):
        assert isinstance(folder, Folder)
        time = folder.last_update_time
        is_now = time is not None and time.lowest > 20200101000000
        s.check("TF3.46", is_now, "the time of the submission", time, "lastUpdateTime")


_AUTHORS: Final = (
    Author(
        person=XCN("801234567890^Smitty^Gerald^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS"),
        institutions=(XON("Clinic^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1990000099"), XON("Ward")),
        roles=("attending", "consultant"),
        specialties=("cardiology", "surgery"),
        telecommunications=(XTN("^^Internet^smitty@example.org"),),
    ),
    Author(person=XCN("^O'Welby^Marcus^^^Dr")),
)
_TEXTS: Final = '  \u0394\u03bf\u03ba\u03b9\u03bc\u03ae <b>&amp; "x"</b> \u6587\u4ef6 \U0001f489 '


@trial("TF3.47", "TF3.48", needs=NEEDS)
def fidelity(s: Session) -> None:
    """Authors and texts."""
    made = sample(s)
    title, comments = (LocalizedString(_TEXTS),), (LocalizedString("line\nand line"),)
    entry = replace(made.documents[0], title=title, comments=comments)
    if not s.target.domain.value_sets:
        entry = replace(entry, author=_AUTHORS)
    made = replace(made, documents=(entry,))
    answer = send(s, encoding.write_submission(made))
    if outcome(s, "TF3.48", answer, (), "ITI-42"):
        found = _found(s, made)
        s.equal("TF3.47", found.author, entry.author, "author")
        s.equal("TF3.48", [text.value for text in found.title], [_TEXTS], "title")
        s.equal("TF3.48", [text.value for text in found.comments], ["line\nand line"], "comments")


def _found(s: Session, made: Submission) -> DocumentEntry:
    """Return the document of a submission as the registry has it. Raises Refusal, SetupFailed."""
    ids = [entry.unique_id or "" for entry in made.documents]
    for one in of_kind(ask(s, "GetDocuments", _by_id(ids)), DocumentEntry):
        if isinstance(one, DocumentEntry):
            return one
    raise SetupFailed(f"the document {ids} is not registered")
