"""`entente serve`: runs the registry, the repository, or both."""

from __future__ import annotations

import typer

from entente import domain
from entente.actors import Actor
from entente.blobs import wrapping_keys
from entente.cli.console import Failed
from entente.cli.options import ConfigFile
from entente.cli.roles import ACTORS, Role, Which
from entente.configuration import load
from entente.floors import shadowed
from entente.misconfigured import Misconfigured
from entente.settings import Settings, database_url
from entente.signatures import TrustFiles


def serve(which: Which = Role.ALL, config: ConfigFile = None) -> None:
    """Serve ITI-18 and ITI-42 at /registry, ITI-41 and ITI-43 at /repository, until stopped."""
    if shadows := list(shadowed()):
        raise Failed(*shadows)
    from entente import databases, logs, node, server
    from ledger.database import Unavailable
    from ledger.migrate import SchemaMismatch
    from ledger.occupancy import Occupied

    settings, _ = load(config)
    actors = ACTORS[which]
    _judge(settings, actors)
    logs.configure()
    try:
        with databases.occupied(settings, actors):
            databases.prepare(settings, actors)
            node.registry_tls(settings)
            server.serve(settings, actors)
    except (Unavailable, SchemaMismatch, Occupied, OSError) as error:
        raise Failed(str(error)) from error
    except SystemExit as error:
        raise typer.Exit(1) from error


def _judge(settings: Settings, actors: frozenset[Actor]) -> None:
    """Refuse what does not do for these actors though each setting alone is right."""
    urls = [database_url(settings, actor) for actor in actors] + [settings.audit.database_url]
    if settings.http.workers > 1 and any(url.startswith("sqlite:") for url in urls):
        problem = f"[http] workers = {settings.http.workers}: several processes need PostgreSQL"
        raise Misconfigured([problem])
    if Actor.REGISTRY in actors:
        domain.judge(settings.domain)
        _judge_feed(settings)
    if Actor.REPOSITORY not in actors:
        return
    wrapping_keys(settings)
    TrustFiles(settings.signatures)
    if settings.repository.unique_id is None:
        raise Misconfigured(
            ["[repository] unique_id is not set: give the repository an OID of your own, for good"]
        )
    if Actor.REGISTRY not in actors and settings.repository.registry_url is None:
        raise Misconfigured(
            ["[repository] registry_url is not set: a repository alone must be told its registry"]
        )


def _judge_feed(settings: Settings) -> None:
    """Refuse a feed in a domain that does not say whose identifiers it is to take."""
    patients = domain.patients(settings.domain)
    if settings.registry.mllp_port is not None and not patients.authorities:
        problem = "[domain] patient_assigning_authorities is not set: a feed (mllp_port) needs them"
        raise Misconfigured([problem])
