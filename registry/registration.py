"""One submission, carried out in one transaction (ITI TF-2 3.42.4.1.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from ihe_profiles.xds import response
from ihe_profiles.xds.datatypes import CX
from ihe_profiles.xds.errors import Refusal, RegistryError
from ihe_profiles.xds.metadata import Association, Submission
from ledger import answered
from ledger.answered import Key
from ledger.clock import moment
from registry import effects, uniqueness
from registry.drafts import Drafts
from registry.effects import Effects
from registry.patients import admission
from registry.patients.domain import PatientDomain
from registry.references import References, Registered, look_up
from registry.resolve import Resolved, resolve
from registry.store import (
    associations,
    codes,
    documents,
    folders,
    identifiers,
    submission_sets,
    transactions,
)
from registry.store.identifiers import Identifier
from registry.store.numbers import Kind, Scheme
from registry.store.scope import Draft, Scope
from registry.store.transactions import Source


@dataclass(frozen=True, slots=True)
class Registration:
    """A submission that may be registered as far as its own rules go, ready to be carried out.

    `warnings` are said in the answer. `content` is what an unchanged repetition is recognised by
    whatever its MessageID, None where only its MessageID counts.
    """

    key: Key
    content: Key | None
    source: Source
    domain: PatientDomain
    resolved: Resolved
    drafts: Drafts
    warnings: tuple[RegistryError, ...] = ()

    @classmethod
    def of(
        cls,
        submission: Submission,
        key: Key,
        content: Key | None,
        source: Source,
        domain: PatientDomain,
        warnings: Iterable[RegistryError] = (),
    ) -> Registration:
        """Do what needs no database."""
        resolved = resolve(submission)
        drafts = Drafts.of(resolved.submission)
        return cls(key, content, source, domain, resolved, drafts, tuple(warnings))

    def __call__(self, connection: Connection) -> bytes:
        """Register everything and return the answer; the first one, if it was done before.

        Raises Refusal with everything that is wrong, MessageReused.
        """
        first = self._first_answer(connection)
        if first is not None:
            return first
        transaction = transactions.begin(connection, self.source)
        patient = admission.admit(connection, transaction, self.domain, self._patient_id, self._set)
        taken = self._claim(connection, transaction, patient)
        registered = look_up(connection, self.resolved.submission.associations, self._own)
        self._judge(patient, taken, registered, _earlier(connection, taken))
        self._say_where_else(connection, patient, taken)
        self._store(connection, transaction, patient, registered)
        answer = response.render(response.outcome(self.warnings))
        self._settle(connection, answer)
        return answer

    def _first_answer(self, connection: Connection) -> bytes | None:
        first = answered.claim(connection, self.key)
        if first is None and self.content is not None:
            first = answered.claim(connection, self.content)
            if first is not None:
                answered.settle(connection, self.key, first)
        return first

    def _settle(self, connection: Connection, answer: bytes) -> None:
        for key in (self.key, self.content):
            if key is not None:
                answered.settle(connection, key, answer)

    @property
    def _patient_id(self) -> CX:
        patient_id = self.drafts.submission_set.object.patient_id
        assert patient_id is not None
        return patient_id

    @property
    def _set(self) -> str:
        return self.resolved.labels[self.drafts.submission_set.object.entry_uuid]

    @property
    def _own(self) -> dict[str, Kind]:
        return self.drafts.kinds()

    def _claim(self, connection: Connection, transaction: int, patient: int) -> list[Identifier]:
        return identifiers.claim(connection, transaction, self.drafts.identifiers(patient))

    def _judge(
        self,
        patient: int,
        taken: list[Identifier],
        registered: Registered,
        earlier: Mapping[int, str],
    ) -> None:
        labels = self.resolved.labels
        owners = self.drafts.identifiers(patient)
        references = References(self._own, registered, labels, patient, self._patient_id)
        errors = (
            *uniqueness.errors({own: labels[uuid] for own, uuid in owners.items()}, taken, earlier),
            *references.errors(self.resolved.submission.associations),
        )
        if errors:
            raise Refusal(*errors)

    def _say_where_else(
        self, connection: Connection, patient: int, taken: list[Identifier]
    ) -> None:
        """Make this patient's objects findable by identifiers that are another's too."""
        shared = [row.value for row in taken if row.patient != patient]
        identifiers.add_patients(connection, Scheme.UNIQUE_ID, shared, patient)

    def _store(
        self, connection: Connection, transaction: int, patient: int, registered: Registered
    ) -> None:
        """Write the objects, and what follows from them (3.42.4.1.3.3.3)."""
        drafts, now = self.drafts, moment()
        follow = effects.apply(
            connection,
            drafts.submission_set.object.entry_uuid,
            self.resolved.submission.associations,
            registered,
        )
        further = drafts.further(follow.associations)
        added = [
            Identifier(a.entry_uuid, Scheme.ENTRY_UUID, Kind.ASSOCIATION, patient)
            for a in follow.associations
        ]
        identifiers.claim(connection, transaction, added)
        scope = Scope(transaction, patient, codes.intern(connection, drafts.codes()))
        submission_sets.store(connection, scope, drafts.submission_set)
        documents.store(connection, scope, drafts.documents)
        folders.store(connection, scope, drafts.folders, now)
        links = (*drafts.associations, *further)
        elsewhere = _elsewhere(registered, follow, patient, links)
        associations.store(connection, scope, links, elsewhere)
        associations.say_where(connection, scope, links, elsewhere)
        folders.touch(connection, [(p, uuid) for uuid, p in follow.folders.items()], now)


def _earlier(connection: Connection, taken: Iterable[Identifier]) -> Mapping[int, str]:
    """Return when the submissions were whose SubmissionSets have one of the identifiers."""
    made_by = {row.made_by for row in taken if row.kind is Kind.SUBMISSION_SET}
    return transactions.times(connection, made_by) if made_by else {}


def _elsewhere(
    registered: Registered, follow: Effects, patient: int, links: Iterable[Draft[Association]]
) -> dict[str, int]:
    """Return the patients of what is linked and stands under another one than this submission."""
    found = registered.elsewhere(patient)
    found |= {uuid: other for uuid, other in follow.folders.items() if other != patient}
    moved = {d.object.entry_uuid: found[d.object.source] for d in links if d.object.source in found}
    return found | moved
