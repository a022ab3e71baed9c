"""ITI-18 Registry Stored Query: what queries find (ITI TF-2 3.18)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import schemas
from conformance.target import Offer
from conformance.trial import Session, trial
from conformance.trials.asking import OBJECT_REF, ask, ask_raw, finds, of_kind, quoted, written
from conformance.trials.library import Library, library
from ihe_profiles import iti18
from ihe_profiles.xds.metadata import Association, Code, DocumentEntry, Folder
from ihe_profiles.xds.queries import BY_NAME
from ihe_profiles.xds.vocabulary import ResponseStatus, Status

NEEDS: Final = (Offer.REGISTRY,)
BOTH: Final = [Status.APPROVED, Status.DEPRECATED]
_DEPRECATED: Final = "C"
_APPROVED: Final = "ABDEG"


def _documents(s: Session, shelf: Library, **more: Any) -> Any:
    """Ask FindDocuments for the approved documents of the library; `more` are parameters."""
    parameters = {
        "$XDSDocumentEntryPatientId": str(shelf.patient),
        "$XDSDocumentEntryStatus": [Status.APPROVED],
        **{f"$XDSDocumentEntry{name}": value for name, value in more.items()},
    }
    return ask(s, "FindDocuments", parameters)


def _those(shelf: Library, wanted: Callable[[DocumentEntry], bool]) -> str:
    """Return the letters of the approved documents that a predicate holds of."""
    return "".join(letter for letter in _APPROVED if wanted(shelf.documents[letter]))


@trial("ITI-18.01", "ITI-18.02", "ITI-18.22", "ITI-18.26", "ITI-18.65", needs=NEEDS)
def find_documents(s: Session) -> None:
    """All documents of a patient, by status."""
    shelf = library(s)
    for statuses, wanted in (
        ([Status.APPROVED], _APPROVED),
        ([Status.DEPRECATED], _DEPRECATED),
        (BOTH, _APPROVED + _DEPRECATED),
    ):
        body = iti18.request(
            BY_NAME["FindDocuments"].id,
            {
                "$XDSDocumentEntryPatientId": str(shelf.patient),
                "$XDSDocumentEntryStatus": statuses,
            },
        )
        answer = s.wire.registry.call(iti18.TRANSACTION, [body])
        broken = schemas.violations(answer.body)
        s.check("ITI-18.01", not broken, "no violation", broken[0] if broken else "none")
        response = iti18.read_response(answer.body)
        finds(s, "ITI-18.02", shelf, response, wanted, f"status {', '.join(statuses)}")
        for entry in of_kind(response, DocumentEntry):
            assert isinstance(entry, DocumentEntry)
            s.check(
                "ITI-18.22", entry.class_code is not None, "classCode", "none", entry.entry_uuid
            )
            s.check("ITI-18.22", entry.unique_id is not None, "uniqueId", "none", entry.entry_uuid)
            s.equal("ITI-18.65", entry.logical_id, entry.entry_uuid, "@lid")
            have = (entry.object_type, entry.availability_status, entry.mime_type)
            s.check("ITI-18.26", all(have), "objectType, status, mimeType", have, entry.entry_uuid)
            right = entry.availability_status in statuses
            s.check("ITI-18.26", right, statuses, entry.availability_status, "@status")


_CODED: Final = {
    "ITI-18.03": ("ClassCode", "class_code"),
    "ITI-18.04": ("TypeCode", "type_code"),
    "ITI-18.05": ("PracticeSettingCode", "practice_setting_code"),
    "ITI-18.06": ("HealthcareFacilityTypeCode", "healthcare_facility_type_code"),
    "ITI-18.07": ("FormatCode", "format_code"),
}


@trial(*_CODED, needs=NEEDS)
def filters_by_code(s: Session) -> None:
    """Each attribute of one code."""
    shelf = library(s)
    for assertion, (name, field) in _CODED.items():
        one, other = (getattr(shelf.documents[letter], field) for letter in "AB")
        for codes in ([one], [other], [one, other]):
            response = _documents(s, shelf, **{name: [written(code) for code in codes]})
            wanted = _those(shelf, lambda e: getattr(e, field) in codes)  # noqa: B023
            finds(s, assertion, shelf, response, wanted, f"${name} {[c.code for c in codes]}")
        elsewhere = replace(one, scheme="2.25.617400")
        response = _documents(s, shelf, **{name: [written(elsewhere)]})
        finds(s, assertion, shelf, response, "", f"${name} in another scheme")


@trial("ITI-18.08", "ITI-18.09", needs=NEEDS)
def filters_by_several_codes(s: Session) -> None:
    """OR in one slot, AND over several."""
    shelf = library(s)
    for assertion, name, field in (
        ("ITI-18.08", "EventCodeList", "event_code_list"),
        ("ITI-18.09", "ConfidentialityCode", "confidentiality_code"),
    ):
        codes = shelf.codes[field.replace("_code_list", "CodeList").replace("_code", "Code")]
        first, second, third = (codes * 3)[:3]
        for groups in (
            [[first]],
            [[first, third]],
            [[first], [second]],
            [[first, third], [second]],
        ):
            texts = [[written(code) for code in group] for group in groups]
            response = _documents(s, shelf, **{name: texts})
            wanted = _those(shelf, lambda e: _has(getattr(e, field), groups))  # noqa: B023
            shown = " AND ".join(" OR ".join(code.code for code in group) for group in groups)
            finds(s, assertion, shelf, response, wanted, f"${name} {shown}")


def _has(codes: Sequence[Code], groups: Sequence[Sequence[Code]]) -> bool:
    return all(any(code in codes for code in group) for group in groups)


_TIMES: Final = {
    "ITI-18.10": ("CreationTime", "creation_time"),
    "ITI-18.11": ("ServiceStartTime", "service_start_time"),
    "ITI-18.12": ("ServiceStopTime", "service_stop_time"),
}


@trial(*_TIMES, "ITI-18.13", needs=NEEDS)
def filters_by_time(s: Session) -> None:
    """From inclusive, To exclusive; a time that is not there excludes nothing."""
    shelf = library(s)
    for assertion, (name, field) in _TIMES.items():
        at = getattr(shelf.documents["B"], field).lowest
        for low, high in (
            (at, None),
            (None, at),
            (at, at + 1),
            (at + 1, None),
            (19000101000000, None),
        ):
            ends = {f"{name}From": low, f"{name}To": high}
            given = {key: str(value) for key, value in ends.items() if value is not None}
            response = _documents(s, shelf, **given)
            wanted = _those(shelf, lambda e: _within(getattr(e, field), low, high))  # noqa: B023
            is_ok = finds(s, assertion, shelf, response, wanted, f"${name} {low} to {high}")
            if field != "creation_time":
                s.check("ITI-18.13", is_ok, "also those without it", "", f"${name} {low} to {high}")


def _within(time: Any, low: int | None, high: int | None) -> bool:
    if time is None:
        return True
    return (low is None or low <= time.lowest) and (high is None or time.lowest < high)


@trial("ITI-18.14", "ITI-18.62", needs=NEEDS)
def filters_by_author(s: Session) -> None:
    """Patterns; an apostrophe in a name."""
    shelf = library(s)
    smitty, welby = "AD", "BEG"
    for pattern, wanted in (
        (["%Smitty%"], smitty),
        (["%^Smitt_^%"], smitty),
        (["%smitty%"], ""),
        (["%Smitty"], ""),
        (["%Smitty%", "%Marcus%"], smitty + welby),
    ):
        response = _documents(s, shelf, AuthorPerson=pattern)
        finds(s, "ITI-18.14", shelf, response, wanted, f"$AuthorPerson {pattern}")
    response = _documents(s, shelf, AuthorPerson=["%O'Welby%"])
    finds(s, "ITI-18.62", shelf, response, welby, "$AuthorPerson '%O''Welby%'")


@trial("ITI-18.15", "ITI-18.16", "ITI-18.17", needs=NEEDS)
def filters_together(s: Session) -> None:
    """Several filters, several rim:Value, and the type of entry."""
    shelf = library(s)
    code = shelf.documents["A"].class_code
    assert code is not None
    response = _documents(s, shelf, ClassCode=[written(code)], AuthorPerson=["%Smitty%"],
                          CreationTimeFrom="20210101")  # fmt: skip
    wanted = _those(
        shelf,
        lambda e: (
            e.class_code == code
            and "Smitty" in str(e.author[0].person)
            and _within(e.creation_time, 20210101000000, None)
        ),
    )
    finds(s, "ITI-18.15", shelf, response, wanted, "class, author and creation time")
    codes = [shelf.documents[letter].type_code for letter in "ABE"]
    texts = [f"({quoted(written(code))})" for code in codes if code is not None]
    slots = [*_slots(shelf), ("$XDSDocumentEntryTypeCode", texts)]
    response = ask_raw(s, BY_NAME["FindDocuments"].id, slots)
    wanted = _those(shelf, lambda e: e.type_code in codes)
    finds(s, "ITI-18.16", shelf, response, wanted, "three rim:Value")
    stable = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"
    finds(s, "ITI-18.17", shelf, _documents(s, shelf, Type=[stable]), _APPROVED, "stable")


def _slots(shelf: Library, status: str = f"('{Status.APPROVED}')") -> list[tuple[str, list[str]]]:
    return [
        ("$XDSDocumentEntryPatientId", [quoted(shelf.patient)]),
        ("$XDSDocumentEntryStatus", [status]),
    ]


@trial("ITI-18.18", "ITI-18.19", "ITI-18.20", "ITI-18.21", needs=NEEDS)
def tolerance(s: Session) -> None:
    """What is written otherwise than by the book, and is clear all the same."""
    shelf = library(s)
    query = BY_NAME["FindDocuments"].id
    unknown = [*_slots(shelf), ("$XDSDocumentEntryConformance", ["'x'"])]
    finds(s, "ITI-18.18", shelf, ask_raw(s, query, unknown), _APPROVED, "unknown parameter")
    statuses = f"('{Status.APPROVED}','urn:example:status:Unheard')"
    response = ask_raw(s, query, _slots(shelf, statuses))
    finds(s, "ITI-18.19", shelf, response, _APPROVED, "an unknown status beside Approved")
    timed = [*_slots(shelf), ("$XDSDocumentEntryCreationTimeFrom", ["'20220101'"])]
    finds(s, "ITI-18.20", shelf, ask_raw(s, query, timed), "DEG", "a time in quotes")
    patient, status = _slots(shelf)
    listed = [(patient[0], [f"({quoted(shelf.patient)})"]), status]
    finds(s, "ITI-18.21", shelf, ask_raw(s, query, listed), _APPROVED, "patient in parentheses")


@trial("ITI-18.23", "ITI-18.24", "ITI-18.25", needs=NEEDS)
def forms_of_answers(s: Session) -> None:
    """References, nothing, and nobody."""
    shelf = library(s)
    for query, parameters in (
        ("FindDocuments", _of_patient(shelf, "$XDSDocumentEntry")),
        ("FindFolders", _of_patient(shelf, "$XDSFolder")),
        ("FindSubmissionSets", _of_patient(shelf, "$XDSSubmissionSet")),
    ):
        whole = ask(s, query, parameters)
        refs = ask(s, query, parameters, OBJECT_REF)
        ids = sorted(found.entry_uuid for found in whole.objects)
        s.equal("ITI-18.23", sorted(refs.refs), ids, f"{query}, ObjectRef")
        s.check("ITI-18.23", not refs.objects, "no objects", len(refs.objects), query)
    for patient, assertion in (
        (s.world.bystander, "ITI-18.24"),
        (s.world.new_patient_id(), "ITI-18.25"),
    ):
        parameters = _of_patient(shelf, "$XDSDocumentEntry") | {
            "$XDSDocumentEntryPatientId": str(patient)
        }
        response = ask(s, "FindDocuments", parameters)
        codes = [error.code for error in response.errors]
        allowed: list[list[str]] = [[], ["XDSUnknownPatientId"]]
        right = not response.objects and codes in allowed[: 1 + (assertion == "ITI-18.25")]
        right = right and (response.status is ResponseStatus.SUCCESS) == (not codes)
        s.check(assertion, right, "nothing", codes or response.status, str(patient))


def _of_patient(shelf: Library, prefix: str) -> dict[str, Any]:
    return {f"{prefix}PatientId": str(shelf.patient), f"{prefix}Status": BOTH}


@trial("ITI-18.27", "ITI-18.28", "ITI-18.29", "ITI-18.30", "ITI-18.31", needs=NEEDS)
def find_submission_sets(s: Session) -> None:
    """The SubmissionSets of the library: 1 by Smitty in 2020, 2 by Welby in 2021, 3 to 5 of now."""
    shelf = library(s)
    first, second, *_ = shelf.sets
    code = first.content_type_code
    assert code is not None
    sources = {number: one.source_id for number, one in enumerate(shelf.sets, 1)}
    same = "".join(str(n) for n, source in sources.items() if source == sources[2])
    coded = "".join(str(n) for n, o in enumerate(shelf.sets, 1) if o.content_type_code == code)
    for assertion, more, wanted in (
        ("ITI-18.27", {}, "12345"),
        ("ITI-18.27", {"Status": [Status.DEPRECATED]}, ""),
        ("ITI-18.28", {"SourceId": [first.source_id or ""]}, "1"),
        ("ITI-18.28", {"SourceId": [first.source_id or "", second.source_id or ""]}, "1" + same),
        ("ITI-18.29", {"SubmissionTimeFrom": "20210101080000"}, "2345"),
        ("ITI-18.29", {"SubmissionTimeTo": "20210101080000"}, "1"),
        ("ITI-18.29", {"SubmissionTimeFrom": "20200101", "SubmissionTimeTo": "20210102"}, "12"),
        ("ITI-18.30", {"AuthorPerson": "%O'Welby%", "SubmissionTimeTo": "20220101"}, "2"),
        ("ITI-18.30", {"AuthorPerson": "%Sm_tty%", "SubmissionTimeTo": "20220101"}, "1"),
        ("ITI-18.31", {"ContentType": [written(code)]}, coded),
    ):
        named = {f"$XDSSubmissionSet{name}": value for name, value in more.items()}
        base = _of_patient(shelf, "$XDSSubmissionSet") | {
            "$XDSSubmissionSetStatus": [Status.APPROVED]
        }
        response = ask(s, "FindSubmissionSets", base | named)
        finds(s, assertion, shelf, response, wanted, str(more))


@trial("ITI-18.32", "ITI-18.33", "ITI-18.34", needs=NEEDS)
def find_folders(s: Session) -> None:
    """The Folders of the library."""
    shelf = library(s)
    base = _of_patient(shelf, "$XDSFolder") | {"$XDSFolderStatus": [Status.APPROVED]}
    response = ask(s, "FindFolders", base)
    finds(s, "ITI-18.32", shelf, response, "FH", "all")
    first, second = (shelf.codes["codeList"] * 2)[:2]
    for groups in ([[first]], [[second]], [[first, second]], [[first], [second]]):
        texts = [[written(code) for code in group] for group in groups]
        found = ask(s, "FindFolders", base | {"$XDSFolderCodeList": texts})
        wanted = "".join(
            letter for letter, one in shelf.folders.items() if _has(one.code_list, groups)
        )
        finds(s, "ITI-18.33", shelf, found, wanted, f"$XDSFolderCodeList {texts}")
    updated = [one.last_update_time for one in of_kind(response, Folder) if isinstance(one, Folder)]
    times = [time.lowest for time in updated if time is not None]
    s.equal("ITI-18.34", len(times), 2, "lastUpdateTime of both Folders")
    if times:
        earliest, latest = min(times), max(times)
        later = str(latest + 1)
        for ends, wanted in (
            ({"From": str(earliest)}, "FH"),
            ({"To": str(earliest)}, ""),
            ({"From": later}, ""),
            ({"To": later}, "FH"),
        ):
            named = {f"$XDSFolderLastUpdateTime{end}": value for end, value in ends.items()}
            finds(s, "ITI-18.34", shelf, ask(s, "FindFolders", base | named), wanted, str(ends))


@trial("ITI-18.35", "ITI-18.36", needs=NEEDS)
def get_all(s: Session) -> None:
    """Everything of the patient, and a part of the documents."""
    shelf = library(s)
    base: dict[str, Any] = {
        "$patientId": str(shelf.patient),
        "$XDSDocumentEntryStatus": BOTH,
        "$XDSSubmissionSetStatus": BOTH,
        "$XDSFolderStatus": BOTH,
    }
    response = ask(s, "GetAll", base)
    finds(s, "ITI-18.35", shelf, response, "ABCDEFGH12345", "all")
    found = {one.entry_uuid for one in of_kind(response, Association)}
    missing = [a.type for a in shelf.associations if a.entry_uuid not in found]
    s.check("ITI-18.35", not missing, "every Association", missing or "every one", "Associations")
    only = base | {"$XDSDocumentEntryStatus": [Status.DEPRECATED]}
    finds(s, "ITI-18.35", shelf, ask(s, "GetAll", only), "CFH12345", "documents: Deprecated")
    code = shelf.documents["B"].format_code
    assert code is not None
    only = base | {"$XDSDocumentEntryFormatCode": [written(code)]}
    wanted = "".join(k for k, e in shelf.documents.items() if e.format_code == code)
    finds(s, "ITI-18.36", shelf, ask(s, "GetAll", only), wanted + "FH12345", "formatCode of B")
