"""What operators do to documents and whole stores, on record.

The records wait in the database that is worked on, until its server sends them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from entente import account, trail
from entente.actors import Actor
from entente.settings import Settings, database_url
from ihe_profiles.atna import events_general, objects
from ihe_profiles.atna.codes import Alert
from ihe_profiles.atna.events import SUCCESS, Ending
from ihe_profiles.atna.message import Action, Outcome
from ledger.audit.audit import NO_AUDIT, Audit
from ledger.database import Database


@dataclass(frozen=True, slots=True)
class Operating:
    """An operator at work: the user of this machine. Everything raises AuditUnavailable."""

    audit: Audit
    user: str = field(default_factory=account.user)

    def backing_up(self, folder: Path) -> None:
        """Record that a copy of whole stores is begun: whatever ends it, some of it is there."""
        self.backed_up(folder, "A backup is begun.")

    def backed_up(self, folder: Path, what: str, ending: Ending = SUCCESS) -> None:
        """Record a copy of whole stores, made into a folder; `what` says of which."""
        description = ending.description or what
        self.audit.record(
            events_general.stores_exported(
                self.audit.reporter, self.user, _uri(folder), description, ending.outcome
            )
        )

    def restored(self, folder: Path, what: str) -> None:
        """Record that whole stores were filled from a copy."""
        self.audit.record(
            events_general.stores_imported(self.audit.reporter, self.user, _uri(folder), what)
        )

    def rotated(self, number: int, key: str, problems: int) -> None:
        """Record that documents came under another wrapping key, and how many did not."""
        outcome = Outcome.MINOR_FAILURE if problems else Outcome.SUCCESS
        self._alert(
            outcome,
            f"{self.user} brought {number} documents under the wrapping key {key}; "
            f"{problems} were left as they were.",
        )

    def damaged(self, unique_id: str, why: str) -> None:
        """Record that a document is not what was stored, or is there no more."""
        self._alert(Outcome.MAJOR_FAILURE, why, unique_id)

    def looked_up(self, unique_id: str, command: str) -> None:
        """Record that a command shows what is kept of a document."""
        self.audit.record(
            events_general.patient_record(
                self.audit.reporter,
                self.user,
                "",
                Action.READ,
                command,
                about=[objects.document(unique_id)],
            )
        )

    def removed(self, connection: Connection, unique_id: str, why: str) -> None:
        """Record, with its removal, that a document is removed."""
        record = events_general.patient_record(
            self.audit.reporter,
            self.user,
            "",
            Action.DELETE,
            why,
            about=[objects.document(unique_id)],
        )
        self.audit.note(connection, record)

    def _alert(self, outcome: Outcome, description: str, unique_id: str = "") -> None:
        self.audit.record(
            events_general.security_alert(
                self.audit.reporter,
                Alert.OBJECT_SECURITY_CHANGED,
                outcome,
                None,
                description,
                subject=unique_id,
                about=[objects.document(unique_id)] if unique_id else [],
            )
        )


NOBODY: Final = Operating(NO_AUDIT, "nobody")


@contextmanager
def operating(settings: Settings, actors: frozenset[Actor]) -> Iterator[Operating]:
    """Lend the record of what is done to the stores of actors; raises Unavailable."""
    actor = max(actors)  # the repository, where it is among them
    database = Database(database_url(settings, actor), pool=2)
    try:
        yield Operating(trail.operator_audit(settings, database, actor))
    finally:
        database.close()


def _uri(folder: Path) -> str:
    return folder.absolute().as_uri()
