"""The audit records of stored queries: one for each patient whom a query concerns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from ihe_profiles.atna import objects, requests
from ihe_profiles.atna.events import SUCCESS, Ending
from ihe_profiles.atna.events_general import emergency_override
from ihe_profiles.atna.message import Detail, Participated
from ihe_profiles.soap.exchange import Exchange
from ledger.audit.audit import BROKEN_OFF, Audit

_SEVERAL: Final = 4 * 1024 * 1024
"""Octets of queries that the records of one exchange may hold together before they are one."""


def records(
    audit: Audit,
    exchange: Exchange,
    patients: Sequence[str],
    ending: Ending = SUCCESS,
    refusals: Mapping[str, str] = MappingProxyType({}),
) -> list[bytes]:
    """Write the records of one query (ITI TF-2 3.18.5.1, 3.51.5.1).

    Each holds the query whole, so that of very many patients, whom a query may name as it likes,
    one record tells (3.51.5.1: Patient 0..n). `refusals` say by patient which status of their
    refusal was used.
    """
    query = requests.stored_query(exchange.transaction.number, exchange.body)
    told = [_patient(one, refusals) for one in patients]
    if not told or len(told) * len(query.query or b"") > _SEVERAL:
        return [audit.of(exchange, (*told, query), ending)]
    return [audit.of(exchange, (one, query), ending) for one in told]


def concerned(exchange: Exchange, found: Sequence[str] = ()) -> Sequence[str]:
    """Return the patients whom a query concerns: those it names, else those of the answer."""
    return requests.queried_patients(exchange.body) or found


def _patient(patient: str, refusals: Mapping[str, str]) -> Participated:
    status = refusals.get(patient)
    details = () if status is None else (Detail("Refusal Status", status),)
    return objects.patient(patient, *details)


def override(
    audit: Audit, exchange: Exchange, patients: Sequence[str], reason: str | None
) -> list[bytes]:
    """Write that a user broke the glass to ask this query, and why; nothing when nobody did."""
    if reason is None or exchange.requester is None:
        return []
    query = requests.stored_query(exchange.transaction.number, exchange.body)
    about = (*map(objects.patient, patients), query)
    return [emergency_override(audit.reporter, exchange.peer, exchange.requester, reason, about)]


def broken(audit: Audit, exchange: Exchange, patients: Sequence[str]) -> Callable[[], None]:
    """Return what records that the answer to a query broke off."""
    return lambda: audit.tell(*records(audit, exchange, patients, BROKEN_OFF))
