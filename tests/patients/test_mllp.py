"""A server takes feeds over real sockets, whatever senders do, and documents follow."""

from __future__ import annotations

import hashlib
import json
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from ihe_profiles.hl7.mllp import write
from tests.hl7.messages import adt, code, conditions, fields
from tests.patients.hospital import patient
from tests.patients.wire import Sender
from tests.registry.samples import PATIENT
from tests.servers import Server, StartServer, entente, free_port, servers_in
from tests.soap.certificates import Authority

LIMITS = {
    "mllp_message": 5000,
    "mllp_junk": 2000,
    "mllp_idle_seconds": 5.0,
    "mllp_message_seconds": 1.0,
    "mllp_connections": 20,
}


def fed(**more: Any) -> dict[str, Any]:
    """Settings of a server whose patients come by a feed."""
    return {
        "registry": {"mllp_port": free_port()},
        "domain": {
            "patients": "known",
            "patient_assigning_authorities": [PATIENT.authority],
        },
        **more,
    }


def port(server: Server) -> int:
    return int(server.settings["registry"]["mllp_port"])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with servers_in(tmp_path_factory.mktemp("feed")) as start:
        yield start(**fed(limits=LIMITS))


def is_known(server: Server, identifier: str) -> bool:
    listed = entente("patients", "list", cwd=server.folder)
    assert listed.returncode == 0, listed.stderr
    return identifier in [line.strip() for line in listed.stdout.splitlines()]


def test_messages_are_answered_one_after_the_other(server: Server) -> None:
    with Sender(port(server)) as sender:
        for number in range(3):
            answer = sender.ask(adt("A01", patient(f"one{number}"), control=f"c{number}"))
            assert (code(answer), fields(answer, "MSA")[2]) == ("AA", f"c{number}")
    assert is_known(server, patient("one2"))


def test_a_message_octet_by_octet(server: Server) -> None:
    with Sender(port(server)) as sender:
        for octet in write(adt("A04", patient("slow"))):
            sender.send(bytes([octet]))
        assert code(sender.answer()) == "AA"
    assert is_known(server, patient("slow"))


def test_many_messages_in_one_packet_with_junk_between(server: Server) -> None:
    messages = [adt("A05", patient(f"many{n}"), control=f"m{n}") for n in range(10)]
    with Sender(port(server)) as sender:
        sender.send(b"junk\r\n" + b"\r\nmore".join(write(message) for message in messages))
        answered = [fields(sender.answer(), "MSA")[1:3] for _ in messages]
    assert answered == [["AA", f"m{n}"] for n in range(10)]


def test_a_message_without_end_does_not_harm_the_next(server: Server) -> None:
    with Sender(port(server)) as sender:
        sender.send(b"\x0b" + adt("A01", patient("half"))[:40])
        assert code(sender.ask(adt("A01", patient("whole")))) == "AA"
    assert not is_known(server, patient("half"))


def test_what_is_no_message_is_rejected_and_the_connection_goes_on(server: Server) -> None:
    with Sender(port(server)) as sender:
        assert code(sender.ask(b"GET / HTTP/1.1\r\n\r\n")) == "AR"
        answer = sender.ask(adt("A31", patient("x")))
        assert (code(answer), conditions(answer)) == ("AR", ["201"])
        assert code(sender.ask(adt("A08", patient("x")))) == "AA"


def test_a_message_that_is_too_long_is_rejected_and_ends_the_connection(server: Server) -> None:
    with Sender(port(server)) as sender:
        sender.send(b"\x0b" + adt("A01", patient("long"), control="big") + b"x" * 6000)
        answer = sender.answer()
        assert (code(answer), fields(answer, "MSA")[2]) == ("AR", "big")
        assert sender.has_ended()
    assert not is_known(server, patient("long"))


def test_who_sends_only_junk_is_left(server: Server) -> None:
    with Sender(port(server)) as sender:
        sender.send(b"x" * 3000)
        assert sender.has_ended()


def test_who_begins_messages_without_end_is_left_before_they_fill_the_log(server: Server) -> None:
    before = server.log.count("a feed message has no end")
    with Sender(port(server)) as sender:
        sender.send(b"\x0b" * 50_000)
        assert sender.has_ended()
    assert server.log.count("a feed message has no end") == before + 2


@pytest.mark.parametrize("begun", [b"", b"\x0b" + adt("A01", patient("stalled"))[:60]])
def test_who_stalls_is_left(server: Server, begun: bytes) -> None:
    with Sender(port(server)) as sender:
        sender.send(begun)
        assert sender.has_ended()


def test_more_connections_than_allowed_are_closed(server: Server) -> None:
    senders = [Sender(port(server)) for _ in range(25)]
    try:
        endings: list[bool] = []
        for sender in senders:
            sender.socket.settimeout(0.5)
            try:
                endings.append(sender.has_ended())
            except TimeoutError:
                endings.append(False)
        assert endings.count(True) >= 5
    finally:
        for sender in senders:
            sender.socket.close()


def test_many_senders_at_once(server: Server) -> None:
    def send(number: int) -> set[str]:
        with Sender(port(server)) as sender:
            return {code(sender.ask(adt("A01", patient(f"p{number}-{n}")))) for n in range(5)}

    with ThreadPoolExecutor(8) as pool:
        assert set().union(*pool.map(send, range(8))) == {"AA"}


def test_feeds_are_counted(server: Server) -> None:
    with Sender(port(server)) as sender:
        sender.ask(adt("A08"))
    metrics = httpx.get(f"{server.url}/metrics", trust_env=False).text
    assert 'entente_exchanges_total{outcome="answered",transaction="ITI-8"}' in metrics


def test_a_fed_patient_has_documents_and_a_merge_moves_them(
    start_server: StartServer, tmp_path: Path
) -> None:
    server = start_server(**fed())
    file = tmp_path / "note.txt"
    file.write_text("Bonjour\n")
    codes = ("--class", "11^^1.2.3", "--type", "11502-2^^2.16.840.1.113883.6.1")
    submit = ("submit", file, "--patient", patient("old"), *codes)
    refused = server.cli(*submit)
    assert refused.returncode == 1
    assert "XDSUnknownPatientId" in refused.stderr
    with Sender(port(server)) as sender:
        for known in ("old", "new"):
            assert code(sender.ask(adt("A01", patient(known)))) == "AA"
        accepted = server.cli(*submit)
        assert accepted.returncode == 0, accepted.stderr
        assert code(sender.ask(adt("A40", patient("new"), patient("old")))) == "AA"
    server.kill()
    server.start()
    found = server.cli("query", "--patient", patient("new"))
    assert found.returncode == 0, found.stderr
    assert "note" in found.stdout
    with Sender(port(server)) as sender:
        assert code(sender.ask(adt("A40", patient("new"), patient("old")))) == "AE"


def test_a_message_in_hand_is_answered_before_the_server_stops(start_server: StartServer) -> None:
    server = start_server(**fed())
    with Sender(port(server)) as idle, Sender(port(server)) as busy:
        busy.send(b"".join(write(adt("A01", patient(f"n{n}"))) for n in range(200)))
        busy.answer()
        stopped = threading.Thread(target=server.stop)
        stopped.start()
        answers = 1
        try:
            while True:
                assert code(busy.answer()) == "AA"
                answers += 1
        except (EOFError, ConnectionResetError):
            pass
        stopped.join(30)
        assert server.process is not None
        assert server.process.returncode == 0
        assert idle.has_ended()
    listed = entente("patients", "list", cwd=server.folder).stdout.splitlines()
    assert answers <= len(listed) <= answers + 1
    assert "Traceback" not in server.log


def test_certificates_are_asked_for_and_name_the_sender(
    start_server: StartServer, tmp_path: Path
) -> None:
    (tmp_path / "certificates").mkdir()
    authority = Authority(tmp_path / "certificates")
    node = authority.issue("localhost")
    http = {
        "port": free_port(),
        "tls_certificate": str(node.certificate),
        "tls_key": str(node.key),
        "tls_client_ca": str(authority.certificate),
    }
    server = start_server(**fed(http=http, management={"port": free_port()}))
    context = ssl.create_default_context(cafile=authority.certificate)
    with (
        pytest.raises((ssl.SSLError, ConnectionResetError, EOFError)),
        Sender(port(server), context) as stranger,
    ):
        stranger.ask(adt("A01", patient("stranger")))
    context.load_cert_chain(node.certificate, node.key)
    with Sender(port(server), context) as sender:
        assert code(sender.ask(adt("A01", patient("secure")))) == "AA"
    with Sender(port(server)) as plain:
        plain.send(write(adt("A01", patient("plain"))))
        assert plain.has_ended()
    assert is_known(server, patient("secure"))
    assert not is_known(server, patient("plain"))
    (line,) = (json.loads(line) for line in server.log.splitlines() if '"ITI-8"' in line)
    assert (line["event"], line["acknowledgement"], line["peer"]) == ("exchange", "AA", "127.0.0.1")
    assert line["subject"] == "CN=localhost"
    assert line["certificate"] == f"sha256:{hashlib.sha256(node.der).hexdigest()}"
    assert {"seconds", "octets_in", "octets_out"} <= line.keys()
    assert re.fullmatch("[0-9a-f]{32}", line["trace_id"])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("[registry]\nmllp_port = {port}\n", "patient_assigning_authorities is not set"),
        ("[registry]\nmllp_port = {port}\nmllp_host = '0.0.0.0'\n", "there is no mutual TLS"),
        ("[registry]\nmllp_port = 0\n", "mllp_port"),
        ("[domain]\npatient_namespaces = {{A = 'x'}}\n", "is not an OID"),
        ("[domain]\npatients = 'some'\n", "'known' or 'open'"),
    ],
)
def test_what_does_not_do_is_said_at_once(tmp_path: Path, settings: str, words: str) -> None:
    Path(tmp_path, "entente.toml").write_text(settings.format(port=free_port()))
    done = entente("serve", "registry", cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        Path(tmp_path, "entente.toml").write_text(
            f"[http]\nport = {free_port()}\n[registry]\nmllp_port = {number}\n"
            f"[domain]\npatient_assigning_authorities = ['{PATIENT.authority}']\n"
        )
        done = entente("serve", "registry", cwd=tmp_path)
    assert done.returncode == 1
    assert f"port {number}" in done.stderr
