"""What recovery takes the registry's silence for: withdrawn entries, and access policies that hide.

The registry is a real one, in this process and over HTTP with TLS on both sides.
"""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from entente import policy
from entente.census import RegistryCensus
from entente.certificates import Authority, Subject
from entente.node import OURSELVES, registry_at
from entente.settings import Settings
from entente.settings_policy import Policy
from ihe_profiles.soap.client import Caller, LocalCaller
from ihe_profiles.soap.endpoint import Pools, SoapEndpoint
from ihe_profiles.soap.limits import SoapLimits
from ihe_profiles.soap.spyne_port import SoapServer
from ledger.database import Database
from registry.corrections import Corrections
from registry.service import Registry
from registry.store.tables import document_entry
from registry.store.transactions import Source
from repository.recovery import Recover, Recovery
from repository.store.tables import State
from tests.repository.conftest import AT_ONCE, World
from tests.repository.messages import REPOSITORY, Message, a_message, provide, retrieve
from tests.repository.test_with_registry import Wire
from tests.soap.live import running

HIDING = ("france", "quebec")


@dataclass
class House:
    """A repository, and the way to its registry, which can lose answers."""

    world: World
    wire: Wire

    def leave_pending(self, *documents: bytes, registered: bool = True) -> Message:
        self.wire.losses.extend(["answer" if registered else "request", "request"])
        message = a_message(*documents)
        provide(self.world.caller, message)
        assert set(self.world.states()) >= {State.PENDING}
        return message

    def recover(
        self, census: RegistryCensus | None = None, *, is_elsewhere: bool = False
    ) -> Recovery:
        return Recover(
            self.world.database,
            self.world.blobs,
            self.wire,
            REPOSITORY,
            AT_ONCE,
            census=census,
            is_elsewhere=is_elsewhere,
        )()


def house_of(database: Database, folder: Path, registry: Caller) -> House:
    wire = Wire(registry)
    return House(World(database, folder / "blobs", wire, AT_ONCE), wire)  # type: ignore[arg-type]


def registry_of(database: Database, rules: str, *nodes: str) -> SoapServer:
    access = policy.access(Policy(rules=rules, node_certificates=nodes))
    return SoapServer("DocumentRegistry", Registry(database, access=access).operations())


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return house_of(database, tmp_path, LocalCaller(registry_of(database, "open"), OURSELVES))


def withdraw(database: Database) -> str:
    with database.read() as connection:
        entry = connection.execute(document_entry.select()).first()
    assert entry is not None
    source = Source("a test", None, "operator", "0" * 32)
    Corrections(database).withdraw(entry.entry_uuid, "a mistake", source)
    return str(entry.unique_id)


def test_a_document_whose_entry_was_withdrawn_is_not_taken_for_a_refused_one(house: House) -> None:
    message = house.leave_pending(b"abc", b"def")
    withdrawn = withdraw(house.world.database)
    assert house.recover() == Recovery(committed=1, pending=1)
    assert house.recover() == Recovery(pending=1)
    assert set(retrieve(house.world.caller, *message.unique_ids).bytes_of.values()) == {
        b"abc",
        b"def",
    }
    census = RegistryCensus(house.world.database, REPOSITORY)
    assert house.recover(census) == Recovery(committed=1)
    assert house.world.states() == [State.COMMITTED] * 2
    assert withdrawn in message.unique_ids


def test_what_the_registrys_own_tables_do_not_know_is_removed(house: House) -> None:
    house.leave_pending(b"abc")
    withdraw(house.world.database)
    elsewhere = RegistryCensus(house.world.database, "1.2.3")
    assert house.recover(elsewhere) == Recovery(removed=1)


@pytest.mark.parametrize("rules", HIDING)
def test_a_policy_hides_nothing_from_a_repository_in_the_same_process(
    on_sqlite: Database, tmp_path: Path, rules: str
) -> None:
    caller = LocalCaller(registry_of(on_sqlite, rules), OURSELVES)
    house = house_of(on_sqlite, tmp_path, caller)
    house.leave_pending(b"abc")
    house.leave_pending(b"def", registered=False)
    assert house.recover() == Recovery(committed=1, removed=1)


@dataclass(frozen=True)
class Pki:
    """The certificates of a registry and of its repository, in a folder."""

    folder: Path
    node: str

    def calling(self, port: int, stack: ExitStack) -> Caller:
        url = f"https://localhost:{port}/registry"
        own = {"unique_id": REPOSITORY, "registry_url": url, "registry_tls_ca": "ca.pem"}
        pair = {"registry_tls_certificate": "node.pem", "registry_tls_key": "node.key"}
        files = {k: self.folder / v for k, v in {**own, **pair}.items() if "_tls_" in k}
        return registry_at(url, Settings(repository={**own, **files}), stack)

    def server(self) -> dict[str, object]:
        return {
            "ssl_certfile": str(self.folder / "server.pem"),
            "ssl_keyfile": str(self.folder / "server.key"),
            "ssl_ca_certs": str(self.folder / "ca.pem"),
            "ssl_cert_reqs": ssl.CERT_REQUIRED,
        }


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    folder = tmp_path_factory.mktemp("pki")
    authority = Authority(folder)
    authority.issue("server", Subject("localhost", ("localhost",)))
    authority.issue("node", Subject("a repository"))
    der = ssl.PEM_cert_to_DER_cert((folder / "node.pem").read_text())
    return Pki(folder, f"sha256:{hashlib.sha256(der).hexdigest()}")


@pytest.fixture
def over_http(
    on_sqlite: Database, tmp_path: Path, pki: Pki, request: pytest.FixtureRequest
) -> Iterator[House]:
    """A repository that its registry knows, or does not know, by its certificate."""
    rules, is_known = request.param
    server = registry_of(on_sqlite, rules, *([pki.node] if is_known else []))
    limits = SoapLimits()
    with ExitStack() as stack:
        pools = Pools(*(stack.enter_context(ThreadPoolExecutor(2)) for _ in range(2)))
        app = SoapEndpoint(server, b"", limits, pools, lambda _seen: None)
        port = stack.enter_context(running(app, limits, **pki.server()))
        yield house_of(on_sqlite, tmp_path, pki.calling(port, stack))


@pytest.mark.parametrize("over_http", [(rules, True) for rules in HIDING], indirect=True)
def test_a_policy_hides_nothing_from_a_repository_with_a_node_certificate(over_http: House) -> None:
    over_http.leave_pending(b"abc")
    over_http.leave_pending(b"def", registered=False)
    assert over_http.recover(is_elsewhere=True) == Recovery(committed=1, removed=1)


@pytest.mark.parametrize("over_http", [(rules, False) for rules in HIDING], indirect=True)
def test_a_repository_that_is_shown_nothing_removes_nothing(
    over_http: House, caplog: pytest.LogCaptureFixture
) -> None:
    provide(over_http.world.caller, a_message(b"known"))
    message = over_http.leave_pending(b"abc")
    assert over_http.recover(is_elsewhere=True) == Recovery(pending=1)
    assert "[policy] node_certificates" in caplog.text
    assert list(retrieve(over_http.world.caller, *message.unique_ids).bytes_of.values()) == [b"abc"]


def test_without_anything_registered_to_compare_with_nothing_is_removed(house: House) -> None:
    house.leave_pending(b"abc", registered=False)
    assert house.recover(is_elsewhere=True) == Recovery(pending=1)
    provide(house.world.caller, a_message(b"known"))
    assert house.recover(is_elsewhere=True) == Recovery(removed=1)
