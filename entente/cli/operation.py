"""What commands share that work on a registry's own database, beside its server."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from entente.actors import Actor
from entente.cli.console import Failed, explained
from entente.configuration import load
from entente.settings import Settings
from ihe_profiles.soap import trace
from ihe_profiles.xds.errors import Refusal
from ledger.database import Database, Unavailable
from ledger.migrate import SchemaMismatch
from registry.store.transactions import Source


@dataclass(frozen=True, slots=True)
class Opened:
    """The registry that the settings describe, and who works on it now."""

    settings: Settings
    database: Database
    source: Source


@contextmanager
def opened(config: Path | None, command: str) -> Iterator[Opened]:
    """Lend the registry's database to a command; what it writes names the user of this machine.

    Raises Failed for what is refused and for a database that cannot be worked on.
    """
    from entente import databases

    settings, _ = load(config)
    source = Source(f"entente {command}", None, f"operator {getpass.getuser()}", trace.new())
    try:
        databases.prepare(settings, frozenset({Actor.REGISTRY}))
        database = Database(settings.registry.database_url, pool=2)
        try:
            yield Opened(settings, database, source)
        finally:
            database.close()
    except Refusal as refusal:
        raise Failed(*explained(refusal.errors)) from refusal
    except (Unavailable, SchemaMismatch) as error:
        raise Failed(str(error)) from error
