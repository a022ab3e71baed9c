"""Every error code that the facts give ITI-18, provoked on ITI-18 and ITI-51; or why it is not."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from ihe_profiles import iti18, iti51
from ihe_profiles.ebrim.namespaces import declarations
from ihe_profiles.xds.queries import BY_NAME
from ihe_profiles.xds.vocabulary import ResponseStatus, Status
from ledger.database import Database
from registry.limits import RegistryLimits
from registry.service import Registry
from tests.facts import rows
from tests.registry.consumer import Consumer
from tests.registry.samples import OTHER_PATIENT, PATIENT, document, submission

NEVER = {
    "XDSMissingHomeCommunityId": "gateways only: a registry needs no homeCommunityId",
    "XDSUnavailableCommunity": "gateways only",
    "XDSUnknownCommunity": "gateways only: a registry answers for itself",
    "XDSRegistryOutOfResources": "a query writes nothing",
    "XDSUnknownPatientId": "this registry answers an unknown patient with an empty Success",
}
FIND = {18: BY_NAME["FindDocuments"], 51: BY_NAME["FindDocumentsForMultiplePatients"]}
TRANSACTIONS = {18: iti18.TRANSACTION, 51: iti51.TRANSACTION}

WHOSE = ("$XDSDocumentEntryPatientId", f"'{PATIENT}'")
STATUS = ("$XDSDocumentEntryStatus", f"('{Status.APPROVED}')")
IDS = "$XDSDocumentEntryUniqueId"


def _request(query: str, *slots: tuple[str, str]) -> bytes:
    values = "".join(
        f'<rim:Slot name="{name}"><rim:ValueList><rim:Value>{value.replace("&", "&amp;")}'
        "</rim:Value></rim:ValueList></rim:Slot>"
        for name, value in slots
    )
    return (
        f"<query:AdhocQueryRequest{declarations('query', 'rim')}>"
        '<query:ResponseOption returnType="LeafClass"/>'
        f'<rim:AdhocQuery id="{query}">{values}</rim:AdhocQuery></query:AdhocQueryRequest>'
    ).encode()


def _codes(registry: Consumer, number: int, body: bytes) -> list[str]:
    answer = registry.query_xml(body, TRANSACTIONS[number])
    assert answer.status is ResponseStatus.FAILURE
    assert answer.objects == ()
    return [error.code for error in answer.errors]


def _ask(registry: Consumer, number: int, *slots: tuple[str, str]) -> list[str]:
    return _codes(registry, number, _request(FIND[number].id, *slots))


def unknown_query(registry: Consumer, database: Database, number: int) -> list[str]:
    return _codes(registry, number, _request("urn:uuid:00000000-0000-4000-8000-000000000000"))


def missing(registry: Consumer, database: Database, number: int) -> list[str]:
    return _ask(registry, number, WHOSE)


def several(registry: Consumer, database: Database, number: int) -> list[str]:
    both = ("$XDSDocumentEntryCreationTimeFrom", "(2005,2006)")
    return _ask(registry, number, WHOSE, STATUS, both)


def syntax(registry: Consumer, database: Database, number: int) -> list[str]:
    return _ask(registry, number, WHOSE, STATUS, ("$XDSDocumentEntryClassCode", "('A')"))


def too_many(registry: Consumer, database: Database, number: int) -> list[str]:
    registry.register(submission(document(), document()))
    few = Consumer(Registry(database, limits=RegistryLimits(objects=1)))
    return _ask(few, number, WHOSE, STATUS)


def busy(registry: Consumer, database: Database, number: int) -> list[str]:
    gone = Consumer(Registry(Database("postgresql+psycopg://x@127.0.0.1:1/x")))
    return _ask(gone, number, WHOSE, STATUS)


Act = Callable[[Consumer, Database, int], list[str]]
PROVOKED: dict[str, Act] = {
    "XDSRegistryBusy": busy,
    "XDSRegistryError": syntax,
    "XDSStoredQueryMissingParam": missing,
    "XDSStoredQueryParamNumber": several,
    "XDSTooManyResults": too_many,
    "XDSUnknownStoredQuery": unknown_query,
}
SINGLE_PATIENT = "XDSResultNotSinglePatient"
"""Of ITI-18 only: ITI-51 is there to return several patients (ITI TF-2 3.51.4.1.2)."""


def _rows_of_18(shared: Path) -> set[str]:
    """The codes whose transactions name SQ, several in a row each with their own letters."""
    found = set()
    for code, _severity, transactions, _condition in rows(shared / "standards/errors.md", "IHE"):
        codes, letters = code.split(" / "), transactions.split(" / ")
        letters = letters if len(letters) == len(codes) else letters * len(codes)
        found |= {c for c, n in zip(codes, letters, strict=True) if re.search(r"\bSQ\b", n)}
    return found


def test_every_row_is_tested(shared: Path) -> None:
    assert _rows_of_18(shared) == {*PROVOKED, *NEVER, SINGLE_PATIENT}


@pytest.mark.parametrize("number", TRANSACTIONS)
@pytest.mark.parametrize("code", PROVOKED)
def test_row(registry: Consumer, database: Database, code: str, number: int) -> None:
    assert PROVOKED[code](registry, database, number) == [code]


def test_objects_of_several_patients_are_refused(registry: Consumer) -> None:
    registry.register(submission(document(unique_id="1.2.1")))
    registry.register(
        submission(document(unique_id="1.2.2", patient_id=OTHER_PATIENT), patient=OTHER_PATIENT)
    )
    both = _request(BY_NAME["GetDocuments"].id, (IDS, "('1.2.1','1.2.2')"))
    assert _codes(registry, 18, both) == [SINGLE_PATIENT]


def test_an_unknown_patient_has_nothing(registry: Consumer) -> None:
    body = _request(FIND[18].id, ("$XDSDocumentEntryPatientId", "'9^^^&1.2.3&ISO'"), STATUS)
    answer = registry.query_xml(body)
    assert (answer.status, answer.objects) == (ResponseStatus.SUCCESS, ())


def test_a_query_changes_nothing(registry: Consumer, database: Database) -> None:
    registry.register(submission(document()))
    tables = text("SELECT count(*) FROM registry_transaction")
    with database.read() as connection:
        before = connection.execute(tables).scalar()
    assert len(registry.query_xml(_request(FIND[18].id, WHOSE, STATUS)).objects) == 1
    with database.read() as connection:
        assert connection.execute(tables).scalar() == before
