"""The store keeps each record once, in a chain, and prunes only what everybody has."""

from __future__ import annotations

import hashlib
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from ihe_profiles.atna import syslog
from ledger import migrate
from ledger.audit import chain, outbox, portion
from ledger.audit.chain import Place, Signer
from ledger.audit.outbox import Waiting
from ledger.audit.searching import Wanted, found
from ledger.audit.store import TREE, Store
from ledger.audit.tables import METADATA
from ledger.audit.verification import Verification
from ledger.database import Database
from tests.audit.conftest import ORIGIN
from tests.audit.records import access, waiting
from tests.ledger.schema import differences


def anchor(place: Place) -> Waiting:
    body = Signer(None).statement(chain.ANCHOR, place)
    return Waiting(outbox.new_id(), syslog.message(0, ORIGIN, body, chain.ANCHOR))


def findings(store: Store) -> list[str]:
    return list(Verification(store, {}).findings())


def test_migrated_tables_are_those_of_the_code(database: Database, database_url: str) -> None:
    assert differences(database_url, TREE, METADATA) == []


def test_records_are_chained_in_the_order_in_which_they_come(store: Store) -> None:
    records = [waiting(n) for n in range(5)]
    assert store.append(records[:2]) == 2
    assert store.append(records[2:]) == 3
    due = bytes(32)
    for number, (kept, given) in enumerate(zip(store.after(0, 10), records, strict=True), 1):
        due = hashlib.sha256(due + given.message).digest()
        assert (kept.sequence, kept.chain, kept.message) == (number, due, given.message)
    assert store.head() == Place(5, due)
    assert [r.sequence for r in store.after(3, 10)] == [4, 5]
    assert [r.sequence for r in store.after(0, 2)] == [1, 2]


def test_a_record_that_comes_again_is_kept_once(store: Store) -> None:
    records = [waiting(n) for n in range(3)]
    store.append(records)
    assert store.append([*records, waiting(4), records[0]]) == 1
    assert store.append(records) == 0
    assert store.head().sequence == 4
    assert findings(store) == []


def test_those_who_add_at_once_make_one_chain(store: Store) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: store.append([waiting(n), waiting(n)]), range(20)))
    assert store.head().sequence == 40
    assert findings(store) == []


def test_a_record_that_is_no_audit_message_stops_nothing(store: Store) -> None:
    store.append([waiting(1, b"<cut"), waiting(2, b"<Other/>"), waiting(3)])
    assert store.head().sequence == 3
    assert findings(store) == []


def test_a_value_that_no_index_holds_stops_nothing_and_is_found(store: Store) -> None:
    patient = secrets.token_hex(20_000)  # what does not shrink: PostgreSQL compresses
    store.append([waiting(1, access(patient)), waiting(2)])
    assert [r.sequence for r in found(store, Wanted(patient=patient))] == [1]
    assert [r.sequence for r in found(store, Wanted(any_of=frozenset({("patient", patient)})))] == [
        1
    ]
    assert findings(store) == []


def test_large_records_are_read_a_few_at_a_time(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portion, "OCTETS", 100_000)
    records = [waiting(n, b"<x>%b</x>" % bytes(size)) for n, size in enumerate(SIZES)]
    store.database.write(lambda c: outbox.put(c, records))
    store.append(records)
    expected = [4, 3, 1]  # up to 100 000 octets, or one that is larger
    moved: list[int] = []
    with store.database.read() as connection:
        while found := outbox.take(connection, 10):
            moved.append(len(found))
            store.database.write(lambda c, gone=found: outbox.remove(c, gone))  # type: ignore[misc]
    assert moved == expected
    read: list[int] = []
    while kept := store.after(sum(read), 10):
        read.append(len(kept))
    assert read == expected


SIZES = (10, 10, 10, 80_000, 40_000, 10, 10, 300_000)


def test_places_of_destinations_only_grow(store: Store) -> None:
    assert store.confirmed("file:///a") == 0
    for sequence in (5, 3):
        store.confirm("file:///a", sequence)
    store.confirm("file:///b", 1)
    assert store.confirmed("file:///a") == 5
    assert store.confirmed("file:///b") == 1


@pytest.mark.parametrize(
    ("before", "confirmed", "most", "kept"),
    [
        (4, 10, 100, 4),  # by age
        (9, 2, 100, 3),  # by delivery
        (9, 10, 1, 2),  # a batch
        (1, 10, 100, 1),  # nothing is old
        (99, 10, 100, 9),  # all
    ],
)
def test_only_old_records_that_everybody_has_are_pruned(
    sqlite_url: str, before: int, confirmed: int, most: int, kept: int
) -> None:
    database = Database(sqlite_url)
    migrate.upgrade(database, TREE)
    store = Store(database)
    store.append([waiting(n) for n in range(1, 9)])
    store.confirm("file:///a", confirmed)
    assert store.prune(before * 1000, ["file:///a"], most, anchor) == kept - 1
    assert store.after(0, 100)[0].sequence == kept
    assert store.anchor().sequence == kept - 1
    assert findings(store) == []
    database.close()


def test_subjects_go_with_their_records(store: Store) -> None:
    store.append([waiting(n) for n in range(1, 9)])
    store.prune(5000, [], 100, anchor)
    with store.database.read() as connection:
        rows = connection.execute(text("SELECT DISTINCT sequence FROM audit_subject")).scalars()
        assert sorted(rows) == [5, 6, 7, 8]


def test_subjects_of_a_record() -> None:
    from ihe_profiles.atna.reading import subjects

    assert subjects(access("P^^^&1.2&ISO", "a<u@i>", "2.25.1")) == {
        ("patient", "P^^^&1.2&ISO"),
        ("user", "a<u@i>"),
        ("user", "Nathalie Roy"),
        ("document", "2.25.1"),
    }


@pytest.mark.parametrize("kind", ["ed25519", "ec", "rsa"])
def test_a_place_is_signed_by_any_usual_key(kind: str, tmp_path: Path) -> None:
    from tests.audit.keys import write_key

    file = write_key(tmp_path / "key.pem", kind)
    key = chain.read_private_key(file)
    statement = chain.read_statement(Signer(key).statement(chain.HEAD, Place(7, bytes(32))))
    assert statement.place == Place(7, bytes(32))
    assert statement.key == chain.fingerprint(key.public_key())
    assert chain.is_signed(chain.HEAD, statement, key.public_key())
    assert not chain.is_signed(chain.ANCHOR, statement, key.public_key())


@pytest.mark.parametrize("text", ["no key", "-----BEGIN CERTIFICATE-----\nAA==\n"])
def test_a_file_that_is_no_key_is_named(text: str, tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text(text)
    for read in (chain.read_private_key, chain.read_public_key):
        with pytest.raises(OSError, match=r"key\.pem"):
            read(file)
