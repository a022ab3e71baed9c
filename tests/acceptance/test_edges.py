"""Documents of no octets, and consumers that hang up in mid-answer, at an encrypted store."""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import httpx
import psutil
import pytest

from bench import traffic
from bench.consumer import sha256 as sha256_of
from entente import consumer
from ihe_profiles import iti41
from ihe_profiles.iti43 import DocumentRequest
from ihe_profiles.soap.client import HttpCaller
from ihe_profiles.soap.exchange import Binary
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.xds import encoding, response
from ihe_profiles.xds.metadata import DocumentEntry
from ihe_profiles.xds.vocabulary import ResponseStatus
from tests.servers import UNIQUE_ID, Server, servers_in
from tests.soap.live import until

PATIENT = traffic.patient(1)
NOTHING = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
"""The SHA-1 of no octets."""
THREADS = SoapLimits().query_threads


@pytest.fixture(scope="module")
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server's temporary files would be."""
    return tmp_path_factory.mktemp("temporary")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, temporary: Path) -> Iterator[Server]:
    key = tmp_path_factory.mktemp("keys") / "key"
    key.write_bytes(b64encode(secrets.token_bytes(32)))
    with pytest.MonkeyPatch.context() as patch, servers_in(tmp_path_factory.mktemp("s")) as start:
        patch.setenv("TMPDIR", str(temporary))
        yield start(repository={"encryption_key": f"file:{key}"})


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=60, trust_env=False) as http:
        yield http


def _take(server: Server, http: httpx.Client, body: list[bytes | Binary]) -> None:
    caller = HttpCaller(f"{server.url}/repository", http)
    answer = response.read(caller.call(iti41.TRANSACTION, body, message_id=uuid4().urn).body)
    assert answer.status is ResponseStatus.SUCCESS


def _once(data: bytes) -> Iterator[bytes]:
    return iter((data,))


def _found(server: Server, http: httpx.Client, id: str) -> DocumentEntry:
    (entry,) = consumer.get_documents(HttpCaller(f"{server.url}/registry", http), id)
    return entry


@pytest.mark.parametrize("way", ["a part", "inline"])
def test_a_document_of_no_octets(server: Server, http: httpx.Client, way: str) -> None:
    empty, other = traffic.entry(PATIENT), traffic.entry(PATIENT)
    ids = [str(entry.unique_id) for entry in (empty, other)]
    packed = encoding.write_submission(traffic.submit(PATIENT, empty, other))
    parts = [
        (entry.entry_uuid, Binary("text/plain", len(data), partial(_once, data)))
        for entry, data in ((empty, b""), (other, b"x"))
    ]
    body = iti41.request(packed, parts if way == "a part" else parts[1:])
    if way == "inline":
        body.insert(-1, f'<xds:Document id="{empty.entry_uuid}"></xds:Document>'.encode())
    _take(server, http, body)
    found = _found(server, http, ids[0])
    assert (found.size, found.hash) == ("0", NOTHING)
    digests = [sha256_of(server.url, http, UNIQUE_ID, id) for id in ids]
    assert digests == [sha256(data).hexdigest() for data in (b"", b"x")]


class HungUp(Exception):
    """What a consumer does in the middle."""


def _hang_up(server: Server, id: str) -> None:
    """Retrieve with a connection of one's own, and let it go after the first octets."""

    def write(_data: bytes) -> None:
        raise HungUp

    with httpx.Client(timeout=60, trust_env=False, verify=False) as http:
        caller = HttpCaller(f"{server.url}/repository", http)
        with pytest.raises(HungUp):
            consumer.retrieve(caller, DocumentRequest(None, UNIQUE_ID, id), write)


@dataclass(frozen=True, slots=True)
class Held:
    """What a server holds open, its databases aside."""

    threads: int
    connections: int
    files: frozenset[str]


def _held(server: Server) -> Held:
    process = psutil.Process(server.pid)
    files = {file.path for file in process.open_files() if ".sqlite" not in file.path}
    connections = [c for c in process.net_connections() if c.status != psutil.CONN_LISTEN]
    return Held(process.num_threads(), len(connections), frozenset(files))


def test_a_consumer_that_hangs_up_costs_nothing(
    server: Server, http: httpx.Client, temporary: Path
) -> None:
    sending = traffic.provide_large(PATIENT, 32 << 20, seed=1)
    _take(server, http, sending.body)
    id = str(sending.entry.unique_id)
    _hang_up(server, id)
    until(lambda: not any("/blobs/" in name for name in _held(server).files))
    before = _held(server)
    for _ in range(3 * THREADS):
        _hang_up(server, id)
    until(lambda: _held(server).files <= before.files)
    until(lambda: _held(server).connections <= before.connections)
    assert _held(server).threads <= before.threads + THREADS  # those of the pool
    assert list(temporary.iterdir()) == []
    assert sha256_of(server.url, http, UNIQUE_ID, id) == sending.sha256
