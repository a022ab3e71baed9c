"""Kills servers at random instants of ITI-41 traffic, and looks whether they kept their word.

For each kind of blob store with each database: kill, start, send again, kill ... Every second time
or so the dust may settle, and then each acknowledged document must be found and come back as it was
sent, each submission must be there as a whole or not at all, and what was to be refused must not be
there. At the end nothing may stand alone: `entente repository reconcile --grace 0` compares
registry, index and store. As many combinations run side by side as there are processors.
`make crash-test ROUNDS=1000`
"""

from __future__ import annotations

import argparse
import os
import random
import re
import tempfile
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final

import httpx

from bench import consumer, crash_traffic, traffic
from bench.crash_places import COMBINATIONS, place
from bench.crash_traffic import SENDERS, Account
from bench.server import Server
from ihe_profiles.xds.vocabulary import Status
from tests.servers import UNIQUE_ID, entente, settings_for

SHORT: Final = {
    "registry_timeout": 0.2,
    "pending_lease": 0.5,
    "recovery_seconds": 0.2,
    "longest_backoff": 1,
}
"""Documents of unknown outcome are asked about soon, so that a round is short."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a campaign found on one combination; all but the first three are broken promises.

    `half` are documents of submissions that are there in part, `alone` what reconciling found.
    """

    place: str
    kills: int = 0
    acknowledged: int = 0
    in_doubt: int = 0
    lost: tuple[str, ...] = ()
    half: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()

    @property
    def is_kept(self) -> bool:
        """Whether no promise was broken."""
        return not (self.lost or self.half or self.unwanted or self.alone)

    def __add__(self, other: Verdict) -> Verdict:
        mine, its = ([getattr(one, name) for name in self.__slots__[1:]] for one in (self, other))
        return Verdict(self.place, *(a + b for a, b in zip(mine, its, strict=True)))


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a server shows of a patient: uniqueIds by status, and the SHA-256 of what it gives."""

    approved: set[str]
    deprecated: set[str]
    digests: Mapping[str, str]

    def whole(self, id: str, digest: str) -> bool:
        """Whether a document is found and comes back as it was sent."""
        return id in self.approved | self.deprecated and self.digests.get(id) == digest

    def traces(self, id: str) -> bool:
        """Whether there is anything of a document."""
        return id in self.approved or id in self.deprecated or id in self.digests


def _look(server: Server, account: Account) -> _Seen:
    ids = [id for message in account.begun for id in message.documents]
    with httpx.Client(timeout=60, trust_env=False) as http:
        approved, deprecated = (
            consumer.find(server.url, http, account.patient, status)
            for status in (Status.APPROVED, Status.DEPRECATED)
        )
        return _Seen(
            approved, deprecated, consumer.sha256_of_each(server.url, http, UNIQUE_ID, ids)
        )


def _judge(name: str, server: Server, account: Account) -> Verdict:
    server.wait_for("/metrics", lambda page: "entente_pending_documents 0.0" in page.text)
    seen = _look(server, account)
    known = {message.id for message in account.acknowledged}
    lost, half, unwanted = [], [], []
    in_doubt = 0
    for message in account.begun:
        whole = [seen.whole(id, digest) for id, digest in message.documents.items()]
        if message.must_fail:
            unwanted += [id for id in message.documents if seen.traces(id)]
        elif message.id in known:
            lost += [id for id, there in zip(message.documents, whole, strict=True) if not there]
        elif any(map(seen.traces, message.documents)):
            in_doubt += 1
            half += [] if all(whole) else list(message.documents)
        if message.replaces and (message.replaces in seen.deprecated) is not all(whole):
            half.append(message.replaces)
    return Verdict(
        name, 0, len(account.acknowledged), in_doubt, tuple(lost), tuple(half), tuple(unwanted)
    )


def _kill_under_traffic(server: Server, account: Account, seconds: float, seed: int) -> None:
    stop = threading.Event()
    senders = [
        threading.Thread(target=crash_traffic.send, args=(server.url, account, stop, seed + number))
        for number in range(SENDERS)
    ]
    for sender in senders:
        sender.start()
    time.sleep(seconds)
    server.kill()
    stop.set()
    for sender in senders:
        sender.join()


def _alone(server: Server, sweep: float) -> tuple[str, ...]:
    """Wait until what was left behind is swept; return what reconciling finds then."""
    time.sleep(sweep + 1.5)
    command = ("repository", "reconcile", "--grace", "0")
    done = entente(*command, cwd=server.folder, patience=1800)
    if done.returncode == 0:
        return ()
    return tuple((done.stdout + done.stderr).splitlines())


def campaign(
    folder: Path, store: str, database: str, kills: int, seed: int, sweep: float = 20
) -> Verdict:
    """Kill a server so often on one combination, whose stores are never emptied.

    What a dead server left in the store is swept after `sweep` seconds.
    """
    chance = random.Random(seed)
    name = f"{store} + {database}"
    verdict, patients = Verdict(name), count(1)
    with place(folder, store, database) as settings:
        own: dict[str, Mapping[str, Any]] = {
            **settings,
            "limits": SHORT | {"total_seconds": sweep, "stale_staging": sweep},
        }
        server = Server(folder, settings_for(None, own))
        account = Account(traffic.patient(next(patients)))
        server.start()
        for _ in range(kills):
            _kill_under_traffic(server, account, chance.uniform(0.1, 1.5), chance.getrandbits(32))
            verdict += Verdict(name, 1)
            server.start()
            if chance.random() < 0.5:  # else it is killed again while it recovers
                crash_traffic.send_again(server.url, account)
                verdict += _judge(name, server, account)
                account = Account(traffic.patient(next(patients)))
        verdict += _judge(name, server, account)
        verdict += Verdict(name, alone=_alone(server, sweep))
        server.stop()
    return verdict


def _on_its_own(store: str, database: str, kills: int, seed: int) -> Verdict:
    with tempfile.TemporaryDirectory(prefix="entente-crash-") as folder:
        return campaign(Path(folder), store, database, kills, seed)


def main() -> None:
    """Run the campaign and print what it found; exit 1 if a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000, help="kills in total")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--at-once", type=int, default=os.cpu_count(), help="combinations")
    options = parser.parse_args()
    begin, verdicts = time.monotonic(), []
    share = -(-options.rounds // len(COMBINATIONS))
    with ProcessPoolExecutor(options.at_once) as pool:
        running = [
            pool.submit(_on_its_own, store, database, share, options.seed + number)
            for number, (store, database) in enumerate(COMBINATIONS)
        ]
        for done in as_completed(running):
            verdicts.append(done.result())
            print(_said(verdicts[-1]), flush=True)
    total = sum(verdicts[1:], verdicts[0])
    seconds = time.monotonic() - begin
    print(f"{_said(total, 'in total')}\nseed {options.seed}, {seconds / total.kills:.1f} s a kill")
    raise SystemExit(0 if total.is_kept else 1)


def _said(verdict: Verdict, name: str | None = None) -> str:
    found = (*verdict.lost, *verdict.half, *verdict.unwanted, *verdict.alone)
    broken = [re.sub(r"\s+", " ", one) for one in found]
    counts = (
        f"{name or verdict.place}: {verdict.kills} kills, {verdict.acknowledged} acknowledged, "
        f"{verdict.in_doubt} in doubt and there as a whole; {len(verdict.lost)} lost or altered, "
        f"{len(verdict.half)} half there, {len(verdict.unwanted)} refused and there, "
        f"{len(verdict.alone)} alone"
    )
    return "\n  ".join([counts, *broken[:20]])


if __name__ == "__main__":
    main()
