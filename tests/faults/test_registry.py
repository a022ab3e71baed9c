"""A registry that is away, slow, busy, refusing, or behind a wire that is cut."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, replace
from uuid import uuid4

import pytest

from bench import traffic
from ihe_profiles import iti41, iti42
from ihe_profiles.soap.client import HttpCaller
from ihe_profiles.soap.exchange import Binary
from ihe_profiles.xds import encoding, response
from tests.faults.proxy import Proxy, Way, proxying
from tests.faults.site import PATIENT, SHORT, Site, files, refused, taken, watching
from tests.servers import UNIQUE_ID, servers_in


@dataclass
class Pair:
    """A repository and its registry, each a process, and the wire between them."""

    site: Site
    wire: Proxy


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with servers_in(tmp_path_factory.mktemp("servers")) as start:
        registry = start(role="registry", limits=SHORT)
        with proxying(registry.settings["http"]["port"]) as wire:
            repository = start(
                role="repository",
                repository={"registry_url": f"{wire.url}/registry"},
                limits=SHORT,
            )
            var = repository.folder / "var"
            index = f"sqlite:///{var / 'repository.sqlite'}"
            with watching(repository, registry, index, files(var / "blobs")) as site:
                yield Pair(site, wire)


@contextmanager
def _stopped(pair: Pair) -> Iterator[None]:
    pair.site.registry.stop()
    try:
        yield
    finally:
        pair.site.registry.start()


@contextmanager
def _frozen(pair: Pair) -> Iterator[None]:
    """The registry takes connections and does nothing."""
    os.killpg(pair.site.registry.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(pair.site.registry.pid, signal.SIGCONT)


@contextmanager
def _locked(pair: Pair) -> Iterator[None]:
    database = pair.site.registry.folder / "var" / "registry.sqlite"
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


def test_a_registry_that_is_down(pair: Pair) -> None:
    there = traffic.provide(PATIENT, b"served all the while")
    taken(pair.site, there)

    @contextmanager
    def down() -> Iterator[None]:
        with pair.wire.refusing(), _stopped(pair):
            assert pair.site.whole(there)
            yield

    answer = refused(pair.site, down(), "XDSRegistryNotAvailable")
    assert "nothing was stored" in answer.errors[0].context


def test_a_registry_that_is_busy(pair: Pair) -> None:
    @contextmanager
    def busy() -> Iterator[None]:
        with _locked(pair):
            yield
            assert pair.site.holdings()[2] == 1  # who is busy may not know how far it came

    answer = refused(pair.site, busy(), "XDSRegistryBusy")
    assert answer.errors[0].context.startswith("The registry has too much to do")


def _doubtful(pair: Pair, fault: AbstractContextManager[None]) -> None:
    """The outcome is unknown: the document is served, and the same message registers it once."""
    site, sending, message_id = pair.site, traffic.provide(PATIENT, b"doubt"), uuid4().urn
    with fault:
        answer = site.send(sending, message_id)
        assert site.whole(sending)
    assert [error.code for error in answer.errors] == ["XDSRegistryNotAvailable"]
    assert "the outcome is not known" in answer.errors[0].context
    taken(site, sending, message_id)


def test_a_registry_that_is_slow(pair: Pair) -> None:
    _doubtful(pair, _frozen(pair))


WAYS = {
    "in mid-request": Way(request=700),
    "nothing moves": Way(request=0, cuts=False),
    "before the answer": Way(answer=0),
    "in mid-answer": Way(answer=300),
    "the answer stalls": Way(answer=300, cuts=False),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_wire_that_is_cut(pair: Pair, way: str) -> None:
    _doubtful(pair, pair.wire.faring(WAYS[way]))


@pytest.mark.parametrize("way", ["in mid-request", "before the answer", "in mid-answer"])
def test_one_cut_is_made_good_by_the_second_attempt(pair: Pair, way: str) -> None:
    with pair.wire.faring(WAYS[way], Way()):
        taken(pair.site, traffic.provide(PATIENT, b"twice"))


def test_every_error_of_the_registry_is_relayed_with_its_detail(pair: Pair) -> None:
    site = pair.site
    entry = traffic.entry(PATIENT)
    faulty = replace(entry, class_code=None, language_code="not a language", type_code=None)
    submission = encoding.write_submission(traffic.submit(PATIENT, faulty))
    binary = Binary("text/plain", 3, lambda: iter((b"abc",)))
    body = iti41.request(submission, [(faulty.entry_uuid, binary)])
    before = site.settled()
    relayed = site.send(traffic.Sending(faulty, "", body, set_id=""), uuid4().urn)
    known = replace(
        faulty,
        size="3",
        hash="a9993e364706816aba3e25717850c26c9cd0d89d",
        repository_unique_id=UNIQUE_ID,
    )
    direct = encoding.write_submission(traffic.submit(PATIENT, known))
    registry = HttpCaller(f"{site.registry.url}/registry", site.http)
    told = response.read(registry.call(iti42.TRANSACTION, [iti42.request(direct)]).body)
    assert len(told.errors) > 2
    assert relayed.errors == told.errors
    assert site.holdings() == before
