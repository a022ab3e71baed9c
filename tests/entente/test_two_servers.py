"""One server at a time on an SQLite file; and what it does with messages of long ago."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from entente.configuration import Misconfigured, load
from ledger.clock import now
from ledger.database import Database
from ledger.tables import answered_message
from tests.servers import Server, entente, free_port
from tests.soap.live import until

MONTH = 31 * 24 * 3600 * 1000


def test_a_second_server_is_refused_until_the_first_is_gone(standing_server: Server) -> None:
    server = standing_server
    port = f"{free_port()}"
    done = entente("serve", "--config", server.config, cwd=server.folder, ENTENTE_HTTP__PORT=port)
    assert done.returncode == 1
    assert "registry.sqlite is served by another process" in done.stderr
    assert str(server.pid) in done.stderr
    server.kill()
    server.start()


def test_a_server_forgets_what_nobody_can_repeat_any_more(standing_server: Server) -> None:
    server = standing_server
    server.stop()
    database = Database(f"sqlite:///{server.folder}/var/repository.sqlite")
    common = {"action": "urn:a", "peer": "p", "digest": b"", "holder": "h", "answer": b"<a/>"}
    rows = [
        common | {"message_id": name, "lease_until": 0, "time": time}
        for name, time in (("urn:uuid:old", now() - MONTH), ("urn:uuid:new", now()))
    ]
    database.write(lambda c: c.execute(answered_message.insert(), rows))
    server.start()

    def known() -> list[str]:
        with database.read() as connection:
            return list(connection.scalars(select(answered_message.c.message_id)))

    until(lambda: known() == ["urn:uuid:new"], seconds=20)
    database.close()


def test_messages_are_known_for_as_long_as_their_outcome_may_be_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ENTENTE_LIMITS__ANSWERED_DAYS", "1")
    with pytest.raises(Misconfigured, match="answered_days must be longer than stale_staging"):
        load()
    monkeypatch.setenv("ENTENTE_LIMITS__ANSWERED_DAYS", "2")
    assert load()[0].limits.answered_seconds == 2 * 24 * 3600
