"""Which documents a requester may retrieve: the registry is asked, with the same assertion.

What does not come back is answered as if it had never been stored. Whether a document is here has
no part in what is asked, nor in how long it takes.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from ihe_profiles import iti18
from ihe_profiles.policy.access import Access
from ihe_profiles.policy.decision import Decision
from ihe_profiles.policy.view import EVERYTHING
from ihe_profiles.soap.client import Caller, CallFailed
from ihe_profiles.soap.exchange import Exchange
from ihe_profiles.xds.errors import Refusal
from ihe_profiles.xds.metadata import DocumentEntry
from ihe_profiles.xds.queries import BY_NAME, ReturnType
from ihe_profiles.xds.vocabulary import ResponseStatus
from ihe_profiles.xua.header import security_header

log = logging.getLogger(__name__)

_QUERY: Final = BY_NAME["GetDocuments"].id  # ITI TF-2 3.18.4.1.2.3.7.5
_IDS: Final = "$XDSDocumentEntryUniqueId"
_BATCH: Final = 500
_SEVERAL_PATIENTS: Final = "XDSResultNotSinglePatient"


class NotTold(Exception):
    """The registry gives no answer, so nothing may be served."""


@dataclass(frozen=True, slots=True)
class Permitted:
    """What may be served: each uniqueId with its SHA-1, None where any bytes do."""

    documents: frozenset[tuple[str, str | None]] | None
    """None: everything."""

    def includes(self, unique_id: str, sha1: str) -> bool:
        """Say whether these bytes may be served under this uniqueId."""
        if self.documents is None:
            return True
        return not self.documents.isdisjoint({(unique_id, sha1), (unique_id, None)})


ALL: Final = Permitted(None)
NONE: Final = Permitted(frozenset())


@dataclass(frozen=True, slots=True)
class Permission:
    """Asks the registry on behalf of a requester; not at all where the policy hides nothing."""

    registry: Caller
    unique_id: str
    access: Access

    def of(self, exchange: Exchange, unique_ids: Collection[str]) -> Permitted:
        """Return what the requester of an exchange may have of these. Raises NotTold.

        Without an assertion nothing may be had: the registry would be asked as this node.
        """
        decision = self.decision(exchange)
        if decision.view == EVERYTHING:
            return ALL
        if exchange.requester is None or not unique_ids:
            return NONE
        header = security_header(exchange.requester.token)
        wanted = sorted(set(unique_ids))
        found: set[tuple[str, str | None]] = set()
        for begin in range(0, len(wanted), _BATCH):
            found |= self._ask(wanted[begin : begin + _BATCH], header)
        return Permitted(frozenset(found))

    def decision(self, exchange: Exchange) -> Decision:
        """Return what the policy comes to for the requester."""
        return self.access.of(exchange)

    def _ask(self, wanted: Sequence[str], header: bytes) -> set[tuple[str, str | None]]:
        answer = self._call(wanted, header, ReturnType.LEAF_CLASS)
        if not _is_of_several(answer):
            return {
                (entry.unique_id or "", entry.hash and entry.hash.lower())
                for entry in _require(answer).objects
                if isinstance(entry, DocumentEntry) and entry.repository_unique_id == self.unique_id
            }
        if len(wanted) > 1:
            return set().union(*(self._ask([one], header) for one in wanted))
        found = _require(self._call(wanted, header, ReturnType.OBJECT_REF))
        return {(wanted[0], None)} if found.refs else set()  # one hash for all (TF-2 3.42.4.1.3.3)

    def _call(self, wanted: Sequence[str], header: bytes, returned: str) -> iti18.Response:
        body = iti18.request(_QUERY, {_IDS: list(wanted)}, returned)
        try:
            answer = self.registry.call(iti18.TRANSACTION, [body], header=header)
            return iti18.read_response(answer.body)
        except (CallFailed, Refusal, ValueError) as failure:
            log.warning("the registry does not say what may be retrieved", exc_info=True)
            raise NotTold(str(failure)) from failure


def _is_of_several(answer: iti18.Response) -> bool:
    return any(error.code == _SEVERAL_PATIENTS for error in answer.errors)


def _require(answer: iti18.Response) -> iti18.Response:
    if answer.status is not ResponseStatus.SUCCESS:
        log.warning("the registry refuses to say what may be retrieved: %s", answer.errors)
        raise NotTold("the registry answers with an error")
    return answer
