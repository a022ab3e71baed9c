"""A load generator on keep-alive connections: small enough to cost less than what it measures."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Request:
    """A ready-made POST: headers and body bytes."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Measure:
    """What one load gave: requests a second, and latencies in milliseconds."""

    rate: float
    median: float
    p99: float


def _worker(url: str, make: Callable[[int], Request], numbers: range, into: list[float]) -> None:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=60)
    for number in numbers:
        request = make(number)
        begin = time.perf_counter()
        connection.request("POST", address.path, request.body, dict(request.headers))
        response = connection.getresponse()
        answer = response.read()
        into.append(time.perf_counter() - begin)
        if response.status != 200 or b"ResponseStatusType:Success" not in answer:
            raise RuntimeError(f"status {response.status}: {answer[:800]!r}")
    connection.close()


def run(url: str, make: Callable[[int], Request], count: int, connections: int) -> Measure:
    """Send `count` requests over `connections` connections; only Success is accepted."""
    seconds: list[float] = []
    failures: list[BaseException] = []

    def guarded(numbers: range) -> None:
        try:
            _worker(url, make, numbers, seconds)
        except BaseException as failure:  # reported by the caller's thread
            failures.append(failure)

    begin = time.perf_counter()
    threads = [
        threading.Thread(target=guarded, args=(range(start, count, connections),))
        for start in range(connections)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    seconds.sort()
    elapsed = time.perf_counter() - begin
    return Measure(
        rate=count / elapsed,
        median=1000 * seconds[len(seconds) // 2],
        p99=1000 * seconds[min(len(seconds) - 1, int(len(seconds) * 0.99))],
    )
