"""The index of documents, on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Executable, event, text
from sqlalchemy.exc import IntegrityError

from ledger import migrate
from ledger.database import Database
from repository.store import TREE, reads, writes
from repository.store.blobs import new_key
from repository.store.reads import Stored
from repository.store.tables import METADATA, State
from repository.store.writes import Pending
from tests.ledger.schema import differences


def a_document(**changes: object) -> Pending:
    fields: dict[str, object] = {
        "unique_id": "1.2.3",
        "blob_key": new_key(),
        "mime_type": "text/plain",
        "home": None,
        "size": 3,
        "sha1": "a9993e364706816aba3e25717850c26c9cd0d89d",
        "sha256": bytes(32),
        "chunk_digests": b"\x00\xff" * 16,
        "lease_until": 2_000,
        "submission_unique_id": "1.2.3.4",
        "register_message_id": "urn:uuid:7b0a1fd2-33a3-4a4c-8ad2-6f29a4f5d9c1",
        "time": 1_000,
        "trace_id": "0" * 32,
    }
    return Pending(**(fields | changes))  # type: ignore[arg-type]


def _add(database: Database, *documents: Pending) -> None:
    database.write(lambda c: writes.add(c, documents))


def _commit(database: Database, *documents: Pending) -> int:
    return database.write(lambda c: writes.commit(c, [d.blob_key for d in documents]))


def _stored(database: Database, *unique_ids: str) -> dict[str, list[str]]:
    with database.read() as connection:
        found = reads.stored(connection, unique_ids)
    return {unique_id: [d.blob_key for d in documents] for unique_id, documents in found.items()}


def _states(database: Database, *documents: Pending) -> list[State | None]:
    with database.read() as connection:
        found = reads.states(connection, [d.blob_key for d in documents])
    return [found.get(d.blob_key) for d in documents]


def test_migrated_tables_are_those_of_the_code(database_url: str) -> None:
    database = Database(database_url)
    migrate.upgrade(database, TREE)
    migrate.check(database, TREE)
    assert differences(database_url, TREE, METADATA) == []
    database.close()


def test_a_pending_document_can_be_retrieved(database: Database) -> None:
    one = a_document(size=5_000_000_000)
    _add(database, one)
    with database.read() as connection:
        found = reads.stored(connection, ["1.2.3", "9.9"])
    assert found == {
        "1.2.3": [
            Stored("1.2.3", one.blob_key, "text/plain", 5_000_000_000, one.sha1, one.chunk_digests)
        ]
    }


def test_committed_documents_come_before_pending_ones_then_the_oldest(database: Database) -> None:
    pending, first, second = a_document(), a_document(), a_document()
    for document in (pending, first, second):
        _add(database, document)
    assert _commit(database, second, first) == 2
    assert _stored(database, "1.2.3") == {
        "1.2.3": [first.blob_key, second.blob_key, pending.blob_key]
    }


def test_thousands_of_ids_are_looked_up_at_once(database: Database) -> None:
    documents = [a_document(unique_id=f"1.2.{n}") for n in range(1200)]
    _add(database, *documents)
    assert len(_stored(database, *(d.unique_id for d in documents), "9.9")) == 1200


def test_committing_counts_what_is_there_and_may_be_repeated(database: Database) -> None:
    one, gone = a_document(), a_document()
    _add(database, one)
    assert _commit(database, one, gone) == 1
    assert _commit(database, one) == 1
    assert _states(database, one, gone) == [State.COMMITTED, None]


def test_only_pending_documents_are_removed_or_prolonged(database: Database) -> None:
    pending, committed = a_document(), a_document()
    _add(database, pending, committed)
    _commit(database, committed)
    keys = [pending.blob_key, committed.blob_key]
    database.write(lambda c: writes.prolong(c, keys, 7_000))
    database.write(lambda c: writes.remove(c, keys))
    assert _states(database, pending, committed) == [None, State.COMMITTED]


def test_overdue_documents_come_longest_overdue_first(database: Database) -> None:
    late, later, ahead = (a_document(lease_until=at) for at in (2_000, 1_000, 9_000))
    _add(database, late, later, ahead)
    with database.read() as connection:
        found = reads.overdue(connection, 5_000, 10)
        assert [d.blob_key for d in found] == [later.blob_key, late.blob_key]
        assert [d.blob_key for d in reads.overdue(connection, 5_000, 1)] == [later.blob_key]
        assert reads.overdue(connection, 1_000, 10) == []
    assert found[0].submission_unique_id == "1.2.3.4"
    assert found[0].sha1 == later.sha1


def test_a_document_whose_lease_was_moved_meanwhile_is_left_alone(database: Database) -> None:
    one = a_document(lease_until=2_000)
    _add(database, one)
    key = one.blob_key
    assert database.write(lambda c: writes.prolong_seen(c, key, 2_000, 3_000))
    assert not database.write(lambda c: writes.remove_seen(c, key, 2_000))
    assert not database.write(lambda c: writes.commit_seen(c, key, 2_000))
    assert not database.write(lambda c: writes.prolong_seen(c, key, 2_000, 4_000))
    assert _states(database, one) == [State.PENDING]
    assert database.write(lambda c: writes.commit_seen(c, key, 3_000))
    assert not database.write(lambda c: writes.remove_seen(c, key, 3_000))
    assert _states(database, one) == [State.COMMITTED]


def test_one_blob_has_one_row(database: Database) -> None:
    one = a_document()
    _add(database, one)
    with pytest.raises(IntegrityError):
        _add(database, replace(one, unique_id="1.2.4"))


def test_no_documents_are_no_work(database: Database) -> None:
    _add(database)
    assert _commit(database) == 0
    assert _stored(database) == {}


def test_a_state_that_contradicts_its_lease_is_refused(database: Database) -> None:
    _add(database, a_document())
    with pytest.raises(IntegrityError):
        database.write(lambda c: c.execute(text("UPDATE document SET lease_until = NULL")))
    with pytest.raises(IntegrityError):
        database.write(lambda c: c.execute(text("UPDATE document SET state = 'lost'")))


PLANS = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN "}


@pytest.mark.parametrize(
    ("statement", "values", "index"),
    [
        (reads._STORED, {"unique_ids": ["1.2.3"]}, "document_unique_id"),
        (reads._OVERDUE, {"now": 5, "most": 10}, "document_pending"),
        (reads._STATES, {"blob_keys": ["a"]}, "document_blob_key"),
        (writes._COMMIT, {"blob_keys": ["a"]}, "document_blob_key"),
    ],
)
def test_each_statement_finds_its_rows_by_an_index(
    database: Database, statement: Executable, values: dict[str, object], index: str
) -> None:
    documents = [a_document(unique_id=f"1.2.{n}") for n in range(3000)]
    _add(database, *documents)
    _commit(database, *documents)
    database.write(lambda c: c.execute(text("ANALYZE document")))
    with database.read() as connection:

        @event.listens_for(connection, "before_cursor_execute", retval=True)
        def _(_c: object, _cursor: object, sql: str, parameters: object, *_: object) -> object:
            return PLANS[database.dialect] + sql, parameters

        plan = str(connection.execute(statement, values).cursor.fetchall())
    plan = plan.replace("sqlite_autoindex_document_1", "document_blob_key")
    assert f"USING INDEX {index} " in plan or f"using {index} " in plan, plan
