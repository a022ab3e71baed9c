"""ITI-18: answers stored queries (ITI TF-2 3.18.4.1.3)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

from ihe_profiles import iti18
from ihe_profiles.soap.exchange import Answer, Exchange
from ihe_profiles.xds import queries
from ihe_profiles.xds.datatypes import CX
from ihe_profiles.xds.domain.judge import Judge
from ihe_profiles.xds.errors import Refusal, error, refuse
from ihe_profiles.xds.queries import ReturnType, StoredQueryCall
from ledger.database import Database, Unavailable
from registry.limits import RegistryLimits
from registry.queries.find_documents import find_documents
from registry.queries.get_documents import get_documents
from registry.queries.get_submission_set_and_contents import get_submission_set_and_contents
from registry.queries.search import Search
from registry.store.batches import Rows
from registry.store.leaves import xml
from registry.store.numbers import Kind

log = logging.getLogger(__name__)

OFFERED: Final[Mapping[str, Search]] = {
    "FindDocuments": find_documents,
    "GetDocuments": get_documents,
    "GetSubmissionSetAndContents": get_submission_set_and_contents,
}
"""The stored queries that are carried out, by name."""


class Query:
    """Answers ITI-18 with a query:AdhocQueryResponse.

    `home` is the homeCommunityId of objects that were registered without one; `judge` says what the
    domain thinks of parameters that a query does not define.
    """

    def __init__(
        self, database: Database, home: str | None, judge: Judge, limits: RegistryLimits
    ) -> None:
        self._database = database
        self._home = home
        self._judge = judge
        self._limits = limits

    def __call__(self, exchange: Exchange) -> Answer:
        """Answer the query of one exchange, or say why not."""
        try:
            request = iti18.parse(exchange.body)
            call = queries.parse(request, statuses=self._judge.domain.statuses)
            return self._answer(call, self._search(call))
        except Refusal as refusal:
            return iti18.answer(refusal.errors)
        except Unavailable:
            log.exception("a query could not be answered")
            return iti18.answer([error("registry-busy")])

    def _search(self, call: StoredQueryCall) -> Rows:
        name = call.query.name
        search = OFFERED.get(name)
        if search is None:
            raise refuse(
                "query-not-offered", query=name, value=call.query.id, offered=", ".join(OFFERED)
            )
        whole = call.return_type is ReturnType.LEAF_CLASS
        limit = self._limits.objects if whole else self._limits.references
        with self._database.read() as connection:
            rows = search(connection, call, limit + 1)
        if len(rows) > limit:
            raise refuse("too-many-results", query=name, limit=limit)
        if whole and call.query.single_patient and len(_patients(rows)) > 1:
            raise refuse("result-not-single-patient", query=name)
        return rows

    def _answer(self, call: StoredQueryCall, rows: Rows) -> Answer:
        objects = (xml(row, call.return_type, self._home) for row in rows)
        is_small = len(rows) <= self._limits.joined
        warnings = self._judge.of_undefined_parameters(call.query.name, call.ignored)
        return iti18.answer(warnings, list(objects) if is_small else objects)


def _patients(rows: Rows) -> set[Any]:
    """Tell the patients of the objects apart, merged ones by whom they were merged into.

    An Association has no patientId.
    """
    own = [row for row in rows if row.kind != Kind.ASSOCIATION]
    keys = {row.patient for row in own}
    return keys if len(keys) <= 1 else {CX(row.patient_text).identity for row in own}
