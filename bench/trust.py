"""What trust costs: ITI-18 and ITI-42 plain, and with each layer of trust, in one run.

Servers stand side by side and take turns, so that a busy machine is busy for each of them. `plain`
has no TLS, asks for no assertion, hides nothing and, which no setting allows, keeps no audit trail.
CPU time is that of the server until it is quiet again: the delivery of records counts too.
"""

from __future__ import annotations

import http.client
import ssl
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import psutil
from rich.table import Table

from bench import consumer, layers, traffic, unaudited
from bench.assertions import Provider
from bench.layers import COMBINATIONS, ROLE, USER
from bench.load import Request
from bench.server import Server, running
from bench.transactions import DOCUMENTS, request
from entente.tls import client_context
from ihe_profiles import iti18, iti42
from ihe_profiles.xua.header import security_header
from tests.servers import UNIQUE_ID

CONNECTIONS: Final = 8
ROUNDS: Final = 5
WANTED: Final = "wanted of all together: 0.6 of plain for ITI-18, 0.7 for ITI-42"
QUIET: Final = 0.4
"""Seconds in which a server that has done all its work takes next to no CPU time."""


@dataclass(slots=True)
class Turn:
    """What one turn took: requests, seconds, seconds of CPU."""

    number: int
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.number / self.seconds


@dataclass(slots=True)
class Candidate:
    """One server under measurement, and its turns by kind of request."""

    name: str
    server: Server
    context: ssl.SSLContext | None
    token: Callable[[], bytes] | None
    turns: dict[str, list[Turn]] = field(default_factory=dict)

    def measure(self, kind: str, count: int) -> None:
        """Take one turn: `count` requests over kept connections, until the server is quiet."""
        make, found = _KINDS[kind]
        made = [[make(self) for _ in range(count // CONNECTIONS)] for _ in range(CONNECTIONS)]
        connections = [self._connection() for _ in made]
        before = self._cpu()
        began = time.perf_counter()
        with ThreadPoolExecutor(CONNECTIONS) as senders:
            list(senders.map(partial(self._send, found), connections, made))
        taken = time.perf_counter() - began
        turn = Turn(sum(map(len, made)), taken, self._until_quiet() - before)
        self.turns.setdefault(kind, []).append(turn)

    def find(self) -> Request:
        """Write a query, with an assertion where one is asked for."""
        return request(
            iti18.TRANSACTION, [consumer.find_request(traffic.patient(10))], self._header()
        )

    def register(self, number: int = 1, patient: int = 11) -> Request:
        """Write a registration, with an assertion where one is read."""
        body = traffic.register(traffic.patient(patient), UNIQUE_ID, number)
        return request(iti42.TRANSACTION, [body], self._header())

    def seed(self) -> None:
        """Register what is asked for, and let it be seen."""
        self._send(0, self._connection(), [self.register(DOCUMENTS, 10)])
        if "policy" in COMBINATIONS[self.name]:
            layers.let_consult(self.server)

    def _header(self) -> bytes:
        return b"" if self.token is None else security_header(self.token())

    def _connection(self) -> http.client.HTTPConnection:
        address = urlsplit(self.server.url)
        host, port = str(address.hostname), address.port
        made = (
            http.client.HTTPConnection(host, port, timeout=60)
            if self.context is None
            else http.client.HTTPSConnection(host, port, timeout=60, context=self.context)
        )
        made.connect()
        return made

    def _send(
        self, found: int, connection: http.client.HTTPConnection, requests: list[Request]
    ) -> None:
        for one in requests:
            connection.request("POST", "/registry", one.body, dict(one.headers))
            answer = connection.getresponse().read()
            documents = answer.count(b"</rim:ExtrinsicObject>")
            if b"ResponseStatusType:Success" not in answer or documents != found:
                raise RuntimeError(f"{self.name}: {answer[:800]!r}")
        connection.close()

    def _cpu(self) -> float:
        times = psutil.Process(self.server.pid).cpu_times()
        return times.user + times.system

    def _until_quiet(self) -> float:
        last = self._cpu()
        while True:
            time.sleep(QUIET)
            now = self._cpu()
            if now - last < QUIET / 20:
                return last
            last = now


_KINDS: Final[Mapping[str, tuple[Callable[[Candidate], Request], int]]] = {
    "ITI-18": (Candidate.find, DOCUMENTS),
    "ITI-42": (Candidate.register, 0),
}
"""How each kind of request is made, and how many documents its answer has."""


def candidate(name: str, folder: Path, provider: Provider, stack: ExitStack) -> Candidate:
    """Start a server with the layers of a combination."""
    folder.mkdir()
    combined = COMBINATIONS[name]
    before = () if "audit" in combined else (sys.executable, "-P", str(unaudited.__file__))
    server = running(folder, before, **layers.settings(combined, folder, provider))
    pki = folder / "pki"
    files = (pki / "ca.pem", pki / "dci.pem", pki / "dci.key")
    made = Candidate(
        name,
        stack.enter_context(server),
        client_context(*files) if "tls" in combined else None,
        _tokens(name, provider) if "xua" in combined else None,
    )
    made.seed()
    return made


def _tokens(name: str, provider: Provider) -> Callable[[], bytes]:
    """Return what gives the assertion of the next message."""
    issue = partial(provider.token, USER, role=ROLE)
    return issue if name in layers.FRESH else partial(str.encode, issue().decode())


def measure(count: int) -> list[Candidate]:
    """Measure all combinations, taking turns."""
    with tempfile.TemporaryDirectory(prefix="entente-trust-") as name, ExitStack() as stack:
        provider = Provider()
        found = [
            candidate(combination, Path(name) / str(number), provider, stack)
            for number, combination in enumerate(COMBINATIONS)
        ]
        for turn in range(ROUNDS + 1):
            for one in found if turn % 2 else reversed(found):
                for kind in _KINDS:
                    one.measure(kind, count)
            if not turn:  # what is done once: tables, statements, certificates
                for one in found:
                    one.turns.clear()
        return found


def table(count: int) -> Table:
    """Measure, and say what each combination leaves of the plain throughput."""
    made = Table("with", caption=WANTED)
    for kind in _KINDS:
        for column in (kind, "of plain", "CPU ms", "of plain"):
            made.add_column(column, justify="right")
    plain, *others = measure(count)
    for one in (plain, *others):
        made.add_row(one.name, *(cell for kind in _KINDS for cell in _cells(one, plain, kind)))
    return made


def _cells(one: Candidate, plain: Candidate, kind: str) -> tuple[str, str, str, str]:
    own, base = one.turns[kind], plain.turns[kind]
    kept = statistics.median(o.rate / b.rate for o, b in zip(own, base, strict=True))
    spent, spent_plain = _milliseconds(own), _milliseconds(base)
    rate = statistics.median(turn.rate for turn in own)
    return f"{rate:,.0f}/s", f"{kept:.2f}", f"{spent:.2f}", f"{spent_plain / spent:.2f}"


def _milliseconds(turns: list[Turn]) -> float:
    return 1000 * sum(turn.cpu for turn in turns) / sum(turn.number for turn in turns)
