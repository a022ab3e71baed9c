"""What trust costs: ITI-18 and ITI-42 plain, and with each layer of trust, in one run.

`python -m bench.trust --layers tls,audit --count 500` measures the layers that are named. Servers
stand side by side and take turns, so that a busy machine is busy for each of them.
"""

from __future__ import annotations

import argparse
import http.client
import ssl
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

from bench import consumer, traffic
from bench.load import Request
from bench.server import Server, running
from bench.transactions import DOCUMENTS, request
from entente import certificates
from entente.tls import client_context
from ihe_profiles import iti18, iti42
from tests.servers import UNIQUE_ID, free_port

CONNECTIONS: Final = 2
ROUNDS: Final = 5
Settings = dict[str, Mapping[str, Any]]


def _tls(folder: Path) -> Settings:
    pki = folder / "pki"
    certificates.make(pki, ["127.0.0.1"])
    files = {"certificate": "server.pem", "key": "server.key", "client_ca": "ca.pem"}
    own = {f"tls_{name}": str(pki / file) for name, file in files.items()}
    http = {"port": free_port(), "tls_client_crl": [str(pki / "ca.crl")], **own}
    return {"http": http, "management": {"port": free_port()}}


def _audit(folder: Path) -> Settings:
    return {"audit": {"destinations": [f"file://{folder}/audit.log"]}}


LAYERS: Final[Mapping[str, Callable[[Path], Settings]]] = {"tls": _tls, "audit": _audit}
"""What each layer adds to the settings of a server whose files lie in a folder.

Records are kept in any case; the layer `audit` also delivers them.
"""


@dataclass(slots=True)
class Candidate:
    """One server under measurement, and its rates by transaction."""

    name: str
    server: Server
    context: ssl.SSLContext | None
    rates: dict[str, list[float]]

    def measure(self, transaction: str, make: Callable[[], Request], count: int) -> None:
        """Take one turn: `count` requests over kept connections."""
        each = count // CONNECTIONS
        made = [[make() for _ in range(each)] for _ in range(CONNECTIONS)]
        began = time.perf_counter()
        with ThreadPoolExecutor(CONNECTIONS) as senders:
            list(senders.map(self._send, made))
        taken = time.perf_counter() - began
        self.rates.setdefault(transaction, []).append(each * CONNECTIONS / taken)

    def _send(self, requests: list[Request]) -> None:
        address = urlsplit(self.server.url)
        host, port = str(address.hostname), address.port
        connection = (
            http.client.HTTPConnection(host, port, timeout=60)
            if self.context is None
            else http.client.HTTPSConnection(host, port, timeout=60, context=self.context)
        )
        for one in requests:
            connection.request("POST", "/registry", one.body, dict(one.headers))
            answer = connection.getresponse().read()
            if b"ResponseStatusType:Success" not in answer:
                raise RuntimeError(f"{self.name}: {answer[:800]!r}")
        connection.close()


def candidate(name: str, layers: list[str], folder: Path, stack: ExitStack) -> Candidate:
    """Start a server with some layers."""
    folder.mkdir()
    settings: Settings = {}
    for layer in layers:
        settings |= LAYERS[layer](folder)
    server = stack.enter_context(running(folder, (), **settings))
    pki = folder / "pki"
    context = (
        client_context(pki / "ca.pem", pki / "dci.pem", pki / "dci.key")
        if "tls" in layers
        else None
    )
    return Candidate(name, server, context, {})


def measure(layers: list[str], count: int) -> Iterator[Candidate]:
    """Measure without any layer, with each alone, and with all of them."""
    with tempfile.TemporaryDirectory(prefix="entente-trust-") as name, ExitStack() as stack:
        wanted = {"plain": [], **{layer: [layer] for layer in layers}, "all": layers}
        folder = Path(name)
        all_of = [candidate(n, own, folder / n, stack) for n, own in wanted.items()]
        find = request(iti18.TRANSACTION, [consumer.find_request(traffic.patient(10))])
        for one in all_of:
            one.measure("seed", _seed, CONNECTIONS)
        for _ in range(ROUNDS):
            for one in all_of:
                one.measure("ITI-18", lambda: find, count)
                one.measure("ITI-42", _register, count // 4)
        yield from all_of


def _seed() -> Request:
    written = traffic.register(traffic.patient(10), UNIQUE_ID, DOCUMENTS // CONNECTIONS)
    return request(iti42.TRANSACTION, [written])


def _register() -> Request:
    return request(iti42.TRANSACTION, [traffic.register(traffic.patient(11), UNIQUE_ID)])


def main() -> None:
    """Print the share of the plain throughput that each layer leaves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--layers", default=",".join(LAYERS), help="any of " + ", ".join(LAYERS))
    parser.add_argument("--count", type=int, default=400, help="queries of each turn")
    options = parser.parse_args()
    layers = options.layers.split(",")
    if unknown := set(layers) - set(LAYERS):
        parser.error(f"there is no layer {', '.join(unknown)}")
    table = Table("layers", "ITI-18", "of plain", "ITI-42", "of plain")
    plain: dict[str, float] = {}
    for one in measure(layers, options.count):
        rates = {name: statistics.median(each) for name, each in one.rates.items()}
        plain = plain or rates
        cells = [
            text
            for name in ("ITI-18", "ITI-42")
            for text in (f"{rates[name]:,.0f}/s", f"{rates[name] / plain[name]:.2f}")
        ]
        table.add_row(one.name, *cells)
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
