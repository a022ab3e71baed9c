"""Opens the audit trail of a server, and closes it after the last work."""

from __future__ import annotations

import logging
import os
import ssl
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

from entente import account, tls
from entente.actors import Actor
from entente.settings import Settings
from ihe_profiles.atna import destinations, events_general, transport
from ihe_profiles.atna.destinations import OverTls
from ihe_profiles.atna.reporter import Reporter
from ihe_profiles.atna.syslog import Origin
from ledger.audit import chain
from ledger.audit.audit import Audit
from ledger.audit.chain import PrivateKey, Signer
from ledger.audit.delivery import Route
from ledger.audit.sender import Plan, Sender
from ledger.audit.spill import Spill
from ledger.audit.store import Store
from ledger.audit.trail import Observe, OutboxTrail, Pressure
from ledger.audit.unavailable import AuditUnavailable
from ledger.database import Database

_log = logging.getLogger(__name__)

APPLICATION: Final = "entente"
PATIENCE: Final = 5.0
"""Seconds in which a stopping server still delivers what it can."""
_DAY: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class OpenTrail:
    """The trail of a running server, and who sends its records."""

    trail: OutboxTrail
    sender: Sender

    def check(self) -> None:
        """Raise AuditUnavailable when work would be refused (a check of /ready)."""
        if self.trail.pressure is Pressure.REFUSE:
            raise AuditUnavailable("audit records cannot be kept")


def open_trail(
    settings: Settings,
    audit: Database,
    others: Iterable[Database],
    observe: Observe,
    stack: ExitStack,
) -> OpenTrail:
    """Open the trail, record the start of this process, and at the end its stop.

    `audit` is the audit database, `others` are the actors'. Raises OSError for files that do not
    do, AuditUnavailable.
    """
    trail = plain_trail(settings, audit, observe)
    sender = Sender(tuple(others), Store(audit), _spill(settings), trail, _plan(settings))
    stack.callback(sender.close, PATIENCE)
    reporter = own_reporter(settings)
    trail.record([events_general.application_start(reporter, account.user())])
    stack.callback(_record_stop, trail, reporter)
    return OpenTrail(trail, sender)


def plain_trail(
    settings: Settings, audit: Database, observe: Observe = lambda _fate, _number: None
) -> OutboxTrail:
    """Return a trail whose records some server delivers."""
    origin = Origin(settings.audit.host, APPLICATION, str(os.getpid()))
    return OutboxTrail(audit, _spill(settings), origin, observe)


def own_reporter(settings: Settings) -> Reporter:
    """Return the reporter of what concerns the server as a whole."""
    section = settings.audit
    return Reporter(section.source_id, settings.http.url, section.enterprise_site or "")


def operator_audit(settings: Settings, database: Database, actor: Actor) -> Audit:
    """Return the audit of a command that works on an actor's own database beside its server.

    Its records wait there, for the server to send them.
    """
    section = settings.audit
    spill = Spill(section.spill_file, settings.limits.audit_spill)
    origin = Origin(section.host, APPLICATION, str(os.getpid()))
    return Audit(actor_reporter(settings, actor), OutboxTrail(database, spill, origin))


def actor_reporter(settings: Settings, actor: Actor) -> Reporter:
    """Return the reporter of one actor: its endpoint is its SOAP address."""
    section = settings.audit
    endpoint = f"{settings.http.url}/{actor}"
    return Reporter(section.source_id, endpoint, section.enterprise_site or "")


def signing_key(settings: Settings) -> PrivateKey | None:
    """Read the key that signs the chain's heads; None when there is no key. Raises OSError."""
    section = settings.audit
    path = section.signing_key or section.tls_key or settings.http.tls_key
    return None if path is None else chain.read_private_key(path)


def _spill(settings: Settings) -> Spill:
    return Spill(settings.audit.spill_file, settings.limits.audit_spill)


def _plan(settings: Settings) -> Plan:
    section = settings.audit
    context = receivers_context(settings)
    if any(isinstance(destinations.parse(url), OverTls) for url in section.destinations):
        context()  # what does not do is told before anything starts
    return Plan(
        routes=tuple(_route(settings, url, context) for url in section.destinations),
        signer=Signer(signing_key(settings)),
        most=settings.limits.audit_waiting,
        head_seconds=section.head_seconds,
        keep_seconds=None if section.keep_days is None else section.keep_days * _DAY,
    )


def _route(settings: Settings, url: str, context: Callable[[], ssl.SSLContext]) -> Route:
    connect = transport.opener(destinations.parse(url), context)
    return Route(url, connect, settings.audit.grace_seconds, settings.audit.warn_seconds)


def receivers_context(settings: Settings) -> Callable[[], ssl.SSLContext]:
    """Return what makes the context of a connection to a receiver, of the files as they are then.

    It raises OSError.
    """
    section, http = settings.audit, settings.http
    own = (
        (section.tls_certificate, section.tls_key)
        if section.tls_certificate
        else (http.tls_certificate, http.tls_key)
    )
    return lambda: tls.client_context(
        section.tls_ca, *own, section.tls_crl, host_name=section.tls_host_name
    )


def _record_stop(trail: OutboxTrail, reporter: Reporter) -> None:
    try:
        trail.record([events_general.application_stop(reporter, account.user())])
    except AuditUnavailable:
        _log.exception("the stop of this process could not be recorded")
