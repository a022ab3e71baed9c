"""Whatever is done to the store behind its back is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from ihe_profiles.atna import syslog
from ledger import migrate
from ledger.audit import chain, outbox
from ledger.audit.chain import Place, Signer, Statement
from ledger.audit.outbox import Waiting
from ledger.audit.store import TREE, Store
from ledger.audit.verification import Verification, received
from ledger.database import Database
from tests.audit.conftest import ORIGIN
from tests.audit.keys import write_key
from tests.audit.records import access, waiting


@pytest.fixture
def key(tmp_path: Path) -> chain.PrivateKey:
    return chain.read_private_key(write_key(tmp_path / "key.pem", "ed25519"))


def stated(kind: str, signer: Signer) -> Callable[[Place], Waiting]:
    def make(place: Place) -> Waiting:
        body = signer.statement(kind, place)
        return Waiting(outbox.new_id(), syslog.message(0, ORIGIN, body, kind))

    return make


@pytest.fixture
def store(sqlite_url: str, key: chain.PrivateKey) -> Iterator[Store]:
    """Records 4 to 11 of 11: pruned up to 3, that is stated in 10; 6 and 11 are heads."""
    database = Database(sqlite_url)
    migrate.upgrade(database, TREE)
    store = Store(database)
    head = stated(chain.HEAD, Signer(key))
    store.append([waiting(n) for n in range(1, 6)])
    store.append_made(lambda place: [head(place)])
    store.append([waiting(n) for n in range(7, 10)])
    store.prune(4000, [], 100, stated(chain.ANCHOR, Signer(key)))
    store.append_made(lambda place: [head(place)])
    yield store
    database.close()


def heads(store: Store) -> list[Statement]:
    return list(received(b"May 1 " + record.message + b"\n" for record in store.after(0, 100)))


def findings(store: Store, key: chain.PrivateKey, heads: list[Statement] | None = None) -> str:
    public = key.public_key()
    verification = Verification(store, {chain.fingerprint(public): public}, heads or [])
    return "; ".join(verification.findings())


def run(store: Store, *statements: str) -> None:
    def work(connection: object) -> None:
        for statement in statements:
            connection.execute(text(statement))  # type: ignore[attr-defined]

    store.database.write(work)


def test_a_whole_store_has_no_findings(store: Store, key: chain.PrivateKey) -> None:
    verification = Verification(store, {chain.fingerprint(key.public_key()): key.public_key()})
    assert list(verification.findings()) == []
    assert verification.records == 8
    assert findings(store, key, heads(store)) == ""


ATTACKS = {
    "removed": (["DELETE FROM audit_record WHERE sequence = 7"], "record 7 was removed"),
    "several removed": (
        ["DELETE FROM audit_record WHERE sequence IN (7, 8)"],
        "records 7 to 8 were removed",
    ),
    "altered": (
        [("UPDATE audit_record SET message = CAST(replace(CAST(message AS TEXT), 'Roy', 'Ray') AS"
         " BLOB) WHERE sequence = 7")],
        "record 7 was altered",
    ),
    "reordered": (
        ["UPDATE audit_record SET sequence = 99 WHERE sequence = 7",
         "UPDATE audit_record SET sequence = 7 WHERE sequence = 8",
         "UPDATE audit_record SET sequence = 8 WHERE sequence = 99"],
        "record 7 was altered, or is not in its place",
    ),
    "tail": (["DELETE FROM audit_record WHERE sequence > 9"], "records 10 to 11 were removed"),
    "beginning": (["DELETE FROM audit_record WHERE sequence < 6"], "records 4 to 5 were removed"),
    "pruned by hand": (
        [("UPDATE audit_chain SET sequence = 5, chain = (SELECT chain FROM audit_record WHERE"
         " sequence = 5) WHERE name = 'anchor'"), "DELETE FROM audit_record WHERE sequence < 6"],
        "no record states that the store was pruned up to 5",
    ),
    "head": (["UPDATE audit_chain SET chain = x'00' WHERE name = 'head'"], "head is not the one"),
    "hidden from search": (
        ["DELETE FROM audit_subject WHERE sequence = 8 AND kind = 'patient'"],
        "record 8: what it is found by was altered",
    ),
    "a head of nothing": (
        [("UPDATE audit_record SET message = CAST(replace(CAST(message AS TEXT), '\"sequence\"',"
         " '\"nothing\"') AS BLOB) WHERE sequence = 6")],
        "record 6, ENTENTE-HEAD: it states no place of the chain",
    ),
    "not syslog": (["UPDATE audit_record SET message = x'00' WHERE sequence = 8"], "no syslog"),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_found(attack: str, store: Store, key: chain.PrivateKey) -> None:
    statements, expected = ATTACKS[attack]
    run(store, *statements)
    assert expected in findings(store, key)


CUT_TAIL = (
    "DELETE FROM audit_record WHERE sequence > 8",
    "DELETE FROM audit_subject WHERE sequence > 8",
    (
        "UPDATE audit_chain SET sequence = 8, chain = (SELECT chain FROM audit_record WHERE"
        " sequence = 8) WHERE name = 'head'"
    ),
)


def test_a_clean_cut_of_the_tail_shows_by_a_received_head(
    store: Store, key: chain.PrivateKey
) -> None:
    kept_elsewhere = heads(store)
    run(store, *CUT_TAIL)
    assert "tail was cut off: a receiver has a head of record 10" in findings(
        store, key, kept_elsewhere
    )


def test_another_history_shows_by_a_received_head(store: Store, key: chain.PrivateKey) -> None:
    kept_elsewhere = heads(store)
    run(store, *CUT_TAIL)
    store.append([waiting(n) for n in range(9, 14)])
    assert "receiver has a head of another chain" in findings(store, key, kept_elsewhere)


def test_a_head_of_another_key_or_of_none_is_found(
    store: Store, key: chain.PrivateKey, tmp_path: Path
) -> None:
    other = chain.read_private_key(write_key(tmp_path / "other.pem", "ed25519"))
    store.append_made(lambda place: [stated(chain.HEAD, Signer(other))(place)])
    store.append_made(lambda place: [stated(chain.HEAD, Signer(None))(place)])
    found = findings(store, key)
    assert "record 12, ENTENTE-HEAD: signed by a key that is not known" in found
    assert "record 13, ENTENTE-HEAD: it is not signed" in found
    first = heads(store)[0]
    forged = replace(first, place=Place(999, bytes(32)))
    assert "received head 999: the signature is wrong" in findings(store, key, [forged])


def test_a_false_head_is_found(store: Store, key: chain.PrivateKey) -> None:
    store.append_made(lambda _: [stated(chain.HEAD, Signer(key))(Place(3, bytes(32)))])
    assert "record 12 states another head than the records before it" in findings(store, key)


@pytest.mark.parametrize("body", [b"{}", b'{"sequence": Infinity, "chain": "", "signature": ""}'])
def test_a_line_that_only_looks_like_a_head_is_told(body: bytes) -> None:
    with pytest.raises(ValueError, match="chain"):
        list(received([b"<85>1 - - - - ENTENTE-HEAD - " + body]))


def test_what_a_peer_writes_into_a_record_is_no_head() -> None:
    record = access(user="dr ENTENTE-HEAD - {}")
    assert list(received([waiting(1, record).message])) == []
