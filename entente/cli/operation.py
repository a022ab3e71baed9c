"""What commands share that work on a registry's own database, beside its server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from entente.actors import Actor
from entente.cli.console import Failed, explained
from entente.configuration import load
from entente.settings import Settings
from ihe_profiles.atna.events_general import patient_record
from ihe_profiles.atna.message import Action, Participated
from ihe_profiles.soap import trace
from ihe_profiles.xds import masking
from ihe_profiles.xds.errors import Refusal
from ledger.audit import AuditUnavailable
from ledger.audit.audit import Audit
from ledger.database import Database, Unavailable
from ledger.migrate import SchemaMismatch
from registry.store.transactions import Source


@dataclass(frozen=True, slots=True)
class Opened:
    """The registry that the settings describe, and who works on it now.

    The records of `audit` wait in the registry's database until its server sends them.
    """

    settings: Settings
    database: Database
    source: Source
    audit: Audit

    def reads(self, patient: str = "", about: Sequence[Participated] = ()) -> None:
        """Record, before anything of it is shown, that the command reads what is kept of patients.

        It names one patient, or what it is `about`, if the command does. Raises AuditUnavailable.
        """
        command, user = self.source.action, self.source.peer
        self.audit.record(
            patient_record(self.audit.reporter, user, patient, Action.READ, command, about=about)
        )


@contextmanager
def opened(config: Path | None, command: str) -> Iterator[Opened]:
    """Lend the registry's database to a command; what it writes names the user of this machine.

    Raises Failed for what is refused and for a database that cannot be worked on.
    """
    from entente import account, databases, trail

    settings, _ = load(config)
    masking.hide(*settings.domain.hidden_authorities)
    source = Source(f"entente {command}", None, f"operator {account.user()}", trace.new())
    try:
        databases.prepare(settings, frozenset({Actor.REGISTRY}))
        database = Database(settings.registry.database_url, pool=2)
        try:
            audit = trail.operator_audit(settings, database, Actor.REGISTRY)
            yield Opened(settings, database, source, audit)
        finally:
            database.close()
    except Refusal as refusal:
        raise Failed(*explained(refusal.errors)) from refusal
    except (Unavailable, SchemaMismatch, AuditUnavailable) as error:
        raise Failed(str(error)) from error
