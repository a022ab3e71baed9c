"""Runs the application in uvicorn: sockets, mutual TLS, one or several processes, a clean stop."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import tempfile
from contextlib import ExitStack
from functools import partial
from typing import Any, ClassVar, Final, cast

import uvicorn
from uvicorn.server import ServerState
from uvicorn.supervisors import Multiprocess

from entente import app, logs, tls
from entente.actors import Actor
from entente.asgi import Site
from entente.credentials import of_server
from entente.doorway import Doorway
from entente.metrics import SHARED
from entente.settings import Settings
from ihe_profiles.soap.http_protocol import DeadlineProtocol

_log = logging.getLogger(__name__)

BACKLOG: Final = 2048
_WORKER_SECONDS: Final = 30
"""A process that says nothing for so long is replaced; on a busy machine a start takes seconds."""
_EVERY_ADDRESS: Final = ("0.0.0.0", "::")  # noqa: S104 (they are warned of)


def serve(settings: Settings, actors: frozenset[Actor]) -> None:
    """Serve until SIGTERM or SIGINT, then finish the exchanges in flight.

    Raises OSError for an address that cannot be listened at and for certificates that do not do;
    SystemExit when the application cannot start.
    """
    http = settings.http
    _warn(settings)
    if http.public_url is None and http.host in _EVERY_ADDRESS:
        _log.warning("http.public_url is not set: the WSDL sends clients to %s", http.url)
    if http.tls:
        tls.server_context(http.tls)  # what does not do is told before anything starts
    with ExitStack() as stack:
        sockets = [stack.enter_context(_listen(http.host, http.port))]
        management = None
        if settings.management.port is not None:
            host, port = settings.management.host, settings.management.port
            management = stack.enter_context(_listen(host, port))
        feed = None
        if settings.registry.mllp_port is not None and Actor.REGISTRY in actors:
            host, port = settings.registry.mllp_host, settings.registry.mllp_port
            feed = stack.enter_context(_listen(host, port))
        config = _config(settings, partial(_site, settings, actors, management, feed))
        if http.workers == 1:
            _run(uvicorn.Server(config), sockets)
        else:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="entente-metrics-"))
            os.environ[SHARED] = folder
            _Workers(config, sockets).run()


def _warn(settings: Settings) -> None:
    """Tell of every port that others reach and that asks nobody who they are, and of plain ways."""
    http = settings.http
    exposed = [http.host] if http.exposed else []
    exposed += [settings.registry.mllp_host] if settings.feed_exposed else []
    for host in exposed:
        if http.tls:
            _log.warning("NO CLIENT CERTIFICATES on %s: everybody is served", host)
        else:
            _log.warning("NO TLS on %s: everybody on the way can read and change", host)
    if settings.registry_exposed:
        url = settings.repository.registry_url
        _log.warning("NO TLS to %s: everybody on the way can read and change", url)
    if settings.management.exposed:
        _log.warning("NO TLS on %s: everybody can read /metrics", settings.management.host)


class _Protocol(DeadlineProtocol):
    """Has this server's limits; worker processes find the class by its name."""

    door: ClassVar[Doorway | None] = None


def _site(
    settings: Settings,
    actors: frozenset[Actor],
    management: socket.socket | None,
    feed: socket.socket | None,
) -> Site:
    """Make the application, in whichever process it will run."""
    logs.configure()
    _Protocol.limits = settings.limits.soap()
    _Protocol.door = _door(settings)
    if _Protocol.door is None and hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # there are no files to read again
    return app.site(settings, actors, management, feed, _Protocol.door)


def _door(settings: Settings) -> Doorway | None:
    files, limits = settings.http.tls, settings.limits
    if files is None:
        return None
    return Doorway(
        of_server(files), at_once=limits.tls_handshakes, seconds=limits.tls_handshake_seconds
    )


def _config(settings: Settings, factory: partial[Site]) -> uvicorn.Config:
    http, limits = settings.http, settings.limits
    return uvicorn.Config(
        factory,
        factory=True,
        http=cast(type[asyncio.Protocol], _arrive if http.tls else _Protocol),
        ws="none",
        timeout_worker_healthcheck=_WORKER_SECONDS,
        lifespan="on",
        workers=http.workers,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=max(1, round(limits.stop_seconds)),
    )


def _arrive(server_state: ServerState, **more: Any) -> asyncio.Protocol:
    """Let a connection in that has yet to prove who it is."""
    assert _Protocol.door is not None
    make = partial(_Protocol, server_state=server_state, **more)
    return _Protocol.door.protocol(make, server_state.connections)


class _Workers(Multiprocess):
    """Several processes, each of which reads its certificates again on SIGHUP."""

    def handle_hup(self) -> None:
        """Tell every process that serves; uvicorn would replace them.

        One that still starts would die of it, and looks at its files when it has started.
        """
        for process in self.processes:
            if process.pid is not None and process.is_ready():
                os.kill(process.pid, signal.SIGHUP)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise OSError(
            error.errno, f"cannot listen at {host}, port {port}: {error.strerror}"
        ) from error


def _run(server: uvicorn.Server, sockets: list[socket.socket]) -> None:
    """Run in this process; uvicorn raises the signal that stopped it again: let it be nothing."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    server.run(sockets)
