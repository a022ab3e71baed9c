"""A repeated message is answered and not carried out again, on both dialects."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, select

from ledger import answered
from ledger.answered import Key, MessageReused
from ledger.database import Database
from ledger.tables import answered_message

ITI42 = "urn:ihe:iti:2007:RegisterDocumentSet-b"


def key(peer: str = "a", digest: bytes = b"d", message_id: str | None = "urn:uuid:1") -> Key:
    return Key(peer, ITI42, message_id, digest)


def do_once(database: Database, key: Key, answer: bytes, pause: float = 0.0) -> bytes:
    def work(connection: Connection) -> bytes:
        first = answered.claim(connection, key)
        if first is not None:
            return first
        time.sleep(pause)
        answered.settle(connection, key, answer)
        return answer

    return database.write(work)


def test_a_repeated_message_gets_the_first_answer(database: Database) -> None:
    assert do_once(database, key(), b"first") == b"first"
    assert do_once(database, key(), b"second") == b"first"


def test_the_same_message_id_for_another_action_is_another_message(database: Database) -> None:
    do_once(database, key(), b"first")
    other = Key("a", "urn:ihe:iti:2010:UpdateDocumentSet", "urn:uuid:1", b"d")
    assert do_once(database, other, b"second") == b"second"


@pytest.mark.parametrize("other", [key(peer="b"), key(digest=b"e")])
def test_a_known_message_id_with_another_peer_or_body_is_refused(
    database: Database, other: Key
) -> None:
    do_once(database, key(), b"first")
    with pytest.raises(MessageReused) as raised:
        do_once(database, other, b"second")
    assert raised.value.message_id == "urn:uuid:1"
    with pytest.raises(MessageReused):
        answered.reserve(database, other, 10)


def test_a_message_without_id_is_carried_out_each_time(database: Database) -> None:
    nameless = key(message_id=None)
    assert do_once(database, nameless, b"first") == b"first"
    assert do_once(database, nameless, b"second") == b"second"
    assert answered.reserve(database, nameless, 10) is None


def test_a_message_id_of_any_length_is_recognised(database: Database) -> None:
    long = key(message_id="urn:x:" + "é" * 100_000)
    assert do_once(database, long, b"first") == b"first"
    assert do_once(database, long, b"second") == b"first"
    assert do_once(database, key(message_id="urn:x:" + "é" * 100_001), b"other") == b"other"


def test_refused_work_is_forgotten(database: Database) -> None:
    def refused(connection: Connection) -> None:
        answered.claim(connection, key())
        raise LookupError

    with pytest.raises(LookupError):
        database.write(refused)
    with database.read() as connection:
        assert connection.execute(select(answered_message)).all() == []
    assert do_once(database, key(), b"second") == b"second"


def test_twins_in_flight_get_one_answer(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda n: do_once(database, key(), b"%d" % n, pause=0.05), range(8))
        )
    assert len(set(answers)) == 1


def test_a_twin_of_a_reserved_message_waits_for_its_answer(database: Database) -> None:
    first = key()
    assert answered.reserve(database, first, 30) is None
    with ThreadPoolExecutor(1) as pool:
        twin = pool.submit(answered.reserve, database, key(), 30)
        time.sleep(0.2)
        assert not twin.done()
        database.write(lambda c: answered.settle(c, first, b"answer"))
        assert twin.result(5) == b"answer"


def test_a_released_message_is_tried_again_by_its_twin(database: Database) -> None:
    first = key()
    answered.reserve(database, first, 30)
    with ThreadPoolExecutor(1) as pool:
        twin = pool.submit(answered.reserve, database, key(), 30)
        answered.release(database, first)
        assert twin.result(5) is None


def test_a_dead_holder_blocks_its_twin_only_until_its_lease_is_over(database: Database) -> None:
    dead = key()
    answered.reserve(database, dead, 0.2)
    heir = key()
    assert answered.reserve(database, heir, 30) is None
    answered.release(database, dead)  # it was only slow, and must not free what is another's now
    waited = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        third = pool.submit(lambda: (waited.wait(5), answered.reserve(database, key(), 30)))
        waited.set()
        time.sleep(0.2)
        assert not third.done()
        database.write(lambda c: answered.settle(c, heir, b"answer"))
        assert third.result(5)[1] == b"answer"


def test_the_first_answer_stays(database: Database) -> None:
    answered.reserve(database, key(), 30)
    database.write(lambda c: answered.settle(c, key(), b"first"))
    database.write(lambda c: answered.settle(c, key(), b"second"))
    assert answered.reserve(database, key(), 30) == b"first"


def test_old_answers_are_pruned_and_held_messages_are_not(database: Database) -> None:
    do_once(database, key(), b"first")
    held = key(message_id="urn:uuid:held")
    answered.reserve(database, held, 30)
    time.sleep(0.01)
    assert database.write(lambda c: answered.prune(c, 60, 10)) == 0
    assert database.write(lambda c: answered.prune(c, 0, 10)) == 1
    assert do_once(database, key(), b"second") == b"second"


def test_the_first_work_is_done_in_the_transaction_that_takes_the_message(
    database: Database,
) -> None:
    done: list[str] = []
    first = key()

    def fail(_: Connection) -> None:
        raise ValueError("the first work fails")

    with pytest.raises(ValueError, match="first work"):
        answered.reserve(database, first, 30, fail)
    assert answered.reserve(database, first, 30, lambda _: done.append("once")) is None
    database.write(lambda c: answered.settle(c, first, b"first"))
    assert answered.reserve(database, key(), 30, lambda _: done.append("again")) == b"first"
    assert done == ["once"]
