"""Every error code that the facts give ITI-42, provoked; those never sent say why (TF-3 4.2.4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from ihe_profiles.xds.metadata import Slot
from ihe_profiles.xds.vocabulary import AssociationType, ResponseStatus
from ledger.database import Database
from registry.patients.domain import PatientDomain
from registry.service import Registry
from tests.facts import rows
from tests.registry.consumer import Consumer
from tests.registry.registration.acts import (
    contents,
    documents,
    everything,
    new,
    register,
    registered,
    relate,
    related,
)
from tests.registry.samples import OTHER_PATIENT, document, submission

RPLC = AssociationType.RPLC
NEVER = {
    "XDSExtraMetadataNotSaved": "all extra metadata is saved",
    "XDSReplaceFailed": "deprecated: not to be sent",
}
_TRIGGER = {
    "sqlite": [
        (
            "CREATE TRIGGER stops BEFORE INSERT ON submission_set "
            "BEGIN SELECT RAISE(ABORT, 'stopped'); END"
        )
    ],
    "postgresql": [
        (
            "CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$ "
            "BEGIN RAISE EXCEPTION 'stopped' USING ERRCODE = '{state}'; END $$"
        ),
        "CREATE TRIGGER stops BEFORE INSERT ON submission_set EXECUTE FUNCTION stop()",
    ],
}
_NO_TRIGGER = {
    "sqlite": ["DROP TRIGGER stops"],
    "postgresql": ["DROP TRIGGER stops ON submission_set", "DROP FUNCTION stop()"],
}


def sent_by(registry: Consumer, *objects: object, **changes: object) -> list[str]:
    response = registry.register(submission(*objects, **changes))
    assert response.status is ResponseStatus.FAILURE
    return [error.code for error in response.errors]


def unresolved(registry: Consumer, database: Database) -> list[str]:
    return [e.code for e in registry.register(related(RPLC, uuid4().urn)[1]).errors]


def duplicate(registry: Consumer, database: Database) -> list[str]:
    taken = register(registry, document()).submission_sets[0].unique_id
    return sent_by(registry, document(), unique_id=taken)


def other_hash(registry: Consumer, database: Database) -> list[str]:
    old = registered(registry, content="bytes")
    return sent_by(registry, document("BYTES", unique_id=old.unique_id))


def other_size(registry: Consumer, database: Database) -> list[str]:
    old = registered(registry, content="bytes")
    return sent_by(registry, replace(document("bytes", unique_id=old.unique_id), size="9"))


def other_patient(registry: Consumer, database: Database) -> list[str]:
    return sent_by(registry, document(patient_id=OTHER_PATIENT))


def busy(registry: Consumer, database: Database) -> list[str]:
    gone = Database("postgresql+psycopg://x@127.0.0.1:1/x")
    return sent_by(Consumer(Registry(gone)), document())


def deprecated(registry: Consumer, database: Database) -> list[str]:
    old = registered(registry)
    relate(registry, RPLC, old.entry_uuid)
    return [e.code for e in registry.register(related(RPLC, old.entry_uuid)[1]).errors]


def twice_in_message(registry: Consumer, database: Database) -> list[str]:
    return sent_by(registry, document(unique_id="1.2"), document(unique_id="1.2"))


def own_failure(registry: Consumer, database: Database) -> list[str]:
    return _stopped(registry, database, "P0001")


def out_of_resources(registry: Consumer, database: Database) -> list[str]:
    if database.dialect == "postgresql":
        return _stopped(registry, database, "53100")  # disk_full
    database.write(lambda c: c.exec_driver_sql("PRAGMA max_page_count = 1"))
    try:
        return sent_by(registry, *(document(comments=()) for _ in range(200)))
    finally:
        database.write(lambda c: c.exec_driver_sql("PRAGMA max_page_count = 1000000000"))


def bad_metadata(registry: Consumer, database: Database) -> list[str]:
    return sent_by(registry, document(hash="x"))


def unknown_patient(registry: Consumer, database: Database) -> list[str]:
    return sent_by(Consumer(Registry(database, domain=PatientDomain(is_open=False))), document())


PROVOKED: dict[str, Callable[[Consumer, Database], list[str]]] = {
    "UnresolvedReferenceException": unresolved,
    "XDSDuplicateUniqueIdInRegistry": duplicate,
    "XDSNonIdenticalHash": other_hash,
    "XDSNonIdenticalSize": other_size,
    "XDSPatientIdDoesNotMatch": other_patient,
    "XDSRegistryBusy": busy,
    "XDSRegistryDeprecatedDocumentError": deprecated,
    "XDSRegistryDuplicateUniqueIdInMessage": twice_in_message,
    "XDSRegistryError": own_failure,
    "XDSRegistryMetadataError": bad_metadata,
    "XDSRegistryOutOfResources": out_of_resources,
    "XDSUnknownPatientId": unknown_patient,
}


def _stopped(registry: Consumer, database: Database, state: str) -> list[str]:
    _execute(database, _TRIGGER, state)
    try:
        before = everything(database)
        found = sent_by(registry, document())
        assert everything(database) == before
        return found
    finally:
        _execute(database, _NO_TRIGGER, state)


def _execute(database: Database, statements: dict[str, list[str]], state: str) -> None:
    for statement in statements[database.dialect]:
        text = statement.replace("{state}", state)
        database.write(lambda c, text=text: c.exec_driver_sql(text))


def _rows_of_42(shared: Path) -> set[str]:
    """The codes whose transactions name R, several in a row each with their own letters."""
    found = set()
    for code, _severity, transactions, _condition in rows(shared / "standards/errors.md", "IHE"):
        codes, letters = code.split(" / "), transactions.split(" / ")
        letters = letters if len(letters) == len(codes) else letters * len(codes)
        found |= {c for c, names in zip(codes, letters, strict=True) if re.search(r"\bR\b", names)}
    return found


def test_every_row_is_tested(shared: Path) -> None:
    assert _rows_of_42(shared) == {*PROVOKED, *NEVER}


@pytest.mark.parametrize(
    "code", PROVOKED, ids=[f"{n} of {len(PROVOKED)} {c}" for n, c in enumerate(PROVOKED, 1)]
)
def test_row(registry: Consumer, database: Database, code: str) -> None:
    assert PROVOKED[code](registry, database) == [code]
    register(registry, document())  # whatever it was, it is over


def test_extra_metadata_is_never_lost(registry: Consumer) -> None:
    slots = (Slot("urn:example:x", ("1",)),)
    entry = new(extra_slots=slots)
    sent = submission(entry)
    assert registry.register(sent).errors == ()
    assert documents(registry, entry.entry_uuid)[entry.entry_uuid].extra_slots == slots


def test_a_registry_never_answers_with_half_a_success(registry: Consumer) -> None:
    sent = submission(document(), document(hash="x"))
    response = registry.register(sent)
    assert response.status is ResponseStatus.FAILURE
    assert contents(registry, sent) == ()
