"""The records of exchanges that end in a SOAP fault."""

from __future__ import annotations

from typing import Final

from ihe_profiles import iti18, iti41, iti42, iti43, iti51
from ihe_profiles.atna import requests
from ihe_profiles.atna.events import EVENTS, Ending, responded
from ihe_profiles.atna.events_general import user_authentication_failed
from ihe_profiles.atna.message import Participated
from ihe_profiles.atna.reporter import Reporter
from ihe_profiles.soap.exchange import FaultReport
from ihe_profiles.soap.namespaces import WSSE

_SUBMISSIONS: Final = frozenset({iti41.TRANSACTION.request, iti42.TRANSACTION.request})
_QUERIES: Final = frozenset({iti18.TRANSACTION.request, iti51.TRANSACTION.request})


def record(reporter: Reporter, report: FaultReport) -> bytes | None:
    """Write the record of a fault: of a refused assertion, or of the transaction's failure.

    None for what asked for no transaction of the table: nothing was accessed.
    """
    fault, transaction = report.fault, report.transaction
    if transaction is None or transaction.number not in EVENTS:
        return None
    why = f"{transaction.number} {transaction.name}: {fault}"
    if (fault.entry.subcode or "").startswith(f"{{{WSSE}}}"):
        return user_authentication_failed(reporter, report.peer, why, requester=report.requester)
    actions = EVENTS[transaction.number].responder.actions
    return responded(
        reporter,
        transaction.number,
        report.peer,
        _objects(transaction.number, report),
        Ending.failed(fault),
        action=actions[0],
        requester=report.requester,
    )


def _objects(number: str, report: FaultReport) -> tuple[Participated, ...]:
    body = report.body
    if body is None:
        return ()
    tag = str(body.tag)
    if tag in _SUBMISSIONS:
        return requests.submission(body)
    if tag in _QUERIES:
        return (requests.stored_query(number, body),)
    return requests.retrieval(body) if tag == iti43.TRANSACTION.request else ()
