"""A submission that comes again is not registered again (DESIGN, Retry)."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from entente.settings import Settings
from ihe_profiles import iti42
from ihe_profiles.xds.encoding import write_submission
from ledger import migrate
from ledger.database import Database
from registry.service import Registry
from registry.store import TREE
from tests.registry.consumer import Consumer
from tests.registry.registration.acts import everything, registered
from tests.registry.samples import document, submission

DUPLICATE = ["XDSDuplicateUniqueIdInRegistry"]


def body() -> bytes:
    return iti42.request(write_submission(submission(document())))


def codes(registry: Consumer, message: bytes, message_id: str | None) -> list[str]:
    return [error.code for error in registry.register_xml(message, message_id).errors]


@pytest.fixture
def by_content(database: Database) -> Consumer:
    return Consumer(Registry(database, retry_by_content=True))


def test_a_repetition_is_recognised_after_a_restart(database_url: str) -> None:
    message = body()
    for _start in range(2):
        database = Database(database_url)
        migrate.upgrade(database, *migrate.TREES, TREE)
        assert codes(Consumer(Registry(database)), message, "urn:uuid:1") == []
        assert len(everything(database)["document_entry"]) == 1
        database.close()


@pytest.mark.parametrize("message_id", ["urn:uuid:2", None])
def test_a_new_message_id_is_a_new_submission(registry: Consumer, message_id: str | None) -> None:
    message = body()
    before = datetime.now(UTC).replace(microsecond=0)
    assert codes(registry, message, "urn:uuid:1") == []
    (error,) = registry.register_xml(message, message_id).errors
    assert [error.code] == DUPLICATE
    told = re.search(r"took at (\S+ \S+) UTC", error.context)
    assert told
    time = datetime.strptime(told[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    assert before <= time <= before + timedelta(seconds=60)
    assert "If that was this one, it is done" in error.context


@pytest.mark.parametrize("message_id", ["urn:uuid:2", None])
def test_keyed_by_content_a_new_message_id_is_a_repetition(
    by_content: Consumer, database: Database, message_id: str | None
) -> None:
    message = body()
    assert codes(by_content, message, "urn:uuid:1") == []
    tables = ("document_entry", "submission_set", "registry_transaction")
    kept = {name: everything(database)[name] for name in tables}
    for _ in range(2):
        assert codes(by_content, message, message_id) == []
    assert {name: everything(database)[name] for name in tables} == kept


def test_keyed_by_content_another_content_is_another_submission(by_content: Consumer) -> None:
    sent = submission(document())
    message = iti42.request(write_submission(sent))
    assert codes(by_content, message, "urn:uuid:1") == []
    changed = message.replace(b'value="Compte rendu', b'value="Autre compte rendu')
    assert changed != message
    assert codes(by_content, changed, "urn:uuid:2") == DUPLICATE


def test_keyed_by_content_a_strangers_repetition_is_refused(
    by_content: Consumer, database: Database
) -> None:
    message = body()
    assert codes(by_content, message, "urn:uuid:1") == []
    stranger = Consumer(Registry(database, retry_by_content=True), peer="192.0.2.9")
    assert codes(stranger, message, "urn:uuid:2") == DUPLICATE


def test_keyed_by_content_a_refusal_is_not_remembered(by_content: Consumer) -> None:
    entry = document()
    taken = registered(by_content, content="bytes")
    refused = submission(document("other", unique_id=taken.unique_id), entry)
    message = iti42.request(write_submission(refused))
    for message_id in ("urn:uuid:1", "urn:uuid:2"):
        assert codes(by_content, message, message_id) == ["XDSNonIdenticalHash"]


def test_keyed_by_content_twins_with_their_own_ids_are_registered_once(
    by_content: Consumer, database: Database
) -> None:
    message, start = body(), threading.Barrier(4)

    def register(number: int) -> list[str]:
        start.wait(10)
        return codes(by_content, message, f"urn:uuid:{number}")

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(register, range(4))) == [[]] * 4
    assert len(everything(database)["document_entry"]) == 1


def test_the_setting_is_off_unless_said() -> None:
    assert not Settings().registry.retry_by_content
    assert Settings(registry={"retry_by_content": True}).registry.retry_by_content
