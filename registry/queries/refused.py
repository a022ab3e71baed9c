"""Says that a patient whom a query names refuses what the policy must not pass over in silence.

Queries that name documents are not told: whoever asks for an id would learn that it exists.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, select

from ihe_profiles.policy.decision import Decision
from ihe_profiles.xds.errors import RegistryError, Severity, error
from ledger.clock import moment
from registry.queries.search import Search
from registry.store.patients import CHAIN, CHAINS
from registry.store.tables import consent
from registry.store.visibility import NOW, in_force

_KINDS: Final = "refused_kinds"


def refused(
    connection: Connection, search: Search, decision: Decision
) -> tuple[RegistryError, ...]:
    """Return the warning, if one is due: whether documents exist has no part in it."""
    form = search.form
    if not decision.refused or not form.by.lower().endswith("patientid"):
        return ()
    several = form.stored_query.by_name[form.by].multiple
    terms = {_KINDS: [leaf.kind.value for leaf in decision.refused], NOW: moment()}
    if connection.execute(_statement(several=several), {**search.terms, **terms}).first() is None:
        return ()
    return (replace(error("documents-refused"), severity=Severity.WARNING),)


@lru_cache(maxsize=2)
def _statement(*, several: bool) -> Select[Any]:
    own = consent.c
    return (
        select(own.key)
        .where(
            own.patient.in_(CHAINS if several else CHAIN),
            own.kind.in_(bindparam(_KINDS, expanding=True)),
            in_force(consent),
        )
        .limit(1)
    )
