"""Large documents encrypted at rest, one alone and many at once, and the memory that they take."""

from __future__ import annotations

import secrets
import tempfile
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

import httpx

from bench import consumer, floor, traffic
from bench.row import MIB, Row, speed
from bench.server import Server, resident, running
from ihe_profiles import iti41
from ihe_profiles.soap.client import HttpCaller
from ihe_profiles.xds import response
from ihe_profiles.xds.vocabulary import ResponseStatus
from tests.servers import UNIQUE_ID

T = TypeVar("T")

AT_ONCE: Final = 16
ALONE_MIB: Final = 96
TOGETHER_MIB: Final = 512


def measure(alone: int, together: int) -> Iterator[Row]:
    """One document of `alone` octets in and out, then 16 of `together` at once.

    Raises RuntimeError when the server takes more memory than it may.
    """
    with tempfile.TemporaryDirectory(prefix="entente-bench-") as name:
        folder = Path(name)
        key = folder / "key"
        key.write_bytes(b64encode(secrets.token_bytes(32)))
        with running(folder, repository={"encryption_key": f"file:{key}"}) as server:
            _send(server, 1_000_000, 99)  # what is loaded once is no document's
            yield from _measured(server, folder, alone, 1, ALONE_MIB)
            yield from _measured(server, folder, together, AT_ONCE, TOGETHER_MIB)


def _measured(server: Server, folder: Path, size: int, number: int, most: int) -> Iterator[Row]:
    name = f"{size / 1e9:g} GB" if number == 1 else f"{number} of {size / 1e6:g} MB at once"
    sent, stored, memory = _all(server, number, lambda n: _send(server, size, n))
    copied = _copied(folder, size, number)
    yield _row(f"ITI-41 encrypted, {name}", size * number, stored, copied, memory, most)
    _, fetched, memory = _all(server, number, lambda n: _fetch(server, sent[n]))
    yield _row(f"ITI-43 encrypted, {name}", size * number, fetched, copied, memory, most)


def _all(server: Server, number: int, work: Callable[[int], T]) -> tuple[list[T], float, int]:
    """Do so many works at once: their results, the seconds, and the most memory that was added."""
    with _watching(server) as peak, ThreadPoolExecutor(number) as pool:
        begin = time.perf_counter()
        results = list(pool.map(work, range(number)))
        seconds = time.perf_counter() - begin
    return results, seconds, peak[0]


def _send(server: Server, size: int, seed: int) -> traffic.Sending:
    sending = traffic.provide_large(traffic.patient(20 + seed), size, seed)
    with httpx.Client(timeout=3600, trust_env=False) as http:
        caller = HttpCaller(f"{server.url}/repository", http)
        answer = response.read(caller.call(iti41.TRANSACTION, sending.body).body)
    if answer.status is not ResponseStatus.SUCCESS:
        raise RuntimeError(f"refused: {answer.errors}")
    return sending


def _fetch(server: Server, sending: traffic.Sending) -> None:
    with httpx.Client(timeout=3600, trust_env=False) as http:
        found = consumer.sha256(server.url, http, UNIQUE_ID, str(sending.entry.unique_id))
    if found != sending.sha256:
        raise RuntimeError("the document came back altered")


def _copied(folder: Path, size: int, number: int) -> float:
    """Return how long it takes to copy and hash so many files, one after the other."""
    source, target = folder / "source", folder / "target"
    with source.open("wb") as file:
        file.writelines(traffic.noise(size, 1))
    seconds = sum(floor.copy(source, target) for _ in range(number))
    source.unlink()
    target.unlink()
    return seconds


@contextmanager
def _watching(server: Server) -> Iterator[list[int]]:
    """Lend a list that holds, at the end, the most octets of memory that were added meanwhile."""
    before, peak, over = resident(server), [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            peak[0] = max(peak[0], resident(server) - before)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()


def _row(name: str, size: int, seconds: float, copied: float, memory: int, most: int) -> Row:
    if memory > most * MIB:
        raise RuntimeError(f"{name}: {memory / MIB:.0f} MiB more memory, {most} are allowed")
    return Row(
        name,
        speed(size, seconds),
        f"copy, hash and fsync: {speed(size, copied)}",
        copied / seconds,
        f"{memory / MIB:+.0f} MiB of {most}",
    )
