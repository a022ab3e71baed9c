"""Kills the server at random instants of ITI-41 traffic, and looks whether it kept its word.

After each restart every acknowledged document must be found and come back intact, and nothing that
was not acknowledged may be half there: found but not retrievable, or retrievable but not found.
`python -m bench.kill --rounds 50`
"""

from __future__ import annotations

import argparse
import random
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bench import consumer, traffic
from bench.server import Server, running
from ihe_profiles import iti41
from ihe_profiles.soap.client import CallFailed, HttpCaller
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.xds import response
from ihe_profiles.xds.vocabulary import ResponseStatus
from tests.servers import UNIQUE_ID

SENDERS = 4
PATIENT = traffic.patient(1)
SHORT = {"registry_timeout": 1, "pending_lease": 2, "recovery_seconds": 0.5}
"""Documents of unknown outcome are asked about soon, so that a round is short."""


@dataclass(slots=True)
class Account:
    """What the senders know: every document begun, and those whose Success they have in hand."""

    begun: dict[str, str] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one round found; anything in `lost` or `half` is a broken promise."""

    acknowledged: int
    in_doubt: int
    lost: tuple[str, ...]
    half: tuple[str, ...]


def _send(url: str, account: Account, stop: threading.Event, seed: int) -> None:
    chance = random.Random(seed)
    with httpx.Client(timeout=10) as http:
        caller = HttpCaller(f"{url}/repository", http, SoapLimits())
        while not stop.is_set():
            sending = traffic.provide(PATIENT, chance.randbytes(chance.randint(0, 200_000)))
            id = str(sending.entry.unique_id)
            account.begun[id] = sending.sha256
            try:
                answer = caller.call(iti41.TRANSACTION, sending.body)
            except CallFailed:
                continue
            if response.read(answer.body).status is ResponseStatus.SUCCESS:
                account.acknowledged.add(id)


def _traffic(server: Server, account: Account, seconds: float, seed: int) -> None:
    stop = threading.Event()
    senders = [
        threading.Thread(target=_send, args=(server.url, account, stop, seed + number))
        for number in range(SENDERS)
    ]
    for sender in senders:
        sender.start()
    time.sleep(seconds)
    server.kill()
    stop.set()
    for sender in senders:
        sender.join()


def _is_settled(metrics: httpx.Response) -> bool:
    return "entente_pending_documents 0.0" in metrics.text


def _judge(server: Server, account: Account) -> Verdict:
    with httpx.Client(timeout=30) as http:
        found = consumer.find(server.url, http, PATIENT)
        retrieved = consumer.sha256_of_each(server.url, http, UNIQUE_ID, account.begun)
    whole = {id for id, digest in retrieved.items() if account.begun[id] == digest}
    there = {id for id in account.begun if id in found or id in retrieved}
    return Verdict(
        acknowledged=len(account.acknowledged),
        in_doubt=len(there - account.acknowledged),
        lost=tuple(sorted(account.acknowledged - (whole & found))),
        half=tuple(sorted(there - (whole & found))),
    )


def rounds(folder: Path, number: int, seed: int) -> list[Verdict]:
    """Run `number` rounds on one store that is never emptied; each judges only its own traffic."""
    chance = random.Random(seed)
    verdicts = []
    for _ in range(number):
        account = Account()
        with running(folder, limits=SHORT) as server:
            _traffic(server, account, chance.uniform(0.3, 1.5), chance.getrandbits(32))
        with running(folder, limits=SHORT) as server:
            server.wait_for("/metrics", _is_settled)
            verdicts.append(_judge(server, account))
    return verdicts


def main() -> None:
    """Run the rounds and print what they found; exit 1 if a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="entente-kill-") as folder:
        verdicts = rounds(Path(folder), options.rounds, options.seed)
    lost = sum(len(verdict.lost) for verdict in verdicts)
    half = sum(len(verdict.half) for verdict in verdicts)
    print(
        f"{len(verdicts)} kills (seed {options.seed}): "
        f"{sum(v.acknowledged for v in verdicts)} acknowledged, {lost} lost; "
        f"{sum(v.in_doubt for v in verdicts)} in doubt and whole, {half} half there"
    )
    raise SystemExit(1 if lost or half else 0)


if __name__ == "__main__":
    main()
