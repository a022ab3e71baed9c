"""The audit records of a repository: of what comes in, is registered and is retrieved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection

from ihe_profiles import iti41, iti42
from ihe_profiles.atna import events, events_general, objects, requests
from ihe_profiles.atna.codes import Alert
from ihe_profiles.atna.events import SUCCESS, Ending
from ihe_profiles.atna.message import Detail, ObjectRole, Outcome, Participated
from ihe_profiles.dsg.verdicts import Verdict
from ihe_profiles.iti43 import DocumentRequest
from ihe_profiles.soap.exchange import Exchange, Peer
from ihe_profiles.xds.errors import Refusal, RegistryError
from ledger.audit.audit import BROKEN_OFF, Audit
from repository.permission import ALL, Permitted
from repository.store.reads import Stored
from repository.store.signatures import Finding


def records(
    audit: Audit,
    exchange: Exchange,
    served: Sequence[DocumentRequest],
    failed: Sequence[DocumentRequest],
    errors: Sequence[RegistryError],
    permitted: Permitted = ALL,
) -> list[bytes]:
    """Write one record of what is served and one of what is not, each only if there is any.

    ITI TF-2 3.43.5.1. Of each document served it says when the registry permitted that, if it was
    asked; the ending says so when it could not be.
    """
    unheard = {request.document_unique_id for request in served} & permitted.unheard
    endings = (
        (served, _UNHEARD if unheard else SUCCESS),
        (failed, Ending.failed(Refusal(*errors))),
    )
    return [audit.of(exchange, _told(some, permitted), ending) for some, ending in endings if some]


def override(audit: Audit, exchange: Exchange, reason: str | None) -> list[bytes]:
    """Write that a user broke the glass to retrieve documents, and why; nothing when nobody did."""
    if reason is None or exchange.requester is None:
        return []
    about = requests.retrieval(exchange.body)
    return [
        events_general.emergency_override(
            audit.reporter, exchange.peer, exchange.requester, reason, about
        )
    ]


def broken(
    audit: Audit, exchange: Exchange, served: Sequence[DocumentRequest]
) -> Callable[[], None]:
    """Return what records that the answer broke off."""
    return lambda: audit.tell(audit.of(exchange, _told(served), BROKEN_OFF))


def damaged(audit: Audit, exchange: Exchange, stored: Stored) -> None:
    """Record that the bytes of a document are not those that were submitted."""
    alert = events_general.security_alert(
        audit.reporter,
        Alert.OBJECT_SECURITY_CHANGED,
        Outcome.MAJOR_FAILURE,
        exchange.peer,
        "The stored bytes of a document differ from their digest; they were not served.",
        requester=exchange.requester,
        subject=stored.unique_id,
        about=(objects.document(stored.unique_id),),
    )
    audit.tell(alert)


_UNHEARD: Final = Ending(
    description="The registry could not be reached: an earlier decision of it was used."
)


def _told(documents: Sequence[DocumentRequest], permitted: Permitted = ALL) -> list[Participated]:
    return [
        objects.retrieved(
            d.document_unique_id,
            d.repository_unique_id,
            d.home_community_id or "",
            *_decided(permitted, d.document_unique_id),
        )
        for d in documents
    ]


def _decided(permitted: Permitted, unique_id: str) -> Iterator[Detail]:
    """Say when the registry was asked, or had been; nothing when it was not (P-9.0001 s.20)."""
    told = permitted.told(unique_id)
    if told is not None:
        by = "snapshot" if unique_id in permitted.unheard else "registry"
        yield Detail(
            "Access Decision", f"{by} {datetime.fromtimestamp(told, UTC):%Y-%m-%dT%H:%M:%SZ}"
        )


_VERDICTS: Final = {
    Verdict.VALID: Outcome.SUCCESS,
    Verdict.INDETERMINATE: Outcome.MINOR_FAILURE,
    Verdict.INVALID: Outcome.SERIOUS_FAILURE,
}


def _verified(audit: Audit, unique_id: str, finding: Finding, patient_id: str) -> bytes:
    why = "; ".join(reason.text for reason in finding.reasons)
    return events_general.signature_verified(
        audit.reporter,
        "",
        [unique_id, *finding.documents],
        patient_id,
        outcome=_VERDICTS[Verdict(finding.verdict)],
        description=why,
    )


def committed_late(audit: Audit, submission: str) -> bytes:
    """Write the record of documents whose registration became certain after their ITI-41 ended.

    Who sent them stands in the record of that ITI-41; `submission` is the SubmissionSet's uniqueId.
    """
    return events.responded(
        audit.reporter,
        iti41.TRANSACTION.number,
        Peer(""),
        (objects.submission_set(submission),) if submission else (),
        Ending(description="Committed later: the registry had the submission after all."),
    )


@dataclass(frozen=True, slots=True)
class SubmissionRecords:
    """The records of one ITI-41 and of the ITI-42 that it leads to (3.41.5.1, 3.42.5.1).

    `registry` is the registry's SOAP endpoint.
    """

    audit: Audit
    exchange: Exchange
    registry: str

    def provided(self, ending: Ending = SUCCESS) -> bytes:
        """Write the record of the documents that came in."""
        return self.audit.of(self.exchange, self._objects(), ending)

    def registered(self, ending: Ending = SUCCESS) -> bytes:
        """Write the record of the metadata that went to the registry."""
        return events.initiated(
            self.audit.reporter,
            iti42.TRANSACTION.number,
            self.registry,
            self._objects(),
            ending,
            requester=self.exchange.requester,
        )

    def keep(self, ending: Ending = SUCCESS) -> None:
        """Record a message that led to no ITI-42. Raises AuditUnavailable."""
        self.audit.record(self.provided(ending))

    def keep_both(self, ending: Ending) -> None:
        """Record a message and the ITI-42 that it led to. Raises AuditUnavailable."""
        self.audit.record(self.provided(ending), self.registered(ending))

    def keep_verdicts(self, found: Mapping[str, Sequence[Finding]]) -> None:
        """Record how signatures were judged, by the uniqueIds of the documents that have them.

        ITI TF-3 5.5.6. Raises AuditUnavailable.
        """
        patients = [one.id for one in self._objects() if one.role is ObjectRole.PATIENT]
        self.audit.record(
            *(
                _verified(self.audit, unique_id, finding, next(iter(patients), ""))
                for unique_id, findings in found.items()
                for finding in findings
                if finding.verdict in _VERDICTS
            )
        )

    def note_both(self, connection: Connection) -> None:
        """Record both with the transaction that commits the documents."""
        self.audit.note(connection, self.provided(), self.registered())

    def _objects(self) -> tuple[Participated, ...]:
        return requests.submission(self.exchange.body)
