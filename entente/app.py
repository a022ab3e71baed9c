"""One server as an ASGI application: the actors' SOAP endpoints and the pages for operators."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from functools import partial
from socket import socket
from typing import Final

import schemas
from entente import health, management, mllp, pruning
from entente.actors import Actor
from entente.asgi import Routes, Site, page
from entente.credentials import watching
from entente.doorway import Doorway
from entente.handshake_alerts import HandshakeAlerts
from entente.metrics import Metrics
from entente.node import Node, open_node
from entente.recovery import RecoveryThread
from entente.repeating import Repeating
from entente.settings import Settings
from entente.trail import own_reporter
from ihe_profiles.atna.events_general import node_authentication_failed
from ihe_profiles.soap.endpoint import Pools, SoapEndpoint
from ihe_profiles.soap.exchange import Peer
from ihe_profiles.soap.limits import SoapLimits
from ledger.audit.audit import Audit

_log = logging.getLogger(__name__)

_WSDL: Final = {Actor.REGISTRY: "DocumentRegistry", Actor.REPOSITORY: "DocumentRepository"}


def site(
    settings: Settings,
    actors: frozenset[Actor],
    management_socket: socket | None = None,
    mllp_socket: socket | None = None,
    door: Doorway | None = None,
) -> Site:
    """Make the application; it opens databases and stores when it starts, not before.

    With a `management_socket` the operators' pages are served there, else beside the services. Of
    an `mllp_socket` patient identity feeds are taken, under TLS where there is a `door`.
    """
    return Site(partial(_lifetime, settings, actors, management_socket, mllp_socket, door))


@asynccontextmanager
async def _lifetime(
    settings: Settings,
    actors: frozenset[Actor],
    management_socket: socket | None,
    mllp_socket: socket | None,
    door: Doorway | None,
) -> AsyncIterator[Routes]:
    async with AsyncExitStack() as outer:
        stack = ExitStack()
        outer.push_async_callback(asyncio.to_thread, stack.close)
        metrics = Metrics()
        node = open_node(settings, actors, stack, metrics)
        if node.repository is not None:
            metrics.watch(node.repository.pending)
        services = _services(settings, node, metrics, stack)
        _start_recovery(settings, node, metrics, stack)
        pruning.start(node.databases, settings.limits, stack)
        pages = _pages(node, metrics)
        if door is not None:
            await outer.enter_async_context(_open(door, settings, node, metrics, stack))
        _log.info("serving", extra={"actors": sorted(actors), "url": settings.http.url})
        if node.registry is not None and mllp_socket is not None:
            feed = mllp.serving(
                node.registry.identity_feed, mllp_socket, settings, metrics.observe, door
            )
            await outer.enter_async_context(feed)
        if management_socket is not None:
            await outer.enter_async_context(management.serving(pages, management_socket))
            pages = {}
        yield {**services, **pages}
        _log.info("stopping")


@asynccontextmanager
async def _open(
    door: Doorway, settings: Settings, node: Node, metrics: Metrics, stack: ExitStack
) -> AsyncIterator[None]:
    """Keep the certificates of a door fresh, and audit whom it refuses (ITI TF-2 3.19.6)."""
    audit = Audit(own_reporter(settings), node.trail)

    def record(address: str, reason: str) -> None:
        audit.tell(node_authentication_failed(audit.reporter, Peer(address), reason))

    alerts = HandshakeAlerts(record)
    stack.callback(alerts.close)

    def failed(address: str, reason: str) -> None:
        metrics.handshake_refused()
        alerts(address, reason)

    door.failed = failed
    async with watching(door.credentials, settings.limits.tls_watch_seconds):
        yield
    door.close()


def _services(settings: Settings, node: Node, metrics: Metrics, stack: ExitStack) -> Routes:
    limits = settings.limits.soap()
    pools = _pools(limits, stack)
    return {
        f"/{actor}": SoapEndpoint(
            server,
            schemas.wsdl(_WSDL[actor], f"{settings.http.url}/{actor}"),
            limits,
            pools,
            metrics.observe,
        )
        for actor, server in node.servers.items()
    }


def _pools(limits: SoapLimits, stack: ExitStack) -> Pools:
    uploads = ThreadPoolExecutor(limits.upload_threads, "upload")
    queries = ThreadPoolExecutor(limits.query_threads, "query")
    stack.callback(uploads.shutdown)
    stack.callback(queries.shutdown)
    return Pools(uploads, queries)


def _start_recovery(settings: Settings, node: Node, metrics: Metrics, stack: ExitStack) -> None:
    if node.repository is not None:
        seconds = settings.limits.repository().pending_lease / 3
        holding = Repeating("holding", node.repository.prolong, seconds)
        stack.callback(holding.close, settings.limits.stop_seconds)
        thread = RecoveryThread(
            node.repository.recover,
            settings.limits.recovery_seconds,
            metrics.recovered,
            metrics.recovery_failed,
        )
        stack.callback(thread.close, settings.limits.stop_seconds)


def _pages(node: Node, metrics: Metrics) -> Routes:
    return {
        "/health": page(health.health),
        "/ready": page(partial(health.ready, node.checks)),
        "/metrics": page(metrics.page),
    }
