"""ITI-18 and ITI-51: answers stored queries (ITI TF-2 3.18.4.1.3, 3.51.4.1.3)."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ihe_profiles import iti18
from ihe_profiles.atna.events import Ending
from ihe_profiles.policy.access import Access
from ihe_profiles.policy.decision import Decision
from ihe_profiles.soap.exchange import Answer, Exchange
from ihe_profiles.xds import queries
from ihe_profiles.xds.datatypes import CX
from ihe_profiles.xds.domain.judge import Judge
from ihe_profiles.xds.errors import Refusal, RegistryError, error, refuse
from ihe_profiles.xds.queries import ReturnType, StoredQueryCall
from ledger.audit.audit import Audit, required
from ledger.database import Broken, Database, Unavailable
from registry import access
from registry.limits import RegistryLimits
from registry.queries.refused import refusal_statuses, refused
from registry.queries.search import Search
from registry.store.batches import Rows
from registry.store.leaves import Part, decisions, reference, whole
from registry.store.numbers import Kind
from registry.streaming import stream

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Found:
    """The XML of what is returned, and the patientIds in it, as far as they were looked at.

    `refusals` say that a patient refuses what the policy must not pass over in silence.
    """

    objects: Iterable[bytes]
    patients: tuple[str, ...] = ()
    refusals: tuple[RegistryError, ...] = ()


class Query:
    """Answers ITI-18 and ITI-51 with a query:AdhocQueryResponse.

    `home` is the homeCommunityId of objects that were registered without one; `judge` says what the
    domain thinks of parameters that a query does not define; `sight` what a requester may see.
    """

    def __init__(
        self,
        database: Database,
        home: str | None,
        judge: Judge,
        limits: RegistryLimits,
        audit: Audit,
        sight: Access,
    ) -> None:
        self._database = database
        self._home = home
        self._judge = judge
        self._limits = limits
        self._audit = audit
        self._sight = sight

    def __call__(self, exchange: Exchange) -> Answer:
        """Answer the query of one exchange, or say why not; the access is recorded before."""
        with required():
            try:
                return self._answer(exchange)
            except Refusal as refusal:
                return self._refuse(exchange, refusal)
            except Unavailable as failure:
                log.exception("a query could not be answered")
                key = "registry-error" if isinstance(failure, Broken) else "registry-busy"
                return self._refuse(exchange, Refusal(error(key, trace=exchange.trace_id)))

    def _refuse(self, exchange: Exchange, refusal: Refusal) -> Answer:
        patients, ending = access.concerned(exchange), Ending.failed(refusal)
        self._audit.record(
            *access.records(self._audit, exchange, patients, ending),
            *access.override(self._audit, exchange, patients, self._sight.of(exchange).emergency),
        )
        return iti18.answer(refusal.errors)

    def _answer(self, exchange: Exchange) -> Answer:
        request = iti18.parse(exchange.body)
        transaction = exchange.transaction.number
        statuses = self._judge.domain.statuses
        call = queries.parse(request, transaction, statuses=statuses)
        name, ignored = call.query.name, call.ignored
        if ignored:
            log.info("a query has parameters that it does not define", extra={"names": ignored})
        warnings = self._judge.of_undefined_parameters(name, ignored)
        decision = self._sight.of(exchange)
        find = self._objects if call.return_type is ReturnType.LEAF_CLASS else self._references
        found = find(call, decision)
        patients = access.concerned(exchange, found.patients)
        refusals = self._refusals(patients, decision)
        self._audit.record(
            *access.records(self._audit, exchange, patients, refusals=refusals),
            *access.override(self._audit, exchange, patients, decision.emergency),
        )
        answer = iti18.answer([*warnings, *found.refusals], found.objects)
        return Answer(answer.body, access.broken(self._audit, exchange, patients))

    def _refusals(self, patients: Sequence[str], decision: Decision) -> dict[str, str]:
        """Say which status of patients' refusals the policy has looked at (P-9.0001 s.20)."""
        if not decision.refused or not patients:
            return {}
        with self._database.read() as connection:
            return refusal_statuses(connection, patients, decision)

    def _references(self, call: StoredQueryCall, decision: Decision) -> _Found:
        limit = self._limits.references
        with self._database.read() as connection:
            search = Search.of(connection, call, decision.view)
            rows = search.rows(connection, Part.REFERENCE, limit + 1)
            refusals = refused(connection, search, decision)
        _require_few(call, rows, limit)
        found = (reference(row, self._home) for row in rows)
        objects = list(found) if len(rows) <= self._limits.joined else found
        return _Found(objects, refusals=refusals)

    def _objects(self, call: StoredQueryCall, decision: Decision) -> _Found:
        """Return few objects as they are; of many, decide what is returned and fetch it later."""
        limit, joined = self._limits.objects, min(self._limits.objects, self._limits.joined)
        with self._database.read() as connection:
            search = Search.of(connection, call, decision.view)
            refusals = refused(connection, search, decision)
            rows = search.rows(connection, Part.WHOLE, joined + 1)
            if len(rows) <= joined:
                _require_single_patient(call, rows)
                return _Found([whole(row, self._home) for row in rows], _texts(rows), refusals)
            rows = search.rows(connection, Part.DECISION, limit + 1)
        _require_few(call, rows, limit)
        _require_single_patient(call, rows)
        return _Found(stream(self._database, decisions(rows), self._home), _texts(rows), refusals)


def _require_few(call: StoredQueryCall, rows: Sequence[Any], limit: int) -> None:
    if len(rows) > limit:
        raise refuse("too-many-results", query=call.query.name, limit=limit)


def _require_single_patient(call: StoredQueryCall, rows: Rows) -> None:
    if call.query.single_patient and len(_patients(rows)) > 1:
        raise refuse("result-not-single-patient", query=call.query.name)


def _texts(rows: Rows) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.patient_text for row in rows if row.patient_text))


def _patients(rows: Rows) -> set[Any]:
    """Tell the patients of the objects apart, merged ones by whom they were merged into.

    An Association has no patientId.
    """
    own = [row for row in rows if row.kind != Kind.ASSOCIATION]
    keys = {row.patient for row in own}
    return keys if len(keys) <= 1 else {CX(row.patient_text).identity for row in own}
