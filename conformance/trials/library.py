"""A patient with a small library of documents, folders and relationships, to be asked for.

A and B come in one submission, each with a folder of its own; D replaces C; E is appended to A, and
G is a transformation of E.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from conformance.trial import Session
from ihe_profiles.xds.datatypes import CX, DTM, XCN, CXi
from ihe_profiles.xds.metadata import (
    Association,
    Author,
    Code,
    DocumentEntry,
    Folder,
    LocalizedString,
    Submission,
    SubmissionSet,
)
from ihe_profiles.xds.submission import Filing
from ihe_profiles.xds.vocabulary import AssociationType

SMITTY: Final = XCN("801234567890^Smitty^Gerald^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS")
WELBY: Final = XCN("899900000011^O'Welby^Marcus^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS")
_REFERENCE: Final = "{id}^^^&2.25.61742&ISO^urn:ihe:iti:xds:2013:accession"


@dataclass(frozen=True, slots=True)
class Library:
    """The objects as they were submitted, under their letters and numbers.

    `sets` are the SubmissionSets in order; `codes` the values that were chosen for an attribute.
    """

    patient: CX
    documents: dict[str, DocumentEntry]
    folders: dict[str, Folder]
    sets: tuple[SubmissionSet, ...]
    associations: tuple[Association, ...]
    codes: dict[str, tuple[Code, ...]]

    def unique_ids(self, letters: Iterable[str]) -> list[str]:
        """Return the uniqueIds of documents or folders, sorted."""
        known: dict[str, Any] = {**self.documents, **self.folders}
        return sorted(known[letter].unique_id for letter in letters)

    def letters(self, ids: Iterable[str | None]) -> str:
        """Return the letters of uniqueIds or entryUUIDs in order; ? for one that is not known."""
        known: dict[str, Any] = {**self.documents, **self.folders}
        names = {one.unique_id: letter for letter, one in known.items()}
        names |= {one.entry_uuid: letter for letter, one in known.items()}
        names |= {one.unique_id: str(n) for n, one in enumerate(self.sets, 1)}
        names |= {one.entry_uuid: str(n) for n, one in enumerate(self.sets, 1)}
        return "".join(sorted(names.get(id_, "?") for id_ in ids))


def library(s: Session) -> Library:
    """Return the library of the run, brought in when it is first asked for. Raises SetupFailed."""
    return s.world.once("library", lambda: _build(s))


def _build(s: Session) -> Library:
    patient = s.world.patient()
    codes = {name: s.world.codes(name, 3) for name in _CODED}
    documents = {letter: _document(s, patient, codes, **row) for letter, row in _ROWS.items()}
    folders = {
        "F": _folder(s, patient, codes["codeList"][:1]),
        "H": _folder(s, patient, codes["codeList"][:2]),
    }
    uuid = {letter: one.entry_uuid for letter, one in documents.items()}
    first = s.world.submission(
        [documents["A"], documents["B"]],
        folders=[Filing(folders["F"], (uuid["A"],)), Filing(folders["H"], (uuid["B"],))],
    )
    made = [
        _dressed(first, SMITTY, DTM("20200101080000"), "2.25.6174001", _another(first, codes)),
        _dressed(s.world.submission([documents["C"]]), WELBY, DTM("20210101080000")),
        s.world.submission([documents["D"]], replaces={uuid["D"]: uuid["C"]}),
        _related(s, documents["E"], AssociationType.APND, uuid["A"]),
        _related(s, documents["G"], AssociationType.XFRM, uuid["E"]),
    ]
    for one in made:
        s.world.submit(one)
    sets = tuple(one.submission_sets[0] for one in made)
    associations = tuple(a for one in made for a in one.associations)
    return Library(patient, documents, folders, sets, associations, codes)


_CODED: Final = (
    "classCode",
    "typeCode",
    "formatCode",
    "practiceSettingCode",
    "healthcareFacilityTypeCode",
    "confidentialityCode",
    "eventCodeList",
    "codeList",
    "contentTypeCode",
)

_A: Final = {"times": ("202001", "20200101", "20200105"), "author": SMITTY}
_B: Final = {"times": ("20210615", "20210601", "20210602"), "author": WELBY}

_ROWS: Final[dict[str, dict[str, Any]]] = {
    "A": {**_A, "code": 0, "events": (0, 1), "secrets": (0,), "references": (1,)},
    "B": {**_B, "code": 1, "events": (1, 2), "secrets": (0, 1), "references": (1, 2)},
    "C": {"code": 0, "times": ("2019", None, None), "author": SMITTY},
    "D": {"code": 0, "times": ("20220101120000", None, None), "author": SMITTY},
    "E": {"code": 2, "times": ("20220201", "20220131", None), "author": WELBY},
    "G": {"code": 2, "times": ("20220301", "20220228", "20220228"), "author": WELBY},
}
"""The documents: which of the codes, of the events and of the confidentiality codes they have, when
they were created and their service began and ended.
"""


def _document(
    s: Session,
    patient: CX,
    codes: dict[str, tuple[Code, ...]],
    *,
    code: int,
    times: tuple[str, str | None, str | None],
    author: XCN,
    events: Sequence[int] = (),
    secrets: Sequence[int] = (0,),
    references: Sequence[int] = (),
) -> DocumentEntry:
    def chosen(name: str) -> Code:
        return codes[name][code % len(codes[name])]

    def several(name: str, wanted: Sequence[int]) -> tuple[Code, ...]:
        return tuple(dict.fromkeys(codes[name][n % len(codes[name])] for n in wanted))

    entry = s.world.entry(patient)
    return replace(
        entry,
        class_code=chosen("classCode"),
        type_code=chosen("typeCode"),
        format_code=chosen("formatCode"),
        practice_setting_code=chosen("practiceSettingCode"),
        healthcare_facility_type_code=chosen("healthcareFacilityTypeCode"),
        confidentiality_code=several("confidentialityCode", secrets),
        event_code_list=several("eventCodeList", events),
        creation_time=DTM(times[0]),
        service_start_time=DTM(times[1]) if times[1] else None,
        service_stop_time=DTM(times[2]) if times[2] else None,
        author=(replace(entry.author[0], person=author),),
        reference_id_list=tuple(reference(s, number) for number in references),
        title=(LocalizedString("An 'invented' document: é"),),
    )


def reference(s: Session, number: int) -> CXi:
    """Return a referenceId of this run."""
    return CXi(_REFERENCE.format(id=f"{s.world.name}-{number}"))


def _folder(s: Session, patient: CX, codes: Sequence[Code]) -> Folder:
    return Folder(
        entry_uuid=s.world.uuid(),
        unique_id=s.world.oid(),
        patient_id=patient,
        title=(LocalizedString("Conformance"),),
        code_list=tuple(dict.fromkeys(codes)),
    )


def _dressed(
    made: Submission, author: XCN, time: DTM, source: str | None = None, code: Code | None = None
) -> Submission:
    """Give a submission an author, a time, a source and a code of its own."""
    (own,) = made.submission_sets
    person = replace(own.author[0] if own.author else Author(), person=author)
    dressed = replace(
        own,
        author=(person,),
        submission_time=time,
        source_id=source or own.source_id,
        content_type_code=code or own.content_type_code,
    )
    return replace(made, submission_sets=(dressed,))


def _another(made: Submission, codes: Mapping[str, Sequence[Code]]) -> Code:
    """Return a contentTypeCode that the submission does not have, if the domain has several."""
    (own,) = made.submission_sets
    kinds = codes["contentTypeCode"]
    return next((code for code in kinds if code != own.content_type_code), kinds[0])


def _related(s: Session, entry: DocumentEntry, kind: AssociationType, to: str) -> Submission:
    """Submit an entry that is related to one that is registered."""
    made = s.world.submission([entry])
    relation = Association(entry_uuid=s.world.uuid(), type=kind, source=entry.entry_uuid, target=to)
    return replace(made, associations=(*made.associations, relation))
