"""Records reach every destination byte for byte, whatever happens on the way."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from entente.settings import Settings
from entente.settings_audit import Audit
from entente.trail import receivers_context
from ihe_profiles.atna import destinations, transport
from ledger import migrate
from ledger.audit import delivery
from ledger.audit.delivery import Delivery, Route
from ledger.audit.store import TREE, Store
from ledger.audit.trail import Fate
from ledger.database import Database
from tests.audit.conftest import Seen
from tests.audit.receivers import Proxy, Rsyslog, until
from tests.audit.records import access, waiting
from tests.soap.certificates import Authority, Issued

GRACE = 0.3


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Store]:
    database = Database(sqlite_url)
    migrate.upgrade(database, TREE)
    yield Store(database)
    database.close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def node(authority: Authority) -> Issued:
    return authority.issue("localhost")


@pytest.fixture
def rsyslog(authority: Authority, node: Issued, tmp_path: Path) -> Iterator[Rsyslog]:
    folder = tmp_path / "rsyslog"
    folder.mkdir()
    receiver = Rsyslog(folder, authority, node)
    receiver.start()
    yield receiver
    receiver.kill()


Deliver = Callable[..., Delivery]


@pytest.fixture
def deliver(
    store: Store,
    authority: Authority,
    node: Issued,
    seen: Seen,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Deliver]:
    """Start a delivery to a URL."""
    monkeypatch.setattr(delivery, "FIRST_BACKOFF", 0.05)
    with ExitStack() as stack:

        def start(url: str, issued: Issued | None = node, **more: object) -> Delivery:
            asked: dict[str, Any] = {"tls_ca": authority.certificate, **more}
            if issued:
                asked |= {"tls_certificate": issued.certificate, "tls_key": issued.key}
            context = receivers_context(Settings(audit=Audit(**asked)))
            connect = transport.opener(destinations.parse(url), context)
            started = Delivery(store, Route(url, connect, GRACE, 0.2), seen)
            stack.callback(started.join, 10)
            stack.callback(started.stop)
            return started

        yield start


def url_of(rsyslog: Rsyslog) -> str:
    return f"syslog+tls://localhost:{rsyslog.tls}"


def sent(store: Store) -> list[bytes]:
    return [record.message for record in store.after(0, 10_000)]


def add(store: Store, first: int, number: int) -> None:
    store.append([waiting(n) for n in range(first, first + number)])


@pytest.mark.needs("rsyslogd")
def test_every_record_comes_byte_for_byte(store: Store, rsyslog: Rsyslog, deliver: Deliver) -> None:
    add(store, 1, 50)
    odd = "Île-d'Orléans &#10; 漢字 \t\x7f".encode()
    store.append([waiting(51, access("x" * 3_000_000)), waiting(52, odd)])
    deliver(url_of(rsyslog))
    until(lambda: store.confirmed(url_of(rsyslog)) == 52)
    until(lambda: len(rsyslog.received()) == 52)
    assert rsyslog.received() == sent(store)


@pytest.mark.needs("rsyslogd")
def test_a_clean_end_confirms_at_once(store: Store, rsyslog: Rsyslog, deliver: Deliver) -> None:
    started = deliver(url_of(rsyslog))
    add(store, 1, 5)
    started.stop()
    started.join(10)
    if store.confirmed(url_of(rsyslog)) == 0:  # it was stopped before its connection was there
        deliver(url_of(rsyslog))
    until(lambda: store.confirmed(url_of(rsyslog)) == 5)
    until(lambda: rsyslog.received() == sent(store))


@pytest.mark.needs("rsyslogd")
@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_receiver_that_goes_and_comes_misses_nothing(
    end: str, store: Store, rsyslog: Rsyslog, deliver: Deliver, caplog: pytest.LogCaptureFixture
) -> None:
    deliver(url_of(rsyslog))
    add(store, 1, 20)
    until(lambda: len(rsyslog.received()) == 20)
    getattr(rsyslog, end)()
    add(store, 21, 20)
    until(lambda: "has been down for" in caplog.text)
    rsyslog.start()
    until(lambda: store.confirmed(url_of(rsyslog)) == 40)
    until(lambda: set(rsyslog.received()) == set(sent(store)))


@pytest.mark.needs("rsyslogd")
def test_a_connection_cut_in_mid_message_loses_nothing(
    store: Store, rsyslog: Rsyslog, deliver: Deliver
) -> None:
    add(store, 1, 200)
    proxy = Proxy(rsyslog.tls, cut_after=50_000)
    url = f"syslog+tls://localhost:{proxy.port}"
    deliver(url)
    until(lambda: store.confirmed(url) == 200)
    until(lambda: set(sent(store)) <= set(rsyslog.received()))
    proxy.close()
    assert proxy.cuts == 1
    strange = set(rsyslog.received()) - set(sent(store))
    assert all(any(whole.startswith(part) for whole in sent(store)) for part in strange)


@pytest.mark.needs("rsyslogd")
def test_a_client_without_certificate_delivers_nothing(
    store: Store, rsyslog: Rsyslog, deliver: Deliver, caplog: pytest.LogCaptureFixture
) -> None:
    add(store, 1, 3)
    deliver(url_of(rsyslog), None)
    until(lambda: "has been down for" in caplog.text)
    assert store.confirmed(url_of(rsyslog)) == 0
    assert rsyslog.received() == []


@pytest.mark.needs("rsyslogd")
def test_a_receiver_of_another_authority_is_told_nothing(
    store: Store,
    rsyslog: Rsyslog,
    deliver: Deliver,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    rsyslog.kill()
    (tmp_path / "other").mkdir()
    rsyslog.issued = Authority(tmp_path / "other").issue("localhost")
    rsyslog.start()
    add(store, 1, 3)
    deliver(url_of(rsyslog))
    until(lambda: "CERTIFICATE_VERIFY_FAILED" in caplog.text)
    assert rsyslog.received() == []


@pytest.mark.needs("rsyslogd")
def test_a_revoked_receiver_is_told_nothing(
    store: Store,
    rsyslog: Rsyslog,
    deliver: Deliver,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    rsyslog.kill()
    (tmp_path / "own").mkdir()
    rsyslog.authority = own = Authority(tmp_path / "own")
    rsyslog.issued = own.issue("localhost")
    node = own.issue("node.example")
    rsyslog.start()
    asked = {"tls_ca": own.certificate, "tls_crl": (own.crl,)}
    add(store, 1, 3)
    deliver(url_of(rsyslog), node, **asked)
    until(lambda: len(rsyslog.received()) == 3)
    own.revoke(rsyslog.issued)  # no connection that lasts is ended by that, the next one is
    rsyslog.kill()
    rsyslog.start()
    add(store, 4, 3)
    until(lambda: "certificate revoked" in caplog.text)
    assert len(rsyslog.received()) == 3


@pytest.mark.needs("rsyslogd")
def test_a_receiver_must_have_the_name_of_its_url_unless_told_otherwise(
    store: Store, rsyslog: Rsyslog, deliver: Deliver, caplog: pytest.LogCaptureFixture
) -> None:
    add(store, 1, 3)
    url = f"syslog+tls://127.0.0.1:{rsyslog.tls}"
    deliver(url)
    until(lambda: "not valid for '127.0.0.1'" in caplog.text)
    assert rsyslog.received() == []
    deliver(url, tls_host_name=False)
    until(lambda: rsyslog.received() == sent(store))


@pytest.mark.needs("rsyslogd")
def test_over_udp_each_message_is_a_datagram(
    store: Store, rsyslog: Rsyslog, deliver: Deliver
) -> None:
    add(store, 1, 10)
    url = f"syslog+udp://127.0.0.1:{rsyslog.udp}"
    deliver(url)
    until(lambda: store.confirmed(url) == 10)
    until(lambda: rsyslog.received() == sent(store))


def test_a_record_too_large_for_a_datagram_is_counted_and_the_others_go(
    store: Store, deliver: Deliver, seen: Seen, caplog: pytest.LogCaptureFixture
) -> None:
    store.append([waiting(1), waiting(2, access("x" * 66_000)), waiting(3)])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(10)
        url = f"syslog+udp://127.0.0.1:{receiver.getsockname()[1]}"
        deliver(url)
        one, _, three = sent(store)
        assert [receiver.recv(70_000) for _ in range(2)] == [one, three]
        until(lambda: store.confirmed(url) == 3)
    assert seen.fates[Fate.OVERSIZED] == 1
    assert "audit record 2 to syslog+udp" in caplog.text


def test_udp_that_nobody_hears_waits(
    store: Store, deliver: Deliver, caplog: pytest.LogCaptureFixture
) -> None:
    add(store, 1, 2)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    deliver(f"syslog+udp://127.0.0.1:{port}")
    until(lambda: "refused" in caplog.text)


def test_a_file_has_a_line_for_each_record_and_may_be_rotated(
    store: Store, deliver: Deliver, tmp_path: Path
) -> None:
    file = tmp_path / "log" / "audit.log"
    file.parent.mkdir()
    file.write_bytes(b"cut off in mid")
    url = f"file://{file}"
    add(store, 1, 10)
    deliver(url)
    until(lambda: store.confirmed(url) == 10)
    assert file.read_bytes().split(b"\n") == [b"cut off in mid", *sent(store), b""]
    file.rename(tmp_path / "rotated")
    add(store, 11, 5)
    until(lambda: store.confirmed(url) == 15)
    assert file.read_bytes().split(b"\n") == [*sent(store)[10:], b""]


def test_a_line_is_on_disk_when_it_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "audit.log"
    connection = transport.FileConnection(destinations.ToFile(file))
    synced: list[int] = []
    monkeypatch.setattr("os.fsync", lambda _: synced.append(file.stat().st_size))
    connection.send([b"<1/>", b"<2/>"])
    assert synced == [len(b"<1/>\n<2/>\n")]
    connection.close()


def test_a_file_that_cannot_be_written_waits(
    store: Store, deliver: Deliver, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "audit.log").mkdir()
    add(store, 1, 1)
    deliver(f"file://{tmp_path}/audit.log")
    until(lambda: "has been down for" in caplog.text)
    (tmp_path / "audit.log").rmdir()
    until(lambda: store.confirmed(f"file://{tmp_path}/audit.log") == 1)


@pytest.mark.parametrize(
    "url",
    [
        "syslog+tcp://host",
        "syslog+tls://",
        "syslog+tls://logs..example.org",
        f"syslog+udp://{'l' * 64}.example.org",
        "syslog+tls://host:0x",
        "syslog+tls://host/path",
        "syslog+tls://user@host",
        "file://host/path",
        "file:relative",
        "/path",
    ],
)
def test_what_is_no_destination_is_refused(url: str) -> None:
    with pytest.raises(ValueError):
        destinations.parse(url)


def test_usual_ports() -> None:
    assert destinations.parse("syslog+tls://h") == destinations.OverTls("h", 6514)
    assert destinations.parse("syslog+udp://h") == destinations.OverUdp("h", 514)
