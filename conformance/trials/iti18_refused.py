"""ITI-18: what a registry must refuse, and how (ITI TF-2 3.18.4.1.3, TF-3 4.2.4.1)."""

from __future__ import annotations

from typing import Any, Final

from conformance.trial import Session, trial
from conformance.trials.asking import OBJECT_REF, ask, ask_raw, quoted, refuses
from conformance.trials.iti18 import NEEDS
from conformance.trials.library import library
from ihe_profiles.xds.queries import BY_NAME
from ihe_profiles.xds.vocabulary import ResponseStatus, Status

_FIND: Final = BY_NAME["FindDocuments"].id
_APPROVED: Final = f"('{Status.APPROVED}')"
_PATIENT: Final = "$XDSDocumentEntryPatientId"
_STATUS: Final = "$XDSDocumentEntryStatus"


@trial("ITI-18.53", "ITI-18.54", "ITI-18.55", "ITI-18.56", "ITI-18.60", needs=NEEDS)
def parameters(s: Session) -> None:
    """Queries that do not exist, and parameters that are missing or too many."""
    shelf = library(s)
    patient, uuid = quoted(shelf.patient), shelf.documents["A"].entry_uuid
    unique_id = quoted(shelf.documents["A"].unique_id)
    by_patient, by_status = (_PATIENT, [patient]), (_STATUS, [_APPROVED])
    get = BY_NAME["GetDocuments"].id
    both = [
        ("$XDSDocumentEntryEntryUUID", [f"({quoted(uuid)})"]),
        ("$XDSDocumentEntryUniqueId", [f"({unique_id})"]),
    ]
    number, missing = "XDSStoredQueryParamNumber", "XDSStoredQueryMissingParam"
    for assertion, query, slots, code in (
        ("ITI-18.53", s.world.uuid(), [by_patient, by_status], "XDSUnknownStoredQuery"),
        ("ITI-18.54", _FIND, [by_patient], missing),
        ("ITI-18.54", _FIND, [by_status], missing),
        ("ITI-18.55", _FIND, [(_PATIENT, [f"({patient},'x^^^&1.2.3&ISO')"]), by_status], number),
        ("ITI-18.56", get, both, number),
        ("ITI-18.56", get, [], missing),
    ):
        response = ask_raw(s, query, slots)
        refuses(s, assertion, response, code, f"{query} with {[name for name, _ in slots]}")


@trial("ITI-18.57", "ITI-18.60", needs=NEEDS)
def syntax(s: Session) -> None:
    """Values that cannot be read."""
    shelf = library(s)
    given = [(_PATIENT, [quoted(shelf.patient)]), (_STATUS, [_APPROVED])]
    for name, value in (
        ("$XDSDocumentEntryClassCode", "(no quotes)"),
        ("$XDSDocumentEntryClassCode", "('code without scheme')"),
        ("$XDSDocumentEntryClassCode", "('open^^1.2.3'"),
        ("$XDSDocumentEntryCreationTimeFrom", "yesterday"),
        ("$XDSDocumentEntryCreationTimeFrom", "20211340"),
    ):
        response = ask_raw(s, _FIND, [*given, (name, [value])])
        refuses(s, "ITI-18.57", response, "", f"{name} {value}")


@trial("ITI-18.58", "ITI-18.59", "ITI-18.60", needs=NEEDS)
def several_patients(s: Session) -> None:
    """A document of the library and one of another patient."""
    shelf = library(s)
    other = s.world.submit(s.world.submission([s.world.entry(s.world.patient())])).documents[0]
    ids = [shelf.documents["A"].unique_id or "", other.unique_id or ""]
    asked: dict[str, Any] = {"$XDSDocumentEntryUniqueId": ids}
    for query in ("GetDocuments", "GetDocumentsAndAssociations"):
        refuses(s, "ITI-18.58", ask(s, query, asked), "XDSResultNotSinglePatient", query)
    response = ask(s, "GetDocuments", asked, OBJECT_REF)
    s.equal("ITI-18.59", response.status, ResponseStatus.SUCCESS, "@status")
    uuids = sorted((shelf.documents["A"].entry_uuid, other.entry_uuid))
    s.equal("ITI-18.59", sorted(response.refs), uuids, "ObjectRef/@id")


@trial("ITI-18.60", "ITI-18.61", needs=NEEDS)
def another_transaction(s: Session) -> None:
    """A query of several patients."""
    shelf = library(s)
    query = BY_NAME["FindDocumentsForMultiplePatients"].id
    slots = [(_PATIENT, [f"({quoted(shelf.patient)})"]), (_STATUS, [_APPROVED])]
    refuses(s, "ITI-18.61", ask_raw(s, query, slots), "", "FindDocumentsForMultiplePatients")
