"""Registrations that meet end as if one had come after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from ihe_profiles import iti42
from ihe_profiles.xds.encoding import write_submission
from ihe_profiles.xds.metadata import DocumentEntry, Submission
from ihe_profiles.xds.vocabulary import AssociationType, Status
from ledger.database import Database
from registry.store import tables
from tests.registry.consumer import Consumer
from tests.registry.samples import association, code, document, folder, put, submission

AT_ONCE = 4
ROUNDS = range(5)
RPLC, APND = AssociationType.RPLC, AssociationType.APND


def new(**changes: object) -> DocumentEntry:
    return document(entry_uuid=uuid4().urn, **changes)


def together(registry: Consumer, *sent: Submission) -> list[list[str]]:
    """Register all at the same moment; return the error codes of each, sorted."""
    start = threading.Barrier(len(sent))

    def register(one: Submission) -> list[str]:
        start.wait(10)
        return [error.code for error in registry.register(one).errors]

    with ThreadPoolExecutor(len(sent)) as pool:
        return sorted(pool.map(register, sent))


def status(registry: Consumer, entry: DocumentEntry) -> str | None:
    (found,) = registry.query("GetDocuments", XDSDocumentEntryEntryUUID=[entry.entry_uuid]).objects
    return found.availability_status


@pytest.mark.parametrize("_round", ROUNDS)
def test_one_of_those_who_give_a_unique_id_to_different_bytes_wins(
    registry: Consumer, _round: int
) -> None:
    uid = uuid4().urn
    sent = [submission(document(f"bytes {n}", unique_id=uid)) for n in range(AT_ONCE)]
    refused = ["XDSNonIdenticalHash"]
    assert together(registry, *sent) == [[], *[refused] * (AT_ONCE - 1)]
    assert len(registry.query("GetDocuments", XDSDocumentEntryUniqueId=[uid]).objects) == 1


@pytest.mark.parametrize("_round", ROUNDS)
def test_one_of_those_who_replace_the_same_document_wins(registry: Consumer, _round: int) -> None:
    old = new()
    registry.register(submission(old))
    entries = [new() for _ in range(AT_ONCE)]
    sent = [submission(e, association(RPLC, e.entry_uuid, old.entry_uuid)) for e in entries]
    refused = ["XDSRegistryDeprecatedDocumentError"]
    assert together(registry, *sent) == [[], *[refused] * (AT_ONCE - 1)]


@pytest.mark.parametrize("_round", ROUNDS)
def test_what_is_appended_to_a_document_is_deprecated_with_it_or_refused(
    registry: Consumer, _round: int
) -> None:
    old, appendix, replacement = new(), new(), new()
    registry.register(submission(old))
    outcome = together(
        registry,
        submission(appendix, association(APND, appendix.entry_uuid, old.entry_uuid)),
        submission(replacement, association(RPLC, replacement.entry_uuid, old.entry_uuid)),
    )
    assert status(registry, old) == Status.DEPRECATED
    if outcome == [[], []]:
        assert status(registry, appendix) == Status.DEPRECATED
    else:
        assert outcome == [[], ["XDSRegistryDeprecatedDocumentError"]]


@pytest.mark.parametrize("_round", ROUNDS)
def test_a_document_filed_while_it_is_replaced_takes_its_replacement_along(
    registry: Consumer, database: Database, _round: int
) -> None:
    old, replacement, dossier = new(), new(), folder(entry_uuid=uuid4().urn)
    registry.register(submission(old, dossier))
    outcome = together(
        registry,
        submission(put(dossier.entry_uuid, old.entry_uuid)),
        submission(replacement, association(RPLC, replacement.entry_uuid, old.entry_uuid)),
    )
    row = tables.association.c
    with database.read() as connection:
        held = connection.execute(
            select(row.target).where(row.source == dossier.entry_uuid)
        ).scalars()
        expected = {old.entry_uuid, replacement.entry_uuid} if outcome == [[], []] else set()
        assert set(held) == expected


def test_strangers_bring_the_same_new_patient_and_codes(
    registry: Consumer, database: Database
) -> None:
    news = [code(f"new {n}") for n in range(5)]
    sent = [submission(document(event_code_list=tuple(news[::turn]))) for turn in (1, -1, 1, -1)]
    assert together(registry, *sent) == [[]] * 4
    with database.read() as connection:
        for table, expected in ((tables.patient, 1), (tables.registry_transaction, 4)):
            found = select(func.count()).select_from(table)
            assert connection.execute(found).scalar() == expected
    parameters = {"XDSDocumentEntryEventCodeList": ["new 3^^1.2.3"]}
    assert len(_find(registry, **parameters)) == 4


def test_documents_in_opposite_order_are_all_registered(registry: Consumer) -> None:
    entries = [document("same bytes" + str(n), unique_id=uuid4().urn) for n in range(20)]
    copies = [
        submission(*(document(f"same bytes{n}", unique_id=entries[n].unique_id) for n in order))
        for order in (range(20), range(19, -1, -1)) * 2
    ]
    assert together(registry, *copies) == [[]] * 4


@pytest.mark.parametrize("_round", ROUNDS)
def test_twins_are_registered_once_and_answered_alike(
    registry: Consumer, database: Database, _round: int
) -> None:
    body = iti42.request(write_submission(submission(document())))
    start = threading.Barrier(AT_ONCE)

    def register(_n: int) -> int:
        start.wait(10)
        return len(registry.register_xml(body, "urn:uuid:twin").errors)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert list(pool.map(register, range(AT_ONCE))) == [0] * AT_ONCE
    with database.read() as connection:
        found = select(func.count()).select_from(tables.document_entry)
        assert connection.execute(found).scalar() == 1


def test_nothing_is_seen_before_it_is_committed(registry: Consumer) -> None:
    """Readers among writers see whole submissions: the set with all that it holds, or nothing."""
    sent = [submission(*(new() for _ in range(5))) for _ in range(10)]
    done = threading.Event()
    sizes: set[int] = set()

    def read() -> None:
        while not done.is_set():
            for one in sent:
                uid = one.submission_sets[0].unique_id
                found = registry.query(
                    "GetSubmissionSetAndContents", "ObjectRef", XDSSubmissionSetUniqueId=uid
                )
                sizes.add(len(found.refs))

    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        try:
            for one in sent:
                assert registry.register(one).errors == ()
        finally:
            done.set()
        [reader.result(30) for reader in readers]
    assert sizes <= {0, 11}


def _find(registry: Consumer, **parameters: object) -> tuple[object, ...]:
    required: dict[str, Callable[[], object] | object] = {
        "XDSDocumentEntryPatientId": "1234^^^&1.2.250.1.213.1.4.99&ISO",
        "XDSDocumentEntryStatus": [Status.APPROVED],
    }
    return registry.query("FindDocuments", **(required | parameters)).objects
