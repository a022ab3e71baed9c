"""ITI-18, 42, 41 and 43 under load, each beside a floor measured in the same run."""

from __future__ import annotations

import hashlib
import http.client
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from bench import consumer, floor, load, traffic
from bench.row import MIB, Row, speed
from bench.server import Server, resident, running
from ihe_profiles import iti18, iti41, iti42, iti43
from ihe_profiles.iti43 import DocumentRequest
from ihe_profiles.soap import envelope, mtom
from ihe_profiles.soap.client import HttpCaller
from ihe_profiles.soap.exchange import Binary, Transaction
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.xds import response
from ihe_profiles.xds.vocabulary import ResponseStatus
from tests.servers import UNIQUE_ID, free_port

DOCUMENTS = 20
ITI_42_SYNCS = 1
"""The commit."""
ITI_41_SYNCS = 5
"""The blob, its folder, the pending row, the registration, the committed row."""


def request(
    transaction: Transaction, body: list[bytes | Binary], header: bytes = b""
) -> load.Request:
    """Write a whole HTTP request of a transaction, under a MessageID of its own."""
    message_id = f"urn:uuid:{uuid4()}"
    message = list(envelope.write(transaction.action, body, message_id=message_id, header=header))
    write = mtom.write if transaction.mtom else mtom.write_plain
    headers, chunks = write(message, transaction.action)
    return load.Request(dict(headers), b"".join(chunks))


@contextmanager
def answering(answer: Path, content_type: str) -> Iterator[str]:
    """A bare uvicorn that answers the bytes of a file."""
    port = free_port()
    command = [sys.executable, "-m", "bench.floor", str(answer), content_type, str(port)]
    process = subprocess.Popen(command)
    try:
        url = f"http://127.0.0.1:{port}/"
        for _ in range(200):
            try:
                httpx.get(url, timeout=5)
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait()


def _once(url: str, message: load.Request, folder: Path) -> tuple[Path, str]:
    """Send one message and keep its answer, for the floor to repeat."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=600)
    connection.request("POST", address.path, message.body, dict(message.headers))
    got = connection.getresponse()
    path = folder / f"answer-{uuid4().hex}"
    with path.open("wb") as file:
        while chunk := got.read(MIB):
            file.write(chunk)
    connection.close()
    return path, str(got.headers["content-type"])


def _against_floor(
    name: str, url: str, make: Callable[[int], load.Request], count: int, folder: Path
) -> Row:
    answer, content_type = _once(url, make(0), folder)
    repeated = make(1)
    with answering(answer, content_type) as bare:
        load.run(bare, lambda _: repeated, count // 10, 2)
        base = load.run(bare, lambda _: repeated, count, 2)
    load.run(url, make, max(count // 10, 2), 2)
    ours = load.run(url, make, count, 2)
    return Row(name, _figure(ours), _figure(base), ours.rate / base.rate)


def _durably(row: Row, syncs: int, count: int, folder: Path) -> Iterator[Row]:
    """Yield a row, and the same beside as many fsync as it has to wait for, one after the other."""
    base = floor.syncs(folder, syncs, count)
    ours = float(row.figure.partition("/s")[0].replace(",", ""))
    yield row
    yield Row(f"  {row.name}", row.figure, f"{syncs} fsync in a row: {base:,.0f}/s", ours / base)


def _figure(measure: load.Measure) -> str:
    return f"{measure.rate:,.0f}/s, median {measure.median:.1f} ms, p99 {measure.p99:.1f} ms"


def small(server: Server, folder: Path, count: int) -> Iterator[Row]:
    """ITI-42, ITI-18, ITI-41 and ITI-43 with small documents."""
    registry, repository = f"{server.url}/registry", f"{server.url}/repository"
    queried, written = traffic.patient(10), traffic.patient(11)

    def register(_: int) -> load.Request:
        return request(iti42.TRANSACTION, [traffic.register(written, UNIQUE_ID)])

    def provide(_: int) -> load.Request:
        content = b"".join(traffic.noise(100_000, 1))
        return request(iti41.TRANSACTION, traffic.provide(written, content).body)

    seed = request(iti42.TRANSACTION, [traffic.register(queried, UNIQUE_ID, DOCUMENTS)])
    _once(registry, seed, folder)
    find = request(iti18.TRANSACTION, [consumer.find_request(queried)])
    sending = traffic.provide(traffic.patient(12), b"".join(traffic.noise(100_000, 2)))
    _once(repository, request(iti41.TRANSACTION, sending.body), folder)
    retrieve = request(
        iti43.TRANSACTION,
        [iti43.request([DocumentRequest(None, UNIQUE_ID, str(sending.entry.unique_id))])],
    )
    yield _against_floor(
        f"ITI-18, {DOCUMENTS} documents, LeafClass", registry, lambda _: find, count * 4, folder
    )
    registered = _against_floor("ITI-42, one document", registry, register, count, folder)
    yield from _durably(registered, ITI_42_SYNCS, count, folder)
    provided = _against_floor("ITI-41, 100 kB", repository, provide, count, folder)
    yield from _durably(provided, ITI_41_SYNCS, count, folder)
    yield _against_floor("ITI-43, 100 kB", repository, lambda _: retrieve, count * 4, folder)


def large(server: Server, folder: Path, size: int) -> Iterator[Row]:
    """One large document in and out, with the growth of the server's resident memory."""
    sending = traffic.provide_large(traffic.patient(13), size, 3)
    name = f"{size / 1e9:g} GB"
    with httpx.Client(timeout=600) as http_client:
        caller = HttpCaller(f"{server.url}/repository", http_client, SoapLimits())
        before = resident(server)
        begin = time.perf_counter()
        answer = caller.call(iti41.TRANSACTION, sending.body)
        stored = time.perf_counter() - begin
        if response.read(answer.body).status is not ResponseStatus.SUCCESS:
            raise RuntimeError(f"refused: {response.read(answer.body).errors}")
        grown_in = resident(server) - before
        source = next(
            p
            for p in (folder / "var" / "blobs").rglob("*")
            if p.is_file() and p.stat().st_size == size
        )
        copied = floor.copy(source, folder / "copy")
        (folder / "copy").unlink()
        yield Row(
            f"ITI-41, {name}",
            speed(size, stored),
            f"copy, hash and fsync: {speed(size, copied)}",
            copied / stored,
            f"{grown_in / MIB:+.0f} MiB",
        )
        yield _retrieved(server, http_client, sending, size, source)


def _retrieved(
    server: Server, http_client: httpx.Client, sending: traffic.Sending, size: int, source: Path
) -> Row:
    with answering(source, "application/octet-stream") as bare:
        begin = time.perf_counter()
        with http_client.stream("POST", bare, content=b"x") as got:
            digest = hashlib.sha256()
            for chunk in got.iter_raw():
                digest.update(chunk)
        base = time.perf_counter() - begin
    id = str(sending.entry.unique_id)
    before = resident(server)
    begin = time.perf_counter()
    found = consumer.sha256(server.url, http_client, UNIQUE_ID, id)
    taken = time.perf_counter() - begin
    if found != sending.sha256:
        raise RuntimeError("the document came back altered")
    return Row(
        f"ITI-43, {size / 1e9:g} GB",
        speed(size, taken),
        f"the same bytes: {speed(size, base)}",
        base / taken,
        f"{(resident(server) - before) / MIB:+.0f} MiB",
    )


def measure(count: int, size: int) -> Iterator[Row]:
    """All measurements on one server with fresh stores."""
    with (
        tempfile.TemporaryDirectory(prefix="entente-bench-") as name,
        running(Path(name)) as server,
    ):
        yield from small(server, Path(name), count)
        yield from large(server, Path(name), size)
