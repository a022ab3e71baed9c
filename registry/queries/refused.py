"""Says that a patient whom a query names refuses what the policy must not pass over in silence.

Queries that name documents are not told: whoever asks for an id would learn that it exists. The
audit is told of each patient, refusal or none (P-9.0001 s.20).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, bindparam, func, select

from ihe_profiles.policy.decision import Decision
from ihe_profiles.xds.datatypes import CX
from ihe_profiles.xds.errors import RegistryError, Severity, error
from ledger.clock import moment
from registry.queries.search import Search
from registry.store.patients import ANY_NAMED, CHAIN, CHAINS, terms_of_any
from registry.store.tables import consent, patient
from registry.store.visibility import NOW, in_force

_KINDS: Final = "refused_kinds"
_EVER_SAID: Final[Select[Any]] = (
    select(
        patient.c.authority,
        patient.c.identifier,
        consent.c.before,
        consent.c.until,
        consent.c.made_by,
        consent.c.ended_by,
    )
    .join(consent, consent.c.patient == func.coalesce(patient.c.survivor, patient.c.key))
    .where(ANY_NAMED, consent.c.kind.in_(bindparam(_KINDS, expanding=True)))
)


def refused(
    connection: Connection, search: Search, decision: Decision
) -> tuple[RegistryError, ...]:
    """Return the warning, if one is due: whether documents exist has no part in it."""
    form = search.form
    if not decision.refused or not form.by.lower().endswith("patientid"):
        return ()
    several = form.stored_query.by_name[form.by].multiple
    terms = {_KINDS: _kinds(decision), NOW: moment()}
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


def refusal_statuses(
    connection: Connection, patients: Iterable[str], decision: Decision
) -> dict[str, str]:
    """Return for each patient (a CX) what was refused, and by which version of their word.

    The version is the registry's transaction by which it last changed, 0 when nothing was ever
    said. What is no patient identifier is left out.
    """
    named = {one: CX(one).identity for one in patients if CX.problem(one) is None}
    terms = {**terms_of_any(map(CX, named)), _KINDS: _kinds(decision)}
    said: dict[tuple[str, str], list[Row[Any]]] = {}
    for row in connection.execute(_EVER_SAID, terms):
        said.setdefault((row.authority, row.identifier), []).append(row)
    return {one: _status(said.get(identity, ()), moment()) for one, identity in named.items()}


def _status(said: Sequence[Row[Any]], now: int) -> str:
    version = max((row.ended_by or row.made_by for row in said), default=0)
    holds = [row for row in said if row.ended_by is None and (row.until is None or row.until > now)]
    if not holds:
        return f"not refused, version {version}"
    limits = [row.before for row in holds]
    scope = "" if None in limits else f" before {max(limits)}"
    return f"refused{scope}, version {version}"


def _kinds(decision: Decision) -> list[int]:
    return [leaf.kind.value for leaf in decision.refused]
