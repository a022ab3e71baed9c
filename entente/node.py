"""The actors of one server, opened in order; the exit stack closes what they stand on."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

import httpx

from entente import domain, policy, signatures
from entente.actors import Actor
from entente.blobs import open_blobs
from entente.credentials import current, of_client
from entente.databases import Store, stores
from entente.health import Check, database_check, writable_check
from entente.metrics import Metrics
from entente.settings import Settings, database_url
from entente.tls import ClientFiles
from entente.trail import OpenTrail, actor_reporter, open_trail
from ihe_profiles.soap.client import Caller, HttpCaller, LocalCaller
from ihe_profiles.soap.exchange import Guard, Peer, no_guard
from ihe_profiles.soap.spyne_port import SoapServer
from ledger.audit.audit import Audit
from ledger.audit.trail import Trail
from ledger.database import Database
from registry.service import Registry
from repository.service import Repository

OURSELVES: Final = Peer("127.0.0.1", inside=True)
"""What the registry sees of a repository in its own process."""

AUDIT_PATIENCE: Final = 2.0
"""The most seconds that the audit database is waited for, before records spill."""


@dataclass(frozen=True, slots=True)
class Node:
    """What one server serves; `checks` say whether it can."""

    servers: Mapping[Actor, SoapServer]
    registry: Registry | None
    repository: Repository | None
    checks: Mapping[str, Check]
    databases: tuple[Database, ...]
    trail: Trail


def open_node(
    settings: Settings,
    actors: frozenset[Actor],
    stack: ExitStack,
    metrics: Metrics,
) -> Node:
    """Open the databases and stores of `actors`, and their audit trail.

    Raises Unavailable, BlobStoreError, OSError, Misconfigured, AuditUnavailable.
    """
    opening = _Opening(settings, actors, stack, metrics)
    for actor in sorted(actors):  # the registry first: the repository may call it in this process
        opening.open(actor)
    return Node(
        opening.servers,
        opening.registry,
        opening.repository,
        opening.checks,
        tuple(opening.databases.values()),
        opening.trail.trail,
    )


class _Opening:
    def __init__(
        self,
        settings: Settings,
        actors: frozenset[Actor],
        stack: ExitStack,
        metrics: Metrics,
    ) -> None:
        self.settings = settings
        self.limits = settings.limits.soap()
        self.stack = stack
        self.stores = {store.url: store for store in stores(settings, actors)}
        self.databases = {url: self._database(store) for url, store in self.stores.items()}
        self.servers: dict[Actor, SoapServer] = {}
        self.registry: Registry | None = None
        self.repository: Repository | None = None
        self.metrics = metrics
        self.guard = _guard(settings)
        self.access = policy.access(settings.policy)
        self.trail = self._trail()
        self.checks: dict[str, Check] = {"audit trail": self.trail.check}

    def open(self, actor: Actor) -> None:
        store = self.stores[database_url(self.settings, actor)]
        database = self.databases[store.url]
        self.checks[f"{actor} database"] = database_check(database, store.trees)
        _OPEN[actor](self, database)

    def _database(self, store: Store) -> Database:
        threads = self.limits.upload_threads + self.limits.query_threads
        threads += self.settings.limits.feed().mllp_threads
        patience = self.settings.limits.database_seconds
        if store.url == self.settings.audit.database_url:
            patience = min(patience, AUDIT_PATIENCE)
        database = Database(store.url, pool=threads + 1, patience=patience)
        self.stack.callback(database.close)
        return database

    def _trail(self) -> OpenTrail:
        audit = self.databases[self.settings.audit.database_url]
        opened = open_trail(
            self.settings, audit, self.databases.values(), self.metrics.audit, self.stack
        )
        self.metrics.watch_audit(opened.sender.waiting)
        return opened

    def _audit(self, actor: Actor) -> Audit:
        return Audit(actor_reporter(self.settings, actor), self.trail.trail)

    def _registry(self, database: Database) -> None:
        audit = self._audit(Actor.REGISTRY)
        self.registry = Registry(
            database,
            home_community_id=self.settings.domain.home_community_id,
            domain=domain.patients(self.settings.domain),
            judge=domain.judge(self.settings.domain),
            limits=self.settings.limits.registry(),
            retry_by_content=self.settings.registry.retry_by_content,
            audit=audit,
            access=self.access,
        )
        self.servers[Actor.REGISTRY] = SoapServer(
            "DocumentRegistry",
            self.registry.operations(),
            self.limits,
            self.settings.domain.language,
            self.guard,
            audit.on_fault,
        )

    def _repository(self, database: Database) -> None:
        audit = self._audit(Actor.REPOSITORY)
        blobs = open_blobs(self.settings)
        self.checks["blob store"] = writable_check(blobs)
        unique_id = self.settings.repository.unique_id
        assert unique_id is not None
        self.repository = Repository(
            database,
            blobs,
            self._registry_caller(),
            unique_id=unique_id,
            limits=self.settings.limits.repository(),
            media=self.settings.repository.media_check,
            signatures=signatures.rules(self.settings.signatures, self.metrics.signature),
            audit=audit,
            registry_endpoint=self.settings.repository.registry_url
            or actor_reporter(self.settings, Actor.REGISTRY).endpoint,
            access=self.access,
            snapshot=policy.snapshot(self.settings.policy, self.access),
            is_registry_elsewhere=self.settings.repository.registry_url is not None,
        )
        self.servers[Actor.REPOSITORY] = SoapServer(
            "DocumentRepository",
            self.repository.operations(),
            self.limits,
            self.settings.domain.language,
            self.guard,
            audit.on_fault,
        )

    def _registry_caller(self) -> Caller:
        url = self.settings.repository.registry_url
        if url is None:
            return LocalCaller(self.servers[Actor.REGISTRY], OURSELVES)
        return registry_at(url, self.settings, self.stack)


def _guard(settings: Settings) -> Guard:
    if not settings.xua.reads:
        return no_guard
    from entente import assertions

    return assertions.guard(settings, settings.policy.node_certificates)


_OPEN: Final[dict[Actor, Callable[[_Opening, Database], None]]] = {
    Actor.REGISTRY: _Opening._registry,
    Actor.REPOSITORY: _Opening._repository,
}


def registry_at(url: str, settings: Settings, stack: ExitStack) -> Caller:
    """Return what calls the registry at `url`, as this repository. Raises OSError."""
    limits = settings.limits.soap()
    http = httpx.Client(
        verify=registry_tls(settings),
        trust_env=False,  # a proxy would hear of patients
        timeout=settings.limits.repository().registry_timeout,
        limits=httpx.Limits(max_connections=limits.upload_threads + 1),
    )
    stack.callback(http.close)
    return HttpCaller(url, http, limits)


def registry_tls(settings: Settings) -> ssl.SSLContext:
    """Return the context with which the repository connects to its registry. Raises OSError."""
    repository = settings.repository
    files = ClientFiles(
        repository.registry_tls_ca,
        repository.registry_tls_certificate,
        repository.registry_tls_key,
        repository.registry_tls_crl,
    )
    return current(of_client(files, host_name=repository.registry_tls_host_name))
