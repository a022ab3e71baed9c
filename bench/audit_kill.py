"""Kills server, sender and receiver of audit records at random instants, and looks who is missing.

The receiver is an rsyslog with a queue on disk. After each recovery every committed submission,
every answered query and every answered retrieval must have its record there.
`python -m bench.audit_kill --rounds 50`
"""

from __future__ import annotations

import argparse
import base64
import random
import re
import sqlite3
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx
from lxml import etree

from bench import consumer, traffic
from bench.server import Server
from entente import consumer as xds
from ihe_profiles import iti41
from ihe_profiles.atna import syslog
from ihe_profiles.soap.client import CallFailed, HttpCaller
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.xds import response, submission
from ihe_profiles.xds.vocabulary import ResponseStatus
from registry.store.numbers import Kind, Scheme
from tests.audit.receivers import PATIENCE, Rsyslog
from tests.servers import UNIQUE_ID, free_port, settings_for
from tests.soap.certificates import Authority

SENDERS = 3
PATIENT = traffic.patient(1)
LIMITS = {"registry_timeout": 1, "pending_lease": 2, "recovery_seconds": 0.5}

Event = tuple[str, str]
"""A transaction, and what its record must name: a SubmissionSet, a query's id, a document."""


@dataclass(slots=True)
class Account:
    """What the clients have answers for."""

    due: set[Event] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one round found: anything in `lost` is a broken promise."""

    kind: str
    due: int
    lost: tuple[Event, ...]


def _work(url: str, account: Account, stop: threading.Event) -> None:
    with httpx.Client(timeout=10) as http:
        while not stop.is_set():
            try:
                _once(url, http, account)
            except (CallFailed, httpx.HTTPError):
                time.sleep(0.01)


def _once(url: str, http: httpx.Client, account: Account) -> None:
    """Submit, query and retrieve: each under an id of its own."""
    sending = traffic.provide(PATIENT, uuid4().bytes)
    caller = HttpCaller(f"{url}/repository", http, SoapLimits())
    answer = caller.call(iti41.TRANSACTION, sending.body)
    if response.read(answer.body).status is not ResponseStatus.SUCCESS:
        return
    account.due.add(("ITI-41", sending.set_id))
    marker = submission.new_oid()
    xds.query(
        HttpCaller(f"{url}/registry", http),
        "GetDocuments",
        {"$XDSDocumentEntryUniqueId": [marker]},
    )
    account.due.add(("ITI-18", marker))
    document = str(sending.entry.unique_id)
    if consumer.sha256(url, http, UNIQUE_ID, document) is not None:
        account.due.add(("ITI-43", document))


class Campaign:
    """A server and a receiver on one folder, which both can be killed."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        for name in ("authority", "rsyslog", "server"):
            (folder / name).mkdir()
        authority = Authority(folder / "authority")
        issued = authority.issue("localhost")
        self.receiver = Rsyslog(folder / "rsyslog", authority, issued)
        audit = {
            "destinations": [f"syslog+tls://localhost:{self.receiver.tls}"],
            "tls_ca": str(authority.certificate),
            "tls_certificate": str(issued.certificate),
            "tls_key": str(issued.key),
            "grace_seconds": 1.0,
            "head_seconds": 2.0,
        }
        settings = settings_for(None, {"audit": audit, "limits": LIMITS})
        settings["management"] = {"port": free_port()}
        self.server = Server(folder / "server", settings)
        self.found: Counter[Event] = Counter()
        self._read_to = 0

    def start(self) -> None:
        """Start whatever does not run."""
        if self.receiver.process is None or self.receiver.process.poll() is not None:
            self.receiver.start()
        if self.server.process is None or self.server.process.poll() is not None:
            self.server.start()

    def end(self) -> None:
        """Stop both."""
        if self.server.process is not None and self.server.process.poll() is None:
            self.server.stop()
        self.receiver.stop()

    def round(self, kind: str) -> Verdict:
        """Kill during traffic, recover, and judge."""
        self.start()
        account = Account()
        KILLS[kind](self, account)
        self.start()
        self.server.wait_for("/metrics", _all_delivered)
        due = account.due | self._committed()
        end = time.monotonic() + PATIENCE
        while (lost := due - self._received()) and time.monotonic() < end:
            time.sleep(0.1)
        return Verdict(kind, len(account.due), tuple(sorted(lost)))

    def pause(self, longest: float = 1.0) -> None:
        """Let a random time go by."""
        time.sleep(self.chance.uniform(0.05, longest))

    def _committed(self) -> set[Event]:
        """Every submission that the registry has, whether its sender was answered or not."""
        file = self.server.folder / "var" / "registry.sqlite"
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            rows = connection.execute(
                "SELECT value FROM identifier WHERE kind = ? AND scheme = ?", _SETS
            ).fetchall()
        finally:
            connection.close()
        return {("ITI-42", row[0]) for row in rows}

    def _received(self) -> set[Event]:
        file = self.receiver.folder / "received"
        with file.open("rb") as lines:
            lines.seek(self._read_to)
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                self._read_to += len(line)
                self.found.update(_events(line.rstrip(b"\n")))
        return set(self.found)


def _killed_server(campaign: Campaign, account: Account) -> None:
    _during(campaign, account, campaign.server.kill)


def _killed_receiver(campaign: Campaign, account: Account) -> None:
    def kill() -> None:
        campaign.receiver.kill()
        campaign.pause()

    _during(campaign, account, kill)


def _killed_both(campaign: Campaign, account: Account) -> None:
    def kill() -> None:
        campaign.receiver.kill()
        campaign.pause(0.2)
        campaign.server.kill()

    _during(campaign, account, kill)


def _killed_sender(campaign: Campaign, account: Account) -> None:
    """Kill the server while it sends what had to wait, and no client asks anything."""
    campaign.receiver.kill()
    _during(campaign, account, lambda: None)
    campaign.receiver.start()
    campaign.pause(2.0)
    campaign.server.kill()


KILLS: dict[str, Callable[[Campaign, Account], None]] = {
    "both": _killed_both,
    "receiver": _killed_receiver,
    "sender": _killed_sender,
    "server": _killed_server,
}


def _during(campaign: Campaign, account: Account, kill: Callable[[], None]) -> None:
    stop = threading.Event()
    clients = [
        threading.Thread(target=_work, args=(campaign.server.url, account, stop))
        for _ in range(SENDERS)
    ]
    for client in clients:
        client.start()
    campaign.pause()
    kill()
    stop.set()
    for client in clients:
        client.join()


def _all_delivered(metrics: httpx.Response) -> bool:
    waiting = re.findall(r"^entente_audit_waiting{.*} (.*)$", metrics.text, re.MULTILINE)
    return len(waiting) > 1 and not any(map(float, waiting))


def _events(line: bytes) -> set[Event]:
    """Read a received message; one that was cut off names nothing."""
    try:
        body = syslog.parse(line).body
        root = etree.fromstring(body)
    except (ValueError, etree.XMLSyntaxError):
        return set()
    kinds = [code.get("csd-code", "") for code in root.iter("EventTypeCode")]
    named = [one.get("ParticipantObjectID", "") for one in root.iter(_OBJECT)]
    for query in root.iter("ParticipantObjectQuery"):
        named += re.findall(r"[0-9.]{10,}", base64.b64decode(query.text or "").decode())
    return {(kind, name) for kind in kinds for name in named}


_COMMITTED = "SELECT value FROM identifier WHERE kind = ? AND scheme = ?"
_SETS = (Kind.SUBMISSION_SET, Scheme.UNIQUE_ID)
_OBJECT = "ParticipantObjectIdentification"


def rounds(folder: Path, kinds: list[str], seed: int) -> tuple[list[Verdict], Counter[Event]]:
    """Run a round of each kind on one store; return the verdicts and how often each record came."""
    campaign = Campaign(folder, seed)
    try:
        verdicts = [campaign.round(kind) for kind in kinds]
    finally:
        campaign.end()
    return verdicts, campaign.found


def main() -> None:
    """Run the rounds and print what they found; exit 1 if a record is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    drawn = random.Random(options.seed).choices(sorted(KILLS), k=options.rounds)
    with tempfile.TemporaryDirectory(prefix="entente-audit-kill-") as folder:
        verdicts, found = rounds(Path(folder), drawn, options.seed)
    kinds = Counter(verdict.kind for verdict in verdicts)
    lost = [event for verdict in verdicts for event in verdict.lost]
    print(
        f"{len(verdicts)} kills (seed {options.seed}; {dict(sorted(kinds.items()))}): "
        f"{sum(v.due for v in verdicts)} answers, {len(lost)} without a record; "
        f"{len(found)} accesses recorded, {sum(n > 1 for n in found.values())} more than once"
    )
    for event in lost:
        print("lost:", *event)
    raise SystemExit(1 if lost else 0)


if __name__ == "__main__":
    main()
