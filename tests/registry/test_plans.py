"""The plans of the three queries: by index, and no table read from end to end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Connection, event, text

from ihe_profiles.xds.vocabulary import Status
from ledger.database import Database
from registry.service import Registry
from registry.store.tables import METADATA
from tests.registry.consumer import Consumer
from tests.registry.samples import PATIENT, document, folder, put, submission

LARGE = {
    "document_entry",
    "submission_set",
    "folder",
    "association",
    "identifier",
    "further_patient",
    "document_author",
    "document_code",
    "patient",
}
QUERIES: dict[str, Callable[[Consumer, Any], Any]] = {
    "find": lambda registry, _sent: registry.query(
        "FindDocuments",
        XDSDocumentEntryPatientId=PATIENT,
        XDSDocumentEntryStatus=[Status.APPROVED],
    ),
    "find with everything": lambda registry, _sent: registry.query(
        "FindDocuments",
        XDSDocumentEntryPatientId=PATIENT,
        XDSDocumentEntryStatus=[Status.APPROVED, Status.DEPRECATED],
        XDSDocumentEntryTypeCode=["type^^1.2.3"],
        XDSDocumentEntryClassCode=["class^^1.2.3"],
        XDSDocumentEntryEventCodeList=[["event^^1.2.3"], ["event^^1.2.3"]],
        XDSDocumentEntryAuthorPerson=["%Dupont%"],
        XDSDocumentEntryCreationTimeFrom="2005",
        XDSDocumentEntryServiceStopTimeTo="2050",
    ),
    "get by entryUUID": lambda registry, sent: registry.query(
        "GetDocuments", XDSDocumentEntryEntryUUID=[d.entry_uuid for d in sent.documents]
    ),
    "get by uniqueId": lambda registry, sent: registry.query(
        "GetDocuments", XDSDocumentEntryUniqueId=[d.unique_id for d in sent.documents]
    ),
    "contents": lambda registry, sent: registry.query(
        "GetSubmissionSetAndContents",
        XDSSubmissionSetUniqueId=sent.submission_sets[0].unique_id,
        XDSDocumentEntryConfidentialityCode=["N^^1.2.3"],
    ),
}


@pytest.fixture
def sent(database: Database) -> Any:
    """One patient's submission among those of many others; statistics are up to date."""
    registry = Consumer(Registry(database))
    entries, dossier = [document(entry_uuid=uuid4().urn) for _ in range(3)], folder()
    sent = submission(*entries, dossier, *(put(dossier.entry_uuid, e.entry_uuid) for e in entries))
    assert registry.register(sent).errors == ()
    _multiply(database, 300)
    return sent


def _multiply(database: Database, patients: int) -> None:
    """Give `patients` others copies of the rows, without their XML."""
    copied = LARGE - {"patient", "further_patient"}
    names = [table for table in METADATA.sorted_tables if table.name in copied]

    def work(connection: Connection) -> None:
        for number in range(1, patients + 1):
            add = "INSERT INTO patient (key, authority, identifier, text) VALUES (:k, '9', :i, '')"
            connection.execute(text(add), {"k": 1000 + number, "i": str(number)})
        for table in names:
            columns = ", ".join(f'"{c.name}"' for c in table.columns)
            values = ", ".join(_copied(c.name) for c in table.columns)
            connection.execute(
                text(
                    f"INSERT INTO {table.name} ({columns}) SELECT {values} FROM {table.name} AS one"
                    " CROSS JOIN (SELECT key FROM patient WHERE authority = '9') AS other"
                )
            )
        connection.execute(
            text(
                "INSERT INTO further_patient (value, scheme, patient)"
                " SELECT value, scheme, patient FROM identifier"
            )
        )

    database.write(work)
    if database.dialect == "postgresql":  # which does so by itself, and SQLite never
        database.write(lambda c: c.execute(text("ANALYZE")))


def _copied(column: str) -> str:
    if column in ("patient", "target_patient"):
        return "other.key"
    if column in ("entry_uuid", "unique_id", "value", "source", "target"):
        return f"one.{column} || '-' || other.key"
    return "''" if column == "fragment" else f'one."{column}"'


def plans(database: Database, ask: Callable[[], Any]) -> list[str]:
    """The plan of each statement that `ask` executes."""
    found: list[str] = []

    def explain(
        connection: Connection, cursor: Any, statement: str, parameters: Any, *_: object
    ) -> None:
        if not statement.lstrip().startswith(("SELECT", "WITH")):
            return
        word = "EXPLAIN QUERY PLAN " if database.dialect == "sqlite" else "EXPLAIN "
        driver = connection.connection.driver_connection
        if database.dialect == "postgresql":  # a small table is read whole, index or not
            driver.execute("SET enable_seqscan = off")
        rows = driver.execute(word + statement, parameters).fetchall()
        if database.dialect == "postgresql":
            driver.execute("RESET enable_seqscan")
        found.append("\n".join(str(row[-1]) for row in rows))

    engine = database._reader
    event.listen(engine, "before_cursor_execute", explain)
    try:
        ask()
    finally:
        event.remove(engine, "before_cursor_execute", explain)
    return found


@pytest.mark.parametrize("query", QUERIES)
def test_no_large_table_is_read_from_end_to_end(database: Database, sent: Any, query: str) -> None:
    registry = Consumer(Registry(database))
    found = plans(database, lambda: QUERIES[query](registry, sent))
    assert len(found) == (1 if query.startswith("find") else 2)  # round trips
    whole = {
        table
        for plan in found
        for line in plan.splitlines()
        for table in LARGE
        if f"{line.strip(' ->')} ".startswith((f"SCAN {table} ", f"Seq Scan on {table} "))
    }
    assert whole == set(), "\n".join(found)
