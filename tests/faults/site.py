"""A server that faults befall, seen from a source, from a consumer and from behind."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
from sqlalchemy import create_engine, text

from bench import consumer, traffic
from bench.traffic import Sending
from ihe_profiles import iti41, iti43
from ihe_profiles.iti43 import DocumentRequest
from ihe_profiles.soap.client import HttpCaller
from ihe_profiles.xds import response
from ihe_profiles.xds.response import RegistryResponse
from ihe_profiles.xds.vocabulary import ResponseStatus
from tests.servers import UNIQUE_ID, Server

PATIENT = traffic.patient(1)
SHORT = {
    "registry_timeout": 1,
    "pending_lease": 4,
    "recovery_seconds": 0.2,
    "longest_backoff": 1,
    "total_seconds": 5,
    "stale_staging": 5,
    "database_seconds": 0.3,
}
"""Nothing is waited for long, and what is left behind is swept soon."""

Blobs = Callable[[], set[str]]


def files(folder: Path) -> Blobs:
    """Whatever lies in a folder of blobs, under any name."""
    return lambda: {p.name for p in folder.rglob("*") if p.is_file() or p.parent.name == "staging"}


@dataclass
class Site:
    """The servers of one repository and one registry, which may be the same."""

    repository: Server
    registry: Server
    index_url: str
    blobs: Blobs
    http: httpx.Client

    def send(self, sending: Sending, message_id: str) -> RegistryResponse:
        caller = HttpCaller(f"{self.repository.url}/repository", self.http)
        answer = caller.call(iti41.TRANSACTION, sending.body, message_id=message_id)
        return response.read(answer.body)

    def found(self, sending: Sending) -> bool:
        """Whether a query finds the document."""
        return str(sending.entry.unique_id) in consumer.find(self.registry.url, self.http, PATIENT)

    def whole(self, sending: Sending) -> bool:
        """Whether the document comes back as it was sent."""
        id = str(sending.entry.unique_id)
        found = consumer.sha256(self.repository.url, self.http, UNIQUE_ID, id)
        return found == sending.sha256

    def why_not(self, sending: Sending) -> list[str]:
        """The codes by which the document is not given out."""
        wanted = DocumentRequest(None, UNIQUE_ID, str(sending.entry.unique_id))
        caller = HttpCaller(f"{self.repository.url}/repository", self.http)
        answer = caller.call(iti43.TRANSACTION, [iti43.request([wanted])])
        return [error.code for error in iti43.read_response(answer.body)[0].errors]

    def holdings(self) -> tuple[set[str], int, int]:
        """What the repository keeps: blobs, rows of documents, and how many are pending."""
        engine = create_engine(self.index_url)
        with engine.connect() as connection:
            count = "SELECT count(*), count(lease_until) FROM document"
            rows, pending = connection.execute(text(count)).one()
        engine.dispose()
        return self.blobs(), rows, pending

    def settled(self) -> tuple[set[str], int, int]:
        """Wait until nothing is pending; return what is kept then."""
        end = time.monotonic() + 30
        while (now := self.holdings())[2]:
            assert time.monotonic() < end, f"{now[2]} documents stay pending"
            time.sleep(0.1)
        return now

    def settles_at(self, holdings: tuple[set[str], int, int]) -> None:
        """Wait until nothing but that is kept."""
        end = time.monotonic() + 30
        while (now := self.holdings()) != holdings:
            assert time.monotonic() < end, f"{now} is not {holdings}"
            time.sleep(0.1)


@contextmanager
def watching(repository: Server, registry: Server, index_url: str, blobs: Blobs) -> Iterator[Site]:
    """Look at a site as long as the block lasts."""
    with httpx.Client(timeout=60, trust_env=False) as http:
        yield Site(repository, registry, index_url, blobs, http)


def refused(
    site: Site, fault: AbstractContextManager[object], code: str, size: int = 2000
) -> RegistryResponse:
    """Submit while a fault lasts: it is refused by that code and nothing stays of it.

    Then, without a restart, the same message sent again unchanged is taken.
    """
    sending, message_id = traffic.provide(PATIENT, b"x" * size), uuid4().urn
    before = site.settled()
    with fault:
        answer = site.send(sending, message_id)
    assert [error.code for error in answer.errors] == [code]
    assert answer.status is ResponseStatus.FAILURE
    assert not site.found(sending)
    site.settles_at(before)
    taken(site, sending, message_id)
    return answer


def taken(site: Site, sending: Sending, message_id: str | None = None) -> None:
    """Submit: the document is found and comes back."""
    answer = site.send(sending, message_id or uuid4().urn)
    assert answer.errors == ()
    assert answer.status is ResponseStatus.SUCCESS
    assert site.found(sending)
    assert site.whole(sending)
