"""ITI-51 Multi-Patient Stored Query (ITI TF-2 3.51)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import schemas
from conformance.target import Offer
from conformance.trial import Session, trial
from conformance.trials.asking import OBJECT_REF, ask, ask_raw, refuses, written
from conformance.trials.library import Library, library
from ihe_profiles import iti18, iti51
from ihe_profiles.xds.metadata import DocumentEntry, Folder, Submission
from ihe_profiles.xds.queries import BY_NAME
from ihe_profiles.xds.submission import Filing
from ihe_profiles.xds.vocabulary import Status

_NEEDS: Final = (Offer.REGISTRY, Offer.MULTI_PATIENT)
_DOCUMENTS: Final = "FindDocumentsForMultiplePatients"
_FOLDERS: Final = "FindFoldersForMultiplePatients"
_MISSING: Final = "XDSStoredQueryMissingParam"


@dataclass(frozen=True, slots=True)
class _Pair:
    """The library, and what another patient has: a document in a folder."""

    shelf: Library
    other: Submission

    @property
    def patients(self) -> list[str]:
        return [str(self.shelf.patient), str(self.other.documents[0].patient_id)]


def _pair(s: Session) -> _Pair:
    return s.world.once("two patients", lambda: _build(s))


def _build(s: Session) -> _Pair:
    shelf, patient = library(s), s.world.patient()
    entry = s.world.entry(patient, class_code=shelf.documents["A"].class_code)
    folder = Folder(
        entry_uuid=s.world.uuid(),
        unique_id=s.world.oid(),
        patient_id=patient,
        title=entry.title,
        code_list=shelf.folders["F"].code_list,
    )
    made = s.world.submission([entry], folders=[Filing(folder, (entry.entry_uuid,))])
    return _Pair(shelf, s.world.submit(made))


def _ask(s: Session, query: str, kind: str, return_type: str = "LeafClass", **more: Any) -> Any:
    named = {f"$XDS{kind}{name}": value for name, value in more.items()}
    parameters = {f"$XDS{kind}Status": [Status.APPROVED], **named}
    return ask(s, query, parameters, return_type, iti51.TRANSACTION)


def _same(s: Session, assertion: str, response: Any, wanted: list[Any], place: str) -> None:
    codes = [error.code for error in response.errors]
    found = sorted(one.unique_id for one in response.objects)
    ids = sorted(one.unique_id for one in wanted)
    s.check(assertion, found == ids, f"{len(ids)} objects", codes or f"{len(found)} objects", place)


@trial("ITI-51.01", "ITI-51.02", "ITI-51.09", needs=_NEEDS)
def documents(s: Session) -> None:
    """The documents of two patients, all and some."""
    pair = _pair(s)
    own = [pair.shelf.documents[letter] for letter in "ABDEG"]
    wanted: list[DocumentEntry] = [*own, *pair.other.documents]
    response = _ask(s, _DOCUMENTS, "DocumentEntry", PatientId=pair.patients)
    _same(s, "ITI-51.01", response, wanted, "two patients")
    refs = _ask(s, _DOCUMENTS, "DocumentEntry", OBJECT_REF, PatientId=pair.patients)
    ids = sorted(entry.entry_uuid for entry in wanted)
    s.equal("ITI-51.09", sorted(refs.refs), ids, "ObjectRef/@id")
    code = pair.shelf.documents["A"].class_code
    assert code is not None
    response = _ask(
        s, _DOCUMENTS, "DocumentEntry", PatientId=pair.patients, ClassCode=[written(code)]
    )
    _same(s, "ITI-51.02", response, [e for e in wanted if e.class_code == code], "classCode of A")
    response = _ask(
        s, _DOCUMENTS, "DocumentEntry", PatientId=pair.patients, CreationTimeFrom="20220101"
    )
    since = [e for e in wanted if e.creation_time and e.creation_time.lowest >= 20220101000000]
    _same(s, "ITI-51.02", response, since, "creationTime from 2022")


@trial("ITI-51.05", needs=_NEEDS)
def folders(s: Session) -> None:
    """The Folders of two patients."""
    pair = _pair(s)
    wanted = [*pair.shelf.folders.values(), *pair.other.folders]
    response = _ask(s, _FOLDERS, "Folder", PatientId=pair.patients)
    _same(s, "ITI-51.05", response, wanted, "two patients")
    code = pair.shelf.codes["codeList"][-1]
    response = _ask(s, _FOLDERS, "Folder", PatientId=pair.patients, CodeList=[written(code)])
    _same(s, "ITI-51.05", response, [f for f in wanted if code in f.code_list], "codeList")


@trial("ITI-51.03", "ITI-51.04", "ITI-51.06", "ITI-51.08", needs=_NEEDS)
def refused(s: Session) -> None:
    """Parameters that are missing, and a query of ITI-18."""
    pair = _pair(s)
    refuses(s, "ITI-51.03", _ask(s, _DOCUMENTS, "DocumentEntry"), _MISSING, _DOCUMENTS)
    refuses(s, "ITI-51.06", _ask(s, _FOLDERS, "Folder"), _MISSING, _FOLDERS)
    for query, kind in ((_DOCUMENTS, "DocumentEntry"), (_FOLDERS, "Folder")):
        slots = [(f"$XDS{kind}PatientId", [f"('{pair.patients[0]}')"])]
        response = ask_raw(s, BY_NAME[query].id, slots, iti51.TRANSACTION)
        refuses(s, "ITI-51.04", response, _MISSING, query)
    slots = [
        ("$XDSDocumentEntryPatientId", [f"'{pair.patients[0]}'"]),
        ("$XDSDocumentEntryStatus", [f"('{Status.APPROVED}')"]),
    ]
    response = ask_raw(s, BY_NAME["FindDocuments"].id, slots, iti51.TRANSACTION)
    refuses(s, "ITI-51.08", response, "", "FindDocuments")


@trial("ITI-51.07", needs=_NEEDS)
def the_response(s: Session) -> None:
    """Schema and action of an answer."""
    parameters: dict[str, Any] = {
        "$XDSDocumentEntryPatientId": _pair(s).patients,
        "$XDSDocumentEntryStatus": [Status.APPROVED],
    }
    body = iti18.request(BY_NAME[_DOCUMENTS].id, parameters)
    answer = s.wire.registry.call(iti51.TRANSACTION, [body])
    broken = schemas.violations(answer.body)
    s.check("ITI-51.07", not broken, "no violation", broken[0] if broken else "none")
    action = answer.addressing.action
    s.equal("ITI-51.07", action, iti51.TRANSACTION.response_action, "wsa:Action")
